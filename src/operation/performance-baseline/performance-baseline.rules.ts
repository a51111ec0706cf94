import { type Answer, rejection } from '../../platform/rules/rejection.ts';
import { compareDecimals, DECIMAL_UNITS, unscaled, withoutFinalZeros } from '../../platform/values/decimal.ts';
import type { AlertSeverity, AutomaticAlert } from '../alert/alert.rules.ts';
import { systemAlert } from '../alert/process-alert.rules.ts';

/** What a figure can be. */
export const PERFORMANCE_KINDS = ['BASELINE', 'MEASUREMENT'] as const;

/** The lengths of the texts of a figure, in characters. */
export const PERFORMANCE_LENGTHS = { metric: 100, subject: 200, unit: 50, notes: 1_000 } as const;

/** The figure as it is stored: digits before and after the point. */
export const PERFORMANCE_DIGITS = { whole: 14, fraction: 6 } as const;

/** Whether the figure is greater than 0 and has no more digits than its column. */
export function isPerformanceValue(value: string): boolean {
  const [whole = '', fraction = ''] = value.split('.');
  const hasRoom = whole.length <= PERFORMANCE_DIGITS.whole && fraction.length <= PERFORMANCE_DIGITS.fraction;
  return hasRoom && compareDecimals(value, '0') > 0;
}

/** A figure in its unit. */
export interface Figure {
  readonly metric: string;
  readonly subject: string;
  readonly value: string;
  readonly unit: string;
}

/** PRF-2: A measurement is in the unit of its baseline. */
export function isComparable(
  { unit, metric, subject }: Figure,
  baseline: { readonly unit: string } | undefined,
): Answer {
  if (baseline === undefined || baseline.unit === unit) return undefined;
  const message = `The baseline of ${metric} of ${subject} is in ${baseline.unit}, not ${unit}; measure in ${baseline.unit}, or set a new baseline.`;
  return rejection('PRF-2', 'unit', message, 'INVALID_INPUT');
}

/** PRF-2: By which share of its baseline a measurement is worse, rounded to 6 places; negative when it is better. */
export function deviationRatio(value: string, baseline: string): string {
  const [measured, expected] = [unscaled(value), unscaled(baseline)];
  const millionths = roundedQuotient((measured - expected) * MILLION, expected);
  const digits = (millionths < 0n ? -millionths : millionths).toString().padStart(7, '0');
  const text = `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/\.?0+$/, '');
  return millionths < 0n ? `-${text}` : text;
}

const MILLION = 1_000_000n;

function roundedQuotient(dividend: bigint, divisor: bigint): bigint {
  const doubled = 2n * dividend;
  return (doubled < 0n ? doubled - divisor : doubled + divisor) / (2n * divisor);
}

/** PRF-2: Above this share an alert is HIGH. */
const HIGH_RATIO = '0.5';

/** PRF-2: The alert of a measurement that is worse than its baseline by more than the ratio; undefined for none. */
export function alertOfMeasurement(
  { metric, subject, value, unit }: Figure,
  baseline: string,
  ratio: string,
): AutomaticAlert | undefined {
  if (!isWorse(value, baseline, ratio)) return undefined;
  const severity: AlertSeverity = isWorse(value, baseline, HIGH_RATIO) ? 'HIGH' : 'MEDIUM';
  const message = `${value} ${unit}, ${percent(deviationRatio(value, baseline))} more than the baseline of ${withoutFinalZeros(baseline)} ${unit}.`;
  return systemAlert({
    severity,
    title: `The ${metric} of ${subject} is worse than its baseline`,
    message,
    about: 'performance',
    id: `${metric}:${subject}`,
  });
}

/** Whether value / baseline − 1 is greater than the ratio: exact, so the ratio itself is not. */
function isWorse(value: string, baseline: string, ratio: string): boolean {
  return (unscaled(value) - unscaled(baseline)) * DECIMAL_UNITS > unscaled(ratio) * unscaled(baseline);
}

function percent(share: string): string {
  return `${(100 * Number(share)).toFixed(1)} %`;
}
