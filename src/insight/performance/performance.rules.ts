import { compareKeys, ratioOf, sumOf } from '../figure/ratio.rules.ts';

/** The executions of a step, or of a person. Durations are in whole seconds. */
export interface WorkCounts {
  readonly executions: number;
  readonly passCount: number;
  readonly failCount: number;
  readonly reworkCount: number;
  readonly durationSum: number;
}

/** What one step did in a period, and what is open at it now. */
export interface StepWork extends WorkCounts {
  readonly processId: string;
  readonly openCount: number;
  readonly plannedSeconds: number | null;
}

/** The performance of a step, or of all. */
export interface Performance extends WorkCounts {
  readonly openCount: number;
  readonly passRatio: number | null;
  readonly meanDurationSeconds: number | null;
}

/** The performance of one step. */
export interface StepPerformance extends Performance {
  readonly processId: string;
  readonly plannedSeconds: number | null;
  readonly durationRatio: number | null;
}

/** The performance of the steps, and of all together. */
export interface ProcessPerformance {
  readonly rows: readonly StepPerformance[];
  readonly overall: Performance;
}

/** KPI-9: The performance of the steps, in the order given, and of all together. */
export function processPerformanceOf(steps: readonly StepWork[]): ProcessPerformance {
  const rows = steps.map((step) => ({
    ...step,
    ...ratiosOf(step),
    durationRatio:
      step.plannedSeconds === null ? null : ratioOf(step.durationSum, step.executions * step.plannedSeconds),
  }));
  const all = {
    executions: sumOf(steps, ({ executions }) => executions),
    passCount: sumOf(steps, ({ passCount }) => passCount),
    failCount: sumOf(steps, ({ failCount }) => failCount),
    reworkCount: sumOf(steps, ({ reworkCount }) => reworkCount),
    openCount: sumOf(steps, ({ openCount }) => openCount),
    durationSum: sumOf(steps, ({ durationSum }) => durationSum),
  };
  return { rows, overall: { ...all, ...ratiosOf(all) } };
}

/** What one person did in a period. */
export interface OperatorWork extends WorkCounts {
  readonly operatorId: string;
  readonly username: string;
}

/** The performance of one person. */
export interface OperatorPerformance extends OperatorWork {
  readonly passRatio: number | null;
  readonly meanDurationSeconds: number | null;
}

/** KPI-13: The performance of people, those with the most executions first, then by username. */
export function operatorPerformanceOf(people: readonly OperatorWork[]): readonly OperatorPerformance[] {
  return people
    .map((person) => ({ ...person, ...ratiosOf(person) }))
    .toSorted((a, b) => b.executions - a.executions || compareKeys(a.username, b.username));
}

/** KPI-13: The people whose performance a viewer sees: of those asked for, only `own` where it is given. Undefined: all. */
export function operatorsShown(
  asked: readonly string[] | undefined,
  own: string | undefined,
): readonly string[] | undefined {
  if (own === undefined) return asked;
  return asked === undefined || asked.includes(own) ? [own] : [];
}

/** The cycle times of a step, in seconds. */
export interface StepCycle {
  readonly processId: string;
  /** Its code. */
  readonly step: string;
  /** What the step is planned to take; null without a plan. */
  readonly plannedSeconds: number | null;
  readonly count: number;
  readonly durationSum: number;
  readonly medianSeconds: number;
  readonly p95Seconds: number;
}

/** The sums over the items that were completed, in seconds; the median is null without items. */
export interface ItemTimes {
  readonly count: number;
  readonly leadSum: number;
  readonly touchSum: number;
  readonly medianLeadSeconds: number | null;
}

/** The times of items, with their means. */
export interface UnitTimes extends ItemTimes {
  readonly meanLeadSeconds: number | null;
  readonly meanTouchSeconds: number | null;
  readonly flowRatio: number | null;
}

/** The times of steps and items. */
export interface CycleTimes {
  readonly byProcess: readonly (StepCycle & { readonly meanSeconds: number | null })[];
  readonly units: UnitTimes;
}

/** KPI-10: Means and ratio of the times; null without data. */
export function cycleTimesOf(steps: readonly StepCycle[], items: ItemTimes): CycleTimes {
  const { count, leadSum, touchSum } = items;
  return {
    byProcess: steps.map((step) => ({ ...step, meanSeconds: ratioOf(step.durationSum, step.count) })),
    units: {
      ...items,
      meanLeadSeconds: ratioOf(leadSum, count),
      meanTouchSeconds: ratioOf(touchSum, count),
      flowRatio: ratioOf(touchSum, leadSum),
    },
  };
}

function ratiosOf({ executions, passCount, durationSum }: WorkCounts) {
  return { passRatio: ratioOf(passCount, executions), meanDurationSeconds: ratioOf(durationSum, executions) };
}
