/**
 * Lots with a route of their own cost no statement more than lots on the factory route, once the route is in memory, and
 * no transaction on them locks the factory route.
 */
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { contextFor } from '../../../src/app/request/context.ts';
import type { Command } from '../../../src/platform/command/declaration.ts';
import { run } from '../../../src/platform/command/run.ts';
import type { Context } from '../../../src/platform/request/context.ts';
import { recordEach, recordProcessDataBatch } from '../../../src/production/process-data/recording/batch.commands.ts';
import { convertWipItem } from '../../../src/production/process-data/recording/conversion.commands.ts';
import {
  completeProcess,
  recordProcessData,
  startProcess,
  withdrawProcess,
} from '../../../src/production/process-data/recording/process-data.commands.ts';
import { lockFactoryRoute, unlockedWork } from '../../../src/production/process-data/work/gather-work.commands.ts';
import { passSerial } from '../../../src/production/serial/serial.commands.ts';
import { startApi, type Api } from '../../support/api.ts';
import { askBothWays, type StatementCounts } from '../../support/both-ways.ts';
import { makeItems, makeLot, type Named } from '../../support/build.ts';
import { withConnection } from '../../support/database.ts';
import { makeReleased } from '../../support/routes.ts';
import { makeFloor } from '../../support/work.ts';

let api: Api;
/** Lots on the factory route, and on a route with the same steps in which one of items and one of serials is optional. */
let lots: Readonly<Record<Way, Named>>;
type Way = 'factory' | 'own';
type Works = Readonly<Record<string, () => Promise<unknown>>>;

beforeAll(async () => {
  api = await startApi();
  await makeFloor(api);
  const factory = await makeLot(api, { targetQuantity: 60 });
  await makeReleased(api, [
    [1, 'KIT'],
    [2, 'MOUNT'],
    [3, 'TEST'],
    [4, 'MARK'],
    [5, 'BURN_IN', { isOptional: true }],
    [6, 'FINAL'],
  ]);
  lots = { factory, own: await makeLot(api, { targetQuantity: 60 }) };
  // The first look brings the route into memory.
  for (const lot of Object.values(lots)) {
    const [item] = await makeItems(api, lot, 1);
    if (item !== undefined) await carriedOut(recordProcessData, pass(item, 'MOUNT'));
  }
});
afterAll(() => api.close());

const contextOf = (): Context =>
  contextFor(api.services, { kind: 'USER', id: api.userIdOf('ADMIN'), username: 'admin', role: 'ADMIN' });

async function carriedOut<Input, Output extends object>(command: Command<Input, Output>, input: object) {
  const { output, errors } = await run(command, input, contextOf());
  expect(errors).toEqual([]);
  if (output === null) throw new Error('Nothing was carried out.');
  return output;
}

/** Everything that is sent to the database, BEGIN and COMMIT included. */
async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  const sent = vi.spyOn(pg.Connection.prototype, 'execute');
  try {
    await work();
    return sent.mock.calls.length;
  } finally {
    sent.mockRestore();
  }
}

const pass = (unit: { readonly number: string }, code: string): object => ({
  unit: { number: unit.number },
  process: { code },
  result: 'PASS',
});
const serialOf = ({ number }: Named): { readonly number: string } => ({ number: number.replace(/^WIP-(.*)-/, '$1') });

/** All kinds of work on units of a lot, in the order in which they are carried out. */
async function worksOn(way: Way): Promise<Works> {
  const items = await makeItems(api, lots[way], 14);
  const [first, second, third, ...others] = items as [Named, Named, Named, ...Named[]];
  const group = others.slice(0, 6);
  let open: { readonly processData: string } = { processData: '' };
  return {
    start: async () => {
      open = await carriedOut(startProcess, { unit: { number: first.number }, process: { code: 'MOUNT' } });
    },
    withdraw: () => carriedOut(withdrawProcess, { id: idOf(open), reason: 'Too early.' }),
    'start again': async () => {
      open = await carriedOut(startProcess, { unit: { number: first.number }, process: { code: 'MOUNT' } });
    },
    complete: () => carriedOut(completeProcess, { processData: idOf(open), result: 'PASS' }),
    'complete by unit': async () => {
      await carriedOut(startProcess, { unit: { number: second.number }, process: { code: 'MOUNT' } });
      return carriedOut(completeProcess, pass(second, 'MOUNT'));
    },
    record: () => carriedOut(recordProcessData, pass(first, 'TEST')),
    'records at the same time': () =>
      Promise.all(group.map((item) => carriedOut(recordProcessData, pass(item, 'MOUNT')))),
    batch: () =>
      carriedOut(recordProcessDataBatch, {
        items: group.map((item) => pass(item, 'TEST')),
        policy: 'REJECT_EVERYTHING',
      }),
    'batch of each': () =>
      recordEach(
        {
          items: [third, second].map((item, index) => pass(item, index === 0 ? 'MOUNT' : 'TEST')),
          policy: 'IGNORE_FAILED',
        },
        contextOf(),
      ),
    convert: () => carriedOut(convertWipItem, { wipItem: { number: first.number } }),
    'record of the conversion': () => carriedOut(recordProcessData, pass(second, 'MARK')),
    'batch of conversions': () =>
      carriedOut(recordProcessDataBatch, {
        items: group.map((item) => pass(item, 'MARK')),
        policy: 'REJECT_EVERYTHING',
      }),
    'record on a serial': () => carriedOut(recordProcessData, pass(serialOf(second), 'BURN_IN')),
    'record that passes a serial': () => carriedOut(recordProcessData, pass(serialOf(second), 'FINAL')),
    'batch on serials': () =>
      carriedOut(recordProcessDataBatch, {
        items: group.map((item) => pass(serialOf(item), 'BURN_IN')),
        policy: 'REJECT_EVERYTHING',
      }),
  };
}

function idOf({ processData }: { readonly processData: string }): string {
  return Buffer.from(`ProcessData:${processData}`).toString('base64url');
}

test('work on a lot with a route of its own takes no statement more than on the factory route (RTE-4, RTE-6)', async () => {
  const own = await countsOf(await worksOn('own'));
  const factory = await countsOf(await worksOn('factory'));

  // As before there were routes of products.
  expect(factory).toEqual({
    start: 9,
    // One of them looks for components that the execution installed.
    withdraw: 11,
    'start again': 9,
    complete: 10,
    'complete by unit': 19,
    record: 9,
    batch: 12,
    'batch of each': 21,
    convert: 18,
    'record of the conversion': 11,
    'batch of conversions': 14,
    'record on a serial': 9,
    'record that passes a serial': 11,
    'batch on serials': 13,
  });
  // A conversion by hand does not read the factory route, because the route is in memory.
  expect(own).toEqual({ ...factory, convert: (factory['convert'] ?? 0) - 1 });
});

test('a group of records on lots with a route of their own is read by as many statements (RTE-4, RTE-6)', async () => {
  const gathered = async (way: Way): Promise<number> => {
    const items = await makeItems(api, lots[way], 5);
    const requested = items.map(({ number }) => ({
      unit: { key: 'number', value: number },
      process: { key: 'code', value: 'MOUNT' },
    }));
    return statementsOf(() =>
      api.database.transaction(async (tx) => {
        const isRouteLocked = lockFactoryRoute(tx, requested);
        const works = await unlockedWork(tx, requested, isRouteLocked);
        expect(works.map((work) => work?.lotRoute.isFactoryRoute)).toEqual(items.map(() => way === 'factory'));
      }),
    );
  };

  expect(await gathered('own')).toBe(await gathered('factory'));
});

test.each([
  [
    'scan',
    'query ($number: String!) { answer: scan(code: $number, process: { code: "TEST" }) { kind readiness { isReady checks { rule } } } }',
  ],
  [
    'unitReadiness',
    'query ($number: String!) { answer: unitReadiness(unit: { number: $number }, process: { code: "TEST" }) { isReady checks { rule message } nextProcess { code } } }',
  ],
  [
    'an item',
    'query ($number: String!) { answer: wipItemByNumber(number: $number) { status nextProcess { code } passedProcesses { code } processData(first: 5) { nodes { stepNumber process { code } } } } }',
  ],
])('%s takes no statement more for a lot with a route of its own (RTE-6)', async (_what, query) => {
  const asked = async (way: Way): Promise<StatementCounts> => {
    const [item] = await makeItems(api, lots[way], 1);
    if (item === undefined) throw new Error('No item.');
    await carriedOut(recordProcessData, pass(item, 'MOUNT'));
    const { data, errors, statements } = await askBothWays(api, query, { number: item.number });
    expect(errors).toEqual([]);
    expect(data.answer).not.toBeNull();
    return statements;
  };

  expectNoMore(await asked('own'), await asked('factory'));
});

test.each([
  ['lots', 'nodes { number status wipItemCount }'],
  ['wipItems', 'nodes { number nextProcess { code } passedProcesses { code } lot { number } }'],
  ['serials', 'nodes { number status lot { number } }'],
  ['processData', 'nodes { result stepNumber process { code } lot { number } }'],
])('the list %s takes no statement more for lots with a route of their own (RTE-6)', async (list, selection) => {
  const asked = async (way: Way): Promise<StatementCounts> => {
    const { number, id } = lots[way];
    const filter = list === 'lots' ? `{ number: { eq: "${number}" } }` : `{ lot: { eq: "${id}" } }`;
    const { errors, statements } = await askBothWays(
      api,
      `{ ${list}(first: 100, filter: ${filter}) { ${selection} } }`,
    );
    expect(errors).toEqual([]);
    return statements;
  };

  expectNoMore(await asked('own'), await asked('factory'));
});

test('no transaction on lots with a route of their own locks the factory route (RTE-4)', async () => {
  const own = await worksOn('own');
  const factory = await worksOn('factory');
  await watchLocks();

  expect(await locksOf({ ...own, 'pass a serial': () => passedByHand('own') })).toEqual(
    Object.fromEntries([...Object.keys(own), 'pass a serial'].map((name) => [name, false])),
  );
  expect(await locksOf({ ...factory, 'pass a serial': () => passedByHand('factory') })).toEqual(
    Object.fromEntries([...Object.keys(factory), 'pass a serial'].map((name) => [name, true])),
  );
});

/** Both ways of answering a query; some lists read the factory route where a route of a model is in memory. */
function expectNoMore(own: StatementCounts, factory: StatementCounts): void {
  expect(own.plans).toBeLessThanOrEqual(factory.plans);
  expect(own.loaders).toBeLessThanOrEqual(factory.loaders);
}

async function countsOf(works: Works): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const [name, work] of Object.entries(works)) counts[name] = await statementsOf(work);
  // How the records form groups depends on the time between them.
  const { 'records at the same time': _some, ...others } = counts;
  return others;
}

/** For each work, whether one of its transactions held the lock of the factory route when it wrote. */
async function locksOf(works: Works): Promise<Readonly<Record<string, boolean>>> {
  const locks: Record<string, boolean> = {};
  for (const [name, work] of Object.entries(works)) {
    await rows('TRUNCATE seen_locks');
    await work();
    const seen = await rows<{ isLocked: boolean }>('SELECT bool_or(is_locked) AS "isLocked" FROM seen_locks');
    locks[name] = seen[0]?.isLocked ?? true;
  }
  return locks;
}

/** Every transaction that writes an execution or a serial notes whether it holds a shared advisory lock. */
async function watchLocks(): Promise<void> {
  await rows(`CREATE TABLE seen_locks (is_locked boolean NOT NULL);
    CREATE FUNCTION note_locks() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
      INSERT INTO seen_locks SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND pid = pg_backend_pid());
      RETURN NULL; END $$;
    CREATE TRIGGER note_locks AFTER INSERT OR UPDATE OR DELETE ON process_data FOR EACH STATEMENT EXECUTE FUNCTION note_locks();
    CREATE TRIGGER note_locks AFTER UPDATE ON serials FOR EACH STATEMENT EXECUTE FUNCTION note_locks()`);
}

/** A serial is passed by hand; its last PASS is put in by SQL, because a recorded one passes it by itself. */
async function passedByHand(way: Way): Promise<void> {
  const [item] = await makeItems(api, lots[way], 1);
  if (item === undefined) throw new Error('No item.');
  for (const code of ['MOUNT', 'TEST', 'MARK']) await carriedOut(recordProcessData, pass(item, code));
  const serial = serialOf(item);
  await carriedOut(recordProcessData, pass(serial, 'BURN_IN'));
  await rows(
    `INSERT INTO process_data (level, lot_id, wip_item_id, serial_id, process_id, attempt, operator_id, result, started_at, completed_at)
     SELECT 'SERIAL', lot_id, wip_item_id, id, (SELECT id FROM processes WHERE code = 'FINAL'), 1, $2::uuid, 'PASS', now(), now() FROM serials WHERE number = $1`,
    [serial.number, api.userIdOf('ADMIN')],
  );
  await rows('TRUNCATE seen_locks');
  await carriedOut(passSerial, { serial: { number: serial.number } });
}

const rows = <Row extends object>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> =>
  withConnection(api.databaseUrl, async (client) => (await client.query(text, [...values])).rows as Row[]);
