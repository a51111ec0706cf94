/**
 * `npm run test:quick`: the rules, and the api tests of what changed since the last commit; where nothing did, of what
 * the last commit changed. Every api test imports the whole product, so the folder of a changed file decides, not the
 * imports: `src/production/lot/…` is tested in `test/production/lot`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const git = (...args: readonly string[]): readonly string[] =>
  execFileSync('git', args, { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '');

function changedFiles(): readonly string[] {
  const since = [...git('diff', '--name-only', 'HEAD'), ...git('ls-files', '--others', '--exclude-standard')];
  return since.length > 0 ? since : git('diff', '--name-only', 'HEAD~1', 'HEAD');
}

/** The test file itself, or the nearest folder of tests that stands where the source stands. */
function testsOf(file: string): string | undefined {
  const [root, ...rest] = file.split('/');
  if (root === 'test' && file.endsWith('.test.ts')) return file;
  if (root !== 'src' && root !== 'test') return undefined;
  for (let depth = Math.min(2, rest.length - 1); depth > 0; depth -= 1) {
    const folder = path.join('test', ...rest.slice(0, depth));
    if (folder !== 'test/support' && existsSync(folder)) return `${folder}/`;
  }
  return undefined;
}

function vitest(...args: readonly string[]): void {
  const { status } = spawnSync('npx', ['vitest', 'run', ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

vitest('--project', 'rules');
const tests = [...new Set(changedFiles().flatMap((file) => testsOf(file) ?? []))];
process.stdout.write(`Changed: ${tests.length === 0 ? 'nothing that has api tests of its own' : tests.join(' ')}\n`);
if (tests.length > 0) vitest('--project', 'api', '--passWithNoTests', ...tests);
