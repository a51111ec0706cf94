/** Yields as a picture: those of each step, or the rolled throughput yield of each key (KPI-2, KPI-3). */
import { scaleLinear, type ScaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { TIME_DIMENSIONS } from '../period/bucket.rules.ts';
import { type NameAxis, nameAxis } from '../picture/name-axis.rules.ts';
import {
  emptyPicture,
  label,
  legend,
  percent,
  picture,
  type PictureFrame,
  type PictureLook,
  type PlotArea,
  stroke,
  ticksOf,
  tidy,
  verticalAxis,
  verticalTitle,
} from '../picture/svg.rules.ts';
import { PAPER, type PictureTheme } from '../picture/theme.rules.ts';
import { named, quantity, type Spec, valuesOf, vegaLiteSpec } from '../picture/vega-lite.rules.ts';
import type { YieldDimension, YieldReport } from './yield.rules.ts';

/** What is drawn above one name. */
interface Place {
  readonly name: string;
  /** First pass yield, or rolled throughput yield of a key; null is not drawn. */
  readonly first: number | null;
  /** Final yield; null is not drawn. */
  readonly final: number | null;
}

/** The picture. */
export function yieldPicture(report: YieldReport, look: PictureLook): string {
  const frame = frameOf(report);
  const places = placesOf(report);
  const known = places.flatMap(({ first, final }) => [first, final].filter((value) => value !== null));
  if (known.length === 0) return emptyPicture(frame, look);
  const { width, height, theme } = look;
  const whole = report.by === null ? null : report.rolledThroughputYield;
  const [left, right] = [62, width - (whole === null ? 16 : 62)];
  const x = nameAxis(
    places.map(({ name }) => (isTime(report.by) ? name.replace(/^\d{4}-(?=\d\d-)/, '') : name)),
    { left, right, height },
  );
  const area = { left, right, top: 56, bottom: height - x.room };
  const y = yieldScale([...known, ...(whole === null ? [] : [whole])], area);
  return picture(frame, look, [
    ...verticalAxis(y, y.ticks(ticksOf(area)), 'left', { area, theme, textOf: percent }),
    verticalTitle(AXIS, 14, area, theme),
    ...(whole === null ? [] : wholeLine(whole, y, area, theme)),
    ...joins(report, places, { x, y, theme }),
    ...places.flatMap(({ first, final }, at) => [
      ...diamond(final, x.middleOf(at), y, theme),
      ...(places.length > MOST_KEYS
        ? []
        : dot(first, { left: x.middleOf(at), radius: places.length > MANY ? 2 : 4.5 }, y, theme)),
      ...valueLabels(first, final, { at, x, y, theme }),
    ]),
    ...x.labels(area.bottom, theme),
    ...legend(
      report.by === null
        ? [
            [theme.strong, FIRST],
            [theme.accent, FINAL],
          ]
        : [[theme.strong, ROLLED]],
      { x: area.left, y: height - 8, right: width },
      theme,
    ),
  ]);
}

const AXIS = 'Yield';
const FIRST = 'First pass yield';
const FINAL = 'Final yield';
const ROLLED = 'Rolled throughput yield';
/** From so many names on, their points are smaller. */
const MANY = 62;
/** Values are written where a name has so much room. */
const LABELLED = 84;

/** From a little below the least yield to 100 percent: points need no zero. */
function yieldScale(values: readonly number[], area: PlotArea): ScaleLinear<number, number> {
  const least = Math.min(0.98, ...values);
  const scale = scaleLinear([Math.max(0, least - (1 - least) * 0.15), 1], [area.bottom, area.top]);
  return scale.nice(ticksOf(area));
}

/** The yield of all keys together, across the area. */
function wholeLine(
  whole: number,
  y: ScaleLinear<number, number>,
  area: PlotArea,
  theme: PictureTheme,
): readonly string[] {
  const top = tidy(y(whole));
  return [
    stroke(`M${area.left},${top}H${area.right}`, `stroke:${theme.muted};stroke-width:1.5;stroke-dasharray:5 4`),
    label('All', area.right + 4, top - 3, { fill: theme.muted, anchor: 'start' }),
    label(percent(whole), area.right + 4, top + 9, { fill: theme.muted, anchor: 'start' }),
  ];
}

interface Drawing {
  readonly x: NameAxis;
  readonly y: ScaleLinear<number, number>;
  readonly theme: PictureTheme;
}

/** From the first to the final yield of each step; along the keys where they are times. */
function joins(report: YieldReport, places: readonly Place[], { x, y, theme }: Drawing): readonly string[] {
  if (isTime(report.by)) {
    const path = line<Place>(
      (_place, at) => x.middleOf(at),
      ({ first }) => tidy(y(Number(first))),
    ).defined(({ first }) => first !== null);
    return [stroke(path([...places]), `stroke:${theme.weak};stroke-width:2`)];
  }
  return places.map(({ first, final }, at) =>
    first === null || final === null
      ? ''
      : stroke(`M${x.middleOf(at)},${tidy(y(first))}V${tidy(y(final))}`, `stroke:${theme.weak};stroke-width:3`),
  );
}

function isTime(by: YieldDimension | null): boolean {
  return TIME_DIMENSIONS.some((dimension) => dimension === by);
}

function dot(
  value: number | null,
  { left, radius }: { readonly left: number; readonly radius: number },
  y: ScaleLinear<number, number>,
  theme: PictureTheme,
): readonly string[] {
  if (value === null) return [];
  return [`<circle cx="${left}" cy="${tidy(y(value))}" r="${radius}" style="fill:${theme.strong}"/>`];
}

function diamond(
  value: number | null,
  left: number,
  y: ScaleLinear<number, number>,
  theme: PictureTheme,
): readonly string[] {
  if (value === null) return [];
  return [`<path d="M${left} ${tidy(y(value) - 7)}l7 7l-7 7l-7 -7Z" style="fill:${theme.accent}"/>`];
}

/** The value of a key above its point; both values of a step next to their points, so that they do not meet. */
function valueLabels(
  first: number | null,
  final: number | null,
  { at, x, y, theme }: Drawing & { readonly at: number },
): readonly string[] {
  if (x.bandwidth / 0.75 < LABELLED) return [];
  const middle = x.middleOf(at);
  if (final === null && first !== null) return [label(percent(first), middle, y(first) - 9, { fill: theme.strong })];
  return [
    ...(first === null
      ? []
      : [label(percent(first), middle + 9, y(first) + 4, { fill: theme.strong, anchor: 'start' })]),
    ...(final === null ? [] : [label(percent(final), middle - 9, y(final) + 4, { fill: theme.ink, anchor: 'end' })]),
  ];
}

/** The specification. */
export function yieldSpec(report: YieldReport): Spec {
  const isDivided = report.by !== null;
  const x = named('name', nameOfDimension(report.by));
  const values = placesOf(report).flatMap(({ name, first, final }) =>
    isDivided
      ? [{ name, measure: ROLLED, value: first }]
      : [
          { name, measure: FIRST, value: first },
          { name, measure: FINAL, value: final },
        ],
  );
  const y = quantity('value', AXIS, { axis: { format: '%' }, scale: { zero: false } });
  const measure = {
    field: 'measure',
    type: 'nominal',
    title: null,
    scale: { domain: [FIRST, FINAL, ROLLED], range: [PAPER.strong, PAPER.accent, PAPER.strong] },
  };
  const lines = {
    mark: { type: 'line', color: PAPER.weak },
    encoding: isDivided ? { x, y } : { x, y, detail: { field: 'name', type: 'nominal' } },
  };
  return vegaLiteSpec(frameOf(report), {
    data: valuesOf(values),
    layer: [
      ...(isDivided && !isTime(report.by) ? [] : [lines]),
      { mark: { type: 'point', filled: true, size: 80 }, encoding: { x, y, color: measure } },
      ...(isDivided
        ? [
            {
              data: valuesOf([{ whole: report.rolledThroughputYield }]),
              mark: { type: 'rule', strokeDash: [5, 4], color: PAPER.muted },
              encoding: { y: quantity('whole', AXIS) },
            },
          ]
        : []),
    ],
  });
}

function placesOf({ by, rows, rolledThroughputYields }: YieldReport): readonly Place[] {
  if (by === null)
    return rows.map(({ step, firstPassYield, finalYield }) => ({
      name: step,
      first: firstPassYield,
      final: finalYield,
    }));
  const keys = rolledThroughputYields.map(({ key, value }) => ({ name: nameOfKey(key), first: value, final: null }));
  if (isTime(by) || keys.length <= MOST_KEYS) return keys;
  const valueOf = ({ first }: Place): number => first ?? 1;
  const lowest = new Set<Place>(keys.toSorted((a, b) => valueOf(a) - valueOf(b)).slice(0, MOST_KEYS));
  return keys.filter((place) => lowest.has(place));
}

/** Of more keys than this, those with the lowest yield are drawn; more times than this are drawn as a line only. */
const MOST_KEYS = 400;
/** How many places the description names. */
const MOST_NAMED = 50;

/** The key; of executions without equipment, what it is that they have not. */
function nameOfKey(key: string | null): string {
  return key ?? 'no equipment';
}

function nameOfDimension(by: YieldDimension | null): string {
  return by === null ? 'Step' : by.toLowerCase().replaceAll('_', ' ');
}

function frameOf(report: YieldReport): PictureFrame {
  const { by, rolledThroughputYield } = report;
  const keyCount = report.rolledThroughputYields.length;
  const title = by === null ? 'Yield of steps' : `${ROLLED} by ${nameOfDimension(by)}`;
  const places = placesOf(report);
  if (places.length === 0) return { title, description: 'No data: nothing was executed.' };
  const known = places.filter(({ first }) => first !== null);
  if (by !== null && known.length === 0)
    return { title, description: 'No figures: no first attempts at manufacturing steps of items and serials.' };
  const [least] = known.toSorted((a, b) => Number(a.first) - Number(b.first));
  const subtitle = [
    ...(by === null ? [`${places.length} steps`] : []),
    ...(by !== null && places.length < keyCount ? [`the ${places.length} lowest of ${keyCount} keys`] : []),
    ...(rolledThroughputYield === null ? [] : [`${ROLLED.toLowerCase()} ${percent(rolledThroughputYield)}`]),
    ...(least === undefined ? [] : [`lowest ${percent(Number(least.first))} at ${least.name}`]),
  ].join(', ');
  const named = places.slice(0, MOST_NAMED).map((place) => placeText(place, by));
  const more = places.length > MOST_NAMED ? ['and more'] : [];
  return { title, subtitle, description: `${subtitle}. ${[...named, ...more].join('; ')}.` };
}

function placeText({ name, first, final }: Place, by: YieldDimension | null): string {
  const [firstText, finalText] = [first, final].map((value) => (value === null ? 'none' : percent(value)));
  return by === null ? `${name}: first pass ${firstText}, final ${finalText}` : `${name}: ${firstText}`;
}
