import { describe, expect, test } from 'vitest';
import { PICTURE_THEMES } from '../../../src/insight/picture/theme.rules.ts';
import { SPC_CHARTS } from '../../../src/insight/spc/chart.rules.ts';
import { chartPicture, chartSpec } from '../../../src/insight/spc/chart-picture.rules.ts';
import { histogramPicture, histogramSpec } from '../../../src/insight/spc/histogram-picture.rules.ts';
import { faultsOfSpec } from '../../support/vega-lite.ts';
import { elementsOf, parseXml, textOf } from '../../support/xml.ts';
import { capability, chartWithout, countsChart, HARMLESS, HOSTILE, lookOf, readingsChart, SIZES } from './figures.ts';

function textsOf(svg: string): readonly string[] {
  return elementsOf(parseXml(svg), 'text').map(textOf);
}

function descriptionOf(svg: string): string {
  return elementsOf(parseXml(svg), 'desc').map(textOf).join();
}

describe('a control chart (SPC-1)', () => {
  test('names its axes with units, its limits, and each point that completes a rule (SPC-4)', () => {
    const svg = chartPicture(readingsChart('XBAR_R'), lookOf());
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining([
        'X̄ and R chart of TORQUE at MOUNT',
        '8 subgroups, rules broken: 4',
        'Mean (Nm)',
        'Range (Nm)',
        'Subgroups',
        'UCL 1.155',
        'CL 1.058',
        'LCL 0.96',
        'UCL 0.245',
        'WE1, N1',
      ]),
    );
    expect(descriptionOf(svg)).toBe(
      '8 subgroups, rules broken: 4. Mean (Nm): centre 1.058, limits 0.96 to 1.155. Range (Nm): centre 0.095, limits 0 to 0.245. ' +
        'Broken: WE1 and N1 at 8 (L8), Mean (Nm) 1.34; WE1 and N1 at 4 (L4), Range (Nm) 0.48.',
    );
    expect(elementsOf(parseXml(svg), 'title').map(textOf)).toEqual([
      'X̄ and R chart of TORQUE at MOUNT',
      '8 (L8): 1.34, WE1, N1',
      '4 (L4): 0.48, WE1, N1',
    ]);
  });

  test('has steps where each point has limits of its own, and no part for the spread of counts', () => {
    const svg = chartPicture(countsChart('P'), lookOf());
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['p chart of LOOK', 'Share that failed', 'UCL 0.144', 'WE1']));
    expect(textsOf(svg).filter((text) => text.startsWith('UCL'))).toHaveLength(1);
    expect(chartSpec(countsChart('P')).vconcat).toHaveLength(1);
    const stable = countsChart('NP', [100, 100, 100]);
    expect(descriptionOf(chartPicture(stable, lookOf()))).toBe(
      '3 subgroups, no rule is broken. Executions that failed: centre 3.33, limits 0 to 8.72.',
    );
  });

  test('draws the level alone when it is low, dots while points are few, and rules only where there is room', () => {
    const low = textsOf(chartPicture(readingsChart('I_MR'), lookOf(720, 200)));
    expect(low).toContain('Reading (Nm)');
    expect(low).not.toContain('Moving range (Nm)');
    const many = chartPicture(readingsChart('I_MR', { count: 400 }), lookOf());
    expect(elementsOf(parseXml(many), 'circle')).toEqual([]);
    const chart = readingsChart('I_MR', { count: 120 });
    const points = chart.points.map((point) => ({ ...point, rules: ['N4'] as const }));
    const crowded = chartPicture({ ...chart, points, dispersionPoints: [] }, lookOf());
    expect(elementsOf(parseXml(crowded), 'title')).toHaveLength(121);
    expect(textsOf(crowded).filter((text) => text === 'N4').length).toBeLessThan(60);
    expect(descriptionOf(crowded)).toMatch(/N4 at 50 \(L50\), Reading \(Nm\) 1.\d+; and more\.$/);
  });

  test('shows instants as month, day, hour and minute', () => {
    const chart = readingsChart('XBAR_S', { count: 3 });
    const points = chart.points.map((point) => ({ ...point, label: '2026-11-02T08:35:00.000Z' }));
    expect(textsOf(chartPicture({ ...chart, points }, lookOf()))).toContain('11-02 08:35');
  });

  test.each([
    ['NO_DATA', 'No data: there are no subgroups.'],
    ['TOO_FEW_SUBGROUPS', 'No figures: there are less than two subgroups.'],
    ['UNEQUAL_SUBGROUPS', 'No figures: the subgroups differ in size.'],
    ['ZERO_VARIATION', 'No figures: the readings do not vary.'],
  ] as const)('says of %s: %s', (reason, text) => {
    const chart = chartWithout('C', reason);
    expect(textsOf(chartPicture(chart, lookOf()))).toEqual(['c chart of TORQUE at MOUNT', text]);
    expect(chartSpec(chart)).toMatchObject({ description: text, vconcat: [{ data: { values: [] } }] });
  });

  test('as a specification has the points with their limits and rules, and the spread below', () => {
    const spec = chartSpec(readingsChart('XBAR_R'));
    expect(faultsOfSpec(spec)).toEqual([]);
    expect(spec).toMatchObject({
      $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
      title: { text: 'X̄ and R chart of TORQUE at MOUNT' },
      vconcat: [{ layer: { length: 5 } }, { layer: { length: 5 } }],
    });
    expect(JSON.stringify(spec)).toContain('"label":"L8","value":1.34,"size":3,"centre":1.0575,');
    expect(JSON.stringify(spec)).toContain('"rules":"WE1, N1"');
    expect(JSON.stringify(spec)).toContain('"title":"Range (Nm)"');
  });
});

describe('the histogram of a capability (SPC-5)', () => {
  const whole = capability({ lower: 80, upper: 115, target: 100 });

  test('names axis and unit, limits, target, mean and indices, and marks the columns beyond a limit', () => {
    const svg = histogramPicture(whole, lookOf());
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining(
        [
          'Capability of TORQUE at MOUNT',
          '40 readings, cp 0.73, cpk 0.59, pp 0.65, ppk 0.53, not capable',
          'TORQUE (Nm)',
          'Readings',
          'LSL 0.8',
          'USL 1.15',
          'Target 1',
          'Mean 0.942',
        ].map((text) => (text.startsWith('Mean') ? expect.stringMatching(/^Mean 0\.94[23]$/) : text)),
      ),
    );
    expect(descriptionOf(svg)).toMatch(
      /LSL 0\.8, USL 1\.15, Target 1, Mean 0\.94[23] \(Nm\)\. Columns that reach beyond a limit: 0\.7 to 0\.8 with 2; 1\.1 to 1\.2 with 1\.$/,
    );
    const { alarm } = lookOf().theme;
    expect(
      elementsOf(parseXml(svg), 'rect').filter(({ attributes }) => attributes.style === `fill:${alarm}`),
    ).toHaveLength(2);
  });

  test('has one limit, or none, and one value', () => {
    expect(textsOf(histogramPicture(capability({ upper: 140 }), lookOf()))).toContain('USL 1.4');
    const none = histogramPicture({ ...capability(), measured: { step: 'S', code: 'C', unit: null } }, lookOf());
    expect(textsOf(none)).toEqual(expect.arrayContaining(['C', '40 readings']));
    expect(descriptionOf(none)).not.toContain('limit');
    const one = { ...capability(), histogram: [{ from: 1, to: 1, count: 3 }], mean: 1 };
    expect(textsOf(histogramPicture(one, lookOf()))).toContain('Mean 1');
  });

  test.each([
    [60, 'capable'],
    [70, 'marginal'],
  ])('with limits at %i hundredths is %s', (lower, verdict) => {
    expect(textsOf(histogramPicture(capability({ lower }), lookOf()))[1]).toMatch(new RegExp(`, ${verdict}$`));
  });

  test('without readings says so', () => {
    const empty = capability({ lower: 80 }, []);
    expect(textsOf(histogramPicture(empty, lookOf()))).toEqual([
      'Capability of TORQUE at MOUNT',
      'No data: there are no readings.',
    ]);
    expect(histogramSpec(empty)).toMatchObject({ title: 'Capability of TORQUE at MOUNT', layer: [{}, {}] });
  });

  test('as a specification has columns and limits', () => {
    expect(faultsOfSpec(histogramSpec(whole))).toEqual([]);
    expect(histogramSpec(whole)).toMatchObject({
      layer: [
        { data: { values: { 0: { from: 0.7, count: 2, isBeyondLimit: true }, 2: { isBeyondLimit: false } } } },
        { data: { values: [{ name: 'LSL', value: 0.8 }, { name: 'USL' }, { name: 'Target' }, { name: 'Mean' }] } },
      ],
    });
  });
});

test.each(PICTURE_THEMES)(
  'every picture is whole XML at every size, escapes what it names, and is the same twice: %s',
  (theme) => {
    for (const [width, height] of SIZES) {
      const look = lookOf(width, height, theme);
      const hostile = { step: HOSTILE, code: HOSTILE, unit: HOSTILE };
      const charts = SPC_CHARTS.map((chart) =>
        chart === 'XBAR_R' || chart === 'XBAR_S' || chart === 'I_MR'
          ? readingsChart(chart, { ...hostile, label: HOSTILE })
          : { ...countsChart(chart, [100, 100, 100, 100, 100, 100]), measured: { ...hostile, code: null } },
      );
      const pictures = [
        ...charts.map((chart) => () => chartPicture(chart, look)),
        () => histogramPicture({ ...capability({ lower: 80 }), measured: hostile }, look),
      ];
      for (const draw of pictures) {
        const svg = draw();
        expect(draw()).toBe(svg);
        const document = parseXml(svg);
        expect(document).toMatchObject({
          name: 'svg',
          attributes: { role: 'img', width: String(width), height: String(height) },
        });
        expect(textOf(document)).toContain(HARMLESS);
        expect(svg).not.toMatch(/NaN|undefined|Infinity|<script/);
        expect(svg).toContain(look.theme.ground);
      }
    }
  },
);
