/** A horizontal axis of names: steps, keys, days. */
import { scaleBand } from 'd3-scale';
import { cutInside, label, shortened, tidy } from './svg.rules.ts';
import type { PictureTheme } from './theme.rules.ts';

/** Where names stand on a horizontal axis, by their places from 0, and their labels below an area. */
export interface NameAxis {
  readonly bandwidth: number;
  readonly leftOf: (at: number) => number;
  readonly middleOf: (at: number) => number;
  /** The room below the area for labels and a legend. */
  readonly room: number;
  readonly labels: (bottom: number, theme: PictureTheme) => readonly string[];
}

/** The axis of names between two edges, in a picture of this height. Labels are turned, or some left out, where they are many. */
export function nameAxis(
  names: readonly string[],
  { left, right, height }: { readonly left: number; readonly right: number; readonly height: number },
): NameAxis {
  const x = scaleBand([...names.keys()], [left, right]).padding(0.25);
  const step = x.step();
  const leftOf = (at: number): number => Number(x(at));
  const middleOf = (at: number): number => tidy(leftOf(at) + x.bandwidth() / 2);
  const isTall = height >= TALL;
  const longest = Math.max(...names.map((name) => [...name].length));
  const isTurned = longest * UPRIGHT > step && (isTall || step < LEAST_UPRIGHT);
  const every = Math.ceil(LINE / step);
  const most = Math.min(longest, isTall ? Math.min(14, Math.floor(height / 24)) : 5);
  return {
    bandwidth: x.bandwidth(),
    leftOf,
    middleOf,
    room: isTurned && isTall ? 34 + Math.ceil(most * LEAN) : 46,
    labels: (bottom, theme) =>
      names.flatMap((name, at) => {
        if (at % every !== 0) return [];
        const [middle, fill] = [middleOf(at), theme.ink];
        return isTurned
          ? [label(cutInside(name, most), middle + 4, bottom + 12, { fill, anchor: 'end', turn: -50 })]
          : [label(shortened(name, Math.floor(step / UPRIGHT)), middle, bottom + 16, { fill })];
      }),
  };
}

/** About the width of a character of an upright label, with some room. */
const UPRIGHT = 6.8;
/** In a low picture, labels are cut rather than turned from this room on. */
const LEAST_UPRIGHT = 40;
/** From this height on, there is room for long labels. */
const TALL = 240;
/** What a turned label needs. */
const LINE = 14;
/** How far down a character of a turned label reaches; those in upper case are the widest. */
const LEAN = 5.6;
