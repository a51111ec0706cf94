/** The histogram of a capability as a picture: the readings, their limits, target and mean (SPC-5). */
import { scaleLinear } from 'd3-scale';
import {
  bar,
  emptyPicture,
  horizontalTitle,
  label,
  numbersOfSpan,
  picture,
  type PictureFrame,
  type PictureLook,
  type PlotArea,
  ticksOf,
  tidy,
  verticalAxis,
  verticalTitle,
  wholeTicks,
  widestOf,
} from '../picture/svg.rules.ts';
import { PAPER, type PictureTheme } from '../picture/theme.rules.ts';
import { quantity, type Spec, valuesOf, vegaLiteSpec } from '../picture/vega-lite.rules.ts';
import type { CapabilityFigures } from './capability.rules.ts';
import type { HistogramBin } from './histogram.rules.ts';
import type { Measured } from './spc.rules.ts';

/** What a histogram shows, of which readings. */
export interface DrawnCapability extends CapabilityFigures {
  readonly measured: Measured & { readonly code: string };
  readonly readingCount: number;
  readonly mean: number | null;
  readonly lowerLimit: number | null;
  readonly upperLimit: number | null;
  readonly target: number | null;
  readonly histogram: readonly HistogramBin[];
}

/** A value that is drawn across the readings. */
interface Mark {
  readonly name: string;
  readonly value: number;
}

/** The picture. */
export function histogramPicture(drawn: DrawnCapability, look: PictureLook): string {
  const frame = frameOf(drawn);
  const { histogram } = drawn;
  if (histogram.length === 0) return emptyPicture(frame, look);
  const { width, height, theme } = look;
  const marks = marksOf(drawn);
  const rows = marks.filter(({ name }) => isNamed(name, look)).length;
  const most = Math.max(...histogram.map(({ count }) => count));
  const area = {
    left: 36 + widestOf([String(most)]),
    right: width - 24,
    top: 56 + 13 * rows,
    bottom: height - 40,
  };
  const [low, high] = reachOf(drawn);
  const margin = high > low ? (high - low) * 0.04 : 1;
  const x = scaleLinear([low - margin, high + margin], [area.left, area.right]);
  const y = scaleLinear([0, most], [area.bottom, area.top]).nice(ticksOf(area));
  const textOf = numbersOfSpan(high - low);
  const ticks = x.ticks(Math.max(2, Math.floor((area.right - area.left) / 80)));
  return picture(frame, look, [
    ...verticalAxis(y, wholeTicks(y, ticksOf(area)), 'left', { area, theme, textOf: String }),
    verticalTitle('Readings', 14, area, theme),
    ...histogram.map((bin) =>
      bar(x(bin.from), y(bin.count), Math.max(1, x(bin.to) - x(bin.from) - 1), {
        area,
        fill: isBeyond(bin, drawn) ? theme.alarm : theme.weak,
      }),
    ),
    ...ticks.map((tick) => label(textOf(tick), x(tick), area.bottom + 14, { fill: theme.muted })),
    horizontalTitle(axisTitle(drawn), height - 8, area, theme),
    ...marks.flatMap(({ name, value }, at) => {
      const [left, row] = [tidy(x(value)), 56 + 13 * Math.min(at, rows)];
      const isLeft = isLabelledLeft(name, left, { area, drawn, x });
      return [
        `<line x1="${left}" x2="${left}" y1="${row - 8}" y2="${area.bottom}" style="stroke:${colourOf(name, theme)};stroke-width:1.5${name === 'Mean' ? '' : ';stroke-dasharray:5 4'}"/>`,
        ...(isNamed(name, look)
          ? [
              label(`${name} ${textOf(value)}`, left + (isLeft ? -4 : 4), row, {
                fill: colourOf(name, theme),
                anchor: isLeft ? 'end' : 'start',
              }),
            ]
          : []),
      ];
    }),
  ]);
}

/**
 * Whether the name of a mark stands on its left: near the right edge, and for mean and target on the side where the other
 * one is not; a limit has its name on the side where there is more room.
 */
function isLabelledLeft(
  name: string,
  left: number,
  {
    area,
    drawn,
    x,
  }: { readonly area: PlotArea; readonly drawn: DrawnCapability; readonly x: (value: number) => number },
): boolean {
  const place = (left - area.left) / (area.right - area.left);
  const others: Readonly<Record<string, number | null>> = { Mean: drawn.target, Target: drawn.mean };
  const other = others[name] ?? null;
  return other === null || Math.abs(place - 0.5) > 0.35 ? place > 0.5 : left < x(other);
}

/** In a low picture, only the limits have their names. */
function isNamed(name: string, { height }: PictureLook): boolean {
  return height >= TALL || name.endsWith('SL');
}

/** From this height on, there is room for all names. */
const TALL = 240;

/** The specification. */
export function histogramSpec(drawn: DrawnCapability): Spec {
  return vegaLiteSpec(frameOf(drawn), {
    layer: [
      {
        data: valuesOf(drawn.histogram.map((bin) => ({ ...bin, isBeyondLimit: isBeyond(bin, drawn) }))),
        mark: { type: 'bar' },
        encoding: {
          x: quantity('from', axisTitle(drawn), { bin: { binned: true }, scale: { zero: false } }),
          x2: { field: 'to' },
          y: quantity('count', 'Readings'),
          color: { condition: { test: 'datum.isBeyondLimit', value: PAPER.alarm }, value: PAPER.weak },
        },
      },
      {
        data: valuesOf(marksOf(drawn).map((mark) => ({ ...mark }))),
        mark: { type: 'rule', strokeDash: [5, 4], strokeWidth: 2 },
        encoding: {
          x: quantity('value', axisTitle(drawn)),
          color: {
            field: 'name',
            type: 'nominal',
            title: 'Limits',
            scale: {
              domain: ['LSL', 'USL', 'Target', 'Mean'],
              range: [PAPER.alarm, PAPER.alarm, PAPER.muted, PAPER.strong],
            },
          },
        },
      },
    ],
  });
}

function frameOf(drawn: DrawnCapability): PictureFrame {
  const { measured, readingCount, indices, verdict, histogram } = drawn;
  const title = `Capability of ${measured.code} at ${measured.step}`;
  if (histogram.length === 0) return { title, description: 'No data: there are no readings.' };
  const [low, high] = reachOf(drawn);
  const textOf = numbersOfSpan(high - low);
  const known = (['cp', 'cpk', 'pp', 'ppk'] as const).flatMap((name) => {
    const { value } = indices[name];
    return value === null ? [] : [`${name} ${value.toFixed(2)}`];
  });
  const beyond = histogram.filter((bin) => isBeyond(bin, drawn));
  const subtitle = [`${readingCount} readings`, ...known, ...(verdict === null ? [] : [VERDICTS[verdict]])].join(', ');
  return {
    title,
    subtitle,
    description: [
      `${subtitle}.`,
      `${marksOf(drawn)
        .map(({ name, value }) => `${name} ${textOf(value)}`)
        .join(', ')}${unitOf(measured)}.`,
      ...(beyond.length === 0
        ? []
        : [
            `Columns that reach beyond a limit: ${beyond.map(({ from, to, count }) => `${textOf(from)} to ${textOf(to)} with ${count}`).join('; ')}.`,
          ]),
    ].join(' '),
  };
}

const VERDICTS: Readonly<Record<NonNullable<CapabilityFigures['verdict']>, string>> = {
  CAPABLE: 'capable',
  MARGINAL: 'marginal',
  NOT_CAPABLE: 'not capable',
};

function axisTitle({ measured }: DrawnCapability): string {
  return `${measured.code}${unitOf(measured)}`;
}

function unitOf({ unit }: Measured): string {
  return unit === null ? '' : ` (${unit})`;
}

function marksOf({ lowerLimit, upperLimit, target, mean }: DrawnCapability): readonly Mark[] {
  const given = [
    ['LSL', lowerLimit],
    ['USL', upperLimit],
    ['Target', target],
    ['Mean', mean],
  ] as const;
  return given.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
}

function colourOf(name: string, theme: PictureTheme): string {
  if (name === 'Target') return theme.muted;
  return name === 'Mean' ? theme.strong : theme.alarm;
}

function reachOf(drawn: DrawnCapability): readonly [number, number] {
  const values = [
    ...drawn.histogram.flatMap(({ from, to }) => [from, to]),
    ...marksOf(drawn).map(({ value }) => value),
  ];
  return [Math.min(...values), Math.max(...values)];
}

/**
 * Whether readings of a column may be outside of the limits: the column is not empty and reaches beyond one. Edges are
 * computed, so one that misses a limit by less than a millionth of the column is on it.
 */
function isBeyond({ from, to, count }: HistogramBin, { lowerLimit, upperLimit }: DrawnCapability): boolean {
  const nearly = (to - from) * 1e-6;
  return count > 0 && (from < (lowerLimit ?? -Infinity) - nearly || to > (upperLimit ?? Infinity) + nearly);
}
