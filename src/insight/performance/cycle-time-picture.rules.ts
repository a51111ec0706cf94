/** Cycle times as a picture: median, mean and 95th percentile of each step, with its plan as the limit (KPI-10). */
import { scaleLinear, type ScaleLinear } from 'd3-scale';
import { timeText, unitOfTime } from '../picture/duration.rules.ts';
import { type NameAxis, nameAxis } from '../picture/name-axis.rules.ts';
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
} from '../picture/svg.rules.ts';
import { PAPER, type PictureTheme } from '../picture/theme.rules.ts';
import { named, quantity, type Spec, valuesOf, vegaLiteSpec } from '../picture/vega-lite.rules.ts';
import type { CycleTimes } from './performance.rules.ts';

type Step = CycleTimes['byProcess'][number];

/** The picture. */
export function cycleTimePicture(times: CycleTimes, look: PictureLook): string {
  const frame = frameOf(times);
  const steps = times.byProcess;
  if (steps.length === 0) return emptyPicture(frame, look);
  const { width, height, theme } = look;
  const [left, right] = [58, width - 16];
  const x = nameAxis(
    steps.map(({ step }) => step),
    { left, right, height },
  );
  const area = { left, right, top: 56, bottom: height - x.room };
  const most = mostSeconds(steps);
  const unit = unitOfTime(most);
  const values = scaleLinear([0, most / unit.seconds], [area.bottom, area.top]).nice(ticksOf(area));
  const y = scaleLinear(
    values.domain().map((value) => value * unit.seconds),
    [area.bottom, area.top],
  );
  return picture(frame, look, [
    ...verticalAxis(values, values.ticks(ticksOf(area)), 'left', { area, theme, textOf: String }),
    verticalTitle(`Time (${unit.name})`, 14, area, theme),
    ...steps.flatMap((step, at) => [
      bar(x.leftOf(at), y(step.medianSeconds), x.bandwidth, {
        area,
        fill: isSlow(step) ? theme.alarm : theme.weak,
      }),
      ...stepMarks(step, at, { x, y, theme }),
    ]),
    ...x.labels(area.bottom, theme),
    ...legend(
      [
        [theme.weak, MEDIAN],
        [theme.alarm, 'Median above the plan'],
        [theme.strong, 'Mean'],
        [theme.muted, '95th percentile'],
        [theme.ink, 'Plan'],
      ],
      { x: area.left, y: height - 8, right: width },
      theme,
    ),
  ]);
}

const MEDIAN = 'Median';

/** Mean, 95th percentile and plan of a step, over its column, and its median in figures. */
function stepMarks(
  step: Step,
  at: number,
  { x, y, theme }: { readonly x: NameAxis; readonly y: ScaleLinear<number, number>; readonly theme: PictureTheme },
): readonly string[] {
  const { medianSeconds, p95Seconds, meanSeconds, plannedSeconds } = step;
  const [middle, mean] = [x.middleOf(at), tidy(y(Number(meanSeconds)))];
  const isInside = y(0) - y(medianSeconds) >= LABEL;
  const [half, top] = [tidy(x.bandwidth / 4), tidy(y(p95Seconds))];
  const whisker = `M${middle},${tidy(y(medianSeconds))}V${top}M${tidy(middle - half)},${top}H${tidy(middle + half)}`;
  const planned = plannedSeconds === null ? null : tidy(y(plannedSeconds));
  return [
    stroke(whisker, `stroke:${theme.muted};stroke-width:1.5`),
    planned === null
      ? ''
      : stroke(
          `M${tidy(x.leftOf(at) - half / 2)},${planned}H${tidy(x.leftOf(at) + x.bandwidth + half / 2)}`,
          `stroke:${theme.ink};stroke-width:2;stroke-dasharray:5 3`,
        ),
    `<circle cx="${middle}" cy="${mean}" r="3.5" style="fill:${theme.strong}"/>`,
    ...(x.bandwidth < LABELLED
      ? []
      : [
          label(timeText(medianSeconds), middle, (isInside ? y(0) : Math.min(top, mean, planned ?? top)) - 6, {
            fill: isInside && isSlow(step) ? theme.onAlarm : theme.ink,
          }),
        ]),
  ];
}

/** The median is written into columns of this width; above what is drawn of the step where its column is too low. */
const LABELLED = 44;
const LABEL = 24;

function isSlow({ medianSeconds, plannedSeconds }: Pick<Step, 'medianSeconds' | 'plannedSeconds'>): boolean {
  return plannedSeconds !== null && medianSeconds > plannedSeconds;
}

/** The longest time that is drawn; a second where all took none. */
function mostSeconds(steps: readonly Step[]): number {
  const drawn = steps.flatMap(({ p95Seconds, meanSeconds, plannedSeconds }) => [
    p95Seconds,
    Number(meanSeconds),
    Number(plannedSeconds),
  ]);
  return Math.max(...drawn) || 1;
}

/** The specification. */
export function cycleTimeSpec(times: CycleTimes): Spec {
  const x = named('step', 'Step');
  const axis = 'Time (s)';
  const y = quantity('medianSeconds', axis);
  return vegaLiteSpec(frameOf(times), {
    data: valuesOf(
      times.byProcess.map((row) => ({
        step: row.step,
        count: row.count,
        meanSeconds: row.meanSeconds,
        medianSeconds: row.medianSeconds,
        p95Seconds: row.p95Seconds,
        plannedSeconds: row.plannedSeconds,
        isAbovePlan: isSlow(row),
      })),
    ),
    layer: [
      {
        mark: { type: 'bar' },
        encoding: { x, y, color: { condition: { test: 'datum.isAbovePlan', value: PAPER.alarm }, value: PAPER.weak } },
      },
      { mark: { type: 'rule', color: PAPER.muted }, encoding: { x, y, y2: { field: 'p95Seconds' } } },
      {
        mark: { type: 'point', filled: true, size: 60, color: PAPER.strong },
        encoding: { x, y: quantity('meanSeconds', axis) },
      },
      {
        mark: { type: 'tick', thickness: 3, color: PAPER.ink },
        encoding: { x, y: quantity('plannedSeconds', axis) },
      },
    ],
  });
}

function frameOf({ byProcess, units }: CycleTimes): PictureFrame {
  const title = 'Cycle times of steps';
  if (byProcess.length === 0) return { title, description: 'No data: nothing was executed.' };
  const slow = byProcess.filter(isSlow).length;
  const { count, meanLeadSeconds, flowRatio } = units;
  const subtitle = [
    `${slow} of ${byProcess.length} steps slower than planned`,
    ...(meanLeadSeconds === null ? [] : [`${count} items took ${timeText(meanLeadSeconds)} in the mean`]),
    ...(flowRatio === null ? [] : [`${percent(flowRatio)} of it work`]),
  ].join(', ');
  return { title, subtitle, description: `${subtitle}. ${byProcess.map(stepText).join('; ')}.` };
}

function stepText({ step, medianSeconds, meanSeconds, p95Seconds, plannedSeconds }: Step): string {
  const figures = `median ${timeText(medianSeconds)}, mean ${timeText(Number(meanSeconds))}, 95th percentile ${timeText(p95Seconds)}`;
  return `${step}: ${figures}, ${plannedSeconds === null ? 'no plan' : `plan ${timeText(plannedSeconds)}`}`;
}
