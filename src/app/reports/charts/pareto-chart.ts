/** The Pareto chart: how often each defect was counted, and which share the most frequent ones have together (KPI-7). */
import { scaleBand, scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import type { ParetoRow } from '../../../insight/defect-figure/pareto.rules.ts';
import { bar, CHART, chart, EDGE, label, legend, percent, shortened, tidy, verticalAxis, wholeTicks } from './svg.ts';
import type { ChartTheme } from './theme.ts';

/** The chart; undefined when nothing was counted. */
export function paretoChart(rows: readonly ParetoRow[], theme: ChartTheme): string | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const x = scaleBand(
    rows.map(({ key }) => key),
    [CHART.left, EDGE.right],
  ).padding(0.25);
  const counts = scaleLinear([0, first.count], [EDGE.bottom, CHART.top]).nice(5);
  const shares = scaleLinear([0, 1], [EDGE.bottom, CHART.top]);
  const middle = (key: string): number => (x(key) ?? 0) + x.bandwidth() / 2;
  const path = line<ParetoRow>(
    ({ key }) => tidy(middle(key)),
    ({ cumulativeRatio }) => tidy(shares(cumulativeRatio)),
  )([...rows]);
  const isCrowded = rows.length > UPRIGHT_LABELS;
  return chart(
    'Pareto of defects',
    rows.map(({ key, count, cumulativeRatio }) => `${key}: ${count}, together ${percent(cumulativeRatio)}`).join('; '),
    [
      ...verticalAxis(counts, wholeTicks(counts), 'left', { theme, textOf: String }),
      ...verticalAxis(shares, [0, 0.2, 0.4, 0.6, 0.8, 1], 'right', { theme, textOf: percent }),
      ...rows.map(({ key, count, isVitalFew }) =>
        bar(x(key) ?? 0, counts(count), x.bandwidth(), isVitalFew ? theme.strong : theme.weak),
      ),
      `<path d="${path ?? ''}" style="fill:none;stroke:${theme.accent};stroke-width:2"/>`,
      ...rows.map(
        ({ key, cumulativeRatio }) =>
          `<circle cx="${tidy(middle(key))}" cy="${tidy(shares(cumulativeRatio))}" r="3" style="fill:${theme.accent}"/>`,
      ),
      ...rows.map(({ key }) =>
        isCrowded
          ? label(shortened(key, 10), middle(key) + 4, EDGE.bottom + 12, { fill: theme.ink, anchor: 'end', turn: -35 })
          : label(shortened(key, Math.max(6, Math.floor(x.step() / 6.5))), middle(key), EDGE.bottom + 16, {
              fill: theme.ink,
            }),
      ),
      ...legend(
        [
          [theme.strong, 'Defects (the vital few)'],
          [theme.weak, 'Defects (the others)'],
          [theme.accent, 'Share of all, added up'],
        ],
        theme,
      ),
    ],
  );
}

const UPRIGHT_LABELS = 8;
