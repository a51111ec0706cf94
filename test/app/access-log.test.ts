/** The access log of a real server: one line for each request, and nothing in it that a client wants to keep secret. */
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lotgraph, startLotgraph, type RunningStart } from '../support/command-line.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { posted, sent, wire, type Sent } from '../security/wire.ts';

const PASSWORD = 'Access-Log-2026';

let database: TestDatabase;
const started: RunningStart[] = [];
let server: RunningStart;
let token: string;
let userId: string;

beforeAll(async () => {
  database = await freshDatabase();
  server = await start({ LOTGRAPH_LOG_FORMAT: 'json' });
  const session = (await signIn(server, PASSWORD)).body.data.login.session;
  token = session.accessToken;
  userId = uuidOf(session.user.id);
});
afterAll(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGTERM');
    await ended;
  }
  await database.drop();
});

async function start(environment: Readonly<Record<string, string>>): Promise<RunningStart> {
  const running = await startLotgraph({
    DATABASE_URL: database.url,
    LOTGRAPH_ADMIN_PASSWORD: PASSWORD,
    LOTGRAPH_ANONYMOUS_REQUESTS_PER_SECOND: '0',
    ...environment,
  });
  started.push(running);
  return running;
}

const uuidOf = (globalId: string): string => Buffer.from(globalId, 'base64').toString().slice(-36);
const signIn = ({ url }: RunningStart, password: string, username = 'admin'): Promise<Sent> =>
  posted(url, {
    query:
      'mutation SignIn($input: LoginInput!) { login(input: $input) { session { accessToken user { id } } errors { code rule } } }',
    variables: { input: { username, password } },
  });
const ask = (query: string, variables: object = {}, headers: Readonly<Record<string, string>> = {}): Promise<Sent> =>
  posted(server.url, { query, variables }, { authorization: `Bearer ${token}`, ...headers });

type Line = Readonly<Record<string, unknown>>;
const linesOf = (running: RunningStart): readonly Line[] =>
  running
    .words()
    .split('\n')
    .slice(0, -1)
    .map((line): Line => JSON.parse(line));

/** The lines of the request with this answer, as soon as they are written. */
async function linesAbout({ headers }: Pick<Sent, 'headers'>, event = 'http.request'): Promise<readonly Line[]> {
  const id = headers.get('x-request-id');
  const found = (): readonly Line[] =>
    linesOf(server).filter((line) => line['requestId'] === id && line['event'] === event);
  await expect.poll(found).not.toEqual([]);
  return found();
}

describe('each request has one line', () => {
  test('with the operation, the principal, the address, the status, the counts and the time', async () => {
    const lines = await linesAbout(
      await ask(
        'query Board { lots { totalCount } ...more viewer { role } } fragment more on Query { serials { totalCount } lots { totalCount } }',
      ),
    );
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        event: 'http.request',
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        method: 'POST',
        path: '/graphql',
        status: 200,
        operationType: 'query',
        operationName: 'Board',
        fields: ['lots', 'serials', 'viewer'],
        principalKind: 'USER',
        principalId: userId,
        ip: '127.0.0.1',
        errors: 0,
        refusals: 0,
        milliseconds: expect.any(Number),
        statements: expect.any(Number),
        msg: 'request',
      },
    ]);
  });

  test('also when its document was executed before', async () => {
    for (const _time of ['first', 'second', 'third'])
      expect(await linesAbout(await ask('query Again { lots { totalCount } }'))).toMatchObject([
        { operationName: 'Again', fields: ['lots'], principalId: userId, status: 200 },
      ]);
  });

  test('with the number and the codes of its errors, and the number of its refusals', async () => {
    const invalid = await ask('{ nothing another }');
    const failed = await ask('query Two { lots(first: 0) { totalCount } serials(first: 0) { totalCount } }');
    const refused = await ask(
      'mutation Make { createProductionLine(input: { code: "-", name: "" }) { errors { code } } }',
    );
    expect(await linesAbout(invalid)).toMatchObject([{ status: 400, errors: 2, refusals: 0 }]);
    expect(await linesAbout(failed)).toMatchObject([
      { operationName: 'Two', errors: failed.body.errors.length, codes: ['INVALID_INPUT'] },
    ]);
    expect(await linesAbout(refused)).toMatchObject([
      { operationType: 'mutation', errors: 0, refusals: refused.body.data.createProductionLine.errors.length },
    ]);
    expect(refused.body.data.createProductionLine.errors.length).toBeGreaterThan(0);
  });

  test('also when it is not executed', async () => {
    const cases: readonly (readonly [Promise<Sent>, object])[] = [
      [ask('{ __typename }', {}, { authorization: 'Bearer forged' }), { status: 401, codes: ['UNAUTHENTICATED'] }],
      [ask('{ __typename }', {}, { 'content-type': 'text/plain' }), { status: 415, codes: ['INVALID_INPUT'] }],
      [sent(new URL('/nowhere?code=hidden', server.url).href), { status: 404, path: '/nowhere', codes: ['NOT_FOUND'] }],
      [sent(server.url, { method: 'PUT' }), { status: 405, method: 'PUT' }],
    ];
    for (const [answer, expected] of cases) {
      const lines = await linesAbout(await answer);
      expect(lines).toMatchObject([{ errors: 1, ip: '127.0.0.1', ...expected }]);
      expect(lines[0]).not.toHaveProperty('principalId');
    }
  });

  test('with a name and a path of limited length and of plain characters', async () => {
    const name = 'N'.repeat(3_000);
    expect(await linesAbout(await ask(`query ${name} { __typename }`))).toMatchObject([
      { operationName: 'N'.repeat(100) },
    ]);
    await wire(
      server.url,
      `GET /\u001b[31m\u0085${'p'.repeat(3_000)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
    ).catch(() => '');
    await wire(server.url, `GET /%0a"\\'<>{}|${'p'.repeat(3_000)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    const paths = (): readonly string[] => linesOf(server).map((line) => String(line['path'] ?? ''));
    await expect.poll(() => paths().some((path) => path.startsWith('/%0a'))).toBe(true);
    for (const path of paths()) expect([path, /^[!-~]{0,100}$/.test(path)]).toEqual([path, true]);
  });

  test('also when its client disconnects before the answer', async () => {
    const requestId = '0198f000-0000-7000-8000-0000000000aa';
    const headers = {
      'content-type': 'application/json',
      'content-length': '100',
      'x-request-id': requestId,
      expect: '100-continue',
    };
    const asked = request(server.url, { method: 'POST', headers, agent: false });
    asked.on('error', () => undefined);
    // The server answers so when it has read the headers.
    await new Promise((resolve) => {
      asked.once('continue', resolve);
      asked.flushHeaders();
    });
    asked.destroy();
    await expect
      .poll(() => linesOf(server).find((line) => line['requestId'] === requestId))
      .toMatchObject({ event: 'http.request', isAborted: true });
  });
});

test('a stream has a line when it opens, and one when it ends', async () => {
  const requestId = '0198f000-0000-7000-8000-0000000000bb';
  const headers = {
    'content-type': 'application/json',
    accept: 'text/event-stream',
    authorization: `Bearer ${token}`,
    'x-request-id': requestId,
  };
  const about = (event: string) =>
    linesOf(server).filter((line) => line['requestId'] === requestId && line['event'] === event);
  const asked = request(server.url, { method: 'POST', headers, agent: false });
  asked.on('error', () => undefined);
  asked.end(JSON.stringify({ query: 'subscription Watch { changes { cursor } }' }));

  const common = { operationType: 'subscription', operationName: 'Watch', fields: ['changes'], principalId: userId };
  await expect.poll(() => about('http.stream_opened')).toMatchObject([common]);
  expect(about('http.request')).toEqual([]);
  asked.destroy();
  await expect.poll(() => about('http.request')).toMatchObject([{ status: 200, ...common }]);
  expect(about('http.request')[0]).not.toHaveProperty('isAborted');
});

describe('each attempt to sign in has one line', () => {
  const signInLine = (answer: Sent) => linesAbout(answer, 'session.sign_in');

  test('with the user when it succeeded', async () => {
    expect(await signInLine(await signIn(server, PASSWORD))).toMatchObject([
      {
        level: 'info',
        mutation: 'login',
        outcome: 'SUCCEEDED',
        principalKind: 'USER',
        principalId: userId,
        ip: '127.0.0.1',
      },
    ]);
  });

  test('with the kind of refusal when it failed, alike for a wrong password and an unknown user', async () => {
    const fieldsOf = ({ time: _time, requestId: _id, ...fields }: Line): Line => fields;
    const [wrong] = await signInLine(await signIn(server, 'Wrong-Password-1'));
    const [unknown] = await signInLine(await signIn(server, PASSWORD, 'nobody.here'));
    expect(fieldsOf(wrong ?? {})).toEqual({
      level: 'info',
      event: 'session.sign_in',
      mutation: 'login',
      ip: '127.0.0.1',
      outcome: 'REFUSED',
      code: 'UNAUTHENTICATED',
      rule: 'AUT-2',
      msg: 'sign-in refused',
    });
    expect(fieldsOf(unknown ?? {})).toEqual(fieldsOf(wrong ?? {}));
  });

  test('also for a refresh, and for attempts that are too many', async () => {
    const refresh = await ask(
      'mutation { refreshSession(input: { refreshToken: "copied" }) { errors { code rule } } }',
    );
    expect(await signInLine(refresh)).toMatchObject([{ mutation: 'refreshSession', outcome: 'REFUSED' }]);
    const many = await Promise.all(Array.from({ length: 11 }, () => signIn(server, 'Wrong-Password-1', 'too.many')));
    const lines = (await Promise.all(many.map(signInLine))).flat();
    expect(lines.filter(({ rule }) => rule === 'AUT-3')).toMatchObject([
      { outcome: 'REFUSED', code: 'LIMIT_EXCEEDED' },
    ]);
  });
});

test('no line contains a value, a variable, a token, a password or a text of a document', async () => {
  await ask('query ($n: String!) { lotByNumber(number: $n) { id } a: lotByNumber(number: "LITERAL-VALUE") { id } }', {
    n: 'VARIABLE-VALUE',
  });
  await ask('mutation { login(input: { username: "typed.name", password: "Typed-Password-7" }) { errors { code } } }');
  await sent(`${server.url}?query={__typename}&variables={"x":"QUERY-VALUE"}`, {
    headers: { 'x-api-key': 'KEY-VALUE' },
  });
  await linesAbout(await ask('{ secretAlias: viewer { role } # COMMENT-VALUE\n}'));
  expect(server.words()).not.toMatch(
    /LITERAL-VALUE|VARIABLE-VALUE|Typed-Password|typed\.name|QUERY-VALUE|KEY-VALUE|COMMENT-VALUE|secretAlias|eyJ/,
  );
  expect(server.words()).not.toContain(PASSWORD);
  expect(server.words()).not.toContain(token);
});

test('all lines of a server with the format json are JSON with the name of their level, also what it says at its start and its end', async () => {
  const running = await start({ LOTGRAPH_LOG_FORMAT: 'json', LOTGRAPH_PROT: '1', NODE_OPTIONS: `--import ${WARNS}` });
  started.pop();
  running.child.kill('SIGUSR2');
  await expect.poll(() => linesOf(running).some((line) => line['event'] === 'process.warning')).toBe(true);
  running.child.kill('SIGTERM');
  await running.ended;
  const lines = linesOf(running);
  for (const line of lines)
    expect(line).toMatchObject({
      level: expect.stringMatching(/^(?:info|warn)$/),
      event: expect.stringMatching(/^[a-z.]+\w+$/),
    });
  expect(lines).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        level: 'warn',
        event: 'config.unknown_setting',
        msg: 'LOTGRAPH_PROT has no effect: lotgraph has no such setting. Did you mean LOTGRAPH_PORT?',
      }),
      expect.objectContaining({
        level: 'warn',
        event: 'process.warning',
        err: expect.objectContaining({ message: 'planted' }),
      }),
      expect.objectContaining({ event: 'server.progress', msg: expect.stringMatching(/^lotgraph listens on http/) }),
      expect.objectContaining({ event: 'server.progress', msg: 'SIGTERM: finishing what is under way.' }),
    ]),
  );
});

/** A module that makes Node.js warn at a signal. */
const WARNS = `data:text/javascript,process.on('SIGUSR2',()=>process.emitWarning('planted'))`;

test('a start that fails is one JSON line, too, with exit code 1', async () => {
  const { code, stderr } = await lotgraph(['start', '--port', new URL(server.url).port], {
    DATABASE_URL: database.url,
    LOTGRAPH_LOG_FORMAT: 'json',
  });
  expect([code, JSON.parse(stderr)]).toMatchObject([
    1,
    { level: 'fatal', event: 'start.failed', msg: expect.stringMatching(/^Port \d+ is taken by another program/) },
  ]);
});

test('in development lines are words for people; hostile characters stay escaped', async () => {
  const running = await start({});
  const name = 'ForPeople';
  await posted(running.url, { query: `query ${name} { __typename }` });
  await posted(running.url, { query: '{ __typename }' }, { origin: 'https://evil.example' });
  await expect
    .poll(() => running.words())
    .toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} INFO {2}request .*operationName=ForPeople .*status=200|^\d\d:\d\d:\d\d\.\d{3} INFO {2}request .*status=200 .*operationName=ForPeople/m,
    );
  await expect
    .poll(() => running.words())
    .toMatch(
      /WARN {2}Pages of https:\/\/evil\.example may not ask this server\. LOTGRAPH_CORS_ORIGINS lists the origins that may\./,
    );
  expect(
    running
      .words()
      .split('\n')
      .filter((line) => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(line)),
  ).toEqual([]);
});

test('the access log can be turned off; probes have a line at level debug only', async () => {
  const quiet = await start({ LOTGRAPH_LOG_FORMAT: 'json', LOTGRAPH_ACCESS_LOG: 'off' });
  const debug = await start({ LOTGRAPH_LOG_FORMAT: 'json', LOTGRAPH_LOG_LEVEL: 'debug' });
  for (const running of [quiet, debug, server]) {
    await sent(new URL('/alive', running.url).href);
    await signIn(running, PASSWORD);
  }
  const probesOf = (running: RunningStart) => linesOf(running).filter((line) => line['path'] === '/alive');
  await expect.poll(() => probesOf(debug)).toMatchObject([{ level: 'debug', event: 'http.request', status: 200 }]);
  await expect.poll(() => linesOf(debug).some((line) => line['event'] === 'session.sign_in')).toBe(true);
  expect(probesOf(server)).toEqual([]);
  quiet.child.kill('SIGTERM');
  await quiet.ended;
  expect(linesOf(quiet).filter((line) => /^(?:http|session)\./.test(String(line['event'])))).toEqual([]);
});

test('a reader of the log that stops reading does not stop the server, and gets all lines when it reads again', async () => {
  const running = await start({ LOTGRAPH_LOG_FORMAT: 'json' });
  const { child } = running;
  child.stderr?.pause();
  // More than a pipe holds.
  for (let block = 0; block < 40; block += 1) {
    const query = `query Unread${block} { __typename }`;
    const answers = await Promise.all(Array.from({ length: 25 }, () => posted(running.url, { query })));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
  }
  child.stderr?.resume();
  const unread = (): number =>
    linesOf(running).filter((line) => String(line['operationName']).startsWith('Unread')).length;
  await expect.poll(unread).toBe(1_000);
});
