/** Every root query finds its rows by index, however large the history is. */
import { getNamedType, isEnumType, isInputObjectType } from 'graphql';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schema } from '../../src/app/schema.ts';
import { startServer, type RunningServer } from '../../src/app/server.ts';
import { ensureAdministrator } from '../../src/identity/user/user.commands.ts';
import { lastPosition } from '../../src/operation/audit/changes.loaders.ts';
import { blockToArchive, removeArchivedEntries } from '../../src/operation/audit/evidence.commands.ts';
import { NO_PROGRESS, seal } from '../../src/operation/audit/seal.commands.ts';
import { verify } from '../../src/operation/audit/verify.loaders.ts';
import { deleteOldErrors } from '../../src/operation/error-entry/error-entry.commands.ts';
import {
  claimDeliveries,
  makeDeliveries,
  returnLostDeliveries,
} from '../../src/operation/webhook/delivery.commands.ts';
import { healthOf } from '../../src/operation/monitoring/monitoring.loaders.ts';
import { deleteExpiredKeys } from '../../src/platform/command/idempotency.ts';
import { startApi, type Api } from '../support/api.ts';
import { EXECUTIONS, makeHistory, type History } from '../support/history.ts';
import { CEILINGS, COUNTED, ORDERS, SORTED, type Ceiling } from '../support/plan-ceilings.ts';
import { allStatementsOf, planOf, statementsOf, tablesFrom, type Plan, type Statement } from '../support/plans.ts';

/** Reading a smaller table from end to end is as fast as an index. */
const BIG = 10_000;

let api: Api;
/** Without query plans: every query is answered by graphql-js and its loaders. */
let loaders: RunningServer;
let history: History;
let client: Client;
let big: readonly string[];
beforeAll(async () => {
  api = await startApi();
  loaders = await startServer({ ...api.services, config: { ...api.config, queryPlans: false } });
  history = await makeHistory(api);
  client = new Client({ connectionString: api.databaseUrl, options: '-c timezone=UTC -c datestyle=ISO' });
  await client.connect();
  big = await tablesFrom(client, BIG);
}, 180_000);
afterAll(async () => {
  await loaders.stop();
  await client.end();
  await api.close();
});

test('the test data is as large as the tests assume', async () => {
  const { rows } = await client.query('SELECT count(*)::int AS executions FROM process_data');
  expect(rows).toEqual([{ executions: EXECUTIONS }]);
  expect(big).toEqual([
    'audit_entries',
    'audit_positions',
    'component_uses',
    'defects',
    'equipment_status_periods',
    'error_entries',
    'idempotency_keys',
    'inference_jobs',
    'inspections',
    'login_sessions',
    'process_data',
    'process_sessions',
    'serials',
    'system_events',
    'webhook_deliveries',
    'wip_items',
  ]);
});

test('every root query field of the schema has a ceiling', () => {
  expect(Object.keys(CEILINGS)).toEqual(Object.keys(schema.getQueryType()?.getFields() ?? {}).toSorted());
});

describe.each(['plans', 'loaders'] as const)('by %s', (way) => {
  test.each(Object.keys(CEILINGS))('%s finds its rows by index and stays under its ceiling', async (field) => {
    for (const [ceiling, ask] of ceilingsOf(field)) {
      const statements = await statementsFor(ask, way);
      expect([ask, violations(field, ceiling, await judged(statements), COUNTED[field])]).toEqual([ask, []]);
    }
  });
});

test('every order of every list of a large table has a ceiling', () => {
  expect(
    Object.fromEntries(Object.entries(ORDERS).map(([field, orders]) => [field, Object.keys(orders).toSorted()])),
  ).toEqual(ordersOfBigTables());
});

test.each(ordersWithCeilings())(
  '%s by %s stay under the ceiling, from either end and in both directions',
  async (field, order, ceiling) => {
    for (const list of ordered(field, order))
      expect([
        list,
        violations(field, ceiling, await judged(await statementsForPages(list)), mayScan(field, order)),
      ]).toEqual([list, []]);
  },
);

describe('work that the server does by itself finds its rows by index, too', () => {
  const reader = () => api.database.reader();
  test.each<readonly [what: string, ceiling: number, work: () => Promise<unknown>]>([
    ['the audit sealer after a start', 2_000, () => seal(api.database, NO_PROGRESS)],
    ['a verification of some blocks', 15_000, () => verify(reader(), { fromBlock: 3, toBlock: 5 })],
    ['the last position', 10, () => lastPosition(reader())],
    ['the health check', 10, () => healthOf(api.services)],
    ['the first administrator', 50, () => api.database.transaction((tx) => ensureAdministrator(tx, 'Forty-2-Lots'))],
    ['the deletion of old internal errors', 1_000, () => deleteOldErrors(reader())],
    ['the deletion of expired keys', 3_000, () => deleteExpiredKeys(reader())],
    ['the claim of webhook deliveries', 2_000, () => api.database.transaction((tx) => claimDeliveries(tx, 'W1', 10))],
    ['the return of lost deliveries', 50, () => api.database.transaction((tx) => returnLostDeliveries(tx))],
    ['a look for events of webhooks', 50_000, () => api.database.transaction((tx) => makeDeliveries(tx))],
    ['the block to archive', 100, () => blockToArchive(api.database, '2000-01-01T00:00:00.000Z')],
  ])('%s', async (_what, ceiling, work) => {
    const found = await judged(await allStatementsOf(api, work));
    expect([found.scanned, Math.max(found.cost, ceiling)]).toEqual([[], ceiling]);
  });

  test('the removal of archived entries, range by range', async () => {
    const { rows } = await client.query('SELECT number::int, hash FROM audit_blocks ORDER BY number OFFSET 2 LIMIT 1');
    await client.query('INSERT INTO audit_archives (last_block, last_hash, export_sha256) VALUES ($1, $2, $2)', [
      rows[0]?.number,
      rows[0]?.hash.replaceAll(/\D/g, '0'),
    ]);
    const found = await judged(await allStatementsOf(api, () => removeArchivedEntries(api.database)));
    // So many entries of so few are removed that reading all of them is faster than the index.
    expect(found.scanned).not.toContain('audit_positions');
  });

  test('a part of an action that no entry has reads no entry', async () => {
    const [statement] = await statementsFor('auditEntries(filter: { action: { contains: "zzz" } }) { nodes { id } }');
    const { rows } = await client.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${statement?.text}`, [
      ...(statement?.values ?? []),
    ]);
    expect(JSON.stringify(rows)).toMatch(/"One-Time Filter"/);
    expect(rows[0]['QUERY PLAN'][0].Plan['Actual Rows']).toBeLessThanOrEqual(1);
    expect(readsIn(rows[0]['QUERY PLAN'][0].Plan, 'audit_entries')).toBeLessThan(100);
  });
});

/** How many rows of a table a plan has read, beyond the look-ups of its different values. */
function readsIn(
  node: {
    readonly 'Relation Name'?: string;
    readonly 'Actual Rows': number;
    readonly 'Actual Loops': number;
    readonly 'Rows Removed by Filter'?: number;
    readonly Plans?: readonly never[];
  },
  table: string,
): number {
  const own =
    node['Relation Name'] === table
      ? node['Actual Loops'] * (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0))
      : 0;
  return (node.Plans ?? []).reduce((sum, below) => sum + readsIn(below, table), own);
}

describe('a missing index is detected', () => {
  test.each([
    ['ix_process_data_started_at', 'processData', 'the newest executions'],
    ['ix_process_data_serial_id_started_at', 'serialByNumber', 'the executions of a serial'],
    ['ix_process_data_defects', 'processData', 'the executions with a defect'],
    ['ix_process_data_out_of_spec', 'processData', 'the executions out of specification'],
    ['ix_process_data_wip_item_id_started_at', 'serials', 'the serials of a lot with a defect'],
    ['ix_process_data_search', 'searchProcessData', 'the executions with a word'],
    ['ix_serials_created_at', 'serials', 'the newest serials'],
    ['ix_wip_items_created_at', 'wipItems', 'the newest items'],
    ['ix_audit_entries_entity_record_id', 'auditEntries', 'the history of a record'],
    ['ix_error_entries_code_created_at', 'errorEntries', 'the faults of a kind'],
    ['ix_system_events_level_created_at', 'systemEvents', 'the errors among the events'],
  ])('%s, without which %s is slow to find %s', async (index, field) => {
    const sent: (readonly [number, readonly Statement[]])[] = [];
    for (const [ceiling, ask] of ceilingsOf(field)) sent.push([ceiling, await statementsFor(ask)]);

    await client.query(`BEGIN; DROP INDEX ${index}`);
    const found: string[] = [];
    for (const [ceiling, statements] of sent) found.push(...violations(field, ceiling, await judged(statements)));
    await client.query('ROLLBACK');

    expect(found).not.toEqual([]);
  });
});

describe('a missing index of an order is detected', () => {
  test.each([
    ['ix_process_data_completed_at', 'processData', 'ASC'],
    ['ix_process_data_completed_at_descending', 'processData', 'DESC'],
    ['ix_serials_completed_at', 'serials', 'ASC'],
    ['ix_serials_completed_at_descending', 'serials', 'DESC'],
    ['ix_wip_items_completed_at', 'wipItems', 'ASC'],
    ['ix_wip_items_completed_at_descending', 'wipItems', 'DESC'],
  ])('%s, without which %s are slow to order by completion, %s', async (index, field, direction) => {
    const sent: (readonly Statement[])[] = [];
    for (const list of ordered(field, 'COMPLETED_AT').filter(({ by }) => by.includes(direction)))
      sent.push(await statementsForPages(list));

    await client.query(`BEGIN; DROP INDEX ${index}`);
    const found: (readonly string[])[] = [];
    for (const statements of sent)
      found.push(violations(field, ORDERS[field]?.['COMPLETED_AT'] ?? 0, await judged(statements)));
    await client.query('ROLLBACK');

    expect(found.map((each) => each.length > 0)).toEqual([true, true]);
  });
});

interface Judged {
  readonly cost: number;
  readonly scanned: readonly string[];
}

function ceilingsOf(field: string): readonly Ceiling[] {
  return CEILINGS[field]?.(history) ?? [];
}

/** The problems of a plan, as text. */
function violations(
  field: string,
  ceiling: number,
  { cost, scanned }: Judged,
  mayScan: readonly string[] = [],
): readonly string[] {
  return [
    ...scanned.filter((table) => !mayScan.includes(table)).map((table) => `${field} reads all of ${table}.`),
    ...(cost > ceiling ? [`${field} costs ${cost}, more than ${ceiling}.`] : []),
  ];
}

async function statementsFor(selection: string, way: 'plans' | 'loaders' = 'plans'): Promise<readonly Statement[]> {
  const authorization = `Bearer ${await api.tokenOf('ADMIN')}`;
  return statementsOf(api, async () => {
    const response = await fetch(way === 'plans' ? api.url : loaders.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ query: `{ ${selection} }` }),
    });
    expect(await response.json()).not.toHaveProperty('errors');
  });
}

async function judged(statements: readonly Statement[]): Promise<Judged> {
  const plans: Plan[] = [];
  for (const statement of statements) plans.push(await planOf(client, statement));
  return {
    cost: Math.ceil(plans.reduce((sum, { cost }) => sum + cost, 0)),
    scanned: [...new Set(plans.flatMap(({ scanned }) => scanned))].filter((table) => big.includes(table)),
  };
}

interface OrderedList {
  readonly field: string;
  readonly end: 'first' | 'last';
  /** The argument that sets the order. */
  readonly by: string;
}

function ordersOfBigTables(): Readonly<Record<string, readonly string[]>> {
  const fields = Object.values(schema.getQueryType()?.getFields() ?? {}).filter(({ name }) =>
    big.includes(tableOf(name)),
  );
  return Object.fromEntries(
    fields.flatMap(({ name, args }) => {
      const order = getNamedType(args.find((argument) => argument.name === 'orderBy')?.type);
      const values = isInputObjectType(order) ? getNamedType(order.getFields()['field']?.type) : undefined;
      return isEnumType(values)
        ? [
            [
              name,
              values
                .getValues()
                .map((value) => value.name)
                .toSorted(),
            ],
          ]
        : [];
    }),
  );
}

function ordersWithCeilings(): readonly (readonly [field: string, order: string, ceiling: number])[] {
  return Object.entries(ORDERS).flatMap(([field, orders]) =>
    Object.entries(orders).map(([order, ceiling]) => [field, order, ceiling] as const),
  );
}

function ordered(field: string, order: string): readonly OrderedList[] {
  return ['ASC', 'DESC'].flatMap((direction) =>
    (['first', 'last'] as const).map((end) => ({
      field,
      end,
      by: `orderBy: [{ field: ${order}, direction: ${direction} }]`,
    })),
  );
}

/** The statements of a page of the list, and those of the next page. */
async function statementsForPages({ field, end, by }: OrderedList): Promise<readonly Statement[]> {
  const { data } = await api.ask(`{ page: ${field}(${end}: 50, ${by}) { pageInfo { startCursor endCursor } } }`);
  const beyond =
    end === 'first' ? `after: "${data.page.pageInfo.endCursor}"` : `before: "${data.page.pageInfo.startCursor}"`;
  const [top, next] = [
    await statementsFor(`${field}(${end}: 100, ${by}) { nodes { id } }`),
    await statementsFor(`${field}(${end}: 100, ${beyond}, ${by}) { nodes { id } }`),
  ];
  return [...top, ...next];
}

function mayScan(field: string, order: string): readonly string[] {
  return (SORTED[field] ?? []).includes(order) ? [tableOf(field)] : [];
}

function tableOf(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
