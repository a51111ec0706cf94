/** A hold of a lot meets work that calls a part of it good, converts it or builds it in: either the one or the other was first. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';
import { completeItems, makeItems, makeLot, makeSerials, type Named, type Step, uuidOf } from '../../support/build.ts';
import { call, type Payload } from '../../support/expect.ts';
import { withConnection } from '../../support/database.ts';
import { installation } from '../../support/genealogy.ts';
import { committedFirst, type Floor, makeFloor, start } from '../../support/work.ts';

let api: Api;
let floor: Floor;
beforeAll(async () => {
  api = await startApi({ poolSize: 12 });
  floor = await makeFloor(api);
});
afterAll(async () => {
  const [database] = await api.database.reader().sql<{ deadlocks: string }>`
    SELECT deadlocks::text FROM pg_stat_database WHERE datname = current_database()`;
  await api.close();
  expect(database?.deadlocks).toBe('0');
});

/** Work on units of a lot that waits to be done, each piece on a unit of its own. */
interface Prepared {
  /** The lot that is held. */
  readonly lot: Named;
  /** The rows that the pieces of work lock after the lot. */
  readonly locked: { readonly table: 'lots' | 'wip_items' | 'serials'; readonly id: string | null };
  readonly work: readonly (() => Promise<Payload>)[];
  /** The id of the record that a piece of work made or changed, from its answer. */
  readonly madeBy: (payload: Payload) => string | null;
}

interface Work {
  readonly rule: string;
  prepare(quantity: number): Promise<Prepared>;
}

const EXECUTION = 'processData { id }';
const executionOf = ({ processData }: Payload): string | null => uuidOf(processData);
const pass = (unit: Named, step: Step): object => ({ unit: { id: unit.id }, process: { id: step.id }, result: 'PASS' });
const firstOf = (units: readonly Named[]): string | null => uuidOf(units[0]);

let month = 0;
function newLot(): Promise<Named> {
  month += 1;
  return makeLot(api, {
    productionDate: `2026-${String(month % 12 || 12).padStart(2, '0')}-1${Math.floor(month / 12)}`,
  });
}

async function newItems(quantity: number, passed: readonly Step[] = []) {
  const lot = await newLot();
  const items = await makeItems(api, lot, quantity);
  if (passed.length > 0) await completeItems(api, items, passed);
  return { lot, items, locked: { table: 'wip_items', id: firstOf(items) } as const };
}

const WORK: Readonly<Record<string, Work>> = {
  startProcess: {
    rule: 'LOT-7',
    async prepare(quantity) {
      const { items, ...rest } = await newItems(quantity);
      const work = items.map(
        ({ id }) =>
          () =>
            call(api, 'startProcess', { unit: { id }, process: { id: floor.mount.id } }, EXECUTION),
      );
      return { ...rest, work, madeBy: executionOf };
    },
  },
  'completeProcess with PASS': {
    rule: 'LOT-7',
    async prepare(quantity) {
      const { items, ...rest } = await newItems(quantity);
      const started = await Promise.all(items.map((item) => start(api, item, floor.mount)));
      const work = started.map(
        ({ id }) =>
          () =>
            call(api, 'completeProcess', { processData: id, result: 'PASS' }, EXECUTION),
      );
      return { ...rest, work, madeBy: executionOf };
    },
  },
  'recordProcessData with PASS': {
    rule: 'LOT-7',
    async prepare(quantity) {
      const { items, ...rest } = await newItems(quantity);
      const work = items.map((item) => () => call(api, 'recordProcessData', pass(item, floor.mount), EXECUTION));
      return { ...rest, work, madeBy: executionOf };
    },
  },
  'recordProcessData with PASS of a serial': {
    rule: 'LOT-7',
    async prepare(quantity) {
      const lot = await newLot();
      const serials = await makeSerials(api, lot, quantity, [floor.mount, floor.test]);
      const work = serials.map((serial) => () => call(api, 'recordProcessData', pass(serial, floor.burnIn), EXECUTION));
      return { lot, locked: { table: 'serials', id: firstOf(serials) }, work, madeBy: executionOf };
    },
  },
  'recordProcessDataBatch with PASS': {
    rule: 'LOT-7',
    async prepare(quantity) {
      const { items, ...rest } = await newItems(quantity);
      const work = items.map((item) => async () => {
        const input = { items: [pass(item, floor.mount)] };
        const { results, errors } = await call(
          api,
          'recordProcessDataBatch',
          input,
          `results { ${EXECUTION} errors { code message path rule } }`,
        );
        const [only] = results;
        return { ...only, errors: only === undefined ? errors : only.errors };
      });
      return { ...rest, work, madeBy: executionOf };
    },
  },
  convertWipItem: {
    rule: 'LOT-7',
    async prepare(quantity) {
      const { items, ...rest } = await newItems(quantity, [floor.mount, floor.test]);
      const work = items.map(
        ({ id }) =>
          () =>
            call(api, 'convertWipItem', { wipItem: { id } }, 'serial { id }'),
      );
      return { ...rest, work, madeBy: ({ serial }) => uuidOf(serial) };
    },
  },
  'installComponent into the lot': {
    rule: 'CMP-6',
    async prepare(quantity) {
      const { items, ...rest } = await newItems(quantity);
      const work = items.map(
        (item) => () =>
          call(api, 'installComponent', installation(item, { externalLotNumber: 'ACME-1' }), 'componentUse { id }'),
      );
      return { ...rest, work, madeBy: ({ componentUse }) => uuidOf(componentUse) };
    },
  },
  'installComponent of the lot': {
    rule: 'CMP-6',
    async prepare(quantity) {
      const { items, locked } = await newItems(quantity);
      const lot = await newLot();
      const work = items.map(
        (item) => () => call(api, 'installComponent', installation(item, { lot }), 'componentUse { id }'),
      );
      return { lot, locked, work, madeBy: ({ componentUse }) => uuidOf(componentUse) };
    },
  },
};

const refusalsOf = ({ errors }: Payload): readonly string[] => errors.map(({ code, rule }) => `${code} ${rule}`);
const hold = (lot: Named): Promise<Payload> =>
  call(api, 'quarantineLot', { lot: { id: lot.id }, reason: 'Suspect' }, 'lot { disposition }');

describe.each(Object.entries(WORK))('%s', (_name, { rule, prepare }) => {
  test(`is refused by a hold that commits while it waits (${rule})`, async () => {
    const { lot, work } = await prepare(1);
    const sql = `UPDATE lots SET disposition = 'QUARANTINED', disposition_reason = 'Suspect', disposition_at = now() WHERE id = $1`;
    const answer = await committedFirst(api, sql, [uuidOf(lot)], () => (work[0] as () => Promise<Payload>)());
    expect(refusalsOf(answer)).toEqual([`RULE_VIOLATED ${rule}`]);
  });

  test(`keeps a hold waiting that comes while it is at work (${rule})`, async () => {
    const { lot, locked, work } = await prepare(1);
    const [answer, held] = await withConnection(api.databaseUrl, async (client) => {
      await client.query('BEGIN');
      await client.query(`SELECT FROM ${locked.table} WHERE id = $1 FOR UPDATE`, [locked.id]);
      const working = (work[0] as () => Promise<Payload>)();
      await expect.poll(waiting).toBe(1);
      const holding = hold(lot);
      await expect.poll(waiting).toBe(2);
      await client.query('COMMIT');
      return Promise.all([working, holding]);
    });
    expect([refusalsOf(answer), held]).toMatchObject([[], { lot: { disposition: 'QUARANTINED' }, errors: [] }]);
  });

  test(`that meets a hold is done before it, or refused (${rule})`, async () => {
    const { lot, work, madeBy } = await prepare(8);
    const before = work.slice(0, 4).map((piece) => piece());
    const held = hold(lot);
    const answers = await Promise.all([...before, ...work.slice(4, 7).map((piece) => piece())]);
    expect(refusalsOf(await held)).toEqual([]);
    const made = answers.filter(({ errors }) => errors.length === 0).map(madeBy);
    for (const answer of answers) expect([[], [`RULE_VIOLATED ${rule}`]]).toContainEqual(refusalsOf(answer));
    // Entries are numbered while their transaction has the lock of the lot.
    const [order] = await api.database.reader().sql<{ hold: number; late: number; known: number }>`
      SELECT hold.seq::int AS hold, count(entry.id) FILTER (WHERE entry.seq > hold.seq)::int AS late, count(DISTINCT entry.record_id)::int AS known
      FROM audit_entries hold LEFT JOIN audit_entries entry ON entry.record_id = ANY(${made}::uuid[])
      WHERE hold.action = 'lot.quarantined' AND hold.record_id = ${uuidOf(lot)}::uuid GROUP BY hold.seq`;
    expect(order).toMatchObject({ late: 0, known: made.length });
    expect(refusalsOf(await (work[7] as () => Promise<Payload>)())).toEqual([`RULE_VIOLATED ${rule}`]);
  });
});

/** How many transactions wait for a lock. */
async function waiting(): Promise<number> {
  const [row] = await api.database.reader().sql<{ count: number }>`
    SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  return row?.count ?? 0;
}
