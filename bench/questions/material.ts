/** Creates new items in progress through the graph, in lots of a model and lines of the benchmark's own. */
import type { World } from './question.ts';
import { readingsAt, type Reading, type Step } from './readings.ts';

/** An item to record results for. */
export interface Item {
  readonly number: string;
  readonly id: string;
  readonly lotId: string;
}

/** Items, and the step that they wait for. */
export interface Material {
  readonly items: readonly Item[];
  readonly waitingFor: Waiting;
}

/**
 * The step that all items wait for. There are steps before and after it, so that a PASS adds one row and changes no
 * other.
 */
export interface Waiting {
  readonly step: string;
  readonly measurements: readonly Reading[];
}

/** Supplies each item once, alternating between lots: an item that has passed the step cannot be recorded again. */
export interface Supply {
  readonly waitingFor: Waiting;
  next(): Item;
  /** Creates more items until there are so many. Called only while nothing is measured. */
  reserve(amount: number): Promise<void>;
}

const LOTS = 16;
const ITEMS_PER_LOT = 200;
const BATCH = 100;

/** Creates a supply of items. */
export async function supplyOf(world: World): Promise<Supply> {
  const { waitingFor } = await stepsOf(world);
  const waiting: Item[] = [];
  let given = 0;
  return {
    waitingFor,
    next() {
      const item = waiting[given];
      if (item === undefined) throw new Error('There are no items left to work on.');
      given += 1;
      return item;
    },
    async reserve(amount) {
      while (waiting.length - given < amount) {
        const { items } = await makeMaterial(world, LOTS, ITEMS_PER_LOT);
        waiting.push(...alternating(items, LOTS, ITEMS_PER_LOT));
      }
    },
  };
}

async function stepsOf(world: World) {
  const { inactive } = await world.graph(
    'lotgraph',
    '{ inactive: processes(filter: { level: { eq: WIP }, isActive: false }) { nodes { code } } }',
  );
  for (const { code } of inactive.nodes)
    await done(world, 'updateProcess', { process: { code }, isActive: true }, { selection: 'process { id }' });
  const { wip, lot } = await world.graph(
    'lotgraph',
    '{ wip: route(level: WIP) { code qualityCriteria } lot: route(level: LOT) { code } }',
  );
  const [first, step, ...more]: readonly Step[] = wip;
  if (first === undefined || step === undefined || more.length < 2)
    throw new Error('The items of the plant have no step after their first that leaves them at work.');
  return {
    first,
    waitingFor: { step: step.code, measurements: readingsAt(step) },
    lotSteps: lot.map(({ code }: Step) => code) as readonly string[],
  };
}

/** Orders items so that neighbours belong to different lots. */
export function alternating(items: readonly Item[], lots: number, itemsPerLot: number): readonly Item[] {
  return items
    .map((_item, index) => items[(index % lots) * itemsPerLot + Math.floor(index / lots)])
    .filter((item) => item !== undefined);
}

/** Creates lots with items whose first step is passed. */
export async function makeMaterial(world: World, lots: number, itemsPerLot: number): Promise<Material> {
  await done(
    world,
    'createProductModel',
    { code: 'BENCH-1', name: 'Made by the bench', maxLotQuantity: 1_000_000 },
    { selection: 'productModel { id }', unless: 'CONFLICT' },
  );
  // A new line each time, because a line can number only 99 lots per month.
  const [lines] = await world.query<{ count: number }>('SELECT count(*)::int AS count FROM production_lines');
  const line = `B${100 + (lines?.count ?? 0)}`;
  await done(
    world,
    'createProductionLine',
    { code: line, name: 'Line of the bench' },
    { selection: 'productionLine { id }' },
  );
  const { first, waitingFor, lotSteps } = await stepsOf(world);
  const items: Item[] = [];
  for (let index = 0; index < lots; index += 1) {
    const lot = await done(
      world,
      'createLot',
      {
        productModel: { code: 'BENCH-1' },
        productionLine: { code: line },
        productionDate: new Date().toISOString().slice(0, 10),
        targetQuantity: itemsPerLot,
      },
      { selection: 'lot { number }' },
    );
    const { number } = lot['lot'];
    for (const code of lotSteps)
      await done(
        world,
        'recordProcessData',
        { unit: { number }, process: { code }, result: 'PASS' },
        { selection: 'processData { id }' },
      );
    for (let made = 0; made < itemsPerLot; made += BATCH)
      await done(world, 'generateWipItems', { lot: { number }, quantity: Math.min(BATCH, itemsPerLot - made) });
    const made = await world.query<Item>(
      'SELECT w.number, w.id, w.lot_id AS "lotId" FROM wip_items w JOIN lots l ON l.id = w.lot_id WHERE l.number = $1 ORDER BY w.sequence',
      [number],
    );
    for (let at = 0; at < made.length; at += BATCH) {
      const records = made.slice(at, at + BATCH).map((item) => ({
        unit: { number: item.number },
        process: { code: first.code },
        result: 'PASS',
        measurements: readingsAt(first),
      }));
      await done(world, 'recordProcessDataBatch', { items: records });
    }
    items.push(...made);
  }
  return { items, waitingFor };
}

/** Calls a mutation that must succeed, or fail with the code `unless`, because it was made before. */
async function done(
  world: World,
  mutation: string,
  input: object,
  { selection = '', unless }: { readonly selection?: string; readonly unless?: string } = {},
  // oxlint-disable-next-line typescript/no-explicit-any -- the bench reads fields that it requested
): Promise<any> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const { payload } = await world.graph(
    'lotgraph',
    `mutation ($input: ${type}!) { payload: ${mutation}(input: $input) { ${selection} errors { code message } } }`,
    { input },
  );
  const errors: readonly { readonly code: string; readonly message: string }[] = payload.errors;
  if (errors.some(({ code }) => code !== unless)) throw new Error(`${mutation}: ${JSON.stringify(errors)}`);
  return payload;
}
