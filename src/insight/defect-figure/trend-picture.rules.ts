/** A trend as a picture: how many executions ended in each interval, and which share of them failed (KPI-8). */
import { scaleBand, scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import {
  bar,
  emptyPicture,
  label,
  legend,
  percent,
  picture,
  type PictureFrame,
  type PictureLook,
  stroke,
  ticksOf,
  tidy,
  verticalAxis,
  verticalTitle,
  wholeTicks,
  widestOf,
} from '../picture/svg.rules.ts';
import { PAPER } from '../picture/theme.rules.ts';
import { named, quantity, type Spec, valuesOf, vegaLiteSpec } from '../picture/vega-lite.rules.ts';
import type { TrendPoint } from './trend.rules.ts';

/** The picture. An interval without executions has no share, so the line is interrupted there. */
export function trendPicture(points: readonly TrendPoint[], look: PictureLook): string {
  const frame = frameOf(points);
  const most = Math.max(0, ...points.map(({ executions }) => executions));
  if (most === 0) return emptyPicture(frame, look);
  const { width, height, theme } = look;
  const area = { left: 36 + widestOf([String(most)]), right: width - 62, top: 50, bottom: height - 44 };
  const x = scaleBand(
    points.map(({ start }) => start),
    [area.left, area.right],
  ).padding(0.2);
  const counts = scaleLinear([0, most], [area.bottom, area.top]).nice(ticksOf(area));
  const highest = Math.max(SMALLEST_SHARE, ...points.map(({ failRatio }) => Number(failRatio)));
  const shares = scaleLinear([0, highest], [area.bottom, area.top]).nice(ticksOf(area));
  const leftOf = ({ start }: TrendPoint): number => Number(x(start));
  const middle = (point: TrendPoint): number => tidy(leftOf(point) + x.bandwidth() / 2);
  const place = ({ failRatio }: TrendPoint): number => tidy(shares(Number(failRatio)));
  const path = line<TrendPoint>(middle, place).defined(({ failRatio }) => failRatio !== null)([...points]);
  const every = Math.ceil(points.length / Math.max(1, Math.floor((area.right - area.left) / 46)));
  return picture(frame, look, [
    ...verticalAxis(counts, wholeTicks(counts, ticksOf(area)), 'left', { area, theme, textOf: String }),
    ...verticalAxis(shares, shares.ticks(ticksOf(area)), 'right', { area, theme, textOf: percent }),
    verticalTitle('Executions', 14, area, theme),
    verticalTitle('Share of failures', width - 6, area, theme),
    ...points.map((point) => bar(leftOf(point), counts(point.executions), x.bandwidth(), { area, fill: theme.weak })),
    stroke(path, `stroke:${theme.accent};stroke-width:2`),
    ...points
      .filter(({ failRatio }) => failRatio !== null && points.length <= DOTS)
      .map((point) => `<circle cx="${middle(point)}" cy="${place(point)}" r="2.5" style="fill:${theme.accent}"/>`),
    ...points
      .filter((_point, index) => index % every === 0)
      .map((point) => label(point.start.slice(5), middle(point), area.bottom + 16, { fill: theme.ink })),
    ...legend(
      [
        [theme.weak, 'Executions'],
        [theme.accent, 'Share of failures'],
      ],
      { x: area.left, y: height - 8, right: width },
      theme,
    ),
  ]);
}

/** The axis of shares reaches at least so far. */
const SMALLEST_SHARE = 0.05;
/** More intervals than this are drawn as a line only. */
const DOTS = 62;

/** The specification. */
export function trendSpec(points: readonly TrendPoint[]): Spec {
  const x = named('start', 'From');
  return vegaLiteSpec(frameOf(points), {
    data: valuesOf(points.map((point) => ({ ...point }))),
    layer: [
      { mark: { type: 'bar', color: PAPER.weak }, encoding: { x, y: quantity('executions', 'Executions') } },
      {
        mark: { type: 'line', point: true, color: PAPER.accent },
        encoding: { x, y: quantity('failRatio', 'Share of failures', { axis: { format: '%' } }) },
      },
    ],
    resolve: { scale: { y: 'independent' } },
  });
}

function frameOf(points: readonly TrendPoint[]): PictureFrame {
  const title = 'Failures over time';
  const executed = points.filter(({ executions }) => executions > 0);
  if (executed.length === 0) return { title, description: 'No data: nothing was executed.' };
  const each = executed.map(({ start, executions, failCount }) => `${start}: ${failCount} of ${executions} failed`);
  return { title, description: each.join('; ') };
}
