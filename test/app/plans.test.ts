/** Every root query finds its rows by index, however long the plant has been at work. */
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schema } from '../../src/app/schema.ts';
import { startApi, type Api } from '../support/api.ts';
import { EXECUTIONS, makeHistory, type History } from '../support/history.ts';
import { CEILINGS, MAY_SCAN, type Ceiling } from '../support/plan-ceilings.ts';
import { planOf, statementsOf, tablesFrom, type Plan, type Statement } from '../support/plans.ts';

/** A table of fewer rows is read as a whole as fast as by an index. */
const BIG = 10_000;

let api: Api;
let history: History;
let client: Client;
let big: readonly string[];
beforeAll(async () => {
  api = await startApi();
  history = await makeHistory(api);
  client = new Client({ connectionString: api.databaseUrl, options: '-c timezone=UTC -c datestyle=ISO' });
  await client.connect();
  big = await tablesFrom(client, BIG);
}, 180_000);
afterAll(async () => {
  await client.end();
  await api.close();
});

test('the plant is as large as it is said to be', async () => {
  const { rows } = await client.query('SELECT count(*)::int AS executions FROM process_data');
  expect(rows).toEqual([{ executions: EXECUTIONS }]);
  expect(big).toEqual(['audit_entries', 'audit_positions', 'equipment_status_periods', 'error_entries', 'idempotency_keys', 'login_sessions', 'process_data', 'serials', 'wip_items']);
});

test('every root query field of the schema has its ceiling', () => {
  expect(Object.keys(CEILINGS)).toEqual(Object.keys(schema.getQueryType()?.getFields() ?? {}).toSorted());
});

test.each(Object.keys(CEILINGS))('%s finds its rows by index and stays under its ceiling', async (field) => {
  for (const [ceiling, ask] of ceilingsOf(field)) {
    const statements = await statementsFor(ask);
    expect([ask, violations(field, ceiling, await judged(statements))]).toEqual([ask, []]);
  }
});

describe('a missing index is found', () => {
  test.each([
    ['ix_process_data_started_at', 'processData', 'the newest executions'],
    ['ix_process_data_serial_id_started_at', 'serialByNumber', 'the executions of a serial'],
    ['ix_process_data_defects', 'processData', 'the executions with a defect'],
    ['ix_serials_created_at', 'serials', 'the newest serials'],
    ['ix_wip_items_created_at', 'wipItems', 'the newest items'],
    ['ix_audit_entries_entity_record_id', 'auditEntries', 'the history of a record'],
    ['ix_error_entries_code_created_at', 'errorEntries', 'the faults of a kind'],
  ])('%s, without which %s does not find %s', async (index, field) => {
    const sent: (readonly [number, readonly Statement[]])[] = [];
    for (const [ceiling, ask] of ceilingsOf(field)) sent.push([ceiling, await statementsFor(ask)]);

    await client.query(`BEGIN; DROP INDEX ${index}`);
    const found: string[] = [];
    for (const [ceiling, statements] of sent) found.push(...violations(field, ceiling, await judged(statements)));
    await client.query('ROLLBACK');

    expect(found).not.toEqual([]);
  });
});

interface Judged {
  readonly cost: number;
  readonly scanned: readonly string[];
}

function ceilingsOf(field: string): readonly Ceiling[] {
  return CEILINGS[field]?.(history) ?? [];
}

/** What is wrong with what an operation would do, in words. */
function violations(field: string, ceiling: number, { cost, scanned }: Judged): readonly string[] {
  return [
    ...scanned.filter((table) => !(MAY_SCAN[field] ?? []).includes(table)).map((table) => `${field} reads all of ${table}.`),
    ...(cost > ceiling ? [`${field} costs ${cost}, more than ${ceiling}.`] : []),
  ];
}

async function statementsFor(selection: string): Promise<readonly Statement[]> {
  return statementsOf(api, async () => {
    const { errors } = await api.ask(`{ ${selection} }`);
    expect(errors).toEqual([]);
  });
}

async function judged(statements: readonly Statement[]): Promise<Judged> {
  const plans: Plan[] = [];
  for (const statement of statements) plans.push(await planOf(client, statement));
  return { cost: Math.ceil(plans.reduce((sum, { cost }) => sum + cost, 0)), scanned: [...new Set(plans.flatMap(({ scanned }) => scanned))].filter((table) => big.includes(table)) };
}
