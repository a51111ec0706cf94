/** The trend chart: how many executions ended each day, and which share of them failed (KPI-8). */
import { scaleBand, scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import type { TrendPoint } from '../../../insight/defect-figure/trend.rules.ts';
import { bar, CHART, chart, EDGE, label, legend, percent, tidy, verticalAxis, wholeTicks } from './svg.ts';
import type { ChartTheme } from './theme.ts';

/** The chart; undefined when nothing was executed. A day without executions has no share, so the line is interrupted. */
export function trendChart(points: readonly TrendPoint[], theme: ChartTheme): string | undefined {
  const most = Math.max(0, ...points.map(({ executions }) => executions));
  if (most === 0) return undefined;
  const x = scaleBand(
    points.map(({ start }) => start),
    [CHART.left, EDGE.right],
  ).padding(0.2);
  const counts = scaleLinear([0, most], [EDGE.bottom, CHART.top]).nice(5);
  const highest = Math.max(SMALLEST_SHARE, ...points.map(({ failRatio }) => failRatio ?? 0));
  const shares = scaleLinear([0, highest], [EDGE.bottom, CHART.top]).nice(5);
  const middle = ({ start }: TrendPoint): number => (x(start) ?? 0) + x.bandwidth() / 2;
  const height = ({ failRatio }: TrendPoint): number => shares(failRatio ?? 0);
  const path = line<TrendPoint>(
    (point) => tidy(middle(point)),
    (point) => tidy(height(point)),
  ).defined(({ failRatio }) => failRatio !== null)([...points]);
  const every = Math.ceil(points.length / DAY_LABELS);
  return chart(
    'Failures per day',
    points
      .filter(({ executions }) => executions > 0)
      .map(({ start, executions, failCount }) => `${start}: ${failCount} of ${executions} failed`)
      .join('; '),
    [
      ...verticalAxis(counts, wholeTicks(counts), 'left', { theme, textOf: String }),
      ...verticalAxis(shares, shares.ticks(5), 'right', { theme, textOf: percent }),
      ...points.map((point) => bar(x(point.start) ?? 0, counts(point.executions), x.bandwidth(), theme.weak)),
      `<path d="${path ?? ''}" style="fill:none;stroke:${theme.accent};stroke-width:2"/>`,
      ...points
        .filter(({ failRatio }) => failRatio !== null && points.length <= DOTS)
        .map(
          (point) =>
            `<circle cx="${tidy(middle(point))}" cy="${tidy(height(point))}" r="2.5" style="fill:${theme.accent}"/>`,
        ),
      ...points
        .filter((_point, index) => index % every === 0)
        .map((point) => label(point.start.slice(5), middle(point), EDGE.bottom + 16, { fill: theme.ink })),
      ...legend(
        [
          [theme.weak, 'Executions'],
          [theme.accent, 'Share of failures'],
        ],
        theme,
      ),
    ],
  );
}

const SMALLEST_SHARE = 0.05;
const DAY_LABELS = 12;
const DOTS = 62;
