/** Text from callers in the log of a real server: each log line stays one line, and the log contains no secret. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startLotgraph, type RunningStart } from '../support/command-line.ts';
import { freshDatabase, withConnection, type TestDatabase } from '../support/database.ts';
import { posted, sent, wire, type Sent } from './wire.ts';

const FORGED = '{"level":50,"time":"2026-11-20T08:00:00.000Z","msg":"forged"}';
const TEXTS: readonly string[] = [
  `a\n${FORGED}\n`,
  `a\r\n${FORGED}`,
  `a\u2028${FORGED}\u2029`,
  `a\u0085${FORGED}`,
  '\u001B[2J\u001B[31mred',
  '\u009B31mred',
  'a\u202Egnp.exe',
  '","msg":"forged","x":"',
  '\\u000a\\n',
  'a\u0000b',
  '\u{E0001}\u{E0020}',
];
const SECRETS = {
  admin: 'Secret-Of-Admin-1',
  guessed: 'Secret-Guess-2',
  wanted: 'Secret-Wanted-3',
  ofUser: 'Secret-Of-User-4',
  ofTokens: 'secret-of-tokens-that-nobody-may-read-in-a-log',
};

let database: TestDatabase;
let server: RunningStart;
let token: string;
const given: string[] = [];
let ended: { readonly stdout: string; readonly stderr: string };

beforeAll(async () => {
  database = await freshDatabase();
  // Internal errors that contain the caller's input and the data that the database has about the user, as a careless
  // trigger raises them.
  await tamper(`
    CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION E'planted \\x1b[31m %', current_setting('lotgraph.actor') USING DETAIL = 'row ' || to_jsonb(NEW)::text; END $$;
    CREATE TRIGGER tg_equipment_planted BEFORE UPDATE ON equipment FOR EACH ROW EXECUTE FUNCTION planted();
    ALTER TABLE users ADD CONSTRAINT ck_users_planted CHECK (full_name <> 'Planted')`);
  server = await startLotgraph({
    DATABASE_URL: database.url,
    LOTGRAPH_LOG_LEVEL: 'trace',
    LOTGRAPH_LOG_FORMAT: 'json',
    LOTGRAPH_ADMIN_PASSWORD: SECRETS.admin,
    LOTGRAPH_TOKEN_SECRET: SECRETS.ofTokens,
    LOTGRAPH_ANONYMOUS_REQUESTS_PER_SECOND: '0',
  });
  const { body } = await posted(server.url, {
    query: 'mutation ($p: String!) { login(input: { username: "admin", password: $p }) { session { accessToken } } }',
    variables: { p: SECRETS.admin },
  });
  token = body.data.login.session.accessToken;
  await everythingIsSaid();
  server.child.kill('SIGTERM');
  ended = await server.ended;
}, 120_000);
afterAll(async () => {
  server.child.kill('SIGKILL');
  await server.ended;
  await database.drop();
});

const tamper = (sql: string) => withConnection(database.url, (client) => client.query(sql));
const ask = (query: string, variables: object = {}, more: object = {}) =>
  posted(server.url, { query, variables, ...more }, { authorization: `Bearer ${token}` });

async function everythingIsSaid(): Promise<void> {
  await ask(
    'mutation { createEquipment(input: { code: "PRESS", name: "Press", type: "PRESS" }) { errors { message } } registerStation(input: { code: "RIG", name: "Rig", host: "rig" }) { errors { message } } }',
  );
  for (const text of TEXTS) {
    await ask(
      'mutation ($t: String!) { changeEquipmentStatus(input: { equipment: { code: "PRESS" }, status: MAINTENANCE, reason: $t }) { errors { code } } }',
      { t: text },
    );
    await ask(
      'mutation ($t: String!, $p: String!) { login(input: { username: $t, password: $p }) { errors { code } } }',
      { t: text, p: SECRETS.guessed },
    );
    await ask('query named { __typename }', {}, { operationName: text });
    await ask(`{ scan(code: ${JSON.stringify(text)}) { kind } } ${text}`);
    await withHeaders({ 'user-agent': text, 'x-request-id': text });
  }
  await secretsAreUsed();
  await tamper(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  await vi.waitFor(() => expect(server.words()).toMatch(/a database connection was lost/), 10_000);
}

/** The same mutation with raw headers, byte by byte. */
async function withHeaders(headers: Readonly<Record<string, string>>): Promise<void> {
  const body = JSON.stringify({
    query:
      'mutation { changeEquipmentStatus(input: { equipment: { code: "PRESS" }, status: MAINTENANCE, reason: "due" }) { errors { code } } }',
  });
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  await wire(
    server.url,
    `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\nauthorization: Bearer ${token}\r\n${lines.join('')}content-length: ${body.length}\r\n\r\n${body}`,
  );
}

async function secretsAreUsed(): Promise<void> {
  const keep = (answer: Sent, ...path: readonly string[]): string => {
    const found: unknown = path.reduce<unknown>((value, key) => Reflect.get(Object(value), key), answer.body.data);
    given.push(String(found));
    return String(found);
  };
  const tokens = await ask(
    'mutation ($p: String!) { login(input: { username: "admin", password: $p }) { session { accessToken refreshToken } } }',
    { p: SECRETS.admin },
  );
  keep(tokens, 'login', 'session', 'accessToken');
  const refreshToken = keep(tokens, 'login', 'session', 'refreshToken');
  keep(
    await ask(
      'mutation ($t: String!) { refreshSession(input: { refreshToken: $t }) { session { accessToken refreshToken } } }',
      { t: refreshToken },
    ),
    'refreshSession',
    'session',
    'refreshToken',
  );
  const apiKey = keep(
    await ask('mutation { createApiKey(input: { station: { code: "RIG" }, name: "Key" }) { secret } }'),
    'createApiKey',
    'secret',
  );
  await sent(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
    body: '{"query":"{ viewer { role } }"}',
  });
  await sent(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': apiKey, authorization: `Bearer ${refreshToken}` },
    body: '{',
  });
  // When a constraint refuses a row, PostgreSQL reports the whole row, with the hash of the password.
  await ask(
    'mutation ($p: String!) { createUser(input: { username: "planted", fullName: "Planted", password: $p }) { errors { code } } }',
    { p: SECRETS.ofUser },
  );
  await ask(
    'mutation ($o: String!, $n: String!) { changePassword(input: { oldPassword: $o, newPassword: $n }) { errors { code } } }',
    { o: SECRETS.guessed, n: SECRETS.wanted },
  );
  await ask(
    'mutation ($p: String!) { resetPassword(input: { user: { username: "admin" }, newPassword: $p, expectedVersion: 99 }) { errors { code } } }',
    { p: SECRETS.wanted },
  );
}

const linesOf = (text: string): readonly string[] =>
  text.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/).filter((line) => line !== '');

interface Line {
  readonly msg: string;
  readonly err?: { readonly message: string };
}
const parsed = (): readonly Line[] => linesOf(ended.stderr).map((line): Line => JSON.parse(line));

describe('the log of a server after requests with hostile texts', () => {
  test("has one JSON object per line, for all characters that a reader may take for line breaks, with only the server's own fields", () => {
    for (const line of parsed()) {
      expect(
        Object.keys(line).filter(
          (key) =>
            ![
              'level',
              'time',
              'event',
              'requestId',
              'command',
              'err',
              'block',
              'hash',
              'lastPosition',
              'notStored',
              'msg',
              // The lines of the access log.
              'method',
              'path',
              'status',
              'isAborted',
              'operationType',
              'operationName',
              'fields',
              'principalKind',
              'principalId',
              'stationId',
              'ip',
              'errors',
              'codes',
              'refusals',
              'milliseconds',
              'statements',
              // The lines of slow statements, which are in the log of a busy machine.
              'statement',
              'leftOut',
              // The line of background work.
              'works',
              // The lines of attempts to sign in.
              'mutation',
              'outcome',
              'code',
              'rule',
            ].includes(key),
        ),
      ).toEqual([]);
      expect(line).toMatchObject({
        level: expect.stringMatching(/^(?:trace|debug|info|warn|error|fatal)$/),
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        msg: expect.stringMatching(
          /^(?:internal error|a statement was slow|audit anchor|a database connection was lost|the database refused what the rules let pass|request|signed in|sign-in refused|background work has started|Made the first administrator: the user "admin", with the configured password\.|lotgraph listens on http:[/\d.:]+graphql|SIGTERM: finishing what is under way\.)$/,
        ),
      });
      if ('requestId' in line) expect(line.requestId).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test('contains nothing that moves a cursor, breaks a line or reverses the direction of writing', () => {
    expect(linesOf(ended.stderr).filter((line) => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(line))).toEqual([]);
  });

  test('keeps the exact text of a caller inside an internal error', () => {
    const actors = parsed()
      .filter(({ msg }) => msg === 'internal error')
      .map(({ err: { message } = { message: '' } }) =>
        JSON.parse(message.slice(message.indexOf('{'), message.lastIndexOf('}') + 1)),
      );
    expect(actors.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining([`a\n${FORGED}`, `a\u2028${FORGED}`, '","msg":"forged","x":"']),
    );
    expect(actors.map(({ user_agent }) => user_agent)).toEqual(
      expect.arrayContaining(['","msg":"forged","x":"', Buffer.from(`a\u0085${FORGED}`).toString('latin1')]),
    );
  });

  test('contains no secret or hash of one, and neither does standard output', () => {
    expect(parsed().map(({ msg }) => msg)).toEqual(
      expect.arrayContaining([
        'internal error',
        'a database connection was lost',
        'the database refused what the rules let pass',
      ]),
    );
    const secrets = { ...SECRETS, token, ofDatabase: new URL(database.url).password };
    expect(given).toHaveLength(4);
    for (const [name, secret] of [
      ...Object.entries(secrets),
      ...given.map((each, index) => [`given ${index}`, each] as const),
    ])
      expect([
        name,
        linesOf(ended.stderr).some((line) => line.includes(secret)),
        ended.stdout.includes(secret),
      ]).toEqual([name, false, false]);
    expect(ended.stderr).not.toMatch(/argon2|Failing row|secretKey|postgres(?:ql)?:\/\//);
  });
});
