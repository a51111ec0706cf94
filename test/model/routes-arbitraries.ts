/**
 * Random products with their routes, and random work by them. Most work is on the next step that the lot's route demands
 * of the item, or on an optional one; some is on any step, also on one that is not part of the route.
 */
import fc from 'fast-check';
import { demanded, hasPass, manufacturingSteps, wayOf } from './floor-queries.ts';
import { act, type Command } from './floor-model.ts';
import type { GivenStep } from './floor-routes.ts';
import type { Recording } from './floor-work.ts';
import type { KnownRun } from './floor-arbitraries.ts';
import { findUnit, type Item, type Lot, type Plant, type Result, type Step, type World } from './floor-world.ts';

type Weighted<Value> = readonly (readonly [weight: number, value: Value])[];
const oneOf = <Value>(...values: Weighted<Value>): fc.Arbitrary<Value> =>
  fc.oneof(...values.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) })));

/** What a route says of a step: mandatory or optional, and now and then an oven or another limit of attempts. */
const drawnStep = fc.record({
  isOptional: oneOf([2, false], [1, true]),
  needsOven: oneOf([9, false], [1, true]),
  maxAttempts: oneOf<number | undefined>([4, undefined], [1, 1], [1, 3]),
});
const steps = (codes: readonly string[], minLength = 0) =>
  fc
    .shuffledSubarray([...codes], { minLength })
    .chain((taken) => fc.tuple(...taken.map((code) => drawnStep.map((values) => ({ code, ...values })))));

/**
 * A route in which most units can reach the end: steps of lots, of items, mostly a conversion with steps of serials, in
 * this order. One in eight is in any order, so most of these are not releasable.
 */
const drawnRoute = fc
  .record({
    ofLots: steps(['KIT', 'PACK']),
    ofItems: steps(['MOUNT', 'TEST', 'CLEAN', 'POLISH'], 1),
    mandatory: fc.nat(3),
    conversion: oneOf<string | undefined>([5, 'MARK'], [3, 'STAMP'], [2, undefined]),
    ofSerials: steps(['BURN_IN', 'FINAL', 'AGE']),
    isMixed: oneOf([7, false], [1, true]),
    gap: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ ofLots, ofItems, mandatory, conversion, ofSerials, isMixed, gap }): readonly GivenStep[] => {
    const made = ofItems.map((step, index) =>
      index === mandatory % ofItems.length ? { ...step, isOptional: false } : step,
    );
    const converted = conversion === undefined ? [] : [PLAIN(conversion), ...ofSerials.toSorted(byDemand)];
    const all = [...ofLots, ...made, ...(isMixed ? ofSerials : converted)];
    return (isMixed ? all.toReversed() : all).map((step, index) => ({ ...step, number: (index + 1) * gap }));
  });

const PLAIN = (code: string) => ({ code, isOptional: false, needsOven: false, maxAttempts: undefined });

/** Optional steps of serials first: behind the last mandatory one they would be left out. */
function byDemand(one: { readonly isOptional: boolean }, other: { readonly isOptional: boolean }): number {
  return Number(other.isOptional) - Number(one.isOptional);
}

const RESULT = oneOf<Result>([7, 'PASS'], [1, 'FAIL'], [2, 'REWORK']);
const WORK = {
  lot: oneOf([5, 1], [1, 2]),
  item: oneOf([6, 1], [3, 2]),
  step: oneOf<'NEXT' | 'OPTIONAL' | 'ANY' | 'OF THE LOT'>([10, 'NEXT'], [4, 'OPTIONAL'], [2, 'ANY'], [1, 'OF THE LOT']),
  pick: fc.nat(10),
  result: RESULT,
  isSound: oneOf([19, true], [1, false]),
};
const work = fc.record(WORK);
type DrawnWork = typeof work extends fc.Arbitrary<infer Value> ? Value : never;
const revision = fc.integer({ min: 1, max: 4 });

const WEIGHTED = [
  [12, fc.record({ do: fc.constant('recordProcessData'), ...WORK })],
  [7, fc.record({ do: fc.constant('startProcess'), ...WORK })],
  [5, fc.record({ do: fc.constant('completeProcess'), pick: fc.nat(3), result: RESULT })],
  [
    2,
    fc.record({ do: fc.constant('recordProcessDataBatch'), records: fc.array(work, { minLength: 1, maxLength: 3 }) }),
  ],
  [3, fc.record({ do: fc.constant('withdrawProcess'), pick: fc.nat(3) })],
  [3, fc.record({ do: fc.constant('correctProcessData'), pick: fc.nat(9), result: RESULT })],
  [2, fc.record({ do: fc.constant('convertWipItem'), lot: WORK.lot, item: WORK.item })],
  [5, fc.record({ do: fc.constantFrom('startSerial', 'passSerial', 'failSerial', 'reworkSerial'), pick: fc.nat(2) })],
  [2, fc.record({ do: fc.constant('createLot') })],
  [1, fc.record({ do: fc.constantFrom('quarantineLot', 'releaseLot'), lot: WORK.lot })],
  [2, fc.record({ do: fc.constantFrom('releaseLot', 'completeLot', 'closeLot'), lot: WORK.lot })],
  [3, fc.record({ do: fc.constant('createRoute'), route: drawnRoute })],
  [1, fc.record({ do: fc.constant('updateRoute'), revision, route: drawnRoute })],
  [4, fc.record({ do: fc.constant('releaseRoute'), revision })],
  [2, fc.record({ do: fc.constantFrom('retireRoute', 'deleteRoute'), revision })],
  [5, fc.record({ do: fc.constant('changeLotRoute'), lot: WORK.lot, revision, dryRun: oneOf([3, false], [1, true]) })],
] as const;

export const drawnAct = fc.oneof(...WEIGHTED.map(([weight, arbitrary]) => ({ weight, arbitrary })));
export type DrawnAct = typeof drawnAct extends fc.Arbitrary<infer Value> ? Value : never;

/**
 * A product: by the factory route, or with one or two routes. Its first lot is made by the first of them; `stages` are its
 * items, each with so many steps passed.
 */
export const drawnProduct = fc.record({
  routes: fc.array(drawnRoute, { maxLength: 2 }),
  stages: fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 2 }),
});
export type DrawnProduct = typeof drawnProduct extends fc.Arbitrary<infer Value> ? Value : never;

/** The commands that lead to the start: a route is released, and a lot with items is made by it. */
export function commandsOfProduct({ routes, stages }: DrawnProduct, plant: Plant): readonly Command[] {
  const [first, second] = routes;
  const release = (given: readonly GivenStep[] | undefined, number: number): Command[] =>
    given === undefined
      ? []
      : [
          { do: 'createRoute', steps: given },
          { do: 'releaseRoute', revision: number },
        ];
  return [
    ...release(first, 1),
    { do: 'createLot', target: 2 },
    { do: 'generateWipItems', unit: lotNumber(plant, 1), quantity: stages.length },
    ...release(second, 2),
  ];
}

/** The records that lead the items of the first lot to their stages. */
export function recordsOfProduct({ stages }: DrawnProduct, plant: Plant, start: World): readonly Recording[] {
  const records: Recording[] = [];
  let world = start;
  for (const [index, stage] of stages.entries())
    for (let step = 0; step < stage; step += 1) {
      const next = nextOf(plant, world, { lot: 1, item: index + 1 });
      const record = next && { ...next, result: 'PASS' as const, defects: 0, oven: true };
      if (record === undefined) break;
      world = act(plant, world, { do: 'recordProcessData', ...record, made: [String(records.length)] }).world;
      records.push(record);
    }
  return records;
}

/** The next step that is demanded of an item, or of its serial; undefined when nothing is. */
function nextOf(
  plant: Plant,
  world: World,
  place: { readonly lot: number; readonly item: number },
): Pick<Recording, 'unit' | 'step'> | undefined {
  const unit = findUnit(world, ({ number }) => number === itemNumber(plant, place));
  if (unit?.item === undefined) return undefined;
  const { serial, number, runs } = unit.item;
  const [step] =
    serial === null
      ? demanded({ plant, world }, { lot: unit.lot, runs }, 'ITEM').filter((each) => !hasPass(runs, each))
      : demanded({ plant, world }, { lot: unit.lot, runs: serial.runs }, 'SERIAL').filter(
          (each) => !hasPass(serial.runs, each),
        );
  return step && { unit: serial?.number ?? number, step: step.code };
}

/** The command for a generated value in the given world; undefined when the value has no meaning there. */
export function commandOfAct(
  drawn: DrawnAct,
  plant: Plant,
  world: World,
  runs: readonly KnownRun[],
): Command | undefined {
  switch (drawn.do) {
    case 'createLot':
      return { do: drawn.do, target: 2 };
    case 'completeLot':
    case 'closeLot':
    case 'quarantineLot':
    case 'releaseLot':
      return { do: drawn.do, unit: lotNumber(plant, drawn.lot) };
    case 'createRoute':
      return { do: drawn.do, steps: drawn.route };
    case 'updateRoute':
      return { do: drawn.do, steps: drawn.route, revision: drawn.revision };
    case 'deleteRoute':
    case 'releaseRoute':
    case 'retireRoute':
      return { do: drawn.do, revision: drawn.revision };
    case 'changeLotRoute':
      return { do: drawn.do, unit: lotNumber(plant, drawn.lot), revision: drawn.revision, dryRun: drawn.dryRun };
    case 'convertWipItem':
      return { do: drawn.do, unit: itemNumber(plant, drawn) };
    case 'startSerial':
    case 'passSerial':
    case 'failSerial':
    case 'reworkSerial': {
      const serials = world.lots.flatMap(({ items }) => items.flatMap(({ serial }) => serial ?? []));
      const serial = serials[drawn.pick % Math.max(1, serials.length)];
      return serial && { do: drawn.do, unit: serial.number };
    }
    case 'startProcess': {
      const meant = meantBy(drawn, plant, world);
      // A lot that has no items yet gets some: without them there is no work on it.
      if (meant === undefined) return { do: 'generateWipItems', unit: lotNumber(plant, drawn.lot), quantity: 1 };
      const { unit, step, oven } = meant;
      return { do: drawn.do, unit, step, ...(oven === undefined ? {} : { oven }) };
    }
    case 'recordProcessData': {
      const meant = meantBy(drawn, plant, world);
      return meant && { do: drawn.do, ...meant };
    }
    case 'recordProcessDataBatch': {
      const records = drawn.records.flatMap((each) => meantBy(each, plant, world) ?? []);
      return records.length === 0 ? undefined : { do: drawn.do, records };
    }
    case 'completeProcess': {
      const run = latest(
        runs.filter(({ isStarted }) => isStarted),
        drawn.pick,
      );
      return (
        run && { do: drawn.do, unit: run.unit, step: run.step, result: drawn.result, defects: defectsOf(drawn.result) }
      );
    }
    case 'withdrawProcess': {
      const run = latest(
        runs.filter(({ isStarted }) => isStarted),
        drawn.pick,
      );
      return run && { do: drawn.do, run: run.id };
    }
    case 'correctProcessData': {
      const run = latest(runs, drawn.pick);
      return run && { do: drawn.do, run: run.id, result: drawn.result, defects: defectsOf(drawn.result) };
    }
  }
}

/** What the model demands next of each item of a world, by its number; as `nextProcess` has it. */
export function nextSteps(plant: Plant, world: World): Readonly<Record<string, string | null>> {
  const floor = { plant, world };
  const nextOf = (lot: Lot, { status, runs }: Item): string | null => {
    if (status === 'CONVERTED') return null;
    const lacking = manufacturingSteps(floor, { lot, runs }).find((step) => !hasPass(runs, step));
    return (lacking ?? wayOf(floor, lot).find(({ converts }) => converts))?.code ?? null;
  };
  return Object.fromEntries(world.lots.flatMap((lot) => lot.items.map((item) => [item.number, nextOf(lot, item)])));
}

/** The latest first. */
function latest(runs: readonly KnownRun[], pick: number): KnownRun | undefined {
  return runs.at(-1 - (pick % Math.max(1, runs.length)));
}

/** The unit and the step that are meant; undefined when the lot has no items. */
function meantBy(drawn: DrawnWork, plant: Plant, world: World): Recording | undefined {
  const lot = world.lots.find(({ number }) => number === lotNumber(plant, drawn.lot));
  const item = findUnit(world, ({ number }) => number === itemNumber(plant, drawn))?.item ?? lot?.items[0];
  if (lot === undefined || item === undefined) return undefined;
  const floor = { plant, world };
  const way = wayOf(floor, lot);
  const { serial } = item;
  const [level, runs] = serial === null ? (['ITEM', item.runs] as const) : (['SERIAL', serial.runs] as const);
  const lacking = demanded(floor, { lot, runs }, level).filter((each) => !hasPass(runs, each));
  const optional = way.filter((each) => each.isOptional === true && each.level === level && !hasPass(runs, each));
  const choices: Readonly<Record<DrawnWork['step'], readonly Step[]>> = {
    NEXT: lacking.slice(0, 1),
    OPTIONAL: optional.length > 0 ? optional : lacking.slice(0, 1),
    ANY: plant.steps,
    'OF THE LOT': way.filter((each) => each.level === 'LOT'),
  };
  const chosen = choices[drawn.step];
  const step = chosen[drawn.pick % Math.max(1, chosen.length)] ?? way.at(-1) ?? plant.steps[0];
  if (step === undefined) return undefined;
  const numbers = { LOT: lot.number, ITEM: item.number, SERIAL: serial?.number ?? item.number };
  return {
    unit: numbers[step.level],
    step: step.code,
    result: drawn.result,
    defects: defectsOf(drawn.isSound ? drawn.result : 'PASS'),
    ...((step.needsOven === true) === drawn.isSound ? { oven: true } : {}),
  };
}

function defectsOf(result: Result): number {
  return result === 'PASS' ? 0 : 1;
}

function lotNumber({ prefix }: Plant, lot: number): string {
  return `${prefix}0${lot}`;
}

function itemNumber(plant: Plant, { lot, item }: { readonly lot: number; readonly item: number }): string {
  return `WIP-${lotNumber(plant, lot)}-00${item}`;
}
