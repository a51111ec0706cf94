/** New items to work on, made through the graph: lots of a model and lines of the bench's own, released for their first step. */
import type { World } from './question.ts';

export interface Item {
  readonly number: string;
  readonly id: string;
  readonly lotId: string;
}

export interface Material {
  readonly items: readonly Item[];
  /** The steps of an item in their order, as codes. */
  readonly steps: readonly string[];
}

/** Items in turn, each of another lot than the one before, and each as often as its first step may be tried. */
export interface Supply {
  readonly step: string;
  /** An item to try the step on. */
  next(): Item;
  /** Makes more items until they last for so many tries: never while anything is measured. */
  reserve(tries: number): Promise<void>;
}

const LOTS = 16;
const ITEMS_PER_LOT = 200;
/** Where the step sets no limit. */
const TRIES = 5;

export async function supplyOf(world: World): Promise<Supply> {
  const { route } = await world.graph('lotgraph', '{ route(level: WIP) { code maxAttempts } }');
  const [{ code: step, maxAttempts }] = route;
  const waiting: Item[] = [];
  let given = 0;
  return {
    step,
    next() {
      const item = waiting[given];
      if (item === undefined) throw new Error('There are no items left to work on.');
      given += 1;
      return item;
    },
    async reserve(tries) {
      while (waiting.length - given < tries) {
        const { items } = await makeMaterial(world, LOTS, ITEMS_PER_LOT);
        const inTurn = alternating(items, LOTS, ITEMS_PER_LOT);
        for (let attempt = 1; attempt <= (maxAttempts ?? TRIES); attempt += 1) waiting.push(...inTurn);
      }
    },
  };
}

/** One of each lot after the other. */
export function alternating(items: readonly Item[], lots: number, itemsPerLot: number): readonly Item[] {
  return items.map((_item, place) => items[(place % lots) * itemsPerLot + Math.floor(place / lots)]).filter((item) => item !== undefined);
}

export async function makeMaterial(world: World, lots: number, itemsPerLot: number): Promise<Material> {
  await done(world, 'createProductModel', { code: 'BENCH-1', name: 'Made by the bench', maxLotQuantity: 1_000_000 }, 'productModel { id }', 'CONFLICT');
  // A line of its own each time: the lots of one line and month are numbered to 99.
  const [lines] = await world.query<{ count: number }>('SELECT count(*)::int AS count FROM production_lines');
  const line = `B${100 + (lines?.count ?? 0)}`;
  await done(world, 'createProductionLine', { code: line, name: 'Line of the bench' }, 'productionLine { id }');
  const { wip, lot: lotSteps } = await world.graph('lotgraph', '{ wip: route(level: WIP) { code } lot: route(level: LOT) { code } }');
  const items: Item[] = [];
  for (let index = 0; index < lots; index += 1) {
    const lot = await done(world, 'createLot', { productModel: { code: 'BENCH-1' }, productionLine: { code: line }, productionDate: new Date().toISOString().slice(0, 10), targetQuantity: itemsPerLot }, 'lot { number }');
    const { number } = lot['lot'];
    for (const { code } of lotSteps) await done(world, 'recordProcessData', { unit: { number }, process: { code }, result: 'PASS' }, 'processData { id }');
    for (let made = 0; made < itemsPerLot; made += 100) await done(world, 'generateWipItems', { lot: { number }, quantity: Math.min(100, itemsPerLot - made) }, '');
    items.push(...(await world.query<Item>('SELECT w.number, w.id, w.lot_id AS "lotId" FROM wip_items w JOIN lots l ON l.id = w.lot_id WHERE l.number = $1 ORDER BY w.sequence', [number])));
  }
  return { items, steps: wip.map((step: { readonly code: string }) => step.code) };
}

/** Calls a mutation that must succeed, or be refused as one that was made before. */
// oxlint-disable-next-line typescript/no-explicit-any -- the bench reads what it asked for
async function done(world: World, mutation: string, input: object, selection: string, unless?: string): Promise<any> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const { payload } = await world.graph('lotgraph', `mutation ($input: ${type}!) { payload: ${mutation}(input: $input) { ${selection} errors { code message } } }`, { input });
  const errors: readonly { readonly code: string; readonly message: string }[] = payload.errors;
  if (errors.some(({ code }) => code !== unless)) throw new Error(`${mutation}: ${JSON.stringify(errors)}`);
  return payload;
}
