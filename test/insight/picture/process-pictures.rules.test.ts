import { describe, expect, test } from 'vitest';
import { oeeOf, type EquipmentWork, type StatusSeconds } from '../../../src/insight/oee/oee.rules.ts';
import { oeePicture, oeeSpec } from '../../../src/insight/oee/oee-picture.rules.ts';
import { cycleTimePicture, cycleTimeSpec } from '../../../src/insight/performance/cycle-time-picture.rules.ts';
import { cycleTimesOf, type StepCycle } from '../../../src/insight/performance/performance.rules.ts';
import { timeText, unitOfTime } from '../../../src/insight/picture/duration.rules.ts';
import { nameAxis } from '../../../src/insight/picture/name-axis.rules.ts';
import { PICTURE_THEMES, THEME_COLOURS } from '../../../src/insight/picture/theme.rules.ts';
import { type StepCounts, type YieldDimension, yieldReportOf } from '../../../src/insight/yield/yield.rules.ts';
import { yieldPicture, yieldSpec } from '../../../src/insight/yield/yield-picture.rules.ts';
import { faultsOfSpec } from '../../support/vega-lite.ts';
import { elementsOf, parseXml, textOf } from '../../support/xml.ts';
import { HARMLESS, HOSTILE, lookOf, SIZES } from './figures.ts';

function textsOf(svg: string): readonly string[] {
  return elementsOf(parseXml(svg), 'text').map(textOf);
}

function descriptionOf(svg: string): string {
  return elementsOf(parseXml(svg), 'desc').map(textOf).join();
}

function filledWith(svg: string, element: string, fill: string): number {
  return elementsOf(parseXml(svg), element).filter(({ attributes }) => attributes.style === `fill:${fill}`).length;
}

/** A step of a report, with first passes and units that passed of ten each. */
function step(name: string, firstPasses: number, passed: number, more: Partial<StepCounts> = {}): StepCounts {
  const counts = { firstAttempts: 10, units: 10, executions: 10, failCount: 0, reworkCount: 0, defectQuantity: 0 };
  const process = { processId: name, step: name, number: 10, level: 'WIP', isManufacturing: true, key: null } as const;
  return { ...process, ...counts, firstPasses, passCount: passed, ...more };
}

const LOT_STEP = { level: 'LOT', firstAttempts: 0 } as const;

function reportBy(by: YieldDimension, keys: readonly (string | null)[]) {
  return yieldReportOf(
    keys.map((key, at) => step('LASER', 9 - (at % 3), 10, { key })),
    by,
  );
}

describe('the yield of steps (KPI-2)', () => {
  const report = yieldReportOf([step('LASER', 8, 10), step('TEST', 5, 9, { number: 20 })], null);

  test('has first pass and final yield of each step with their values, and names the lowest', () => {
    const svg = yieldPicture(report, lookOf());
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining([
        'Yield of steps',
        '2 steps, rolled throughput yield 40 %, lowest 50 % at TEST',
        'Yield',
        'LASER',
        '80 %',
        '90 %',
        'First pass yield',
        'Final yield',
      ]),
    );
    expect(descriptionOf(svg)).toBe(
      '2 steps, rolled throughput yield 40 %, lowest 50 % at TEST. LASER: first pass 80 %, final 100 %; TEST: first pass 50 %, final 90 %.',
    );
    expect(elementsOf(parseXml(svg), 'circle')).toHaveLength(2);
    expect(faultsOfSpec(yieldSpec(report))).toEqual([]);
    expect(yieldSpec(report)).toMatchObject({ data: { values: { 1: { name: 'LASER', value: 1 }, length: 4 } } });
  });

  test('draws nothing for a yield that does not exist', () => {
    const later = yieldReportOf([step('WASH', 0, 10, LOT_STEP), step('TEST', 9, 0, { units: 0 })], null);
    const svg = yieldPicture(later, lookOf());
    expect(descriptionOf(svg)).toContain('WASH: first pass none, final 100 %; TEST: first pass 90 %, final none.');
    expect(elementsOf(parseXml(svg), 'circle')).toHaveLength(1);
    const none = yieldReportOf([step('WASH', 0, 10, LOT_STEP)], null);
    expect(descriptionOf(yieldPicture(none, lookOf()))).toBe('1 steps. WASH: first pass none, final 100 %.');
  });

  test('without executions says so', () => {
    expect(textsOf(yieldPicture(yieldReportOf([], null), lookOf()))).toEqual([
      'Yield of steps',
      'No data: nothing was executed.',
    ]);
    expect(faultsOfSpec(yieldSpec(yieldReportOf([], null)))).toEqual([]);
  });
});

describe('the rolled throughput yield of keys (KPI-3)', () => {
  test('has a point for each key, and that of all as a line', () => {
    const report = reportBy('EQUIPMENT', ['A', 'B', null]);
    const svg = yieldPicture(report, lookOf());
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining(['Rolled throughput yield by equipment', 'All', '80 %', 'no equipment', '70 %']),
    );
    expect(descriptionOf(svg)).toBe(
      'rolled throughput yield 80 %, lowest 70 % at no equipment. A: 90 %; B: 80 %; no equipment: 70 %.',
    );
    expect(yieldSpec(report).layer).toHaveLength(2);
    expect(faultsOfSpec(yieldSpec(report))).toEqual([]);
  });

  test('has a line along times, which a time without first attempts interrupts, and small points when they are many', () => {
    const shifts = reportBy('SHIFT', ['2026-11-29 EARLY', '2026-11-29 LATE']);
    expect(textsOf(yieldPicture(shifts, lookOf()))).toEqual(expect.arrayContaining(['11-29 EARLY', '11-29 LATE']));
    const days = Array.from({ length: 70 }, (_each, at) => `2026-${String(at)}`);
    const svg = yieldPicture(reportBy('DAY', days), lookOf());
    expect(elementsOf(parseXml(svg), 'circle').every(({ attributes }) => attributes.r === '2')).toBe(true);
    const report = yieldReportOf(
      ['1', '2', '3', '4', '5'].map((key) =>
        step('LASER', 9, 9, { key, ...(key === '3' ? { firstAttempts: 0 } : {}) }),
      ),
      'WEEK',
    );
    const paths = elementsOf(parseXml(yieldPicture(report, lookOf())), 'path');
    expect(paths.map(({ attributes }) => attributes.d?.match(/M/g)?.length)).toContain(2);
    expect(yieldSpec(report).layer).toHaveLength(3);
    expect(faultsOfSpec(yieldSpec(report))).toEqual([]);
  });

  test('draws the lowest of very many keys, and very many times as a line only', () => {
    const keys = Array.from({ length: 500 }, (_each, at) => `K${at}`);
    const report = yieldReportOf(
      [
        ...keys.map((key, at) => step('LASER', at < 200 ? 9 : 10, 10, { key })),
        step('LASER', 0, 0, { firstAttempts: 0 }),
      ],
      'LOT',
    );
    const svg = yieldPicture(report, lookOf());
    expect(elementsOf(parseXml(svg), 'circle')).toHaveLength(400);
    expect(descriptionOf(svg)).toMatch(/^the 400 lowest of 501 keys, rolled .* K0: 90 %; .*; and more\.$/);
    expect(elementsOf(parseXml(yieldPicture(reportBy('HOUR', keys), lookOf())), 'circle')).toEqual([]);
  });

  test('says where no key has one', () => {
    const report = yieldReportOf([step('WASH', 0, 10, { ...LOT_STEP, key: 'A' })], 'LOT');
    expect(descriptionOf(yieldPicture(report, lookOf()))).toBe(
      'No figures: no first attempts at manufacturing steps of items and serials.',
    );
  });
});

function cycle(name: string, medianSeconds: number, plannedSeconds: number | null, p95Seconds = 2 * medianSeconds) {
  const durationSum = 10 * medianSeconds;
  return { processId: name, step: name, plannedSeconds, count: 10, durationSum, medianSeconds, p95Seconds };
}

function timesOf(steps: readonly StepCycle[], leadSum = 0) {
  const count = leadSum === 0 ? 0 : 2;
  const medianLeadSeconds = leadSum === 0 ? null : leadSum / 2;
  return cycleTimesOf(steps, { count, leadSum, touchSum: leadSum / 4, medianLeadSeconds });
}

describe('cycle times (KPI-10)', () => {
  test('have median, mean, 95th percentile and plan, and mark the steps that are slower than planned', () => {
    const times = timesOf([cycle('LASER', 61, 60), cycle('TEST', 30, 90), cycle('PACK', 2, null)], 1200);
    const svg = cycleTimePicture(times, lookOf());
    const subtitle = '1 of 3 steps slower than planned, 2 items took 10 min in the mean, 25 % of it work';
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining([
        'Cycle times of steps',
        subtitle,
        'Time (s)',
        'LASER',
        '61 s',
        '95th percentile',
        'Plan',
      ]),
    );
    const heightOf = (text: string) =>
      elementsOf(parseXml(svg), 'text').find((each) => textOf(each) === text)?.attributes.y;
    expect(Number(heightOf('2 s'))).toBeLessThan(Number(heightOf('61 s')));
    expect(descriptionOf(svg)).toBe(
      `${subtitle}. LASER: median 61 s, mean 61 s, 95th percentile 122 s, plan 60 s; TEST: median 30 s, mean 30 s, 95th percentile 60 s, plan 90 s; PACK: median 2 s, mean 2 s, 95th percentile 4 s, no plan.`,
    );
    const { alarm } = lookOf().theme;
    // One column, one entry of the legend.
    expect(filledWith(svg, 'rect', alarm)).toBe(2);
    expect(faultsOfSpec(cycleTimeSpec(times))).toEqual([]);
    expect(cycleTimeSpec(times)).toMatchObject({
      data: { values: [{ step: 'LASER', isAbovePlan: true }, { isAbovePlan: false }, { plannedSeconds: null }] },
    });
  });

  test('have a scale in the unit of the longest, and one where everything took no time', () => {
    expect(textsOf(cycleTimePicture(timesOf([cycle('BURN_IN', 86_400 * 4, null)]), lookOf()))).toEqual(
      expect.arrayContaining(['Time (d)', '4 d', '0 of 1 steps slower than planned']),
    );
    for (const planned of [null, 3])
      expect(textsOf(cycleTimePicture(timesOf([cycle('SCAN', 0, planned)]), lookOf()))).toEqual(
        expect.arrayContaining(['Time (s)', '0 s']),
      );
  });

  test('have no numbers at their columns where these are many', () => {
    const many = Array.from({ length: 20 }, (_each, at) => cycle(`STEP_${at}`, 60, 90));
    expect(textsOf(cycleTimePicture(timesOf(many), lookOf()))).not.toContain('60 s');
  });

  test('without executions say so', () => {
    expect(textsOf(cycleTimePicture(timesOf([]), lookOf()))).toEqual([
      'Cycle times of steps',
      'No data: nothing was executed.',
    ]);
    expect(faultsOfSpec(cycleTimeSpec(timesOf([])))).toEqual([]);
  });
});

const WORK: EquipmentWork = {
  actualProductionSeconds: 2160,
  producedCount: 8,
  goodCount: 7,
  plannedSum: 1920,
  unplannedCount: 0,
};
const STATUSES: readonly StatusSeconds[] = [
  { status: 'AVAILABLE', seconds: 1200 },
  { status: 'IN_USE', seconds: 1500 },
  { status: 'MAINTENANCE', seconds: 600 },
  { status: 'OUT_OF_SERVICE', seconds: 240 },
  { status: 'RETIRED', seconds: 60 },
];

describe('the effectiveness of equipment (OEE-1)', () => {
  const oee = oeeOf({ equipment: 'OVEN-1', loadingSeconds: 3600 }, STATUSES, WORK, 3000);

  test('has its factors with their values, and the times of the statuses', () => {
    const svg = oeePicture(oee, lookOf());
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining([
        'Effectiveness of OVEN-1',
        'worked 36 min of 50 min planned, 7 of 8 good',
        'Share',
        'Availability',
        '72 %',
        '88.9 %',
        '87.5 %',
        'OEE',
        '56 %',
        'Status',
        'out of service 4 min',
        'retired 60 s',
      ]),
    );
    expect(descriptionOf(svg)).toContain('OEE 56 %. Status, available 20 min, in use 25 min, maintenance 10 min,');
    expect(faultsOfSpec(oeeSpec(oee))).toEqual([]);
    expect(oeeSpec(oee)).toMatchObject({ vconcat: [{ data: { values: { length: 4 } } }, {}] });
  });

  test('marks what is above 100 percent', () => {
    const fast = oeeOf({ equipment: 'OVEN-1', loadingSeconds: 3600 }, [], { ...WORK, plannedSum: 4320 }, undefined);
    const svg = oeePicture(fast, lookOf());
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining(['200 %', 'worked 36 min of 60 min planned, 7 of 8 good, faster than planned']),
    );
    expect(filledWith(svg, 'rect', lookOf().theme.alarm)).toBe(2);
  });

  test('says which factor there is not, and why', () => {
    const idle = oeeOf(
      { equipment: 'OVEN-1', loadingSeconds: 3600 },
      [],
      { ...WORK, producedCount: 0, goodCount: 0 },
      undefined,
    );
    expect(textsOf(oeePicture(idle, lookOf()))).toEqual(
      expect.arrayContaining(['no production, worked 36 min of 60 min planned, 0 of 0 good', 'none']),
    );
    const small = textsOf(oeePicture(idle, lookOf(200, 150)));
    expect(small).toEqual(expect.arrayContaining(['A', 'E', 'Q', '60 %', '–']));
    expect(small).not.toContain('Status');
    const nothing = oeeOf(
      { equipment: 'OVEN-1', loadingSeconds: 3600 },
      [],
      { ...WORK, producedCount: 0, goodCount: 0, plannedSum: 0 },
      0,
    );
    expect(textsOf(oeePicture(nothing, lookOf()))).toEqual(['Effectiveness of OVEN-1', 'No figures: no planned time.']);
    expect(descriptionOf(oeePicture({ ...idle, reason: 'NO_PLANNED_DURATION' }, lookOf()))).toContain(
      'a step has no planned seconds',
    );
  });
});

test('a time is in the largest unit of which it has three', () => {
  expect([0, 179, 180, 10_799, 10_800, 259_200].map(timeText)).toEqual([
    '0 s',
    '179 s',
    '3 min',
    '180 min',
    '3 h',
    '3 d',
  ]);
  expect(unitOfTime(90)).toEqual({ seconds: 1, name: 's' });
});

test('names stand upright where they fit, are turned and cut inside where not, and cut at their ends in a low picture', () => {
  const { theme } = lookOf();
  const labelsOf = (names: readonly string[], width: number, height: number) =>
    nameAxis(names, { left: 0, right: width, height }).labels(100, theme);
  expect(labelsOf(['A', 'B'], 100, 100).join()).not.toContain('rotate');
  expect(labelsOf(['KR01PSA261101001', 'KR01PSA261101002'], 180, 360).join()).toContain('>KR01PSA…101001<');
  expect(labelsOf(['LASER_MARK', 'TEST'], 120, 150).join()).toMatch(/>LASER_…</);
  expect(labelsOf(['LASER_MARK', 'TEST', 'PACK'], 100, 150).join()).toMatch(/rotate.*>LA…RK</);
  expect(
    labelsOf(
      Array.from({ length: 50 }, (_each, at) => `KEY_${at}`),
      100,
      300,
    ),
  ).toHaveLength(7);
});

test.each(PICTURE_THEMES)(
  'every picture is whole XML at every size, escapes what it names, and is the same twice: %s',
  (theme) => {
    const pictures = [
      (look: ReturnType<typeof lookOf>) => yieldPicture(yieldReportOf([step(HOSTILE, 9, 10)], null), look),
      (look: ReturnType<typeof lookOf>) => yieldPicture(reportBy('LOT', [HOSTILE]), look),
      (look: ReturnType<typeof lookOf>) => cycleTimePicture(timesOf([cycle(HOSTILE, 5, 4)]), look),
      (look: ReturnType<typeof lookOf>) =>
        oeePicture(oeeOf({ equipment: HOSTILE, loadingSeconds: 3600 }, STATUSES, WORK, undefined), look),
    ];
    for (const [width, height] of SIZES) {
      const look = lookOf(width, height, theme);
      for (const draw of pictures) {
        const svg = draw(look);
        expect(draw(look)).toBe(svg);
        expect(textOf(parseXml(svg))).toContain(HARMLESS);
        expect(parseXml(svg).attributes).toMatchObject({ role: 'img', width: String(width), height: String(height) });
        expect(svg).not.toMatch(/NaN|undefined|Infinity|<script/);
        expect(svg).toContain(THEME_COLOURS[theme].ground);
      }
    }
  },
);
