import type { DateText } from '../../platform/values/time.ts';
import { ratioOf, sumOf } from '../figure/ratio.rules.ts';
import type { SerialYield } from '../yield/yield.rules.ts';

/** The finished executions of a step. */
export interface StepOutcomes {
  readonly processId: string;
  readonly executions: number;
  readonly passCount: number;
  readonly failCount: number;
  readonly reworkCount: number;
}

/** The quality of one step. */
export interface StepQuality extends StepOutcomes {
  readonly passRatio: number | null;
  readonly failRatio: number | null;
}

/** The quality of serials and of steps. */
export interface QualityMetrics {
  readonly inspectedSerials: number;
  readonly passedSerials: number;
  readonly failedSerials: number;
  readonly reworkedSerials: number;
  readonly passRatio: number | null;
  readonly defectRatio: number | null;
  readonly reworkRatio: number | null;
  readonly byProcess: readonly StepQuality[];
}

/** KPI-5: The quality of the serials that reached their end, and of the steps in the order given. */
export function qualityMetricsOf(serials: SerialYield, steps: readonly StepOutcomes[]): QualityMetrics {
  return {
    inspectedSerials: serials.terminalCount,
    passedSerials: serials.passedCount,
    failedSerials: serials.failedCount,
    reworkedSerials: serials.reworkedCount,
    passRatio: serials.passRatio,
    defectRatio: ratioOf(serials.failedCount, serials.terminalCount),
    reworkRatio: serials.reworkRatio,
    byProcess: steps.map((step) => ({
      ...step,
      passRatio: ratioOf(step.passCount, step.executions),
      failRatio: ratioOf(step.failCount, step.executions),
    })),
  };
}

/** The completed inspections of a day: `scoreSum` is over the `scoredCount` of them with a score. */
export interface InspectionSums {
  readonly completedCount: number;
  readonly passCount: number;
  readonly scoredCount: number;
  readonly scoreSum: number;
}

/** The quality that inspections found. */
export interface InspectedQuality {
  readonly completedCount: number;
  readonly meanQualityScore: number | null;
  readonly passRatio: number | null;
}

/** The quality of each day, and of all inspections together. */
export interface QualityTrend {
  readonly points: readonly (InspectedQuality & { readonly start: DateText })[];
  readonly overall: InspectedQuality;
}

/** KPI-12: The quality of each day, those without inspections too. `found` has the places of days, from 0. */
export function qualityTrendOf(days: readonly DateText[], found: ReadonlyMap<number, InspectionSums>): QualityTrend {
  const sums = [...found.values()];
  return {
    points: days.map((start, place) => ({ start, ...inspectedQualityOf(found.get(place) ?? NOTHING) })),
    overall: inspectedQualityOf({
      completedCount: sumOf(sums, ({ completedCount }) => completedCount),
      passCount: sumOf(sums, ({ passCount }) => passCount),
      scoredCount: sumOf(sums, ({ scoredCount }) => scoredCount),
      scoreSum: sumOf(sums, ({ scoreSum }) => scoreSum),
    }),
  };
}

function inspectedQualityOf({ completedCount, passCount, scoredCount, scoreSum }: InspectionSums): InspectedQuality {
  return {
    completedCount,
    meanQualityScore: ratioOf(scoreSum, scoredCount),
    passRatio: ratioOf(passCount, completedCount),
  };
}

const NOTHING: InspectionSums = { completedCount: 0, passCount: 0, scoredCount: 0, scoreSum: 0 };
