/**
 * New items at work, made through the graph: lots of a model and lines of the bench's own, the first step of each item
 * passed.
 */
import type { World } from './question.ts';
import { readingsAt, type Reading, type Step } from './readings.ts';

export interface Item {
  readonly number: string;
  readonly id: string;
  readonly lotId: string;
}

export interface Material {
  readonly items: readonly Item[];
  readonly waitingFor: Waiting;
}

/**
 * The step that all items wait for, with others before and behind it: a PASS of it is one row more, and moves nothing.
 */
export interface Waiting {
  readonly step: string;
  readonly measurements: readonly Reading[];
}

/** Items in turn, each of another lot than the one before, and each once: a PASS is the last word. */
export interface Supply {
  readonly waitingFor: Waiting;
  next(): Item;
  /** Makes more items until there are so many: never while anything is measured. */
  reserve(amount: number): Promise<void>;
}

const LOTS = 16;
const ITEMS_PER_LOT = 200;
const BATCH = 100;

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
    await done(world, 'updateProcess', { process: { code }, isActive: true }, 'process { id }');
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

/** One of each lot after the other. */
export function alternating(items: readonly Item[], lots: number, itemsPerLot: number): readonly Item[] {
  return items
    .map((_item, place) => items[(place % lots) * itemsPerLot + Math.floor(place / lots)])
    .filter((item) => item !== undefined);
}

export async function makeMaterial(world: World, lots: number, itemsPerLot: number): Promise<Material> {
  await done(
    world,
    'createProductModel',
    { code: 'BENCH-1', name: 'Made by the bench', maxLotQuantity: 1_000_000 },
    'productModel { id }',
    'CONFLICT',
  );
  // A line of its own each time: the lots of one line and month are numbered to 99.
  const [lines] = await world.query<{ count: number }>('SELECT count(*)::int AS count FROM production_lines');
  const line = `B${100 + (lines?.count ?? 0)}`;
  await done(world, 'createProductionLine', { code: line, name: 'Line of the bench' }, 'productionLine { id }');
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
      'lot { number }',
    );
    const { number } = lot['lot'];
    for (const code of lotSteps)
      await done(
        world,
        'recordProcessData',
        { unit: { number }, process: { code }, result: 'PASS' },
        'processData { id }',
      );
    for (let made = 0; made < itemsPerLot; made += BATCH)
      await done(world, 'generateWipItems', { lot: { number }, quantity: Math.min(BATCH, itemsPerLot - made) }, '');
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
      await done(world, 'recordProcessDataBatch', { items: records }, '');
    }
    items.push(...made);
  }
  return { items, waitingFor };
}

/** Calls a mutation that must succeed, or be refused as one that was made before. */
// oxlint-disable-next-line typescript/no-explicit-any -- the bench reads what it asked for
async function done(world: World, mutation: string, input: object, selection: string, unless?: string): Promise<any> {
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
