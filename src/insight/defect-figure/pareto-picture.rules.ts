/** A Pareto as a picture: how often each key was counted, and which share the most frequent ones have together (KPI-7). */
import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { nameAxis } from '../picture/name-axis.rules.ts';
import {
  bar,
  emptyPicture,
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
  const x = nameAxis(
    rows.map(({ key }) => nameOf(key)),
    { left, right, height },
  );
  const area = { left, right, top: 50, bottom: height - x.room };
  const counts = scaleLinear([0, first.count], [area.bottom, area.top]).nice(ticksOf(area));
  const shares = scaleLinear([0, 1], [area.bottom, area.top]);
  const path = line<Row>(
    (_row, at) => x.middleOf(at),
    ({ cumulativeRatio }) => tidy(shares(cumulativeRatio)),
  )([...rows]);
  return picture(frame, look, [
    ...verticalAxis(counts, wholeTicks(counts, ticksOf(area)), 'left', { area, theme, textOf: String }),
    ...verticalAxis(shares, ticksOf(area) < 5 ? [0, 0.5, 1] : [0, 0.2, 0.4, 0.6, 0.8, 1], 'right', {
      area,
      theme,
      textOf: percent,
    }),
    verticalTitle('Count', 14, area, theme),
    verticalTitle('Share, added up', width - 6, area, theme),
    ...rows.map(({ count, isVitalFew }, at) =>
      bar(x.leftOf(at), counts(count), x.bandwidth, { area, fill: isVitalFew ? theme.strong : theme.weak }),
    ),
    stroke(path, `stroke:${theme.accent};stroke-width:2`),
    ...rows.map(
      ({ cumulativeRatio }, at) =>
        `<circle cx="${x.middleOf(at)}" cy="${tidy(shares(cumulativeRatio))}" r="3" style="fill:${theme.accent}"/>`,
    ),
    ...x.labels(area.bottom, theme),
    ...legend(
      [
        [theme.strong, 'The vital few'],
        [theme.weak, 'The others'],
        [theme.accent, 'Share of all, added up'],
      ],
      { x: area.left, y: height - 8, right: width },
      theme,
    ),
  ]);
}

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
