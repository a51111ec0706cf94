/** A Pareto as a picture: how often each key was counted, and which share the most frequent ones have together (KPI-7). */
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
  shortened,
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
import type { Pareto, ParetoRow } from './pareto.rules.ts';

type Row = ParetoRow<string | null>;

/** The picture. */
export function paretoPicture(pareto: Pareto<string | null>, look: PictureLook): string {
  const frame = frameOf(pareto);
  const { rows } = pareto;
  const [first] = rows;
  if (first === undefined) return emptyPicture(frame, look);
  const { width, height, theme } = look;
  const [left, right] = [36 + widestOf([String(first.count)]), width - 62];
  const x = scaleBand(
    rows.map(({ key }) => nameOf(key)),
    [left, right],
  ).padding(0.25);
  const isTurned = rows.length > UPRIGHT_LABELS || x.step() < 40;
  const area = { left, right, top: 50, bottom: height - (isTurned && height >= TALL ? 84 : 46) };
  const counts = scaleLinear([0, first.count], [area.bottom, area.top]).nice(ticksOf(area));
  const shares = scaleLinear([0, 1], [area.bottom, area.top]);
  const leftOf = (key: string | null): number => Number(x(nameOf(key)));
  const middle = (key: string | null): number => leftOf(key) + x.bandwidth() / 2;
  const path = line<Row>(
    ({ key }) => tidy(middle(key)),
    ({ cumulativeRatio }) => tidy(shares(cumulativeRatio)),
  )([...rows]);
  const every = Math.ceil(12 / x.step());
  const labelled = rows.filter((_row, at) => at % every === 0);
  return picture(frame, look, [
    ...verticalAxis(counts, wholeTicks(counts, ticksOf(area)), 'left', { area, theme, textOf: String }),
    ...verticalAxis(shares, ticksOf(area) < 5 ? [0, 0.5, 1] : [0, 0.2, 0.4, 0.6, 0.8, 1], 'right', {
      area,
      theme,
      textOf: percent,
    }),
    verticalTitle('Count', 14, area, theme),
    verticalTitle('Share, added up', width - 6, area, theme),
    ...rows.map(({ key, count, isVitalFew }) =>
      bar(leftOf(key), counts(count), x.bandwidth(), { area, fill: isVitalFew ? theme.strong : theme.weak }),
    ),
    stroke(path, `stroke:${theme.accent};stroke-width:2`),
    ...rows.map(
      ({ key, cumulativeRatio }) =>
        `<circle cx="${tidy(middle(key))}" cy="${tidy(shares(cumulativeRatio))}" r="3" style="fill:${theme.accent}"/>`,
    ),
    ...labelled.map(({ key }) =>
      isTurned
        ? label(shortened(nameOf(key), height < TALL ? 5 : 10), middle(key) + 4, area.bottom + 12, {
            fill: theme.ink,
            anchor: 'end',
            turn: -35,
          })
        : label(shortened(nameOf(key), Math.floor(x.step() / 6.5)), middle(key), area.bottom + 16, {
            fill: theme.ink,
          }),
    ),
    ...legend(
      width < WIDE
        ? []
        : [
            [theme.strong, 'The vital few'],
            [theme.weak, 'The others'],
            [theme.accent, 'Share of all, added up'],
          ],
      { x: area.left, y: height - 8 },
      theme,
    ),
  ]);
}

/** Up to so many labels stand upright. */
const UPRIGHT_LABELS = 8;
/** From this height on, there is room for long labels. */
const TALL = 240;
/** From this width on, there is room for a legend. */
const WIDE = 420;

/** The specification. */
export function paretoSpec(pareto: Pareto<string | null>): Spec {
  const x = named('key', 'Key');
  return vegaLiteSpec(frameOf(pareto), {
    data: valuesOf(pareto.rows.map((row) => ({ ...row, key: nameOf(row.key) }))),
    layer: [
      {
        mark: { type: 'bar' },
        encoding: {
          x,
          y: quantity('count', 'Count'),
          color: { condition: { test: 'datum.isVitalFew', value: PAPER.strong }, value: PAPER.weak },
        },
      },
      {
        mark: { type: 'line', point: true, color: PAPER.accent },
        encoding: {
          x,
          y: quantity('cumulativeRatio', 'Share, added up', { axis: { format: '%' }, scale: { domain: [0, 1] } }),
        },
      },
    ],
    resolve: { scale: { y: 'independent' } },
  });
}

function frameOf({ rows, totalCount, otherCount }: Pareto<string | null>): PictureFrame {
  const title = 'Pareto of defects';
  if (rows.length === 0) return { title, description: 'No data: nothing was counted.' };
  const subtitle = `${totalCount} in all${otherCount === 0 ? '' : `, ${otherCount} of them beyond these rows`}`;
  const each = rows.map(
    ({ key, count, cumulativeRatio, isVitalFew }) =>
      `${nameOf(key)}: ${count}, together ${percent(cumulativeRatio)}${isVitalFew ? ', one of the vital few' : ''}`,
  );
  return { title, subtitle, description: `${subtitle}. ${each.join('; ')}.` };
}

/** The key; of executions without equipment, what it is that they have not. */
function nameOf(key: string | null): string {
  return key ?? 'no equipment';
}
