/** `npm start` as a newcomer uses it: in a copy of the sources that was never built, and ended in every usual way. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, cp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findPostmaster } from '../../src/platform/embedded-postgres/process.ts';
import { makeScratchDirectory } from '../support/scratch.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SOURCES = ['src', 'prisma', 'tools', 'web', 'documents', 'package.json', 'package-lock.json', 'prisma.config.ts'];
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json'];

let directory: string;
let copy: string;
let data: string;

beforeAll(async () => {
  directory = await makeScratchDirectory();
  await chmod(directory, 0o755);
  copy = path.join(directory, 'copy');
  data = path.join(directory, 'data');
  for (const each of [...SOURCES, ...SETTINGS])
    await cp(path.join(ROOT, each), path.join(copy, each), { recursive: true });
  for (const generated of ['src/generated', 'web/generated'])
    await rm(path.join(copy, generated), { recursive: true, force: true });
  await symlink(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const environment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: directory,
  LOTGRAPH_DATA: data,
  LOTGRAPH_PORT: '0',
  npm_config_update_notifier: 'false',
});

describe('npm start', () => {
  test('builds a checkout that was never built, and says so; the second start builds nothing', () => {
    const first = npm('start', '--', '--help');
    expect(first.stderr.trim().split('\n')).toEqual([
      'Building lotgraph (1 of 3): the database client.',
      'Building lotgraph (2 of 3): the program.',
      'Building lotgraph (3 of 3): the pages.',
      expect.stringMatching(/^The pages load at first, with gzip: index\.html [\d.]+ kB, station\.html [\d.]+ kB\.$/),
      expect.stringMatching(/^Built lotgraph in \d+\.\d s\.$/),
    ]);
    expect(first.stdout).toContain('Usage: lotgraph start');

    const second = npm('start', '--', '--help');
    expect(second).toEqual({ ...first, stderr: '' });
  });

  test.each([
    ['a changed source', () => appended('src/main.ts')],
    ['a new source', () => added('src/app/new.ts')],
    ['a changed schema', () => appended('prisma/models/lot.prisma')],
    ['a changed lock file', () => appended('package-lock.json')],
    ['a setting of the compiler', () => appended('tsconfig.build.json')],
    ['a built file that is gone', () => removed('dist/app/server.js')],
    ['an interrupted build', () => removed('dist/.built')],
  ])('builds again after %s', async (_what, change) => {
    expect(isBuilt()).toBe('true');

    const undo = await change();

    expect(isBuilt()).toBe('false');
    await undo();
    expect(isBuilt()).toBe('true');
  });

  test('shows why a build fails, with exit code 1, and the next build is complete', async () => {
    await removed('dist/app/server.js');
    const undo = await appended('src/main.ts', '\nconst = ;\n');
    expect(npm('start', '--', '--help')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /main\.ts[^]*\nThe build failed: "typescript-7 -p tsconfig\.build\.json --noCheck"/,
      ),
    });
    await undo();
    expect(isBuilt()).toBe('false');

    expect(npm('start', '--', '--help').code).toBe(0);
    expect(await readFile(path.join(copy, 'dist/app/server.js'), 'utf8')).toContain(
      'export async function startServer',
    );
  });

  test.each<[string, (npm: number) => void]>([
    ['SIGTERM', (npm) => process.kill(npm, 'SIGTERM')],
    ['SIGINT', (npm) => process.kill(npm, 'SIGINT')],
    ['Ctrl-C, which the server gets from the terminal and from npm', (npm) => process.kill(-npm, 'SIGINT')],
    ['SIGKILL, which npm cannot pass on', (npm) => process.kill(npm, 'SIGKILL')],
  ])('ends with its server and its PostgreSQL on %s', async (_signal, end) => {
    const running = spawn('npm', ['start'], { cwd: copy, env: environment(), detached: true });
    const closed = once(running, 'close');
    let output = '';
    for (const stream of [running.stdout, running.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    await expect.poll(() => output).toContain('lotgraph listens on');
    const [, url = ''] = /listens on (\S+)/.exec(output) ?? [];
    expect(await findPostmaster(path.join(data, 'data'))).toBeDefined();

    end(running.pid ?? 0);

    // The server holds the output of npm open, so it has ended, too.
    await closed;
    expect(output).toContain('finishing what is under way');
    await expect(fetch(url)).rejects.toThrow();
    expect(await findPostmaster(path.join(data, 'data'))).toBeUndefined();
  });
});

function npm(...args: readonly string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync('npm', ['--silent', ...args], {
    cwd: copy,
    env: environment(),
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
}

function isBuilt(): string {
  const program = `import { isBuilt } from './tools/build/fingerprint.mjs'; process.stdout.write(String(isBuilt('.')));`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], { cwd: copy, encoding: 'utf8' }).stdout;
}

type Undo = () => Promise<void>;

async function appended(file: string, text = '\n'): Promise<Undo> {
  const before = await readFile(path.join(copy, file));
  await appendFile(path.join(copy, file), text);
  return () => writeFile(path.join(copy, file), before);
}

async function added(file: string): Promise<Undo> {
  await writeFile(path.join(copy, file), 'export {};\n');
  return () => rm(path.join(copy, file));
}

async function removed(file: string): Promise<Undo> {
  await rename(path.join(copy, file), path.join(copy, `${file}.away`));
  return () => rename(path.join(copy, `${file}.away`), path.join(copy, file));
}
