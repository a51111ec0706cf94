/**
 * The command blocks of the documents, run as they stand: a newcomer's clone, first the README, then the pages in the
 * order in which they are read, with the GraphQL examples between them.
 *
 * Three things differ from what a person does. `npm ci` links the packages that are installed already. The server takes
 * a free port, which replaces 4000 in the commands. `lgk_…` is replaced by the secret that an example has just shown.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeScratchDirectory } from '../support/scratch.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const ADDRESS = '127.0.0.1:4000';
/** The program is built twice, and two plants are simulated. */
const TIMEOUT = 900_000;
const START = 'npm ci && npm start -- --demo';

/** Blocks that no test runs: how each begins, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'npm ci && npm test': 'is the suite that this test is a part of',
  'npm run test:histories': 'takes an hour',
  'npm run lotgraph -- import ../shared/data/': 'needs a data set that is not in the repository',
  'npm ci && npm run build\nexport NODE_ENV=production': 'has placeholders for the secrets and the database of a plant',
  "DATABASE_URL='postgresql://postgres:…@": 'has placeholders for the owner of a database server',
  "export LOTGRAPH_ANCHOR_TARGETS='file:///mnt/worm": 'names targets in a plant',
  'npm run lotgraph -- figures':
    'asks for periods and steps of a plant; test/app/figures-command-line.test.ts runs such commands',
  'npm run lotgraph -- check': 'test/app/check.test.ts runs it',
  "NODE_OPTIONS='--import": 'needs an SDK of OpenTelemetry; test/operation/monitoring/tracing.api.test.ts uses one',
  'npm run sbom': 'reads the packages of an installation, not of a link; test/release.test.ts covers it',
  'npm run bench': 'measures for minutes',
  'curl http://127.0.0.1:4000/graphql -H "authorization: Bearer $TOKEN" -H \'x-lotgraph-upload: 1\'':
    'has a placeholder for the inspection; test/quality/artifact/artifact.api.test.ts sends such requests',
  'export LOTGRAPH_BACKUPS=/mnt/backups/lotgraph':
    'names a folder in a plant; test/faults/machine-lost.test.ts takes and restores backups',
  'curl -T film.mp4': 'needs a large file and the address of an upload; test/app/files.test.ts sends such requests',
};

/** The documents whose other command blocks are run, in this order. */
const RUN = ['README.md', 'docs/getting-started.md', 'CONTRIBUTING.md', 'docs/importing.md'];

interface Block {
  readonly language: string;
  readonly text: string;
}

let scratch: string;
let clone: string;
let environment: NodeJS.ProcessEnv;
const started: ChildProcess[] = [];

beforeAll(async () => {
  scratch = await makeScratchDirectory();
  // Run as root, PostgreSQL works as another user, who has to reach the data in the clone.
  await chmod(scratch, 0o755);
  clone = path.join(scratch, 'lotgraph');
  const bin = path.join(scratch, 'bin');
  const left = ['.git', 'node_modules', '.lotgraph', 'dist', 'coverage'];
  await cp(ROOT, clone, {
    recursive: true,
    filter: (source) => !left.includes(path.relative(ROOT, source)) && !source.includes(`${path.sep}generated`),
  });
  await mkdir(bin);
  const { PATH = '', HOME } = process.env;
  const npm = `#!/bin/sh\nif [ "$1" = ci ]; then exec ln -sfn '${path.join(ROOT, 'node_modules')}' node_modules; fi\nPATH='${PATH}' exec npm "$@"\n`;
  await writeFile(path.join(bin, 'npm'), npm);
  await chmod(path.join(bin, 'npm'), 0o755);
  environment = { PATH: `${bin}:${PATH}`, HOME, LOTGRAPH_PORT: '0' };
});
afterAll(async () => {
  for (const child of started) await stop(child);
  await rm(scratch, { recursive: true, force: true });
});

test('every command block of the documents is run by this test, or named with the reason why not', () => {
  const blocks = documents().flatMap((file) => commandsOf(file).map((text) => ({ file, text })));
  const excepted = (text: string): string | undefined => Object.keys(NOT_RUN).find((begins) => text.startsWith(begins));

  expect(blocks.filter(({ file, text }) => !RUN.includes(file) && excepted(text) === undefined)).toEqual([]);
  expect(Object.keys(NOT_RUN).filter((begins) => !blocks.some(({ text }) => text.startsWith(begins)))).toEqual([]);
});

test('a newcomer gets from the clone to the first answer, and through the guide, by the lines of the documents alone', {
  timeout: TIMEOUT,
}, async () => {
  const isRun = ({ language, text }: Block): boolean =>
    language === 'bash' && !Object.keys(NOT_RUN).some((begins) => text.startsWith(begins));
  const blocks = RUN.flatMap(blocksIn).filter((block) => block.language === 'graphql' || isRun(block));
  const [first, ...others] = blocks;
  expect(first?.text).toMatch(new RegExp(`^${START}`));
  const { url, token } = await begin(first?.text ?? '');

  const answers: string[] = [];
  let secret = '';
  let stream: Running | undefined;
  for (const { language, text } of others) {
    if (language === 'graphql') {
      const answer = await ask(url, token, text);
      expect([text, answer.errors]).toEqual([text, undefined]);
      answers.push(JSON.stringify(answer.data));
      secret = answer.data?.['createApiKey']?.secret ?? secret;
    } else if (text.startsWith(START)) continue;
    else if (text.includes('subscription {')) stream = run(literally(text, url, secret));
    else {
      const { code, output } = await run(literally(text, url, secret)).ended;
      expect([text, code, output]).toEqual([text, 0, expect.not.stringContaining('"errors":[{')]);
    }
  }
  expect(answers[0]).toMatch(/"nodes":\[\{"number":"\w+"/);
  await expect.poll(() => stream?.output()).toContain('processData.recorded');
});

test('the example of a test rig ends with 1 when the server refuses the result, and says why', async () => {
  const refused = await run('UNIT=NO-SUCH-UNIT STEP=PLACE examples/record.sh').ended;

  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.output).data.recordProcessData.errors).toMatchObject([{ code: 'NOT_FOUND' }]);
});

interface Running {
  readonly output: () => string;
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
}

/** Runs commands in the clone. What they export is there for the next ones. */
function run(commands: string): Running {
  const exported = path.join(scratch, 'exported');
  const child = spawn('bash', ['-euo', 'pipefail', '-c', `${commands}\nenv -0 > '${exported}'`], {
    cwd: clone,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  started.push(child);
  let [output, words] = ['', ''];
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (words += String(chunk)));
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  const ended = closed.then(async (code) => {
    if (code === 0) {
      const pairs = (await readFile(exported, 'utf8')).split('\0').filter((pair) => pair.startsWith('LOTGRAPH_'));
      for (const pair of pairs) environment[pair.slice(0, pair.indexOf('='))] = pair.slice(pair.indexOf('=') + 1);
    }
    return { code, output: output === '' ? words : output };
  });
  return { output: () => output, ended };
}

/** Starts the server as the README does, and reads its address and its token from what it prints. */
async function begin(command: string): Promise<{ readonly url: string; readonly token: string }> {
  const child = spawn('bash', ['-c', command], {
    cwd: clone,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  started.push(child);
  let words = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (words += String(chunk)));
  const find = (pattern: RegExp): string | undefined => pattern.exec(words)?.[1];
  await expect
    .poll(() => child.exitCode !== null || find(/^ {2}(eyJ\S+)$/m) !== undefined, { timeout: TIMEOUT })
    .toBe(true);
  const [url, token] = [find(/listens on (http:\S+)/), find(/^ {2}(eyJ\S+)$/m)];
  if (url === undefined || token === undefined) throw new Error(`The server did not start:\n${words}`);
  return { url, token };
}

/** Ends a process and all that it started. */
async function stop({ pid }: ChildProcess): Promise<void> {
  const signal = (name: NodeJS.Signals | 0): boolean => {
    try {
      return pid !== undefined && process.kill(-pid, name);
    } catch {
      return false;
    }
  };
  signal('SIGTERM');
  while (signal(0)) await setTimeout(20);
}

function literally(commands: string, url: string, secret: string): string {
  environment['LOTGRAPH_URL'] = url;
  return commands.replaceAll(ADDRESS, new URL(url).host).replaceAll('lgk_…', secret);
}

async function ask(
  url: string,
  token: string,
  query: string,
): Promise<{ readonly data?: Readonly<Record<string, { secret?: string } | undefined>>; readonly errors?: unknown }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as Awaited<ReturnType<typeof ask>>;
}

/** All documents with commands for readers. */
function documents(): readonly string[] {
  const docs = readdirSync(path.join(ROOT, 'docs'), { recursive: true }).map((file) => `docs/${String(file)}`);
  return ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...docs].filter((file) => file.endsWith('.md'));
}

/** The fenced blocks of a document, in their order, without the indentation of a list. */
function blocksIn(file: string): readonly Block[] {
  const page = readFileSync(path.join(ROOT, file), 'utf8');
  return [...page.matchAll(/^( *)```(\w+)\n([\s\S]*?)^ *```/gm)].map(([, indent = '', language = '', text = '']) => ({
    language,
    text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

function commandsOf(file: string): readonly string[] {
  return blocksIn(file).flatMap(({ language, text }) =>
    ['bash', 'sh', 'shell', 'console'].includes(language) ? [text] : [],
  );
}
