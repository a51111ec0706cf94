/** The metrics of inference: how the jobs of the last minutes went. */
import { compareDecimals, decimalOfNumber } from '../../platform/values/decimal.ts';

/** How many minutes the metrics may look back. */
export const METRICS_MINUTES = { min: 1, max: 10_080, default: 60 } as const;

/** What is unusual about the jobs. */
export const ANOMALY_KINDS = ['HIGH_LATENCY', 'LOW_SUCCESS', 'LOW_CONFIDENCE'] as const;
/** How bad an anomaly is. */
export const ANOMALY_SEVERITIES = ['WARNING', 'CRITICAL'] as const;
/** The state of inference as a whole. */
export const INFERENCE_HEALTHS = ['IDLE', 'HEALTHY', 'DEGRADED', 'CRITICAL'] as const;

/** So many jobs that ended with this status, and the latency of those that completed. */
export type JobGroup = { readonly count: number } & (
  | { readonly status: 'COMPLETED'; readonly latencyMilliseconds: number }
  | { readonly status: 'FAILED' | 'TIMEOUT'; readonly latencyMilliseconds: null }
);

/** An anomaly, with the value that is unusual and the threshold that it has passed. */
export interface Anomaly {
  readonly kind: (typeof ANOMALY_KINDS)[number];
  readonly severity: (typeof ANOMALY_SEVERITIES)[number];
  readonly value: string;
  readonly threshold: string;
}

/** The percentiles of the latencies, in milliseconds; null without completed jobs. */
export interface Percentiles {
  readonly p50: number | null;
  readonly p75: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** How the finished jobs went. */
export interface Metrics extends Percentiles {
  readonly totalCount: number;
  readonly completedCount: number;
  readonly failedCount: number;
  readonly successRatio: number | null;
  readonly meanLatencyMilliseconds: number | null;
  readonly anomalies: readonly Anomaly[];
  readonly health: (typeof INFERENCE_HEALTHS)[number];
}

/**
 * The metrics of finished jobs. `meanConfidence` is that of their defects; null when none states one. FAILED and TIMEOUT
 * count as failed.
 */
export function inferenceMetricsOf(groups: readonly JobGroup[], meanConfidence: string | null): Metrics {
  const completed = groups.filter((group) => group.status === 'COMPLETED');
  const latencies = completed.map(({ latencyMilliseconds: value, count }) => ({ value, count }));
  const completedCount = countOf(completed);
  const totalCount = countOf(groups);
  const failedCount = totalCount - completedCount;
  const successRatio = quotient(completedCount, totalCount);
  const latencySum = latencies.reduce((sum, { value, count }) => sum + value * count, 0);
  const meanLatencyMilliseconds = quotient(latencySum, completedCount);
  const anomalies = anomaliesIn({ meanLatencyMilliseconds, successRatio, meanConfidence });
  return {
    totalCount,
    completedCount,
    failedCount,
    successRatio: successRatio === null ? null : rounded(successRatio),
    meanLatencyMilliseconds: meanLatencyMilliseconds === null ? null : rounded(meanLatencyMilliseconds),
    p50: nearestRank(latencies, 50),
    p75: nearestRank(latencies, 75),
    p90: nearestRank(latencies, 90),
    p95: nearestRank(latencies, 95),
    p99: nearestRank(latencies, 99),
    anomalies,
    health: healthOf(totalCount, anomalies),
  };
}

/**
 * The percentile by nearest rank: the element ceil(percent · n / 100) of the sorted list, where each value stands as often
 * as it was counted. Null for an empty list.
 */
export function nearestRank(
  values: readonly { readonly value: number; readonly count: number }[],
  percent: number,
): number | null {
  const rank = Math.ceil((percent * countOf(values)) / 100);
  let reached = 0;
  for (const { value, count } of values.toSorted((a, b) => a.value - b.value)) {
    reached += count;
    if (reached >= rank) return value;
  }
  return null;
}

function anomaliesIn({
  meanLatencyMilliseconds,
  successRatio,
  meanConfidence,
}: {
  readonly meanLatencyMilliseconds: number | null;
  readonly successRatio: number | null;
  readonly meanConfidence: string | null;
}): readonly Anomaly[] {
  const anomalies: Anomaly[] = [];
  if (meanLatencyMilliseconds !== null && meanLatencyMilliseconds > MEAN_LATENCY_MAX)
    anomalies.push({
      kind: 'HIGH_LATENCY',
      severity: 'WARNING',
      value: decimalOfNumber(rounded(meanLatencyMilliseconds)),
      threshold: decimalOfNumber(MEAN_LATENCY_MAX),
    });
  if (successRatio !== null && successRatio < SUCCESS_RATIO_MIN)
    anomalies.push({
      kind: 'LOW_SUCCESS',
      severity: 'CRITICAL',
      value: decimalOfNumber(rounded(successRatio)),
      threshold: decimalOfNumber(SUCCESS_RATIO_MIN),
    });
  if (meanConfidence !== null && compareDecimals(meanConfidence, MEAN_CONFIDENCE_MIN) < 0)
    anomalies.push({
      kind: 'LOW_CONFIDENCE',
      severity: 'WARNING',
      value: meanConfidence,
      threshold: MEAN_CONFIDENCE_MIN,
    });
  return anomalies;
}

function healthOf(totalCount: number, anomalies: readonly Anomaly[]): Metrics['health'] {
  if (totalCount === 0) return 'IDLE';
  if (anomalies.some(({ severity }) => severity === 'CRITICAL')) return 'CRITICAL';
  return anomalies.length > 0 ? 'DEGRADED' : 'HEALTHY';
}

const MEAN_LATENCY_MAX = 2_000;
const SUCCESS_RATIO_MIN = 0.95;
const MEAN_CONFIDENCE_MIN = '0.7';

function quotient(dividend: number, divisor: number): number | null {
  return divisor === 0 ? null : dividend / divisor;
}

/** A figure with at most 6 decimals. Thresholds are compared with the exact figure. */
function rounded(value: number): number {
  return Number(value.toFixed(6));
}

function countOf(groups: readonly { readonly count: number }[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}
