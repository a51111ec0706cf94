/** The daily work of a station: it asks whether a step may start on a unit, and records the result. */
import { switchAudit } from '../plant.ts';
import { alternating, makeMaterial, supplyOf, type Waiting } from './material.ts';
import type { Operation, Question, Supplied, World } from './question.ts';

const RECORD =
  'mutation ($input: RecordProcessDataInput!) { recordProcessData(input: $input) { processData { id result } errors { code message } } }';
const CREATE =
  'mutation ($input: ProcessDatumInput!) { createProcessDatum(input: { processDatum: $input }) { processDatum { rowId result } } }';
const INSERT = `
  INSERT INTO process_data (level, lot_id, wip_item_id, process_id, operator_id, attempt, result, started_at, completed_at, measurements, defects)
  VALUES ('WIP', $1, $2, $3, $4, 1, 'PASS', now(), now(), $5, '[]') RETURNING json_build_object('id', id, 'result', result)`;

/** The same result for every contender. */
const resultOf = ({ measurements }: Waiting) => ({ result: 'PASS', measurements });

/** Q4. */
export const RECORDING: Question = {
  name: 'Q4',
  what: 'recordProcessData: rules, audit and idempotency on (the others: one insert, audited by the same triggers)',
  lotgraph: (world) => recording(world, true),
  PostGraphile: creating,
  json_agg: { text: INSERT, values: inserting, isWrite: true },
};

/** Q4 without idempotency and audit. */
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

/** Q7. */
export const SCANNING: Question = {
  name: 'Q7',
  what: 'scan of a unit with its readiness for a step, unit after unit',
  lotgraph: async (world) => {
    const {
      items,
      waitingFor: { step },
    } = await makeMaterial(world, LOTS, ITEMS_PER_LOT);
    const units = alternating(items, LOTS, ITEMS_PER_LOT);
    let count = 0;
    return {
      query: `query ($code: String!, $step: String!) { scan(code: $code, process: { code: $step }) { kind code warnings wipItem { number status lot { number status } nextProcess { code } }
        readiness { isReady warnings checks { rule isPassed message } } } }`,
      variables: () => ({ code: units[(count += 1) % units.length]?.number, step }),
      isDone: (answer) => answer.includes('"isReady":true'),
    };
  },
};

async function recording(world: World, isRepeatable: boolean): Promise<Operation> {
  const supply = await supplyOf(world);
  const run = `bench-${Date.now()}`;
  let count = 0;
  const variables = (): object => {
    const key = isRepeatable ? { idempotencyKey: `${run}-${(count += 1)}` } : {};
    return {
      input: {
        unit: { number: supply.next().number },
        process: { code: supply.waitingFor.step },
        ...resultOf(supply.waitingFor),
        ...key,
      },
    };
  };
  return { query: RECORD, variables, reserve: supply.reserve, isDone: (answer) => answer.includes('"errors":[]') };
}

async function creating(world: World): Promise<Operation> {
  const { next, reserve, waitingFor } = await rowsOf(world);
  const variables = (): object => {
    const now = new Date().toISOString();
    return {
      input: { level: 'WIP', ...next(), attempt: 1, startedAt: now, completedAt: now, ...resultOf(waitingFor) },
    };
  };
  return { query: CREATE, variables, reserve, isDone: (answer) => !answer.includes('"errors"') };
}

async function inserting(world: World): Promise<Supplied> {
  const { next, reserve, waitingFor } = await rowsOf(world);
  const values = (): readonly unknown[] => {
    const { lotId, wipItemId, processId, operatorId } = next();
    return [lotId, wipItemId, processId, operatorId, JSON.stringify(waitingFor.measurements)];
  };
  return { values, reserve };
}

/** The values that a plain insert has to supply itself. */
async function rowsOf(world: World) {
  const supply = await supplyOf(world);
  const [ids] = await world.query<{ processId: string; operatorId: string }>(
    'SELECT p.id AS "processId", u.id AS "operatorId" FROM processes p, users u WHERE p.code = $1 AND u.username = $2',
    [supply.waitingFor.step, 'admin'],
  );
  if (ids === undefined) throw new Error('The plant has no such step.');
  const next = () => {
    const { id, lotId } = supply.next();
    return { lotId, wipItemId: id, ...ids };
  };
  return { next, reserve: supply.reserve, waitingFor: supply.waitingFor };
}

const LOTS = 16;
const ITEMS_PER_LOT = 8;
