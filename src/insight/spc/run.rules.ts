/** SPC-4: Run rules of control charts: what is too unlikely for a process that only varies by chance. */

import { present } from '../../platform/values/assert.ts';

/** The rules: those of Western Electric, and those of Nelson. */
export const RUN_RULES = ['WE1', 'WE2', 'WE3', 'WE4', 'N1', 'N2', 'N3', 'N4', 'N5', 'N6', 'N7', 'N8'] as const;

/** A rule of Western Electric (WE) or Nelson (N). */
export type RunRule = (typeof RUN_RULES)[number];

/** SPC-4: The rules that a chart applies unless others are named. */
export const DEFAULT_RUN_RULES: readonly RunRule[] = ['WE1', 'WE2', 'WE3', 'WE4'];

/** SPC-4: The rules that fit a dispersion chart: one point beyond a limit. */
export const DISPERSION_RULES: readonly RunRule[] = ['WE1', 'N1'];

/** The parts of a chart, by the distance from the centre line in σ. */
export const ZONES = ['A', 'B', 'C', 'OUT'] as const;

/** A part of a chart. */
export type Zone = (typeof ZONES)[number];

/** A point: its value, and its distance from the centre line in σ. */
export interface RunPoint {
  readonly value: number;
  readonly z: number;
}

/** A rule that is broken: at which point, from 1, and by which points. */
export interface RunViolation {
  readonly rule: RunRule;
  readonly index: number;
  readonly pointIndexes: readonly number[];
}

/** SPC-4: The part of the chart where a point is. */
export function zoneOf(z: number): Zone {
  const distance = Math.abs(z);
  if (distance > 3) return 'OUT';
  if (distance > 2) return 'A';
  return distance > 1 ? 'B' : 'C';
}

/** SPC-4: The violations of these rules, by rule, then by point. */
export function runViolations(points: readonly RunPoint[], rules: readonly RunRule[]): readonly RunViolation[] {
  return RUN_RULES.filter((rule) => rules.includes(rule)).flatMap((rule) =>
    points.flatMap((_point, at) => {
      const first = Math.max(0, at + 1 - LONGEST);
      const made = CHECKS[rule](points.slice(first, at + 1));
      return made.length === 0 ? [] : [{ rule, index: at + 1, pointIndexes: made.map((each) => first + each + 1) }];
    }),
  );
}

/** The most points that complete a rule together. */
const LONGEST = 15;

/** The positions, from 0, of the points with which the last point completes a rule; none when it does not. */
type Check = (points: readonly RunPoint[]) => readonly number[];

const CHECKS: Readonly<Record<RunRule, Check>> = {
  WE1: beyond(1, 1, 3),
  WE2: beyond(2, 3, 2),
  WE3: beyond(4, 5, 1),
  WE4: inRow(8, sameSide),
  N1: beyond(1, 1, 3),
  N2: inRow(9, sameSide),
  N3: inRow(6, (points) => isSameSign(stepsOf(points))),
  N4: inRow(14, (points) => isSameSign(stepsOf(points).map((step, index) => (index % 2 === 0 ? step : -step)))),
  N5: beyond(2, 3, 2),
  N6: beyond(4, 5, 1),
  N7: inRow(15, (points) => points.every(({ z }) => Math.abs(z) < 1)),
  N8: inRow(8, (points) => points.every(({ z }) => Math.abs(z) > 1)),
};

/** The last point and at least `least` of the last `among` are beyond `distance`, on the side of the last. */
function beyond(least: number, among: number, distance: number): Check {
  return (points) => {
    const side = Math.sign(zAt(points, points.length - 1));
    const isBeyond = (at: number): boolean => zAt(points, at) * side > distance;
    const last = points.length - 1;
    if (!isBeyond(last)) return [];
    const found = positions(Math.max(0, last - among + 1), last).filter(isBeyond);
    return found.length >= least ? found : [];
  };
}

/** The last `count` points have a property together. */
function inRow(count: number, holds: (points: readonly RunPoint[]) => boolean): Check {
  return (points) => {
    const first = points.length - count;
    return first >= 0 && holds(points.slice(first)) ? positions(first, points.length - 1) : [];
  };
}

function sameSide(points: readonly RunPoint[]): boolean {
  return isSameSign(points.map(({ z }) => z));
}

function stepsOf(points: readonly RunPoint[]): readonly number[] {
  return points.slice(1).map(({ value }, index) => value - present(points[index], 'The point before').value);
}

function zAt(points: readonly RunPoint[], at: number): number {
  return present(points[at], 'A point').z;
}

/** All are above 0, or all are below. */
function isSameSign(values: readonly number[]): boolean {
  return values.every((value) => value > 0) || values.every((value) => value < 0);
}

function positions(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_each, index) => from + index);
}
