/** The effectiveness of equipment as a picture: its factors, and how long it had which status (OEE-1). */
import { scaleLinear } from 'd3-scale';
import type { EquipmentStatus } from '../../catalog/equipment/equipment.rules.ts';
import { timeText } from '../picture/duration.rules.ts';
import { nameAxis } from '../picture/name-axis.rules.ts';
import {
  bar,
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
import type { Oee, OeeReason, StatusSeconds } from './oee.rules.ts';

/** The picture. */
export function oeePicture(oee: Oee, look: PictureLook): string {
  const frame = frameOf(oee);
  const factors = factorsOf(oee);
  if (factors.every(({ ratio }) => ratio === null)) return emptyPicture(frame, look);
  const { width, height, theme } = look;
  const [hasStatuses, isNarrow] = [height >= TALL, width < WIDE];
  const [left, right] = [62, width - 16];
  const x = nameAxis(
    factors.map(({ name, short }) => (isNarrow ? short : name)),
    { left, right, height: 0 },
  );
  const area = { left, right, top: 56, bottom: height - (hasStatuses ? 86 : 30) };
  const y = scaleLinear([0, Math.max(1, ...factors.map(({ ratio }) => Number(ratio)))], [area.bottom, area.top]);
  y.nice(ticksOf(area));
  const whole = tidy(y(1));
  return picture(frame, look, [
    ...verticalAxis(y, y.ticks(ticksOf(area)), 'left', { area, theme, textOf: percent }),
    verticalTitle('Share', 14, area, theme),
    ...(oee.isPlanTooSlow
      ? [stroke(`M${area.left},${whole}H${area.right}`, `stroke:${theme.alarm};stroke-dasharray:5 4`)]
      : []),
    ...factors.flatMap(({ name, ratio }, at) => [
      ...(ratio === null ? [] : [bar(x.leftOf(at), y(ratio), x.bandwidth, { area, fill: fillOf(name, ratio, theme) })]),
      label(ratioText(ratio, isNarrow), x.middleOf(at), y(Number(ratio)) - 5, {
        fill: ratio === null ? theme.muted : theme.ink,
      }),
    ]),
    ...x.labels(area.bottom, theme),
    ...(hasStatuses ? statusParts(oee, { ...area, top: height - 50, bottom: height - 30 }, look) : []),
  ]);
}

function ratioText(ratio: number | null, isNarrow: boolean): string {
  if (ratio === null) return isNarrow ? '–' : 'none';
  return isNarrow ? `${Math.round(ratio * 100)} %` : percent(ratio);
}

/** From this height on, the statuses are drawn below the factors. */
const TALL = 240;
/** From this width on, there is room for the names of the factors. */
const WIDE = 420;
/** The name of the product of the factors. */
const PRODUCT = 'OEE';

function factorsOf({ availability, effectiveness, qualityRatio, oee }: Oee) {
  return [
    { name: 'Availability', short: 'A', ratio: availability },
    { name: 'Effectiveness', short: 'E', ratio: effectiveness },
    { name: 'Quality ratio', short: 'Q', ratio: qualityRatio },
    { name: PRODUCT, short: PRODUCT, ratio: oee },
  ];
}

/** What is above 1 is marked: the plan is too slow, or more was produced than planned time. */
function fillOf(name: string, ratio: number, theme: PictureTheme): string {
  if (ratio > 1) return theme.alarm;
  return name === PRODUCT ? theme.strong : theme.weak;
}

/** The times of the statuses side by side, and what they are; how long, where there is room. The whole width is the period. */
function statusParts(oee: Oee, area: PlotArea, { width, height, theme }: PictureLook): readonly string[] {
  const known = statusesOf(oee);
  const x = scaleLinear([0, oee.loadingSeconds], [area.left, area.right]);
  const legendOf = (textOf: (each: StatusSeconds) => string) =>
    legend(
      known.map((each) => [STATUS_COLOURS[each.status](theme), textOf(each)]),
      { x: area.left, y: height - 8, right: width },
      theme,
    );
  const timed = legendOf(({ status, seconds }) => `${statusName(status)} ${timeText(seconds)}`);
  let from = 0;
  const bars = known.map(({ status, seconds }) => {
    const left = x(from);
    from += seconds;
    return bar(left, area.top, x(from) - left, { area, fill: STATUS_COLOURS[status](theme) });
  });
  return [
    `<rect x="${area.left}" y="${area.top}" width="${area.right - area.left}" height="${area.bottom - area.top}" style="fill:none;stroke:${theme.line}"/>`,
    ...bars,
    label('Status', area.left - 6, area.top + 14, { fill: theme.ink, anchor: 'end' }),
    ...(timed.length > 0 ? timed : legendOf(({ status }) => statusName(status))),
  ];
}

const STATUS_COLOURS: Readonly<Record<EquipmentStatus, (theme: PictureTheme) => string>> = {
  AVAILABLE: ({ weak }) => weak,
  IN_USE: ({ strong }) => strong,
  MAINTENANCE: ({ accent }) => accent,
  OUT_OF_SERVICE: ({ alarm }) => alarm,
  RETIRED: ({ muted }) => muted,
};

function statusName(status: EquipmentStatus): string {
  return status.toLowerCase().replaceAll('_', ' ');
}

function statusesOf({ secondsByStatus }: Oee) {
  return secondsByStatus.filter(({ seconds }) => seconds > 0);
}

/** The specification. */
export function oeeSpec(oee: Oee): Spec {
  const statuses = oee.secondsByStatus.map(({ status }) => status);
  return vegaLiteSpec(frameOf(oee), {
    vconcat: [
      {
        data: valuesOf(factorsOf(oee).map(({ name, ratio }) => ({ name, ratio, isProduct: name === PRODUCT }))),
        mark: { type: 'bar' },
        encoding: {
          x: named('name', 'Factor'),
          y: quantity('ratio', 'Share', { axis: { format: '%' } }),
          color: {
            condition: [
              { test: 'datum.ratio > 1', value: PAPER.alarm },
              { test: 'datum.isProduct', value: PAPER.strong },
            ],
            value: PAPER.weak,
          },
        },
      },
      {
        data: valuesOf(oee.secondsByStatus.map((each) => ({ ...each }))),
        mark: { type: 'bar' },
        encoding: {
          x: quantity('seconds', 'Time (s)'),
          color: {
            field: 'status',
            type: 'nominal',
            title: 'Status',
            scale: { domain: statuses, range: statuses.map((status) => STATUS_COLOURS[status](PAPER)) },
          },
        },
      },
    ],
  });
}

const REASONS: Readonly<Record<OeeReason, string>> = {
  NO_PLANNED_TIME: 'no planned time',
  NO_PRODUCTION: 'no production',
  NO_PLANNED_DURATION: 'a step has no planned seconds',
};

function frameOf(oee: Oee): PictureFrame {
  const { equipment, reason, actualProductionSeconds, plannedBusySeconds, producedCount, goodCount } = oee;
  const title = `Effectiveness of ${equipment}`;
  const factors = factorsOf(oee);
  if (reason !== null && factors.every(({ ratio }) => ratio === null))
    return { title, description: `No figures: ${REASONS[reason]}.` };
  const subtitle = [
    ...(reason === null ? [] : [REASONS[reason]]),
    `worked ${timeText(actualProductionSeconds)} of ${timeText(plannedBusySeconds)} planned`,
    `${goodCount} of ${producedCount} good`,
    ...(oee.isPlanTooSlow ? ['faster than planned'] : []),
  ].join(', ');
  const each = factors.map(({ name, ratio }) => `${name} ${ratio === null ? 'none' : percent(ratio)}`);
  const times = statusesOf(oee).map(({ status, seconds }) => `${statusName(status)} ${timeText(seconds)}`);
  return { title, subtitle, description: `${subtitle}. ${each.join(', ')}. ${['Status', ...times].join(', ')}.` };
}
