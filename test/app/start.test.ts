import { rm, chmod } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lotgraph, startLotgraph, type RunningStart } from '../support/command-line.ts';
import { freshDatabase, withConnection } from '../support/database.ts';
import { makeScratchDirectory } from '../support/scratch.ts';

let directory: string;
const started: RunningStart[] = [];

beforeAll(async () => {
  directory = await makeScratchDirectory();
  await chmod(directory, 0o755);
});
afterAll(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGTERM');
    await ended;
  }
  await rm(directory, { recursive: true, force: true });
});

test('a new user gets a server on its own database, a token that works at once, and GraphiQL that contains the token', async () => {
  const { url, token } = await start();

  expect(await ask(url, token, '{ viewer { role user { username } } }')).toEqual({
    data: { viewer: { role: 'ADMIN', user: { username: 'admin' } } },
    extensions: { cost: { estimated: 0, limit: 50_000 } },
  });
  const page = await fetch(url, { headers: { accept: 'text/html' } });
  const html = await page.text();
  expect(page.status).toBe(200);
  expect(html).toContain('Welcome to lotgraph');
  expect(html).toContain('Bearer eyJ');
  expect(html).not.toMatch(/<(?:script|link)[^>]+(?:src|href)="https?:/);
  const health = await fetch(new URL('/health', url));
  expect([health.status, await health.json()]).toMatchObject([200, { status: 'HEALTHY', version: '0.1.0' }]);
  await stop();
});

test('a page requested under another host name contains no token', async () => {
  const { url } = await start();

  // fetch may not set the Host header, so this test sends a plain request.
  const { get } = await import('node:http');
  const html = await new Promise<string>((resolve, reject) => {
    get(url, { headers: { accept: 'text/html', host: 'evil.example' } }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += String(chunk)));
      response.on('end', () => resolve(body));
    }).on('error', reject);
  });
  expect(html).toContain('Welcome to lotgraph');
  expect(html).not.toContain('Bearer eyJ');
  await stop();
});

test('an error that nobody handles is logged, and the server stops with exit code 1', async () => {
  const provoke = `process.on('SIGUSR2',()=>Promise.reject(new%20Error('planted')))`;
  const { child, ended } = await startWith({
    LOTGRAPH_DATA: directory,
    NODE_OPTIONS: `--import data:text/javascript,${provoke}`,
  });

  child.kill('SIGUSR2');

  expect(await ended).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /event=process\.unhandled_rejection[^]*planted[^]*An error was not handled: finishing/,
    ),
  });
});

test('a server that cannot sign its ready token, or listen on its port, ends with exit code 1 and does not stay half started', async () => {
  const database = await freshDatabase();
  const { url } = await startWith({ DATABASE_URL: database.url });
  const second = { DATABASE_URL: database.url, LOTGRAPH_LOG_LEVEL: 'error' };

  expect(await lotgraph(['start', '--port', new URL(url).port], second)).toMatchObject({
    code: 1,
    stderr: `Port ${new URL(url).port} is taken by another program; choose another with LOTGRAPH_PORT.\n`,
  });
  await withConnection(database.url, (client) => client.query(NO_SESSIONS));
  expect(await lotgraph(['start', '--port', '0'], second)).toMatchObject({
    code: 1,
    stderr: expect.not.stringContaining('listens on'),
  });

  await stop();
  await database.drop();
});

test('health names the newest migration, also after one was undone and applied again', async () => {
  const { url: databaseUrl, drop } = await freshDatabase();
  const undone = await lotgraph(['db', 'down', '--json'], { DATABASE_URL: databaseUrl });
  const [newest] = JSON.parse(undone.stdout).undone;
  const { url, child, ended } = await startLotgraph({ DATABASE_URL: databaseUrl });

  const { migrations } = (await (await fetch(new URL('/health', url))).json()) as { readonly migrations: string };
  child.kill('SIGTERM');
  await ended;

  expect(migrations).toBe(newest);
  await drop();
});

test('an address that this machine does not have is said in one sentence, before anything is started', async () => {
  expect(await lotgraph(['start', '--host', '203.0.113.7', '--port', '0'], STRICT)).toMatchObject({
    code: 1,
    stderr: 'This machine has no address 203.0.113.7; choose another with LOTGRAPH_HOST.\n',
  });
});

/** A server that others can reach needs secrets of its own. */
const STRICT = {
  LOTGRAPH_DATA: '/nonexistent',
  LOTGRAPH_TOKEN_SECRET: 'x'.repeat(40),
  LOTGRAPH_ADMIN_PASSWORD: 'Forty-2-Lots',
};

const NO_SESSIONS = `
  CREATE FUNCTION no_session() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no session today'; END $$;
  CREATE TRIGGER no_session BEFORE INSERT ON login_sessions FOR EACH ROW EXECUTE FUNCTION no_session();`;

async function start(): Promise<RunningStart> {
  return startWith({ LOTGRAPH_DATA: directory });
}

async function startWith(environment: Readonly<Record<string, string>>): Promise<RunningStart> {
  const running = await startLotgraph({ ...environment, LOTGRAPH_LOG_LEVEL: 'error' });
  started.push(running);
  return running;
}

async function stop(): Promise<void> {
  const running = started.pop();
  running?.child.kill('SIGTERM');
  expect(await running?.ended).toMatchObject({ code: 0 });
}

// oxlint-disable-next-line typescript/no-explicit-any -- the tests state what they expect of an answer
async function ask(url: string, token: string, query: string, variables: object = {}): Promise<any> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}
