/**
 * Four clients that write at once as stations do, and the ledger of the answers that they got.
 *
 * 1. Every mutation has its own idempotency key. A client that gets no answer, or an answer of a server in trouble,
 *    sends the same mutation again with the same key, until it gets a final answer or is stopped.
 * 2. `settle` then sends every mutation once more: unanswered ones get an answer, answered ones get the same answer
 *    again.
 * 3. `expectRecordWhole` then compares the ledger with the tables: one effect for each key, no effect without a key,
 *    and no partial effect.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { expect } from 'vitest';
import { withConnection } from '../support/database.ts';
import { ask, mutate, type Endpoint, type Ending, type Payload } from './client.ts';

export interface Act {
  readonly key: string;
  readonly mutation: string;
  readonly input: object;
  readonly selection: string;
  /** The acknowledged mutations. */
  answer?: Payload;
}

export interface Ledger {
  readonly acts: Act[];
  /** The errors that the clients saw instead of answers, each once. */
  readonly troubles: Set<string>;
  /** The number of acknowledged mutations. */
  acknowledged(): number;
}

export interface Writers {
  /** Resolves when the clients together have this many more acknowledged mutations. */
  untilMore(count: number): Promise<void>;
  /** Lets running mutations end and starts no new ones. */
  stop(): Promise<void>;
}

export function newLedger(): Ledger {
  const acts: Act[] = [];
  return { acts, troubles: new Set(), acknowledged: () => acts.filter(({ answer }) => answer !== undefined).length };
}

const WRITERS = 4;

/** `send` sends a mutation to a server, to another one after a restart, or to two at once. */
export function startWriters(ledger: Ledger, send: (act: Act) => Promise<Ending>): Writers {
  const life: { isStopped: boolean; failure: unknown } = { isStopped: false, failure: undefined };
  const act = async (mutation: string, input: object, selection: string): Promise<Payload> => {
    const key = `act-${ledger.acts.length + 1}`;
    const made: Act = { key, mutation, input: named(mutation, { ...input, idempotencyKey: key }, key), selection };
    ledger.acts.push(made);
    while (!life.isStopped) {
      const ending = await send(made);
      if (ending.kind === 'REFUSED') throw new Error(ending.said);
      if (ending.kind === 'DONE') return (made.answer = ending.payload);
      ledger.troubles.add(ending.said);
      await sleep(50);
    }
    throw new Stopped();
  };
  const write = async (): Promise<void> => {
    try {
      for (;;) await story(act, ledger.acts.length);
    } catch (error) {
      if (!(error instanceof Stopped)) life.failure ??= error;
    }
  };
  const done = Promise.all(Array.from({ length: WRITERS }, write));
  return {
    async untilMore(count) {
      const enough = ledger.acknowledged() + count;
      await expect
        .poll(() => life.failure !== undefined || ledger.acknowledged() >= enough, { timeout: 200_000, interval: 5 })
        .toBe(true);
      expect(life.failure).toBeUndefined();
    },
    async stop() {
      life.isStopped = true;
      await done;
      expect(life.failure).toBeUndefined();
    },
  };
}

class Stopped extends Error {}

export const through =
  (endpoint: () => Endpoint) =>
  (act: Act): Promise<Ending> =>
    mutate(endpoint(), act.mutation, act.input, act.selection);

/** The master data that the clients need. */
export async function makeMasterData(endpoint: Endpoint): Promise<void> {
  const make = (mutation: string, input: object): Promise<Ending> => mutate(endpoint, mutation, input, '');
  const made = [
    await make('createProductModel', { code: 'PSA', name: 'Pressure sensor' }),
    await make('createProductionLine', { code: 'KR01', name: 'Line 1' }),
    await make('createProcess', { number: 10, code: 'MOUNT', name: 'Mount' }),
    await make('createProcess', { number: 20, code: 'TEST', name: 'Test' }),
  ];
  expect(made.map(({ kind }) => kind)).toEqual(['DONE', 'DONE', 'DONE', 'DONE']);
}

/** Sends every mutation once more: unknown ones are executed now, acknowledged ones get the same answer as before. */
export async function settle(ledger: Ledger, send: (act: Act) => Promise<Ending>): Promise<void> {
  const left = [...ledger.acts];
  const work = async (): Promise<void> => {
    for (let act = left.pop(); act !== undefined; act = left.pop()) {
      const ending = await answered(act, send);
      expect({ key: act.key, ...ending }).toEqual({
        key: act.key,
        kind: 'DONE',
        payload: act.answer ?? expect.anything(),
      });
      if (ending.kind === 'DONE') act.answer = ending.payload;
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, work));
}

/** The answer of the server once it can answer: a client retries while a lost connection still holds its locks. */
async function answered(act: Act, send: (act: Act) => Promise<Ending>): Promise<Ending> {
  const until = Date.now() + 60_000;
  for (;;) {
    const ending = await send(act);
    if (ending.kind !== 'UNKNOWN' || Date.now() > until) return ending;
    await sleep(100);
  }
}

/**
 * After `settle`: expects that the tables contain exactly what the ledger says, that the audit record has each row, and
 * that its chain holds.
 */
export async function expectRecordWhole(ledger: Ledger, endpoint: Endpoint, databaseUrl: string): Promise<void> {
  await withConnection(databaseUrl, async (client) => {
    const { rows } = await client.query<{ key: string; operation: string; effects: number }>(EFFECTS);
    const effects = rows.map(({ key, operation, effects: count }) => `${key} ${operation} ${count}`);
    expect(effects.toSorted()).toEqual(
      ledger.acts.map(({ key, mutation }) => `${key} ${mutation} ${EFFECTS_OF[mutation]}`).toSorted(),
    );
    expect((await client.query(UNEXPLAINED)).rows).toEqual([]);
  });
  await expectChainWhole(endpoint, databaseUrl);
}

/** Expects that every entry is sealed in the end and that the chain holds. */
export async function expectChainWhole(endpoint: Endpoint, databaseUrl: string): Promise<void> {
  await withConnection(databaseUrl, async (client) => {
    await expect.poll(() => unsealedEntries(client), { interval: 100 }).toBe(0);
  });
  const { data } = await ask(endpoint, '{ auditVerify { isIntact firstBreak { message } } }');
  expect(data).toEqual({ auditVerify: { isIntact: true, firstBreak: null } });
}

/** The number of entries that have no position in the chain yet. */
export async function unsealedEntries(client: Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM audit_entries e WHERE NOT EXISTS (SELECT FROM audit_positions p WHERE p.audit_entry_id = e.id)',
  );
  return rows[0]?.count ?? 0;
}

const ITEMS = 2;
const EFFECTS_OF: Readonly<Record<string, number>> = {
  createLot: 1,
  generateWipItems: ITEMS,
  recordProcessData: 1,
  startProcess: 1,
  completeProcess: 1,
};

/** A lot with two items; the first is mounted, tested, and fails. */
async function story(
  act: (mutation: string, input: object, selection: string) => Promise<Payload>,
  before: number,
): Promise<void> {
  const month = Math.floor(before / 40);
  const productionDate = `${2000 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-15`;
  const { lot } = (await act(
    'createLot',
    { productModel: { code: 'PSA' }, productionLine: { code: 'KR01' }, productionDate },
    'lot { id number supplierCode }',
  )) as { lot: Named };
  const { wipItems } = (await act(
    'generateWipItems',
    { lot: { id: lot.id }, quantity: ITEMS },
    'wipItems { id number externalNumber }',
  )) as { wipItems: readonly Named[] };
  const unit = { id: wipItems[0]?.id };
  const readings = [
    { code: 'FORCE', value: `${before}.25` },
    { code: 'LOOK', text: 'good' },
  ];
  await act(
    'recordProcessData',
    { unit, process: { code: 'MOUNT' }, result: 'PASS', measurements: readings },
    FINISHED,
  );
  const { processData } = (await act(
    'startProcess',
    { unit, process: { code: 'TEST' } },
    'processData { id attempt startedAt }',
  )) as { processData: Named };
  await act(
    'completeProcess',
    { processData: processData.id, result: 'FAIL', measurements: readings, defects: [{ code: 'LEAK', quantity: 2 }] },
    FINISHED,
  );
}

interface Named {
  readonly id: string;
}

const FINISHED =
  'processData { id result notes completedAt measurements { code value text } defects { code quantity } }';

/** The key, in the row that the mutation inserts, where the mutation can store it. */
function named(mutation: string, input: object, key: string): object {
  if (mutation === 'createLot') return { ...input, supplierCode: key };
  if (mutation === 'generateWipItems')
    return { ...input, externalNumbers: Array.from({ length: ITEMS }, (_, index) => `${key}/${index}`) };
  return mutation === 'recordProcessData' || mutation === 'completeProcess' ? { ...input, notes: key } : input;
}

/**
 * Each claimed key, with the number of rows that it inserted. A start stores no key in its row; its outcome names the
 * row.
 */
const EFFECTS = `
  SELECT k.key, k.operation, CASE k.operation
    WHEN 'createLot' THEN (SELECT count(*)::int FROM lots WHERE supplier_code = k.key)
    WHEN 'generateWipItems' THEN (SELECT count(*)::int FROM wip_items WHERE external_number LIKE k.key || '/%')
    WHEN 'startProcess' THEN (SELECT count(*)::int FROM process_data WHERE id::text = k.outcome ->> 'processData')
    ELSE (SELECT count(*)::int FROM process_data WHERE notes = k.key AND completed_at IS NOT NULL AND jsonb_array_length(measurements) = 2)
  END AS effects FROM idempotency_keys k WHERE k.key LIKE 'act-%'`;

/**
 * Unexplained rows: a row without a key, a step begun twice, or a row whose insert is not exactly once in the audit
 * record.
 */
const UNEXPLAINED = `
  SELECT 'lot without key' AS what, number AS which FROM lots l WHERE NOT EXISTS (SELECT FROM idempotency_keys k WHERE k.key = l.supplier_code)
  UNION ALL
  SELECT 'item without key', number FROM wip_items i WHERE NOT EXISTS (SELECT FROM idempotency_keys k WHERE k.key = split_part(i.external_number, '/', 1))
  UNION ALL
  SELECT 'step begun twice', min(unit_id::text) FROM process_data GROUP BY unit_id, process_id HAVING count(*) > 1
  UNION ALL
  SELECT 'execution left open', id::text FROM process_data WHERE completed_at IS NULL AND NOT EXISTS (SELECT FROM idempotency_keys k WHERE k.outcome ->> 'processData' = process_data.id::text)
  UNION ALL
  SELECT 'entries of its making: ' || (SELECT count(*) FROM audit_entries e WHERE e.record_id = made.id AND e.operation = 'INSERT'), made.id::text
  FROM (SELECT id FROM lots UNION ALL SELECT id FROM wip_items UNION ALL SELECT id FROM process_data) AS made
  WHERE (SELECT count(*) FROM audit_entries e WHERE e.record_id = made.id AND e.operation = 'INSERT') <> 1`;
