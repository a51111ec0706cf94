/**
 * Random commands that meet: few units, and mostly the next step of the item. The values of fast-check are short, so
 * that a failure is readable.
 */
import fc from 'fast-check';
import type { Command, ExecutedCommand } from './floor-model.ts';
import type { Recording } from './floor-work.ts';
import { findUnit, type Plant, type Result, type World } from './floor-world.ts';

const RESULT = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Result>('PASS') },
  { weight: 3, arbitrary: fc.constantFrom<Result>('FAIL', 'REWORK') },
);

const WORK = {
  lot: fc.oneof({ weight: 12, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(2) }),
  item: fc.oneof(
    { weight: 7, arbitrary: fc.constant(1) },
    { weight: 5, arbitrary: fc.constant(2) },
    { weight: 1, arbitrary: fc.constant(3) },
  ),
  /** The step, as an offset from the next step of the item, or the LOT-level step, also where it does not belong. */
  ahead: fc.oneof(
    { weight: 9, arbitrary: fc.constant(0) },
    { weight: 3, arbitrary: fc.constant(-1) },
    { weight: 2, arbitrary: fc.constantFrom(1, 2) },
    { weight: 2, arbitrary: fc.constant<'KIT'>('KIT') },
    { weight: 1, arbitrary: fc.constant<'KIT ON ITEM'>('KIT ON ITEM') },
  ),
  result: RESULT,
  isSound: fc.oneof({ weight: 12, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
};
const LOT = { lot: WORK.lot };
const UNIT = { lot: WORK.lot, item: WORK.item };

const work = fc.record(WORK);
type DrawnWork = typeof work extends fc.Arbitrary<infer Value> ? Value : never;

const WEIGHTED = [
  [8, fc.record({ do: fc.constantFrom('startProcess', 'recordProcessData'), ...WORK })],
  [4, fc.record({ do: fc.constant('completeProcess'), pick: fc.nat(3), result: RESULT, isSound: WORK.isSound })],
  [
    1,
    fc.record({ do: fc.constant('recordProcessDataBatch'), records: fc.array(work, { minLength: 1, maxLength: 3 }) }),
  ],
  [1, fc.record({ do: fc.constant('withdrawProcess'), pick: fc.nat(3) })],
  [3, fc.record({ do: fc.constant('correctProcessData'), pick: fc.nat(9), result: RESULT, isSound: WORK.isSound })],
  [1, fc.record({ do: fc.constant('convertWipItem'), ...UNIT })],
  [4, fc.record({ do: fc.constantFrom('startSerial', 'passSerial', 'failSerial', 'reworkSerial'), pick: fc.nat(1) })],
  [1, fc.record({ do: fc.constant('createLot'), count: fc.integer({ min: 1, max: 4 }) })],
  [
    2,
    fc.record({ do: fc.constantFrom('generateWipItems', 'updateLot'), ...LOT, count: fc.integer({ min: 1, max: 4 }) }),
  ],
  [2, fc.record({ do: fc.constantFrom('quarantineLot', 'releaseLot'), ...LOT })],
  [2, fc.record({ do: fc.constantFrom('completeLot', 'closeLot'), ...LOT })],
  [1, fc.record({ do: fc.constantFrom('rejectLot', 'deleteLot'), ...LOT })],
] as const;

export const drawnCommand = fc.oneof(...WEIGHTED.map(([weight, arbitrary]) => ({ weight, arbitrary })));
export type DrawnCommand = typeof drawnCommand extends fc.Arbitrary<infer Value> ? Value : never;

/** The progress of an item: made, made and converted, or all but its last step. */
const STAGES = ['CREATED', 'MADE', 'SERIAL', 'NEARLY DONE'] as const;
type Stage = (typeof STAGES)[number];

/** The active steps, and the initial state of the first lot: its target, and the progress of its items. */
export const drawnStart = fc.record({
  hasTest: fc.boolean(),
  serialSteps: fc.constantFrom<readonly string[]>(['BURN_IN', 'FINAL'], ['FINAL'], []),
  target: fc.constantFrom(2, 1, 3),
  items: fc.array(fc.constantFrom(...STAGES), { minLength: 1, maxLength: 2 }),
});
export type DrawnStart = typeof drawnStart extends fc.Arbitrary<infer Value> ? Value : never;

export function routeOf({ hasTest, serialSteps }: DrawnStart): readonly string[] {
  return ['KIT', 'MOUNT', ...(hasTest ? ['TEST'] : []), 'MARK', ...serialSteps];
}

/** The commands that lead to the start. */
export function commandsOfStart({ target, items }: DrawnStart, plant: Plant): readonly Command[] {
  const stages = items.slice(0, target);
  const records = stages.flatMap((stage, index) =>
    stepsOfStage(stage, pathOf(plant)).map((step) => recordingOn(plant, 1, index + 1, step, 'PASS', 0)),
  );
  const made: Command[] = [
    { do: 'createLot', target },
    { do: 'generateWipItems', unit: lotNumber(plant, 1), quantity: stages.length },
  ];
  return records.length === 0 ? made : [...made, { do: 'recordProcessDataBatch', records }];
}

function stepsOfStage(stage: Stage, path: readonly string[]): readonly string[] {
  const conversion = path.indexOf('MARK');
  return path.slice(0, { CREATED: 0, MADE: conversion, SERIAL: conversion + 1, 'NEARLY DONE': path.length - 1 }[stage]);
}

/** An execution that some client created; `isStarted` when it was started and not recorded at once. */
export interface KnownRun {
  readonly id: string;
  readonly unit: string;
  readonly step: string;
  readonly isStarted: boolean;
}

export function runsMadeBy(command: ExecutedCommand): readonly KnownRun[] {
  const works = command.do === 'recordProcessDataBatch' ? command.records : 'step' in command ? [command] : [];
  return command.do === 'completeProcess'
    ? []
    : command.made.flatMap((id, index) =>
        works
          .slice(index, index + 1)
          .map(({ unit, step }) => ({ id, unit, step, isStarted: command.do === 'startProcess' })),
      );
}

/** The command for a generated value in the given world; undefined when the value has no meaning there. */
export function commandOf(
  drawn: DrawnCommand,
  plant: Plant,
  world: World,
  runs: readonly KnownRun[],
): Command | undefined {
  switch (drawn.do) {
    case 'createLot':
      return { do: drawn.do, target: drawn.count };
    case 'generateWipItems':
      return { do: drawn.do, unit: lotNumber(plant, drawn.lot), quantity: drawn.count };
    case 'updateLot':
      return { do: drawn.do, unit: lotNumber(plant, drawn.lot), target: drawn.count };
    case 'deleteLot':
    case 'completeLot':
    case 'closeLot':
    case 'quarantineLot':
    case 'releaseLot':
    case 'rejectLot':
      return { do: drawn.do, unit: lotNumber(plant, drawn.lot) };
    case 'convertWipItem':
      return { do: drawn.do, unit: itemNumber(plant, drawn.lot, itemIn(world, plant, drawn)) };
    case 'startSerial':
    case 'passSerial':
    case 'failSerial':
    case 'reworkSerial':
      return { do: drawn.do, unit: serialIn(world, drawn.pick) ?? serialNumber(plant, 1, 1) };
    case 'startProcess': {
      const { unit, step } = meant(drawn, plant, world);
      return { do: drawn.do, unit, step };
    }
    case 'recordProcessData':
      return { do: drawn.do, ...meant(drawn, plant, world) };
    case 'recordProcessDataBatch':
      return { do: drawn.do, records: drawn.records.map((each) => meant(each, plant, world)) };
    case 'completeProcess': {
      const started = picked(
        runs.filter(({ isStarted }) => isStarted),
        drawn.pick,
      );
      return (
        started && {
          do: drawn.do,
          unit: started.unit,
          step: started.step,
          result: drawn.result,
          defects: defectsOf(drawn),
        }
      );
    }
    case 'withdrawProcess': {
      const started = picked(
        runs.filter(({ isStarted }) => isStarted),
        drawn.pick,
      );
      return started && { do: drawn.do, run: started.id };
    }
    case 'correctProcessData': {
      const run = picked(runs, drawn.pick);
      return run && { do: drawn.do, run: run.id, result: drawn.result, defects: defectsOf(drawn) };
    }
  }
}

/** The latest first. */
function picked(runs: readonly KnownRun[], pick: number): KnownRun | undefined {
  return runs.at(-1 - (pick % Math.max(1, runs.length)));
}

function meant(drawn: DrawnWork, plant: Plant, world: World): Recording {
  const { lot, ahead, result } = drawn;
  const item = itemIn(world, plant, drawn);
  if (ahead === 'KIT') return { unit: lotNumber(plant, lot), step: 'KIT', result, defects: defectsOf(drawn) };
  if (ahead === 'KIT ON ITEM')
    return { unit: itemNumber(plant, lot, item), step: 'KIT', result, defects: defectsOf(drawn) };
  const path = pathOf(plant);
  const next = passedOf(world, itemNumber(plant, lot, item)) + ahead;
  const step = path[Math.min(Math.max(next, 0), path.length - 1)] ?? 'MOUNT';
  return recordingOn(plant, lot, item, step, result, defectsOf(drawn));
}

/** A PASS has no defects, the others have one; an invalid command has it the other way round. */
function defectsOf({ result, isSound }: { readonly result: Result; readonly isSound: boolean }): number {
  return (result === 'PASS') === isSound ? 0 : 1;
}

function recordingOn(
  plant: Plant,
  lot: number,
  item: number,
  step: string,
  result: Result,
  defects: number,
): Recording {
  const isOfSerial = plant.steps.find(({ code }) => code === step)?.level === 'SERIAL';
  return { unit: isOfSerial ? serialNumber(plant, lot, item) : itemNumber(plant, lot, item), step, result, defects };
}

/** The active steps of an item, before and after it becomes a serial. */
function pathOf({ steps, route }: Plant): readonly string[] {
  return steps.filter(({ level, code }) => level !== 'LOT' && route.includes(code)).map(({ code }) => code);
}

function passedOf(world: World, number: string): number {
  const item = findUnit(world, (unit) => unit.number === number)?.item;
  return [...(item?.runs ?? []), ...(item?.serial?.runs ?? [])].filter(({ result }) => result === 'PASS').length;
}

/** The selected item; the second only where it exists. The third often does not exist, on purpose. */
function itemIn(world: World, plant: Plant, { lot, item }: { readonly lot: number; readonly item: number }): number {
  return item === 2 && findUnit(world, ({ number }) => number === itemNumber(plant, lot, 2)) === undefined ? 1 : item;
}

function serialIn({ lots }: World, pick: number): string | undefined {
  const serials = lots.flatMap(({ items }) => items.flatMap(({ serial }) => serial ?? []));
  return serials[pick % Math.max(1, serials.length)]?.number;
}

function lotNumber({ prefix }: Plant, lot: number): string {
  return `${prefix}0${lot}`;
}

function itemNumber(plant: Plant, lot: number, item: number): string {
  return `WIP-${lotNumber(plant, lot)}-00${item}`;
}

function serialNumber(plant: Plant, lot: number, item: number): string {
  return `${lotNumber(plant, lot)}00${item}`;
}
