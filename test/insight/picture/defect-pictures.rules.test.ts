import { describe, expect, test } from 'vitest';
import { paretoOf } from '../../../src/insight/defect-figure/pareto.rules.ts';
import { paretoPicture, paretoSpec } from '../../../src/insight/defect-figure/pareto-picture.rules.ts';
import type { TrendPoint } from '../../../src/insight/defect-figure/trend.rules.ts';
import { trendPicture, trendSpec } from '../../../src/insight/defect-figure/trend-picture.rules.ts';
import { PICTURE_THEMES } from '../../../src/insight/picture/theme.rules.ts';
import { faultsOfSpec } from '../../support/vega-lite.ts';
import { elementsOf, parseXml, textOf } from '../../support/xml.ts';
import { HARMLESS, HOSTILE, lookOf, SIZES } from './figures.ts';

function textsOf(svg: string): readonly string[] {
  return elementsOf(parseXml(svg), 'text').map(textOf);
}

function descriptionOf(svg: string): string {
  return elementsOf(parseXml(svg), 'desc').map(textOf).join();
}

/** A Pareto of so many keys. */
function pareto(keys: readonly (string | null)[], limit = 20) {
  return paretoOf(
    keys.map((key, at) => ({ key, count: 2 * keys.length - at })),
    limit,
  );
}

function pointsOf(counts: readonly number[]): readonly TrendPoint[] {
  return counts.map((executions, at) => ({
    start: `2026-11-${String(at + 1).padStart(2, '0')}`,
    executions,
    failCount: Math.min(1, executions),
    failRatio: executions === 0 ? null : 1 / executions,
    defectQuantity: 0,
  }));
}

describe('a Pareto (KPI-7)', () => {
  test('names its axes, its keys with their shares, and the rest', () => {
    const svg = paretoPicture(pareto(['SCRATCH', null, 'LEAK'], 2), lookOf());
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining([
        'Pareto of defects',
        '15 in all, 4 of them beyond these rows',
        'Count',
        'Share, added up',
        'SCRATCH',
        'no equipment',
        'The vital few',
      ]),
    );
    expect(descriptionOf(svg)).toBe(
      '15 in all, 4 of them beyond these rows. SCRATCH: 6, together 40 %, one of the vital few; no equipment: 5, together 73.3 %, one of the vital few.',
    );
    expect(faultsOfSpec(paretoSpec(pareto(['SCRATCH', null])))).toEqual([]);
    expect(paretoSpec(pareto(['SCRATCH', null]))).toMatchObject({
      title: { text: 'Pareto of defects', subtitle: '7 in all' },
      data: {
        values: [
          { key: 'SCRATCH', count: 4 },
          { key: 'no equipment', cumulativeRatio: 1 },
        ],
      },
    });
  });

  test('turns many labels, leaves out some where there is not enough room, and the legend on a small picture', () => {
    const many = pareto(Array.from({ length: 20 }, (_each, at) => `DEFECT_${at}`));
    const wide = textsOf(paretoPicture(many, lookOf()));
    expect(wide.filter((text) => text.startsWith('DEFECT'))).toHaveLength(20);
    const small = textsOf(paretoPicture(many, lookOf(200, 150)));
    expect(small.filter((text) => text.startsWith('DEFE')).length).toBeLessThan(12);
    expect(small).not.toContain('The vital few');
  });

  test('without defects says so', () => {
    expect(textsOf(paretoPicture(pareto([]), lookOf()))).toEqual([
      'Pareto of defects',
      'No data: nothing was counted.',
    ]);
    expect(paretoSpec(pareto([]))).toMatchObject({ data: { values: [] } });
  });
});

describe('a trend (KPI-8)', () => {
  test('names its axes and days, and interrupts the line on a day without executions', () => {
    const svg = trendPicture(pointsOf([4, 2, 0, 5, 4]), lookOf());
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining(['Failures over time', 'Executions', 'Share of failures', '11-01', '50 %']),
    );
    expect(descriptionOf(svg)).toContain('2026-11-02: 1 of 2 failed; 2026-11-04: 1 of 5 failed');
    const [path] = elementsOf(parseXml(svg), 'path');
    expect(path?.attributes.d?.match(/M/g)).toHaveLength(2);
    expect(elementsOf(parseXml(svg), 'circle')).toHaveLength(4);
    expect(faultsOfSpec(trendSpec(pointsOf([4, 0])))).toEqual([]);
    expect(trendSpec(pointsOf([4, 0]))).toMatchObject({
      data: { values: [{ start: '2026-11-01', failRatio: 0.25 }, { failRatio: null }] },
    });
  });

  test('has a line only for many days, and no legend on a small picture', () => {
    const svg = trendPicture(pointsOf(Array.from({ length: 90 }, () => 3)), lookOf(200, 150));
    expect(elementsOf(parseXml(svg), 'circle')).toEqual([]);
    expect(textsOf(svg).filter((text) => text === 'Share of failures')).toEqual([]);
  });

  test('without executions says so', () => {
    expect(textsOf(trendPicture(pointsOf([0, 0]), lookOf()))).toEqual([
      'Failures over time',
      'No data: nothing was executed.',
    ]);
    expect(trendSpec([])).toMatchObject({ data: { values: [] } });
  });
});

test.each(PICTURE_THEMES)(
  'every picture is whole XML at every size, escapes what it names, and is the same twice: %s',
  (theme) => {
    for (const [width, height] of SIZES) {
      const look = lookOf(width, height, theme);
      const svg = paretoPicture(pareto([HOSTILE, 'B']), look);
      expect(paretoPicture(pareto([HOSTILE, 'B']), look)).toBe(svg);
      expect(textOf(parseXml(svg))).toContain(HARMLESS);
      const trend = trendPicture(pointsOf([3, 0, 9]), look);
      for (const each of [svg, trend]) {
        expect(parseXml(each)).toMatchObject({
          name: 'svg',
          attributes: { role: 'img', width: String(width), height: String(height) },
        });
        expect(each).not.toMatch(/NaN|undefined|Infinity|<script/);
      }
    }
  },
);
