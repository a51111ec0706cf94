/** What a station does all day: it asks whether a unit may be worked on, and records what came of it. */
import { switchAudit } from '../plant.ts';
import { alternating, makeMaterial, supplyOf, type Item, type Supply } from './material.ts';
import type { Asking, Question, World } from './question.ts';

const RECORD = 'mutation ($input: RecordProcessDataInput!) { recordProcessData(input: $input) { processData { id result } errors { code message } } }';
const CREATE = 'mutation ($input: ProcessDatumInput!) { createProcessDatum(input: { processDatum: $input }) { processDatum { rowId result } } }';
const INSERT = `
  INSERT INTO process_data (level, lot_id, wip_item_id, process_id, operator_id, attempt, result, started_at, completed_at, measurements, defects)
  VALUES ('WIP', $1, $2, $3, $4, $5, 'FAIL', now(), now(), $6, $7) RETURNING json_build_object('id', id, 'result', result)`;

/** A failure may be recorded again, where a PASS is the last word. */
const FAILURE = { result: 'FAIL', measurements: [{ code: 'TORQUE', value: '42.5', unit: 'Nm' }], defects: [{ code: 'BENT' }] };

export const RECORDING: Question = {
  name: 'Q4',
  what: 'recordProcessData: rules, audit and idempotency on (the others: one insert, audited by the same triggers)',
  lotgraph: (world) => recording(world, true),
  PostGraphile: creating,
  json_agg: { text: INSERT, values: inserting, isWrite: true },
};

export const RECORDING_BARE: Question = {
  name: 'Q4 bare',
  what: 'recordProcessData without idempotency key, all audit triggers off',
  lotgraph: (world) => recording(world, false),
  PostGraphile: creating,
  json_agg: { text: INSERT, values: inserting, isWrite: true },
  prepare: async (plant) => {
    await switchAudit(plant, 'DISABLE');
    return () => switchAudit(plant, 'ENABLE');
  },
};

export const SCANNING: Question = {
  name: 'Q7',
  what: 'scan of a unit with its readiness for a step, unit after unit',
  lotgraph: async (world) => {
    const { items, steps } = await makeMaterial(world, LOTS, ITEMS_PER_LOT);
    const next = inTurn(items);
    return {
      query: `query ($code: String!, $step: String!) { scan(code: $code, process: { code: $step }) { kind code warnings wipItem { number status lot { number status } nextProcess { code } }
        readiness { isReady warnings checks { rule isPassed message } } } }`,
      variables: () => ({ code: next().item.number, step: steps[0] }),
      isDone: (answer) => answer.includes('"isReady":true'),
    };
  },
};

async function recording(world: World, isRepeatable: boolean): Promise<Asking> {
  const supply = await (supplies.get(world) ?? supplyFor(world));
  const run = `bench-${Date.now()}`;
  let count = 0;
  const variables = (): object => {
    const key = isRepeatable ? { idempotencyKey: `${run}-${(count += 1)}` } : {};
    return { input: { unit: { number: supply.next().number }, process: { code: supply.step }, ...FAILURE, ...key } };
  };
  return { query: RECORD, variables, reserve: (requests) => supply.reserve(requests), isDone: (answer) => answer.includes('"errors":[]') };
}

async function creating(world: World): Promise<Asking> {
  const next = await rowsInTurn(world);
  const variables = (): object => {
    const { lotId, wipItemId, processId, operatorId, attempt } = next();
    const now = new Date().toISOString();
    return { input: { level: 'WIP', lotId, wipItemId, processId, operatorId, attempt, startedAt: now, completedAt: now, ...FAILURE } };
  };
  return { query: CREATE, variables, isDone: (answer) => !answer.includes('"errors"') };
}

async function inserting(world: World): Promise<() => readonly unknown[]> {
  const next = await rowsInTurn(world);
  return () => {
    const { lotId, wipItemId, processId, operatorId, attempt } = next();
    return [lotId, wipItemId, processId, operatorId, attempt, JSON.stringify(FAILURE.measurements), JSON.stringify(FAILURE.defects)];
  };
}

/** What an insert must know by itself, on items that nothing else is recorded on. */
async function rowsInTurn(world: World): Promise<() => { lotId: string; wipItemId: string; processId: string; operatorId: string; attempt: number }> {
  const { items, steps } = await makeMaterial(world, LOTS, ITEMS_PER_LOT);
  const [ids] = await world.query<{ processId: string; operatorId: string }>('SELECT p.id AS "processId", u.id AS "operatorId" FROM processes p, users u WHERE p.code = $1 AND u.username = $2', [steps[0], 'admin']);
  if (ids === undefined) throw new Error('The plant has no such step.');
  const next = inTurn(items);
  return () => {
    const { item, count } = next();
    return { lotId: item.lotId, wipItemId: item.id, ...ids, attempt: count };
  };
}

const LOTS = 16;
const ITEMS_PER_LOT = 8;

const supplies = new WeakMap<World, Promise<Supply>>();

function supplyFor(world: World): Promise<Supply> {
  const supply = supplyOf(world);
  supplies.set(world, supply);
  return supply;
}

/** Item after item, of another lot each time, and how many were given so far. */
function inTurn(items: readonly Item[]): () => { readonly item: Item; readonly count: number } {
  const turns = alternating(items, LOTS, ITEMS_PER_LOT);
  let count = 0;
  return () => {
    const item = turns[count % turns.length];
    if (item === undefined) throw new Error('There are no items to work on.');
    return { item, count: (count += 1) };
  };
}
