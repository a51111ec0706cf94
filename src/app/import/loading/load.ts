/**
 * Brings units in, at most a hundred at a time, step by step.
 *
 * 1. Each step is one batch in one transaction. When the batch is refused, its records go one by one: the good ones get
 *    in, each bad one is named.
 * 2. A unit that was refused takes no further part. What was recorded before stays; the next run goes on from there.
 * 3. What is done already is not done again: the database is asked, never a memory of ours. It is asked again when
 *    something was refused: what another run of the same file has done meanwhile is as good as done here.
 */
import { isConversion, type Step } from '../../../catalog/process/route.rules.ts';
import { present } from '../../../platform/values/assert.ts';
import { run } from '../../../platform/command/run.ts';
import type { Context } from '../../../platform/request/context.ts';
import { encodeGlobalId } from '../../../platform/values/global-id.ts';
import type { Rejection } from '../../../platform/rules/rejection.ts';
import { recordProcessDataBatch } from '../../../production/process-data/batch.commands.ts';
import { recordProcessData } from '../../../production/process-data/process-data.commands.ts';
import { convertWipItem } from '../../../production/serial/conversion.commands.ts';
import { generateWipItems } from '../../../production/wip-item/wip-item.commands.ts';
import { importKeyOf } from '../idempotency-key.ts';
import { isDone, knownUnits, type KnownUnit } from './known-units.ts';
import type { ImportMap } from '../map.ts';
import type { FinishedUnit } from '../unit/unit.ts';

export interface Loaded {
  readonly unit: FinishedUnit;
  readonly known: KnownUnit | undefined;
  readonly errors: readonly Rejection[];
}

export interface Loading {
  readonly map: ImportMap;
  readonly steps: readonly Step[];
  readonly context: Context;
}

/** How many units go together: as many as one call takes. */
export const UNITS_PER_BATCH = 100;

type Known = ReadonlyMap<string, KnownUnit>;

/** Makes the items of new units in the lot, if there is one, and does for all of them what is not done yet. */
export async function load(
  { map, steps, context }: Loading,
  units: readonly FinishedUnit[],
  lot?: string,
): Promise<readonly Loaded[]> {
  const refused = new Map<string, readonly Rejection[]>();
  let alive = units;
  let known: Known = new Map();
  const lookUp = async (): Promise<void> => {
    known = await knownUnits(
      context.services.database.reader(),
      units.map((unit) => unit.number),
      present(steps.at(-1), 'The last step'),
    );
  };
  const doing = async (
    work: Work | undefined,
    isDoneNow: (known: KnownUnit, unit: FinishedUnit) => boolean,
  ): Promise<void> => {
    if (work === undefined || work.units.length === 0) return;
    const rejections = await together(map, work);
    if (rejections.size > 0) await lookUp();
    for (const unit of work.units) {
      const [errors, there] = [rejections.get(unit.number), known.get(unit.number)];
      if (errors !== undefined && (there === undefined || !isDoneNow(there, unit))) refused.set(unit.number, errors);
    }
    alive = alive.filter((unit) => !refused.has(unit.number));
  };

  if (lot !== undefined)
    await doing(generation(context, alive, lot), (there, unit) => there.productModel === unit.productModel);
  await lookUp();
  for (const [index, step] of steps.entries()) {
    const isLast = index === steps.length - 1;
    if (step.level === 'SERIAL' && alive.some((unit) => stored(known, unit).serialId === null)) {
      await doing(
        conversion(
          { map, steps, context },
          alive.filter((unit) => stored(known, unit).serialId === null),
          known,
        ),
        ({ serialId }) => serialId !== null,
      );
      await lookUp();
    }
    await doing(
      recording(
        context,
        alive.filter((unit) => !isDone(stored(known, unit), step, isLast)),
        index,
        step,
        known,
      ),
      (there) => isDone(there, step, isLast),
    );
  }
  return units.map((unit) => ({ unit, known: known.get(unit.number), errors: refused.get(unit.number) ?? [] }));
}

/** The same work for many units by one call, or for one unit by another. */
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

/** The refusals by unit; none when everything went well. */
async function together(
  map: ImportMap,
  { what, units, all, one }: Work,
): Promise<ReadonlyMap<string, readonly Rejection[]>> {
  const attempt = async (call: Call, some: readonly FinishedUnit[]): Promise<readonly Rejection[]> =>
    (
      await call(
        some,
        importKeyOf(
          map,
          what,
          some.map((unit) => unit.number),
        ),
      )
    ).errors;
  if (all !== undefined && (await attempt(all, units)).length === 0) return new Map();
  const refused = new Map<string, readonly Rejection[]>();
  for (const unit of units) {
    const errors = await attempt(one, [unit]);
    if (errors.length > 0) refused.set(unit.number, errors);
  }
  return refused;
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

/** Without a conversion step in the map, items are converted by the command for it, one by one. */
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

function recording(context: Context, units: readonly FinishedUnit[], index: number, step: Step, known: Known): Work {
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
