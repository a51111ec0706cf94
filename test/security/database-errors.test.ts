/**
 * Details of database errors never reach a caller. The tests provoke every error below inside a statement that the
 * server itself sends, once for a mutation and once for a query; its message contains names, paths and values that no
 * caller may see.
 *
 * 1. The caller gets the documented message and extensions, and nothing of the database's message, in body or headers.
 * 2. An administrator finds the internal error by the id in the caller's answer.
 * 3. The next request is answered normally.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../support/api.ts';
import { makeLine, makeModel } from '../support/build.ts';
import { withConnection } from '../support/database.ts';
import { posted, type Sent } from './wire.ts';

/** The answer of the server: an internal error, a lost database, the refusal of a constraint, or a timeout. */
type Expected =
  | 'FAULT'
  | 'UNAVAILABLE'
  | { readonly code: string; readonly rule: string | null; readonly message: string };

interface Cause {
  readonly what: string;
  readonly state?: string;
  readonly sql: string;
  readonly act: Expected;
  readonly question: Expected;
}

const IN_THE_WAY = { code: 'CONFLICT', rule: null, message: 'Others are changing the same records; try again.' };
const OUT_OF_TIME = {
  code: 'LIMIT_EXCEEDED',
  rule: null,
  message: 'The database took too long, so nothing was changed; try again, with less at once.',
};
const GIVEN_UP = {
  code: 'LIMIT_EXCEEDED',
  rule: null,
  message: 'This took too long and was given up; ask for less at once, or try again.',
};
const TAKEN = { code: 'CONFLICT', rule: 'GEN-3', message: 'A record with this natural key exists already.' };

/** An error of this state with a value in every field. */
function raised(state: string, what: string, act: Expected = 'FAULT', question: Expected = 'FAULT'): Cause {
  const words = `relation "hunter2_users" in /var/lib/postgresql/18/base/1 at 10.0.0.7: SELECT password_hash FROM users`;
  const sql = `DO $raise$ BEGIN RAISE EXCEPTION '${words}' USING ERRCODE = '${state}', DETAIL = 'Key (hunter2_key)=(s3cr3t) exists.', HINT = 'See /etc/postgresql/pg_hba.conf.',
    SCHEMA = 'hunter2_schema', TABLE = 'hunter2_table', COLUMN = 'hunter2_column', CONSTRAINT = 'hunter2_constraint', DATATYPE = 'hunter2_type'; END $raise$`;
  return { what: `${state} ${what}`, state, sql, act, question };
}

/** An error that PostgreSQL itself raises. */
function real(what: string, sql: string, act: Expected = 'FAULT', question: Expected = 'FAULT'): Cause {
  return { what, sql, act, question };
}

const CAUSES: readonly Cause[] = [
  raised('P0001', 'raise_exception'),
  raised('P0002', 'no_data_found'),
  raised('P0004', 'assert_failure'),
  raised('HUNT2', 'a state of nobody'),
  raised('08006', 'connection_failure', 'UNAVAILABLE', 'UNAVAILABLE'),
  raised('0A000', 'feature_not_supported'),
  raised('21000', 'cardinality_violation'),
  raised('22001', 'string_data_right_truncation'),
  raised('22008', 'datetime_field_overflow'),
  raised('22021', 'character_not_in_repertoire'),
  raised('22P05', 'untranslatable_character'),
  raised('23000', 'integrity_constraint_violation'),
  raised('23502', 'not_null_violation'),
  raised('23503', 'foreign_key_violation', {
    code: 'NOT_FOUND',
    rule: null,
    message: 'The database refuses this value.',
  }),
  raised('23505', 'unique_violation', TAKEN),
  raised('23514', 'check_violation', {
    code: 'RULE_VIOLATED',
    rule: null,
    message: 'The database refuses this value.',
  }),
  raised('23P01', 'exclusion_violation', {
    code: 'RULE_VIOLATED',
    rule: null,
    message: 'The database refuses this value.',
  }),
  raised('25006', 'read_only_sql_transaction'),
  raised('25P02', 'in_failed_sql_transaction'),
  raised('28000', 'invalid_authorization_specification'),
  raised('3D000', 'invalid_catalog_name'),
  raised('40001', 'serialization_failure', IN_THE_WAY),
  raised('40P01', 'deadlock_detected', IN_THE_WAY),
  raised('42501', 'insufficient_privilege'),
  raised('42883', 'undefined_function'),
  raised('53100', 'disk_full'),
  raised('53200', 'out_of_memory'),
  raised('53300', 'too_many_connections', 'UNAVAILABLE', 'UNAVAILABLE'),
  raised('53400', 'configuration_limit_exceeded'),
  raised('54000', 'program_limit_exceeded'),
  raised('55000', 'object_not_in_prerequisite_state'),
  raised('55006', 'object_in_use'),
  raised('55P03', 'lock_not_available', OUT_OF_TIME, GIVEN_UP),
  raised('57014', 'query_canceled', OUT_OF_TIME, GIVEN_UP),
  raised('57P01', 'admin_shutdown', 'UNAVAILABLE', 'UNAVAILABLE'),
  raised('57P03', 'cannot_connect_now', 'UNAVAILABLE', 'UNAVAILABLE'),
  raised('58030', 'io_error'),
  raised('58P01', 'undefined_file'),
  raised('F0000', 'config_file_error'),
  raised('HV000', 'fdw_error'),
  raised('XX000', 'internal_error'),
  raised('XX001', 'data_corrupted'),
  raised('XX002', 'index_corrupted'),
  real('a table that was renamed', 'SELECT * FROM hunter2_table'),
  real('a column that is gone', 'SELECT hunter2_column FROM users'),
  real('a function that is gone', 'SELECT hunter2_function()'),
  real('a statement that is none', 'SELEKT hunter2_column FROM users'),
  real('a text that is no number', `SELECT 's3cr3t'::int`),
  real('a text that is no document', `SELECT '{hunter2'::jsonb`),
  real('a number that is too large', 'SELECT 2147483647 + count(*)::int FROM users'),
  real('a division by nothing', 'SELECT 1 / (count(*) - count(*)) FROM users'),
  real('rows where one was asked for', 'SELECT (SELECT username FROM users)'),
  real('a file that cannot be read', `SELECT pg_read_file('/etc/hunter2')`),
  real('a stack that is used up', 'SELECT hunter2_recursion(1)'),
  real('a value that a key has', `INSERT INTO hunter2_keys VALUES ('s3cr3t')`, TAKEN),
  real('a value that is missing', 'INSERT INTO hunter2_keys VALUES (NULL)'),
  real('a value that a check refuses', `INSERT INTO hunter2_keys VALUES ('')`, {
    code: 'RULE_VIOLATED',
    rule: null,
    message: 'The database refuses this value.',
  }),
  real('a session that was ended', 'SELECT pg_terminate_backend(pg_backend_pid())', 'UNAVAILABLE', 'UNAVAILABLE'),
];

/**
 * The other parts of an answer that are allowed: the location of the error in the document, the cost of the document,
 * and the id of the request.
 */
const SAID =
  /"locations":\[\{"line":\d+,"column":\d+\}\]|"extensions":\{"cost":\{"estimated":\d+,"limit":\d+\}\}|"requestId":"[0-9a-f-]{36}"/g;

/** The planted words, names of tables and internal names that an answer must not contain. */
const SECRETS =
  /hunter2|s3cr3t|hidden_|password_hash|\/var\/|\/etc\/|10\.0\.0\.7|relation|column|constraint|duplicate|violates|select|insert|update|syntax|prisma|postgres|sqlstate|stack|node_modules|\.ts\b|\bP\d{4}\b/i;

let api: Api;
beforeAll(async () => {
  api = await startApi({ poolSize: 4 });
  await makeModel(api);
  await makeLine(api);
  await plant(`
    CREATE TABLE hunter2_cause (statement text NOT NULL);
    CREATE TABLE hunter2_keys (key text NOT NULL CONSTRAINT hunter2_check CHECK (key <> ''), CONSTRAINT hunter2_key UNIQUE (key));
    INSERT INTO hunter2_keys VALUES ('s3cr3t');
    CREATE FUNCTION hunter2_recursion(n int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN hunter2_recursion(n + 1); END';
    CREATE FUNCTION hunter2_provoke() RETURNS boolean LANGUAGE plpgsql AS $$
      DECLARE cause text;
      BEGIN
        FOR cause IN SELECT statement FROM hunter2_cause LOOP EXECUTE cause; END LOOP;
        RETURN true;
      END $$;
    CREATE FUNCTION hunter2_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM hunter2_provoke(); RETURN NEW; END';
    CREATE TRIGGER hunter2_before BEFORE UPDATE ON production_lines FOR EACH ROW EXECUTE FUNCTION hunter2_trigger();
    ALTER TABLE product_models RENAME TO hidden_models;
    CREATE VIEW product_models AS SELECT * FROM hidden_models WHERE hunter2_provoke();`);
});
afterAll(() => api.close());
beforeEach(() => plant('TRUNCATE hunter2_cause'));

const ACT =
  'mutation Act { payload: updateProductionLine(input: { productionLine: { code: "KR01" }, location: "Hall 7" }) { productionLine { location } errors { code rule message path } } }';
const QUESTION = 'query Question { productModels { nodes { code } } }';

test('there are more than thirty different causes', () => {
  expect(new Set(CAUSES.map(({ sql }) => sql)).size).toBe(58);
});

describe.each(CAUSES)('$what', (cause) => {
  test('in a mutation reveals nothing to the caller, and the next mutation succeeds', async () => {
    await provoke(cause.sql);
    const answer = await ask(ACT);

    expectNoLeak(answer, cause);
    if (cause.act === 'FAULT') await expectFault(answer, 'payload', 'Act');
    else if (cause.act === 'UNAVAILABLE') expectUnavailable(answer);
    else expect(answer.body.data).toEqual({ payload: { productionLine: null, errors: [{ ...cause.act, path: [] }] } });
    await plant('TRUNCATE hunter2_cause');
    expect((await ask(ACT)).body.data).toEqual({ payload: { productionLine: { location: 'Hall 7' }, errors: [] } });
  });

  test('in a query reveals nothing to the caller, and the next query succeeds', async () => {
    await provoke(cause.sql);
    const answer = await ask(QUESTION);

    expectNoLeak(answer, cause);
    if (cause.question === 'FAULT') await expectFault(answer, 'productModels', 'Question');
    else if (cause.question === 'UNAVAILABLE') expectUnavailable(answer);
    else
      expect(answer.body.errors).toMatchObject([
        {
          message: cause.question.message,
          extensions: { code: cause.question.code, requestId: answer.headers.get('x-request-id') },
        },
      ]);
    await plant('TRUNCATE hunter2_cause');
    expect((await ask(QUESTION)).body.data).toEqual({ productModels: { nodes: [{ code: 'PSA' }] } });
  });
});

async function ask(query: string): Promise<Sent> {
  return posted(api.url, { query }, { authorization: `Bearer ${await api.tokenOf('ADMIN')}` });
}

function expectNoLeak({ status, text, headers }: Sent, { state, question }: Cause): void {
  const outside = text.replaceAll(SAID, '');
  const head = [...headers]
    .filter(([name]) => name !== 'x-request-id' && name !== 'date')
    .map(([name, value]) => `${name}: ${value}`);
  expect(status).toBe(question === 'UNAVAILABLE' ? 503 : 200);
  expect(outside).not.toMatch(SECRETS);
  expect(head.join('\n')).not.toMatch(SECRETS);
  if (state !== undefined) expect(outside).not.toContain(state);
}

/** Expects that the answer asks the caller to try again, and reports no internal error. */
function expectUnavailable({ body, headers }: Sent): void {
  expect(headers.get('retry-after')).toBe('2');
  expect(body.errors).toEqual([
    {
      message: expect.stringContaining('send it again with the same idempotencyKey'),
      path: expect.any(Array),
      locations: expect.any(Array),
      extensions: { code: 'UNAVAILABLE', path: [], requestId: headers.get('x-request-id') },
    },
  ]);
}

/**
 * Expects that the answer reports an internal error with an id, and that this id finds the error with the database's
 * message.
 */
async function expectFault({ body, headers }: Sent, path: string, operationName: string): Promise<void> {
  const requestId = headers.get('x-request-id');
  expect(body.errors).toEqual([
    {
      message: 'Unexpected error.',
      path: [path],
      locations: expect.any(Array),
      extensions: { code: 'INTERNAL', requestId },
    },
  ]);
  const find =
    'query ($requestId: String!) { errorEntries(filter: { requestId: { eq: $requestId } }) { nodes { operationName path message stack user { username } } } }';
  const found = async (): Promise<readonly { readonly message: string; readonly stack: string }[]> =>
    (await api.ask(find, { requestId })).data.errorEntries.nodes;
  await expect.poll(found).toMatchObject([
    {
      operationName,
      path,
      user: { username: 'admin' },
      message: expect.stringMatching(/\S/),
      stack: expect.stringContaining('at '),
    },
  ]);
}

function provoke(statement: string): Promise<unknown> {
  return withConnection(api.databaseUrl, (client) =>
    client.query('INSERT INTO hunter2_cause VALUES ($1)', [statement]),
  );
}

function plant(sql: string): Promise<unknown> {
  return withConnection(api.databaseUrl, (client) => client.query(sql));
}
