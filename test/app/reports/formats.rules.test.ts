import { describe, expect, test } from 'vitest';
import { section } from '../../../src/app/reports/content/content.ts';
import { withoutFormula } from '../../../src/app/reports/format/cell-text.ts';
import { csvOf } from '../../../src/app/reports/format/csv.ts';
import { htmlOf } from '../../../src/app/reports/format/html.ts';
import { jsonOf } from '../../../src/app/reports/format/json.ts';
import { documentOf } from '../../../src/app/reports/format/pdf.ts';
import { picturesOf } from '../../../src/app/reports/format/pictures.ts';
import { sheetNames } from '../../../src/app/reports/format/xlsx.ts';
import { paretoOf } from '../../../src/insight/defect-figure/pareto.rules.ts';
import { daysOf, trendOf } from '../../../src/insight/defect-figure/trend.rules.ts';
import { ratioOf } from '../../../src/insight/figure/ratio.rules.ts';
import { PAPER } from '../../../src/insight/picture/theme.rules.ts';

const CONTENT = {
  title: 'A report',
  type: 'DEFECT_ANALYSIS',
  period: { from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' },
  timeZone: 'UTC',
  dataAsOf: '2026-12-01T00:00:00.000Z',
} as const;

describe('the Pareto', () => {
  test('of the example plant has three rows, of which two are the vital few', () => {
    const counted = [
      { key: 'LEAK', count: 1 },
      { key: 'SCRATCH', count: 5 },
      { key: 'MISALIGN', count: 2 },
      { key: 'NONE', count: 0 },
    ];
    expect(paretoOf(counted, 20)).toEqual({
      totalCount: 8,
      otherCount: 0,
      rows: [
        { key: 'SCRATCH', count: 5, ratio: 0.625, cumulativeRatio: 0.625, isVitalFew: true },
        { key: 'MISALIGN', count: 2, ratio: 0.25, cumulativeRatio: 0.875, isVitalFew: true },
        { key: 'LEAK', count: 1, ratio: 0.125, cumulativeRatio: 1, isVitalFew: false },
      ],
    });
  });

  test('counts what is beyond its limit, breaks ties by key, and is empty without defects', () => {
    const counted = ['B', 'A', 'C'].map((key) => ({ key, count: 2 }));
    const { rows, otherCount, totalCount } = paretoOf(counted, 2);
    expect([rows.map(({ key }) => key), otherCount, totalCount]).toEqual([['A', 'B'], 2, 6]);
    expect(paretoOf([], 20)).toEqual({ rows: [], totalCount: 0, otherCount: 0 });
  });
});

describe('the trend', () => {
  test('of four days in Berlin has a day of 25 hours and a day without executions', () => {
    const days = daysOf({ from: '2026-10-23T22:00:00.000Z', to: '2026-10-27T23:00:00.000Z' }, 'Europe/Berlin');
    expect(days.map(({ day, from }) => [day, from])).toEqual([
      ['2026-10-24', '2026-10-23T22:00:00.000Z'],
      ['2026-10-25', '2026-10-24T22:00:00.000Z'],
      ['2026-10-26', '2026-10-25T23:00:00.000Z'],
      ['2026-10-27', '2026-10-26T23:00:00.000Z'],
    ]);
    const executed = new Map([
      ['2026-10-24', { executions: 2, failCount: 1, defectQuantity: 1 }],
      ['2026-10-25', { executions: 3, failCount: 1, defectQuantity: 1 }],
      ['2026-10-26', { executions: 1, failCount: 0, defectQuantity: 0 }],
    ]);
    expect(trendOf(days, executed).map(({ failRatio }) => failRatio)).toEqual([0.5, 1 / 3, 0, null]);
  });

  test('has the first and the last day only as far as they are in the period', () => {
    expect(daysOf({ from: '2026-11-01T12:00:00.000Z', to: '2026-11-02T06:00:00.000Z' }, 'UTC')).toEqual([
      { day: '2026-11-01', from: '2026-11-01T12:00:00.000Z', to: '2026-11-02T00:00:00.000Z' },
      { day: '2026-11-02', from: '2026-11-02T00:00:00.000Z', to: '2026-11-02T06:00:00.000Z' },
    ]);
  });

  test('leaves out a day that the clocks skip as a whole', () => {
    const days = daysOf({ from: '2011-12-29T10:00:00.000Z', to: '2011-12-31T10:00:00.000Z' }, 'Pacific/Apia');
    expect(days.map(({ day }) => day)).toEqual(['2011-12-29', '2011-12-31']);
  });

  test('has no quotient where nothing was counted', () => {
    expect([ratioOf(0, 0), ratioOf(1, 4)]).toEqual([null, 0.25]);
  });
});

describe('the pictures of a section', () => {
  const figure = paretoOf([{ key: '<1> & "more"', count: 12 }], 20);
  const points = trendOf(
    daysOf({ from: '2026-11-01T00:00:00.000Z', to: '2026-11-02T00:00:00.000Z' }, 'UTC'),
    new Map(),
  );
  const pareto = { kind: 'PARETO', figure } as const;
  const trend = { kind: 'TREND', figure: points } as const;

  test('are those of its figures, and smaller where they are several', () => {
    const [alone] = picturesOf(section('One', { a: 'DATE' }, [], [pareto]), PAPER);
    expect(alone).toContain('viewBox="0 0 720 360"');
    expect(alone).toContain('<desc>12 in all. &lt;1&gt; &amp; &quot;more&quot;: 12, together 100 %');
    const two = picturesOf(section('Two', { a: 'DATE' }, [], [pareto, trend]), PAPER);
    expect(two.map((svg) => svg.includes('viewBox="0 0 480 280"'))).toEqual([true, true]);
    expect(two[1]).toContain('<title>Failures over time</title>');
  });

  test('stand above its table in HTML and in PDF, and in no format for programs', () => {
    const sections = [section('Two', { a: 'DATE' }, [{ a: '2026-11-01' }], [pareto, trend, pareto])];
    const page = htmlOf({ ...CONTENT, sections });
    expect(page.match(/<figure><svg /g)).toHaveLength(3);
    expect(page.indexOf('<div class="pictures">')).toBeLessThan(page.indexOf('<table>'));
    const document = JSON.stringify(documentOf({ ...CONTENT, sections }));
    expect(document.match(/"svg":"<svg /g)).toHaveLength(3);
    expect(JSON.parse(jsonOf({ ...CONTENT, sections })).sections).toEqual([
      { name: 'Two', columns: [{ name: 'a', type: 'DATE' }], rows: [['2026-11-01']] },
    ]);
    const one = [section('One', { a: 'DATE' }, [{ a: '2026-11-01' }], [pareto])];
    expect(htmlOf({ ...CONTENT, sections: one })).not.toContain('<div class="pictures">');
  });

  test('do not exist where nothing is drawn', () => {
    expect(picturesOf(section('Another', { a: 'DATE' }, []), PAPER)).toEqual([]);
  });
});

test.each([
  ['=1+1', "'=1+1"],
  ['+49 171', "'+49 171"],
  ['-3', "'-3"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['\r=1', "'\r=1"],
  ['a=1', 'a=1'],
  ['', ''],
])('the text %j is %j in a spreadsheet (RPT-7)', (text, cell) => {
  expect(withoutFormula(text)).toBe(cell);
});

test('CSV quotes what RFC 4180 says, and leaves numbers as they are (RPT-7)', () => {
  const rows = [
    { text: 'a,b', count: -1, ratio: 1 / 3 },
    { text: '=x "y"\nz', count: null, ratio: null },
  ];
  const sections = [
    section('One', { text: 'STRING', count: 'INTEGER', ratio: 'RATIO' }, rows),
    section('Two', { a: 'DATE' }, []),
  ];
  expect(csvOf({ ...CONTENT, sections })).toBe(
    'section,One\r\ntext,count,ratio\r\n"a,b",-1,0.3333\r\n"\'=x ""y""\nz",,\r\n\r\nsection,Two\r\na\r\n',
  );
});

test('the names of sheets are short, clean and unique', () => {
  const long = 'A name that is longer than a sheet may have';
  expect(sheetNames([long, long, 'a/b', 'A b', '', "'x'"])).toEqual([
    'A name that is longer than a sh',
    'A name that is longer than (2)',
    'a b',
    'A b (2)',
    'Section',
    'x',
  ]);
});
