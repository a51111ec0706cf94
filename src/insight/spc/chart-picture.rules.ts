/** A control chart as a picture: the level above, the spread below, with limits and what breaks a rule (SPC-1, SPC-4). */
import { scaleLinear, type ScaleLinear } from 'd3-scale';
import { curveStep, line } from 'd3-shape';
import {
  apart,
  cutInside,
  type PlotArea,
  emptyPicture,
  escaped,
  horizontalTitle,
  label,
  numbersOfSpan,
  picture,
  type PictureFrame,
  type PictureLook,
  stroke,
  ticksOf,
  tidy,
  verticalAxis,
  verticalTitle,
  widestOf,
} from '../picture/svg.rules.ts';
import { PAPER, type PictureTheme } from '../picture/theme.rules.ts';
import { quantity, type Spec, valuesOf, vegaLiteSpec } from '../picture/vega-lite.rules.ts';
import type { ChartFigures, ChartPoint, ChartReason, SpcChartKind } from './chart.rules.ts';
import type { Measured } from './spc.rules.ts';

/** What a chart shows, of which readings. */
export interface DrawnChart extends ChartFigures {
  readonly chart: SpcChartKind;
  readonly measured: Measured;
}

interface Names {
  readonly chart: string;
  readonly main: string;
  readonly spread: string;
}

const NAMES: Readonly<Record<SpcChartKind, Names>> = {
  XBAR_R: { chart: 'X̄ and R chart', main: 'Mean', spread: 'Range' },
  XBAR_S: { chart: 'X̄ and s chart', main: 'Mean', spread: 'Std. deviation' },
  I_MR: { chart: 'I and MR chart', main: 'Reading', spread: 'Moving range' },
  P: { chart: 'p chart', main: 'Share that failed', spread: '' },
  NP: { chart: 'np chart', main: 'Executions that failed', spread: '' },
  C: { chart: 'c chart', main: 'Defects', spread: '' },
  U: { chart: 'u chart', main: 'Defects per execution', spread: '' },
};

const REASONS: Readonly<Record<ChartReason, string>> = {
  NO_DATA: 'No data: there are no subgroups.',
  TOO_FEW_SUBGROUPS: 'No figures: there are less than two subgroups.',
  UNEQUAL_SUBGROUPS: 'No figures: the subgroups differ in size.',
  ZERO_VARIATION: 'No figures: the readings do not vary.',
};

/** A part of the chart: its points, the title of its axis, and how its numbers are written. */
interface Panel {
  readonly title: string;
  readonly points: readonly ChartPoint[];
  readonly textOf: (value: number) => string;
}

/** The picture. */
export function chartPicture(drawn: DrawnChart, look: PictureLook): string {
  const frame = frameOf(drawn);
  if (drawn.reason !== null) return emptyPicture(frame, look);
  const { width, height, theme } = look;
  const [main, spread] = panelsOf(drawn);
  const panels = spread.points.length === 0 || height < TWO_PANELS ? [main] : [main, spread];
  const widest = widestOf(
    panels.flatMap(({ points, textOf }) =>
      points.slice(-1).flatMap(({ lower, centre, upper }) => [textOf(lower), textOf(centre), textOf(upper)]),
    ),
  );
  const area = { left: 32 + widest, right: width - 40 - widest, top: 60, bottom: height - 38 };
  const middle = panels.length === 1 ? area.bottom : Math.round(area.top + (area.bottom - area.top) * 0.62);
  const x = scaleLinear([0.5, drawn.points.length + 0.5], [area.left, area.right]);
  return picture(frame, look, [
    ...panelParts(main, { ...area, bottom: middle }, x, theme),
    ...(panels.length === 1 ? [] : panelParts(spread, { ...area, top: middle + 24 }, x, theme)),
    ...placeLabels(drawn.points, x, area, theme),
    horizontalTitle('Subgroups', height - 6, area, theme),
  ]);
}

/** Below this height, the level is drawn alone. */
const TWO_PANELS = 260;

/** The specification. */
export function chartSpec(drawn: DrawnChart): Spec {
  const views = panelsOf(drawn)
    .filter(({ points }, at) => at === 0 || points.length > 0)
    .map(({ title, points }): Spec => {
      const x = quantity('index', 'Subgroup');
      const rule = (field: string, dash: readonly number[]): Spec => ({
        mark: { type: 'line', interpolate: 'step', strokeDash: dash, color: PAPER.muted },
        encoding: { x, y: quantity(field, title) },
      });
      return {
        data: valuesOf(
          points.map(({ index, label: name, value, size, centre, lower, upper, zone, rules }) => ({
            index,
            label: name,
            value,
            size,
            centre,
            lower,
            upper,
            zone,
            rules: rules.join(', '),
          })),
        ),
        layer: [
          rule('centre', [1, 0]),
          rule('lower', DASHES),
          rule('upper', DASHES),
          {
            mark: { type: 'line', point: true, color: PAPER.strong },
            encoding: { x, y: quantity('value', title, { scale: { zero: false } }) },
          },
          {
            transform: [{ filter: "datum.rules !== ''" }],
            mark: { type: 'point', shape: 'diamond', filled: true, size: 90, color: PAPER.alarm },
            encoding: {
              x,
              y: quantity('value', title),
              tooltip: [{ field: 'label' }, { field: 'value' }, { field: 'rules' }],
            },
          },
        ],
      };
    });
  return vegaLiteSpec(frameOf(drawn), { vconcat: views });
}

const DASHES = [5, 4];

function frameOf(drawn: DrawnChart): PictureFrame {
  const { chart, measured, reason, points, violations } = drawn;
  const { step, code } = measured;
  const title = `${NAMES[chart].chart} of ${code === null ? '' : `${code} at `}${step}`;
  if (reason !== null) return { title, description: REASONS[reason] };
  const panels = panelsOf(drawn);
  const broken = panels.flatMap(({ title: name, points: placed, textOf }) =>
    placed
      .filter(({ rules }) => rules.length > 0)
      .map(
        ({ index, label: at, value, rules }) => `${rules.join(' and ')} at ${index} (${at}), ${name} ${textOf(value)}`,
      ),
  );
  const count = violations.length;
  const subtitle = `${points.length} subgroups, ${count === 0 ? 'no rule is broken' : `rules broken: ${count}`}`;
  const named = broken.slice(0, MOST_NAMED).join('; ');
  return {
    title,
    subtitle,
    description: [
      `${subtitle}.`,
      ...panels.flatMap(limitsText),
      ...(count === 0 ? [] : [`Broken: ${named}${broken.length > MOST_NAMED ? '; and more' : ''}.`]),
    ].join(' '),
  };
}

/** How many points with broken rules the description names; the picture marks all. */
const MOST_NAMED = 50;

/** The limits of the last point, which are those of all points where subgroups have one size. */
function limitsText({ title, points, textOf }: Panel): readonly string[] {
  return points
    .slice(-1)
    .map(
      ({ centre, lower, upper }) => `${title}: centre ${textOf(centre)}, limits ${textOf(lower)} to ${textOf(upper)}.`,
    );
}

function panelsOf({ chart, measured, points, dispersionPoints }: DrawnChart): readonly [Panel, Panel] {
  const { main, spread } = NAMES[chart];
  const unit = measured.unit === null ? '' : ` (${measured.unit})`;
  return [panelOf(`${main}${unit}`, points), panelOf(`${spread}${unit}`, dispersionPoints)];
}

function panelOf(title: string, points: readonly ChartPoint[]): Panel {
  const [low, high] = reachOf(points);
  return { title, points, textOf: numbersOfSpan(high - low) };
}

function reachOf(points: readonly ChartPoint[]): readonly [number, number] {
  return [
    Math.min(...points.flatMap(({ value, lower }) => [value, lower])),
    Math.max(...points.flatMap(({ value, upper }) => [value, upper])),
  ];
}

type Limits = Pick<ChartPoint, 'lower' | 'centre' | 'upper'>;

/** What stands before the first and after the last point: it equals nothing. */
const OUTSIDE: Limits = { lower: Number.NaN, centre: Number.NaN, upper: Number.NaN };

function panelParts(
  { title, points, textOf }: Panel,
  area: PlotArea,
  x: ScaleLinear<number, number>,
  theme: PictureTheme,
): readonly string[] {
  const [low, high] = reachOf(points);
  const margin = (high - low) * 0.08;
  const y = scaleLinear([low - margin, high + margin], [area.bottom, area.top]);
  const at = (point: ChartPoint): number => tidy(x(point.index));
  const path = (valueOf: (point: ChartPoint) => number) => line<ChartPoint>(at, (point) => tidy(y(valueOf(point))));
  const limit = (valueOf: (point: Limits) => number, dashes: string): string => {
    const steps = points.filter(
      (point, place) =>
        valueOf(point) !== valueOf(points[place - 1] ?? OUTSIDE) ||
        valueOf(point) !== valueOf(points[place + 1] ?? OUTSIDE),
    );
    return stroke(path(valueOf).curve(curveStep)(steps), `stroke:${theme.muted};stroke-width:1${dashes}`);
  };
  return [
    ...verticalAxis(y, y.ticks(ticksOf(area)), 'left', { area, theme, textOf }),
    verticalTitle(title, 14, area, theme),
    limit(({ centre }) => centre, ''),
    limit(({ lower }) => lower, ';stroke-dasharray:5 4'),
    limit(({ upper }) => upper, ';stroke-dasharray:5 4'),
    ...limitLabels(points, y, { area, theme, textOf }),
    stroke(path(({ value }) => value)([...points]), `stroke:${theme.strong};stroke-width:1.5`),
    ...marks(points, { x, y, theme, textOf }),
  ];
}

/** The names and values of the limits of the last point, at its right. */
function limitLabels(
  points: readonly ChartPoint[],
  y: ScaleLinear<number, number>,
  { area, theme, textOf }: { readonly area: PlotArea; readonly theme: PictureTheme; readonly textOf: Panel['textOf'] },
): readonly string[] {
  return points.slice(-1).flatMap(({ lower, centre, upper }) => {
    const limits = [`UCL ${textOf(upper)}`, `CL ${textOf(centre)}`, `LCL ${textOf(lower)}`];
    const places = apart([y(upper), y(centre), y(lower)], 11);
    return limits.map((text, at) =>
      label(text, area.right + 6, Number(places[at]) + 4, { fill: theme.muted, anchor: 'start' }),
    );
  });
}

/** A dot for each point while they are few; a diamond with its rules for each point that completes one. */
function marks(
  points: readonly ChartPoint[],
  {
    x,
    y,
    theme,
    textOf,
  }: {
    readonly x: ScaleLinear<number, number>;
    readonly y: ScaleLinear<number, number>;
    readonly theme: PictureTheme;
    readonly textOf: Panel['textOf'];
  },
): readonly string[] {
  let nameEndsAt = -Infinity;
  return points.flatMap(({ index, label: name, value, rules }) => {
    const [left, top] = [tidy(x(index)), tidy(y(value))];
    if (rules.length === 0)
      return points.length > DOTS ? [] : [`<circle cx="${left}" cy="${top}" r="2.5" style="fill:${theme.strong}"/>`];
    const text = rules.join(', ');
    const isFree = left - widestOf([text]) / 2 > nameEndsAt;
    if (isFree) nameEndsAt = left + widestOf([text]) / 2;
    return [
      `<path d="M${left} ${tidy(top - 5)}l5 5l-5 5l-5 -5Z" style="fill:${theme.alarm}"><title>${escaped(`${index} (${name}): ${textOf(value)}, ${text}`)}</title></path>`,
      ...(isFree ? [label(text, left, top - 9, { fill: theme.alarm })] : []),
    ];
  });
}

/** More points than this are drawn as a line only. */
const DOTS = 200;

/** The labels of some points, as many as fit. */
function placeLabels(
  points: readonly ChartPoint[],
  x: ScaleLinear<number, number>,
  area: PlotArea,
  theme: PictureTheme,
): readonly string[] {
  const every = Math.ceil(points.length / Math.max(1, Math.floor((area.right - area.left) / 84)));
  return points
    .filter((_point, at) => at % every === 0)
    .map(({ index, label: name }) => label(placeName(name), x(index), area.bottom + 16, { fill: theme.muted }));
}

/** A label on the axis: of an instant, month, day, hour and minute (UTC). */
function placeName(name: string): string {
  return INSTANT.test(name) ? `${name.slice(5, 10)} ${name.slice(11, 16)}` : cutInside(name, 12);
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:.*Z$/;
