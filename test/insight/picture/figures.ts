/** Figures to draw, made by the rules of the figures. */
import type { PictureLook } from '../../../src/insight/picture/svg.rules.ts';
import { THEME_COLOURS } from '../../../src/insight/picture/theme.rules.ts';
import { capabilityOf } from '../../../src/insight/spc/capability.rules.ts';
import { attributeChart, type SpcChartKind, variableChart } from '../../../src/insight/spc/chart.rules.ts';
import type { DrawnChart } from '../../../src/insight/spc/chart-picture.rules.ts';
import { histogramOf } from '../../../src/insight/spc/histogram.rules.ts';
import type { DrawnCapability } from '../../../src/insight/spc/histogram-picture.rules.ts';
import type { Measured } from '../../../src/insight/spc/spc.rules.ts';
import type { Subgroup } from '../../../src/insight/spc/subgroup.rules.ts';

/** A text that would end an element, an attribute and a document. */
export const HOSTILE = `]]></desc><script>"'&\u0001\ud800`;

/** What it looks like after escaping: characters that XML does not allow are replaced. */
export const HARMLESS = `]]></desc><script>"'&\ufffd\ufffd`;

/** A look by its size. */
export function lookOf(width = 720, height = 360, theme: keyof typeof THEME_COLOURS = 'LIGHT'): PictureLook {
  return { width, height, theme: THEME_COLOURS[theme] };
}

/** The sizes at the edges of what is allowed, and a usual one. */
export const SIZES = [
  [200, 150],
  [2_000, 1_500],
  [200, 1_500],
  [2_000, 150],
  [720, 360],
] as const;

/** A subgroup of readings, which are given in hundredths. */
export function groupOf(hundredths: readonly number[], label: string): Subgroup {
  const units = hundredths.map((each) => BigInt(each) * 100_000_000n);
  return {
    label,
    count: units.length,
    sum: units.reduce((sum, each) => sum + each, 0n),
    squares: units.reduce((sum, each) => sum + each * each, 0n),
    smallest: units.reduce((least, each) => (each < least ? each : least), units[0] ?? 0n),
    largest: units.reduce((most, each) => (each > most ? each : most), units[0] ?? 0n),
  };
}

const MEASURED: Measured & { readonly code: string } = { step: 'MOUNT', code: 'TORQUE', unit: 'Nm' };

/** A chart of readings whose last subgroup is far beyond the limit, and whose fourth one spreads widely. */
export function readingsChart(
  chart: 'XBAR_R' | 'XBAR_S' | 'I_MR',
  { label = 'L', count = 8, ...more }: Partial<Measured & { label: string; count: number }> = {},
): DrawnChart {
  const groups = Array.from({ length: count }, (_each, at) => {
    const middle = 100 + ((at * 7) % 5) + (at === count - 1 ? 30 : 0);
    const wide = at === 3 ? 24 : 2;
    return groupOf(chart === 'I_MR' ? [middle] : [middle - wide, middle, middle + wide], `${label}${at + 1}`);
  });
  const options = { rules: ['WE1', 'WE2', 'N1'] as const, baseline: null, constants: 'EXACT' as const };
  const estimator = chart === 'I_MR' ? ('MRBAR_D2' as const) : ('RBAR_D2' as const);
  return { chart, measured: { ...MEASURED, ...more }, ...variableChart(chart, groups, { ...options, estimator }) };
}

/** A chart of failures or defects with days as labels. */
export function countsChart(chart: 'P' | 'NP' | 'C' | 'U', sizes = [100, 120, 90, 110, 100, 105, 95, 80]): DrawnChart {
  const counts = [3, 5, 2, 6, 4, 22, 3, 5];
  const groups = sizes.map((size, at) => ({ label: `2026-11-0${at + 1}`, size, count: counts[at] ?? 0 }));
  const measured = { step: 'LOOK', code: null, unit: null };
  return { chart, measured, ...attributeChart(chart, groups, { rules: ['WE1'], baseline: null }) };
}

/** A chart without figures. */
export function chartWithout(chart: SpcChartKind, reason: NonNullable<DrawnChart['reason']>): DrawnChart {
  const nothing = { points: [], dispersionPoints: [], violations: [], centre: null, sigma: null, isStable: null };
  return { chart, measured: MEASURED, reason, ...nothing };
}

/** The capability of readings in five columns from 0.7 to 1.2, with these limits in hundredths. */
export function capability(
  limits: { readonly lower?: number; readonly upper?: number; readonly target?: number } = {},
  counts: readonly number[] = [2, 9, 20, 8, 1],
): DrawnCapability {
  const readings = groupOf(
    counts.flatMap((count, at) => Array.from({ length: count }, () => 75 + at * 10)),
    '',
  );
  const isEmpty = readings.count === 0;
  const unitsOf = (value: number | undefined) => (value === undefined ? null : BigInt(value) * 100_000_000n);
  const numberOf = (value: number | undefined) => (value === undefined ? null : value / 100);
  return {
    ...capabilityOf({
      readings,
      sigmaWithin: isEmpty ? null : 0.08,
      sigmaOverall: isEmpty ? null : 0.09,
      lowerLimit: unitsOf(limits.lower),
      upperLimit: unitsOf(limits.upper),
      target: unitsOf(limits.target),
      confidence: 0.95,
    }),
    measured: MEASURED,
    readingCount: readings.count,
    mean: isEmpty ? null : Number(readings.sum) / readings.count / 1e10,
    lowerLimit: numberOf(limits.lower),
    upperLimit: numberOf(limits.upper),
    target: numberOf(limits.target),
    histogram: histogramOf({
      min: isEmpty ? null : '0.7',
      max: isEmpty ? null : '1.2',
      binCount: counts.length,
      bins: counts.map((count, at) => ({ bin: at + 1, count })),
    }),
  };
}
