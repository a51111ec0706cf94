import { scaleLinear } from 'd3-scale';
import { describe, expect, test } from 'vitest';
import {
  apart,
  escaped,
  numbersOfSpan,
  percent,
  shortened,
  stroke,
  ticksOf,
  tidy,
  wholeTicks,
} from '../../../src/insight/picture/svg.rules.ts';
import { PICTURE_THEMES, THEME_COLOURS } from '../../../src/insight/picture/theme.rules.ts';

test('texts are escaped, and what XML does not allow is replaced', () => {
  expect(escaped(`<a b="c" d='e'>&\u0000\u000b\ud800\ufffe🙂\t\n`)).toBe(
    '&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;\ufffd\ufffd\ufffd\ufffd🙂\t\n',
  );
});

test('numbers have as many decimals as their span needs', () => {
  expect(numbersOfSpan(0.3)(1_000_000.2)).toBe('1000000.2');
  expect(numbersOfSpan(0.0004)(0.123456789)).toBe('0.123457');
  expect(numbersOfSpan(5_000)(1_234.56)).toBe('1235');
  expect(numbersOfSpan(0)(1.23456)).toBe('1.2346');
  expect(numbersOfSpan(1e-30)(1e-7)).toBe('1e-7');
});

test('texts are cut by characters, and places are kept apart', () => {
  expect([shortened('🙂🙂🙂', 3), shortened('🙂🙂🙂🙂', 3)]).toEqual(['🙂🙂🙂', '🙂🙂…']);
  expect(apart([10, 12, 50], 11)).toEqual([10, 21, 50]);
  expect([tidy(1.005), tidy(2.349), percent(0.1256)]).toEqual([1, 2.35, '12.6 %']);
});

test('a path without points is not drawn', () => {
  expect([stroke(null, 'stroke:red'), stroke('M0,0', 'stroke:red')]).toEqual([
    '',
    '<path d="M0,0" style="fill:none;stroke:red"/>',
  ]);
});

test('axes have 2 to 8 ticks by their height, and whole ones for counts', () => {
  expect([20, 160, 1_000].map((bottom) => ticksOf({ left: 0, right: 0, top: 0, bottom }))).toEqual([2, 5, 8]);
  expect(wholeTicks(scaleLinear([0, 2], [100, 0]))).toEqual([0, 1, 2]);
});

/** The relative luminance of a colour as WCAG 2.2 defines it. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

describe.each(PICTURE_THEMES)('the theme %s', (name) => {
  const theme = THEME_COLOURS[name];

  test.each(['ink', 'muted', 'alarm', 'strong'] as const)('has text in %s with the contrast of WCAG AA', (colour) => {
    expect(contrast(theme[colour], theme.ground)).toBeGreaterThanOrEqual(4.5);
  });

  test('has text on columns in the colour of alarms with the contrast of WCAG AA', () => {
    expect(contrast(theme.onAlarm, theme.alarm)).toBeGreaterThanOrEqual(4.5);
  });

  test('has lines with enough contrast', () => {
    expect(contrast(theme.accent, theme.ground)).toBeGreaterThanOrEqual(3);
  });
});
