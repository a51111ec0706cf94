import type { ProcessLevel } from '../../catalog/process/route.rules.ts';
import { compareKeys, ratioOf, sumOf } from '../figure/ratio.rules.ts';
import { TIME_DIMENSIONS } from '../period/bucket.rules.ts';

/** What the rows of a yield report are divided by, in addition to the step. */
export const YIELD_DIMENSIONS = [
  'PRODUCT_MODEL',
  'PRODUCTION_LINE',
  'LOT',
  'EQUIPMENT',
  'OPERATOR',
  ...TIME_DIMENSIONS,
] as const;
/** One of YIELD_DIMENSIONS. */
export type YieldDimension = (typeof YIELD_DIMENSIONS)[number];

/** The executions of one step, and of one key where the report is divided. */
export interface StepCounts {
  readonly processId: string;
  /** Its code. */
  readonly step: string;
  readonly number: number;
  readonly level: ProcessLevel;
  readonly isManufacturing: boolean;
  /** Null without a division, and for executions without equipment. */
  readonly key: string | null;
  readonly firstAttempts: number;
  readonly firstPasses: number;
  readonly units: number;
  readonly executions: number;
  readonly passCount: number;
  readonly failCount: number;
  readonly reworkCount: number;
  readonly defectQuantity: number;
}

/** A row of a yield report. */
export interface YieldRow extends StepCounts {
  readonly firstPassYield: number | null;
  readonly unitsPassed: number;
  readonly finalYield: number | null;
  readonly defectsPerUnit: number | null;
}

/** The rolled throughput yield of one key. */
export interface RolledYield {
  readonly key: string | null;
  readonly value: number | null;
}

/** The yield of steps. */
export interface YieldReport {
  /** What rows are divided by, in addition to the step; null for nothing. */
  readonly by: YieldDimension | null;
  readonly rolledThroughputYield: number | null;
  readonly rows: readonly YieldRow[];
  readonly rolledThroughputYields: readonly RolledYield[];
}

/** KPI-2, KPI-3: The yields of steps, in the order of step number and key, divided by something else, too, unless it is null. */
export function yieldReportOf(counts: readonly StepCounts[], by: YieldDimension | null): YieldReport {
  const rows = counts.toSorted((a, b) => a.number - b.number || compareKeys(a.key, b.key)).map(yieldRowOf);
  const keys = by !== null ? [...new Set(rows.map(({ key }) => key))].toSorted(compareKeys) : [];
  return {
    by,
    rolledThroughputYield: rolledThroughputYield(rows),
    rows,
    rolledThroughputYields: keys.map((key) => ({
      key,
      value: rolledThroughputYield(rows.filter((row) => row.key === key)),
    })),
  };
}

/**
 * KPI-3: The product of the first pass yields of the manufacturing steps of items and serials, in the order of their
 * numbers; null without first attempts. A step may have several rows.
 */
export function rolledThroughputYield(rows: readonly StepCounts[]): number | null {
  const counted = rows.filter(({ isManufacturing, level }) => isManufacturing && level !== 'LOT');
  const yields = [...new Set(counted.map(({ processId }) => processId))].flatMap((step) => {
    const ofStep = counted.filter(({ processId }) => processId === step);
    const firstAttempts = sumOf(ofStep, (row) => row.firstAttempts);
    return (
      ratioOf(
        sumOf(ofStep, (row) => row.firstPasses),
        firstAttempts,
      ) ?? []
    );
  });
  return yields.length === 0 ? null : yields.reduce((product, each) => product * each, 1);
}

/** KPI-2: The yields of a step. A unit passes a step at most once, so passes and units that passed are the same. */
function yieldRowOf(counts: StepCounts): YieldRow {
  const { firstAttempts, firstPasses, units, passCount, defectQuantity } = counts;
  return {
    ...counts,
    firstPassYield: ratioOf(firstPasses, firstAttempts),
    unitsPassed: passCount,
    finalYield: ratioOf(passCount, units),
    defectsPerUnit: ratioOf(defectQuantity, units),
  };
}

/** The serials that reached their end in a period. */
export interface SerialCounts {
  readonly terminalCount: number;
  readonly passedCount: number;
  readonly passedFirstTimeCount: number;
  readonly reworkedCount: number;
}

/** The yield of serials. */
export interface SerialYield extends SerialCounts {
  readonly failedCount: number;
  readonly passRatio: number | null;
  readonly firstTimeRatio: number | null;
  readonly reworkRatio: number | null;
}

/** KPI-1: The yield of the serials that reached their end: PASSED, or FAILED with no rework left. */
export function serialYieldOf(counts: SerialCounts): SerialYield {
  const { terminalCount, passedCount, passedFirstTimeCount, reworkedCount } = counts;
  return {
    ...counts,
    failedCount: terminalCount - passedCount,
    passRatio: ratioOf(passedCount, terminalCount),
    firstTimeRatio: ratioOf(passedFirstTimeCount, terminalCount),
    reworkRatio: ratioOf(reworkedCount, terminalCount),
  };
}
