/** What a hostile or careless client can reach through the execution of operations. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Client } from 'pg';
import { startServer } from '../../src/app/server.ts';
import { sealNow } from '../../src/operation/audit/seal.commands.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';
import { LIMITS } from '../../src/platform/process/limits.ts';
import { startApi, type Api } from '../support/api.ts';
import { makeLine } from '../support/build.ts';
import { withConnection } from '../support/database.ts';
import { listen } from '../support/stream.ts';
import { posted, sent } from './wire.ts';

let api: Api;
let bearer: Readonly<Record<string, string>>;
beforeAll(async () => {
  api = await startApi();
  bearer = { authorization: `Bearer ${await api.tokenOf('ADMIN')}` };
});
afterAll(() => api.close());

const asked = (query: string, variables: object = {}) => posted(api.url, { query, variables }, bearer);
const query = (sql: string) => withConnection(api.databaseUrl, async (client) => (await client.query(sql)).rows);

describe('a field with an effect is executed once', () => {
  const verifications = async (): Promise<number> =>
    Number((await query(`SELECT count(*) FROM audit_entries WHERE action = 'audit.verified'`))[0]?.count);

  test.each([
    ['beside a planned field that is rejected', '{ auditVerify { isIntact } lots(first: 101) { totalCount } }', 1],
    ['beside a planned field', '{ auditVerify { isIntact } lots { totalCount } }', 0],
    [
      'beside a field without a plan that is rejected',
      '{ auditVerify { isIntact } nodes(ids: []) { id } lots { totalCount } }',
      1,
    ],
    [
      'beside both',
      '{ auditVerify { isIntact } nodes(ids: []) { id } lots(first: 101) { totalCount } serials { totalCount } }',
      2,
    ],
  ])('%s', async (_where, document, errors) => {
    const rejected = ['lots(first: 101)', 'nodes(ids: [])'].filter((field) => document.includes(field));
    const before = await verifications();
    const { body } = await asked(document);
    expect([await verifications(), body.errors?.length ?? 0]).toEqual([before + 1, errors]);
    const { auditVerify, ...others } = body.data;
    expect(auditVerify).toEqual({ isIntact: true });
    const nulls = Object.entries(others).filter(([, value]) => value === null);
    expect(nulls.map(([field]) => field).toSorted()).toEqual(rejected.map((field) => field.split('(')[0]));
    for (const [, value] of Object.entries(others).filter(([, each]) => each !== null))
      expect(value).toEqual({ totalCount: 0 });
  });
});

describe('a response name may be any name', () => {
  test.each(['then', 'constructor', '__proto__', 'toString', 'hasOwnProperty'])('%s', async (name) => {
    const one = await asked(`{ ${name}: __typename }`);
    expect(one.text).toContain(`"data":{"${name}":"Query"}`);
    const planned = await asked(`{ ${name}: lots { ${name}: totalCount } b: __typename }`);
    expect(planned.text).toContain(`"data":{"${name}":{"${name}":0},"b":"Query"}`);
    const code = `L${name.replaceAll('_', '').toUpperCase()}`.slice(0, 10);
    const created = await asked(
      `mutation { ${name}: createProductionLine(input: { code: "${code}", name: "Line" }) { ${name}: errors { code } } b: __typename }`,
    );
    expect(created.text).toContain(`"data":{"${name}":{"${name}":[]},"b":"Mutation"}`);
  });

  test('in the events of a subscription, too', async () => {
    using stream = await listen(
      api,
      { token: await api.tokenOf('ADMIN') },
      'subscription { then: changes { then: action } }',
    );
    await makeLine(api, { code: 'THEN', name: 'Then' });
    await sealNow(api.database);
    expect(JSON.stringify((await stream.until(1))[0]?.data)).toMatch(/^\{"then":\{"then":"[\w.]+"\}\}$/);
  });
});

describe('no value of a variable is in an error', () => {
  const SECRET = 'hunter2-Secret';

  test.each([
    ['a text for an Int', 'query ($v: Int) { lots(first: $v) { totalCount } }', SECRET],
    ['an object for a text', 'query ($v: String!) { scan(code: $v) { kind } }', { password: SECRET }],
    ['a text for a Boolean', 'query ($v: Boolean!) { __typename @skip(if: $v) }', SECRET],
    [
      'a text for an enumeration',
      'query ($v: LotStatus) { lots(filter: { status: { eq: $v } }) { totalCount } }',
      SECRET,
    ],
    ['a text for an object', 'query ($v: LotFilter) { lots(filter: $v) { totalCount } }', SECRET],
    ['an object for an id', 'query ($v: ID!) { node(id: $v) { id } }', { a: SECRET }],
    [
      'an object for a date',
      'query ($v: Date) { lots(filter: { productionDate: { eq: $v } }) { totalCount } }',
      { a: SECRET },
    ],
    [
      'a wrong field beside a password',
      'mutation ($v: LoginInput!) { login(input: $v) { errors { code } } }',
      { username: 7, password: SECRET, more: SECRET },
    ],
    [
      'a wrong password',
      'mutation ($v: LoginInput!) { login(input: $v) { errors { code } } }',
      { username: 'admin', password: [SECRET] },
    ],
  ])('%s', async (_what, document, v) => {
    const { status, text, body } = await asked(document, { v });
    expect([status, text.includes('hunter2')]).toEqual([400, false]);
    for (const { message, extensions } of body.errors) {
      expect(message).toMatch(/^Variable "\$v" got an invalid value/);
      expect(extensions).toMatchObject({ code: 'INVALID_INPUT', path: expect.any(Array) });
    }
  });

  test('the error says where the value is, and what would be right', async () => {
    const { body } = await asked('mutation ($v: LoginInput!) { login(input: $v) { errors { code } } }', {
      v: { username: 7, password: SECRET },
    });
    expect(body.errors).toMatchObject([
      {
        message: 'Variable "$v" got an invalid value at "v.username"; String cannot represent a non string value.',
        extensions: { code: 'INVALID_INPUT', path: ['username'] },
      },
    ]);
  });

  test('in JSON that cannot be read, too', async () => {
    const { status, text, body } = await sent(api.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...bearer },
      body: `{"query":"{ __typename }","variables":{"password":"${SECRET}"`,
    });
    expect([status, text.includes('hunter2'), body.errors[0].extensions.code]).toEqual([400, false, 'INVALID_INPUT']);
  });
});

test('every error has a code', async () => {
  const documents = [
    '{',
    '{ nothing }',
    'query a { __typename } query b { __typename }',
    'query ($v: Int!) { lots(first: $v) { totalCount } }',
    '{ lots(first: "x") { totalCount } }',
    'query ($v: Nothing) { __typename }',
    'subscription { changes { nothing } }',
    '{ lots(first: 0) { totalCount } }',
    '{ lots(filter: { status: { eq: NOTHING } }) { totalCount } }',
    'query ($v: Int = 1) { lots(first: $v) { nodes { id @include(if: $v) } } }',
  ];
  for (const document of documents) {
    const { body } = await asked(document);
    expect([document, body.errors.map(({ extensions }: { extensions: object }) => Object.keys(extensions))]).toEqual([
      document,
      body.errors.map(() => expect.arrayContaining(['code', 'requestId'])),
    ]);
  }
});

describe('without a database', () => {
  test('a request is answered with UNAVAILABLE, 503 and Retry-After, and no error is stored', async () => {
    const url = new URL(api.databaseUrl);
    url.port = '1';
    const database = openDatabase({
      url: url.toString(),
      poolSize: 2,
      statementTimeoutSeconds: 5,
      onConnectionError: () => undefined,
    });
    const server = await startServer({ ...api.services, database });
    const answer = await posted(server.url, { query: '{ lots { totalCount } }' }, bearer);
    await server.stop();
    await database.close();
    expect([answer.status, answer.headers.get('retry-after'), answer.body.errors]).toMatchObject([
      503,
      '2',
      [{ message: expect.stringContaining('try again'), extensions: { code: 'UNAVAILABLE' } }],
    ]);
  });
});

describe('the verification of the audit trail', () => {
  test('costs so much that an operation has one', async () => {
    const { body } = await asked('{ a: auditVerify { isIntact } b: auditVerify { isIntact } }');
    expect(body.errors).toMatchObject([
      {
        message: expect.stringContaining('one verification at a time'),
        extensions: { code: 'LIMIT_EXCEEDED', limit: 'cost' },
      },
    ]);
  });

  test('runs once at a time', async () => {
    const blocker = new Client({ connectionString: api.databaseUrl });
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE audit_positions IN ACCESS EXCLUSIVE MODE');
    const first = asked('{ auditVerify { isIntact } }');
    const waiting = () =>
      query(`SELECT count(*)::int AS count FROM pg_locks WHERE NOT granted AND relation = 'audit_positions'::regclass`);
    await expect.poll(waiting).not.toEqual([{ count: 0 }]);
    const second = await asked('{ auditVerify { isIntact } }');
    await blocker.query('COMMIT');
    await blocker.end();
    expect(second.body.errors).toMatchObject([
      { message: expect.stringContaining('Another verification is under way'), extensions: { code: 'LIMIT_EXCEEDED' } },
    ]);
    expect((await first).body.data).toEqual({ auditVerify: { isIntact: true } });
    expect((await asked('{ auditVerify { isIntact } }')).body.data).toEqual({ auditVerify: { isIntact: true } });
  });
});

test('of the same internal errors of one address, five are stored in an hour', async () => {
  await query('ALTER TABLE stations RENAME TO hidden_stations');
  const ids: (string | null)[] = [];
  for (let time = 0; time < 8; time += 1)
    ids.push((await asked('{ stations { nodes { id } } }')).headers.get('x-request-id'));
  await query('ALTER TABLE hidden_stations RENAME TO stations');
  const stored = async () =>
    (
      await query(
        `SELECT request_id FROM error_entries WHERE request_id = ANY('{${ids.join(',')}}'::uuid[]) ORDER BY created_at`,
      )
    ).map(({ request_id: id }) => id);
  await expect.poll(stored).toEqual(ids.slice(0, 5));
});

test('a process has a limited number of streams, of all principals together', async () => {
  const server = await startServer(api.services, { ...LIMITS.streams, perProcess: 1 });
  const open = async (role: 'ADMIN' | 'AUDITOR') =>
    fetch(server.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${await api.tokenOf(role)}`,
      },
      body: JSON.stringify({ query: 'subscription { changes { action } }' }),
    });
  const first = await open('ADMIN');
  const second = await (await open('AUDITOR')).text();
  await first.body?.cancel();
  await server.stop();
  expect(second).toContain('This server has 1 streams open already; at most 1 are allowed.');
});

/** Computes for so many milliseconds, so that the event loop is late. */
function compute(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

test('a server whose event loop is late rejects requests before anything is done for them, and accepts them again', async () => {
  const config = { ...api.services.config, maxEventLoopDelayMilliseconds: 100 };
  const server = await startServer({ ...api.services, config });
  const status = async (): Promise<number> => (await posted(server.url, { query: '{ __typename }' }, bearer)).status;
  await expect.poll(status).toBe(200);
  let rejected = await posted(server.url, { query: '{ __typename }' }, bearer);
  while (rejected.status !== 503) {
    const answer = posted(server.url, { query: '{ __typename }' }, bearer);
    for (let turn = 0; turn < 6; turn += 1) {
      compute(300);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    rejected = await answer;
  }
  expect([rejected.headers.get('retry-after'), rejected.body.errors]).toMatchObject([
    '2',
    [{ message: expect.stringContaining('overloaded'), extensions: { code: 'UNAVAILABLE' } }],
  ]);
  expect((await sent(server.url.replace('/graphql', '/alive'))).status).toBe(200);
  await expect.poll(status, { timeout: 60_000, interval: 200 }).toBe(200);
  await server.stop();
});
