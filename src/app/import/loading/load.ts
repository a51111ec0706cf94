/**
 * Loads units, at most a hundred at a time, step by step.
 *
 * 1. Each step is one batch in one transaction. If the batch is rejected, its records are sent one by one: the valid
 *    ones are recorded, and each invalid one is reported.
 * 2. A rejected unit takes no further part. Its earlier records stay, and the next run continues from there.
 * 3. Finished work is not repeated: the progress is read from the database. It is read again if something was rejected,
 *    because another run of the same file may have done the work in the meantime.
 */
import { importKeyOf } from '../idempotency-key.ts';
import { isDone, type KnownUnit, knownUnits } from './known-units.ts';
import type { ImportMap } from '../map.ts';
import type { FinishedUnit } from '../unit/unit.ts';
import { isConversion, type Step } from '../../../catalog/process/route.rules.ts';
import { run } from '../../../platform/command/run.ts';
import type { Context } from '../../../platform/request/context.ts';
import type { Rejection } from '../../../platform/rules/rejection.ts';
import { present } from '../../../platform/values/assert.ts';
import { encodeGlobalId } from '../../../platform/values/global-id.ts';
import { recordProcessDataBatch } from '../../../production/process-data/recording/batch.commands.ts';
import { recordProcessData } from '../../../production/process-data/recording/process-data.commands.ts';
import { convertWipItem } from '../../../production/process-data/recording/conversion.commands.ts';
import { generateWipItems } from '../../../production/wip-item/wip-item.commands.ts';

/** A unit after loading: its state in the database, and why it was rejected, if it was. */
export interface Loaded {
  readonly unit: FinishedUnit;
  readonly known: KnownUnit | undefined;
  readonly errors: readonly Rejection[];
}

/** What all loads of an import share. */
export interface Loading {
  readonly map: ImportMap;
  readonly steps: readonly Step[];
  readonly context: Context;
}

/** The number of units that are loaded in one batch: as many as one command takes. */
export const UNITS_PER_BATCH = 100;

type Known = ReadonlyMap<string, KnownUnit>;

/** Creates the items of new units in the lot, if one is given, and records the missing steps of all units. */
export async function load(
  { map, steps, context }: Loading,
  units: readonly FinishedUnit[],
  lot?: string,
): Promise<readonly Loaded[]> {
  const rejected = new Map<string, readonly Rejection[]>();
  let active = units;
  let known: Known = new Map();
  const lookUp = async (): Promise<void> => {
    known = await knownUnits(
      context.services.database.reader(),
      units.map((unit) => unit.number),
      present(steps.at(-1), 'The last step'),
    );
  };
  const perform = async (
    work: Work | undefined,
    isDoneNow: (known: KnownUnit, unit: FinishedUnit) => boolean,
  ): Promise<void> => {
    if (work === undefined || work.units.length === 0) return;
    const rejections = await runWork(map, work);
    if (rejections.size > 0) await lookUp();
    for (const unit of work.units) {
      const [errors, current] = [rejections.get(unit.number), known.get(unit.number)];
      if (errors !== undefined && (current === undefined || !isDoneNow(current, unit)))
        rejected.set(unit.number, errors);
    }
    active = active.filter((unit) => !rejected.has(unit.number));
  };

  if (lot !== undefined)
    await perform(generation(context, active, lot), (current, unit) => current.productModel === unit.productModel);
  await lookUp();
  for (const [index, step] of steps.entries()) {
    const isLast = index === steps.length - 1;
    const withoutSerial = step.level === 'SERIAL' ? active.filter((unit) => stored(known, unit).serialId === null) : [];
    if (withoutSerial.length > 0) {
      await perform(conversion({ map, steps, context }, withoutSerial, known), ({ serialId }) => serialId !== null);
      await lookUp();
    }
    const unfinished = active.filter((unit) => !isDone(stored(known, unit), step, isLast));
    await perform(recording({ context, units: unfinished, index, step, known }), (current) =>
      isDone(current, step, isLast),
    );
  }
  return units.map((unit) => ({ unit, known: known.get(unit.number), errors: rejected.get(unit.number) ?? [] }));
}

/** The same work for many units: by one command for all of them, or by another command for each. */
interface Work {
  readonly what: string;
  readonly units: readonly FinishedUnit[];
  readonly all: Call | undefined;
  readonly one: Call;
}

type Call = (
  units: readonly FinishedUnit[],
  idempotencyKey: string,
) => Promise<{ readonly errors: readonly Rejection[] }>;

/** Runs the work, and returns the rejections by unit number. */
async function runWork(
  map: ImportMap,
  { what, units, all, one }: Work,
): Promise<ReadonlyMap<string, readonly Rejection[]>> {
  const attempt = async (call: Call, some: readonly FinishedUnit[]): Promise<readonly Rejection[]> => {
    const numbers = some.map((unit) => unit.number);
    return (await call(some, importKeyOf(map, what, numbers))).errors;
  };
  if (all !== undefined && (await attempt(all, units)).length === 0) return new Map();
  const rejections = new Map<string, readonly Rejection[]>();
  for (const unit of units) {
    const errors = await attempt(one, [unit]);
    if (errors.length > 0) rejections.set(unit.number, errors);
  }
  return rejections;
}

function generation(context: Context, units: readonly FinishedUnit[], lot: string): Work {
  const call: Call = (some, idempotencyKey) =>
    run(
      generateWipItems,
      { lot: { id: lot }, quantity: some.length, externalNumbers: some.map((unit) => unit.number), idempotencyKey },
      context,
    );
  return { what: 'items', units, all: call, one: call };
}

/** Converts items one by one, by the command for it, if the map has no conversion step. */
function conversion({ steps, context }: Loading, units: readonly FinishedUnit[], known: Known): Work | undefined {
  if (steps.some(isConversion)) return undefined;
  const one: Call = ([unit], idempotencyKey) =>
    run(
      convertWipItem,
      { wipItem: { id: encodeGlobalId('WipItem', stored(known, unit).wipItemId) }, idempotencyKey },
      context,
    );
  return { what: 'conversion', units, all: undefined, one };
}

interface StepRecording {
  readonly context: Context;
  readonly units: readonly FinishedUnit[];
  /** The position of the step in the map. */
  readonly index: number;
  readonly step: Step;
  readonly known: Known;
}

function recording({ context, units, index, step, known }: StepRecording): Work {
  const recordOf = (unit: FinishedUnit | undefined): object => ({
    ...unit?.records[index],
    unit: { id: unitId(stored(known, unit), step) },
  });
  return {
    what: step.code,
    units,
    all: (some, idempotencyKey) =>
      run(recordProcessDataBatch, { items: some.map(recordOf), policy: 'REJECT_EVERYTHING', idempotencyKey }, context),
    one: ([unit], idempotencyKey) => run(recordProcessData, { ...recordOf(unit), idempotencyKey }, context),
  };
}

function unitId(unit: KnownUnit, step: Step): string {
  return step.level === 'SERIAL'
    ? encodeGlobalId('Serial', present(unit.serialId, 'The serial of a converted item'))
    : encodeGlobalId('WipItem', unit.wipItemId);
}

function stored(known: Known, unit: FinishedUnit | undefined): KnownUnit {
  return present(known.get(unit?.number ?? ''), 'The item that was made for a unit');
}
