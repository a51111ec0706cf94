/** Common cause: what bad units have in common that good units have not. */
import { type Answer, rejection } from '../../platform/rules/rejection.ts';
import { fisherExact } from './fisher.rules.ts';

/** What units may have in common. */
export const COMMONALITY_FACTORS = [
  'LOT',
  'COMPONENT_LOT',
  'EXTERNAL_LOT',
  'PROCESS',
  'EQUIPMENT',
  'OPERATOR',
  'STATION',
  'HOUR',
  'SHIFT',
  'DAY',
] as const;

/** What units may have in common. */
export type CommonalityFactor = (typeof COMMONALITY_FACTORS)[number];

/** The most units that are compared, bad and good ones together. */
export const COMPARED_UNITS = 20_000;

/** The most units that may be named by their ids. */
export const NAMED_UNITS = 1_000;

/** The largest p of a row, unless another is asked for. */
export const USUAL_P_VALUE = 0.05;

/** The rows of an answer. */
export const COMMONALITY_ROWS = { default: 20, min: 1, max: 100 } as const;

/** How many bad and good units met a key of a factor. */
export interface Exposure {
  readonly factor: CommonalityFactor;
  readonly key: string;
  readonly bad: number;
  readonly good: number;
}

/** A key with what it means for the units that met it. */
export interface CommonCause {
  readonly factor: CommonalityFactor;
  readonly key: string;
  readonly exposedBad: number;
  readonly exposedCount: number;
  readonly unexposedBad: number;
  readonly unexposedCount: number;
  /** Bad ÷ all of the exposed units. */
  readonly exposedRatio: number;
  /** Bad ÷ all of the others. */
  readonly unexposedRatio: number;
  /** The exposed ratio ÷ the ratio of all units. */
  readonly lift: number;
  readonly pValue: number;
}

/**
 * CCA-1: The keys that more bad units met than their share, and not by chance: by lift, then by the smaller p, then by
 * factor and key. What every unit met says nothing, so it is left out.
 */
export function commonCauses(
  exposures: readonly Exposure[],
  { bad, good, maxPValue }: { readonly bad: number; readonly good: number; readonly maxPValue: number },
): readonly CommonCause[] {
  const all = bad + good;
  return exposures
    .filter((each) => each.bad + each.good < all)
    .map((each) => {
      const exposedCount = each.bad + each.good;
      const table = {
        exposedBad: each.bad,
        exposedGood: each.good,
        unexposedBad: bad - each.bad,
        unexposedGood: good - each.good,
      };
      const exposedRatio = each.bad / exposedCount;
      return {
        factor: each.factor,
        key: each.key,
        exposedBad: each.bad,
        exposedCount,
        unexposedBad: table.unexposedBad,
        unexposedCount: all - exposedCount,
        exposedRatio,
        unexposedRatio: table.unexposedBad / (all - exposedCount),
        lift: exposedRatio / (bad / all),
        pValue: fisherExact(table),
      };
    })
    .filter(({ lift, pValue }) => lift > 1 && pValue <= maxPValue)
    .toSorted((a, b) => b.lift - a.lift || a.pValue - b.pValue || (nameOf(a) < nameOf(b) ? -1 : 1));
}

function nameOf({ factor, key }: CommonCause): string {
  return `${String(COMMONALITY_FACTORS.indexOf(factor)).padStart(2)} ${key}`;
}

/** CCA-1: A comparison takes at most 20,000 units. `count` is one more when there are more. */
export function hasRoomForUnits(count: number): Answer {
  if (count <= COMPARED_UNITS) return undefined;
  return rejection(
    'LIMIT_EXCEEDED',
    'period',
    `More than ${COMPARED_UNITS} units would be compared; choose a shorter period or a narrower scope.`,
  );
}

/** CCA-1: Bad units are named, or recognised by a failure; and there is something that they may have in common. */
export function factorsFit({
  units,
  failure,
  by,
}: {
  readonly units: readonly string[] | undefined;
  readonly failure: unknown;
  readonly by: readonly CommonalityFactor[];
}): Answer {
  if (units !== undefined && failure !== undefined)
    return rejection('CCA-1', 'failure', 'Give units or failure, not both.', 'INVALID_INPUT');
  return by.length > 0 ? undefined : rejection('CCA-1', 'by', 'by must name at least one factor.', 'INVALID_INPUT');
}
