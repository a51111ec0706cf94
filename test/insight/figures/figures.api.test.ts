/** The worked examples of the figures, digit by digit, with their statements and their refusals. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/platform/values/global-id.ts';
import { type Api, startApi } from '../../support/api.ts';
import type { Role } from '../../../src/platform/rules/access.ts';
import { DAY, makeExamplePlant } from './example-plant.ts';

let api: Api;
let ids: Readonly<Record<string, string>>;
beforeAll(async () => {
  api = await startApi();
  await makeExamplePlant(api);
  const rows = await api.database.reader().sql<{ name: string; type: string; id: string }>`
    SELECT code AS name, 'Process' AS type, id FROM processes UNION ALL SELECT username, 'User', id FROM users UNION ALL SELECT number, 'Lot', id FROM lots
    UNION ALL SELECT code, 'Equipment', id FROM equipment UNION ALL SELECT code, 'ProductModel', id FROM product_models UNION ALL SELECT code, 'ProductionLine', id FROM production_lines`;
  ids = Object.fromEntries(rows.map(({ name, type, id }) => [name, encodeGlobalId(type, id)]));
});
afterAll(() => api.close());

/** A figure and the number of its statements. Floats have six digits, as in the examples. */
async function figure(question: string, role: Role = 'VIEWER'): Promise<Figure> {
  const { data, errors, statements } = await api.ask(`{ figure: ${question} }`, {}, role);
  expect(errors).toEqual([]);
  return { ...(rounded(data.figure) as Figure), statements };
}

type Figure = Readonly<Record<string, unknown>>;

function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Math.round(value * 1e6) / 1e6;
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, rounded(each)]));
}

async function refusal(question: string, role: Role = 'VIEWER') {
  const { data, errors } = await api.ask(`{ figure: ${question} }`, {}, role);
  expect(data.figure).toBeNull();
  const [error] = errors as readonly { message: string; extensions: { code: string } }[];
  return `${error?.extensions.code}: ${error?.message}`;
}

const EMPTY = '{ from: "2025-01-01T00:00:00Z", to: "2025-01-02T00:00:00Z" }';

describe('yields', () => {
  const SERIALS =
    '{ terminalCount passedCount failedCount passedFirstTimeCount reworkedCount passRatio firstTimeRatio reworkRatio }';

  test('of serials are over those that reached their end (KPI-1)', async () => {
    expect(await figure(`serialYield(period: ${DAY}) ${SERIALS}`)).toEqual({
      terminalCount: 3,
      passedCount: 2,
      failedCount: 1,
      passedFirstTimeCount: 1,
      reworkedCount: 2,
      passRatio: 0.666667,
      firstTimeRatio: 0.333333,
      reworkRatio: 0.666667,
      statements: 1,
    });
    expect(await figure(`serialYield(period: ${EMPTY}) ${SERIALS}`)).toMatchObject({
      terminalCount: 0,
      passRatio: null,
      firstTimeRatio: null,
      reworkRatio: null,
    });
    expect(
      await figure(`serialYield(period: ${DAY}, scope: { equipment: ["${ids['LASER-1']}"] }) ${SERIALS}`),
    ).toMatchObject({
      terminalCount: 3,
    });
    expect(await figure(`serialYield(period: ${DAY}, scope: { operators: [] }) ${SERIALS}`)).toMatchObject({
      terminalCount: 0,
    });
  });

  const ROWS =
    'rows { key process { number } firstAttempts firstPasses firstPassYield units unitsPassed finalYield executions passCount failCount reworkCount defectQuantity defectsPerUnit }';

  test('of steps are those of first attempts and of units (KPI-2, KPI-3)', async () => {
    const report = await figure(
      `yieldReport(period: ${DAY}) { rolledThroughputYield ${ROWS} rolledThroughputYields { key value } }`,
    );
    expect(report).toMatchObject({ rolledThroughputYield: 0.426667, rolledThroughputYields: [], statements: 2 });
    const row = (number: number, ...figures: readonly (number | null)[]) => {
      const [firstPasses, firstAttempts, firstPassYield, unitsPassed, units, finalYield, defectsPerUnit] = figures;
      const [executions, passCount, failCount, reworkCount, defectQuantity] = figures.slice(7);
      return {
        key: null,
        process: { number },
        firstAttempts,
        firstPasses,
        firstPassYield,
        units,
        unitsPassed,
        finalYield,
        executions,
        passCount,
        failCount,
        reworkCount,
        defectQuantity,
        defectsPerUnit,
      };
    };
    expect(report['rows']).toEqual([
      row(10, 4, 6, 0.666667, 6, 6, 1, 0.333333, 8, 6, 1, 1, 2),
      row(20, 4, 5, 0.8, 5, 5, 1, 0.8, 7, 5, 2, 0, 4),
      row(30, 4, 5, 0.8, 4, 5, 0.8, 0.2, 5, 4, 1, 0, 1),
    ]);
    const empty = await figure(`yieldReport(period: ${EMPTY}) { rolledThroughputYield ${ROWS} }`);
    expect(empty).toEqual({ rolledThroughputYield: null, rows: [], statements: 1 });
  });

  test.each([
    ['PRODUCT_MODEL', '', ['PSA100']],
    ['PRODUCTION_LINE', '', ['KR01']],
    ['LOT', '', ['KR01PSA261101']],
    ['EQUIPMENT', '', ['LASER-1', null]],
    ['OPERATOR', '', ['kim', 'lee']],
    ['HOUR', 'Asia/Kathmandu', ['2026-11-02T13', '2026-11-02T14']],
    ['SHIFT', 'America/New_York', ['2026-11-01 NIGHT']],
    ['DAY', 'Pacific/Auckland', ['2026-11-02']],
    ['WEEK', '', ['2026-W45']],
    ['MONTH', '', ['2026-11']],
  ])('are divided by %s (KPI-2)', async (by, timeZone, keys) => {
    const zone = timeZone === '' ? '' : `, timeZone: "${timeZone}"`;
    const report = await figure(
      `yieldReport(period: ${DAY}, by: ${by}${zone}) { rolledThroughputYield rows { key firstAttempts } rolledThroughputYields { key value } }`,
    );
    expect(report).toMatchObject({ rolledThroughputYield: 0.426667, statements: 1 });
    const { rows, rolledThroughputYields } = report as unknown as {
      readonly rows: readonly { key: string; firstAttempts: number }[];
      readonly rolledThroughputYields: readonly { key: string; value: number }[];
    };
    expect(rolledThroughputYields.map(({ key }) => key)).toEqual(keys);
    expect(rows.reduce((sum, { firstAttempts }) => sum + firstAttempts, 0)).toBe(16);
  });
});

describe('defects', () => {
  test('count most in the first rows (KPI-7)', async () => {
    const rows = 'rows { key count ratio cumulativeRatio isVitalFew } totalCount otherCount';
    expect(await figure(`defectPareto(period: ${DAY}) { ${rows} }`)).toEqual({
      rows: [
        { key: 'SCRATCH', count: 5, ratio: 0.625, cumulativeRatio: 0.625, isVitalFew: true },
        { key: 'MISALIGN', count: 2, ratio: 0.25, cumulativeRatio: 0.875, isVitalFew: true },
        { key: 'LEAK', count: 1, ratio: 0.125, cumulativeRatio: 1, isVitalFew: false },
      ],
      totalCount: 8,
      otherCount: 0,
      statements: 1,
    });
    const counts = async (args: string) => {
      const {
        rows: found,
        totalCount,
        otherCount,
      } = (await figure(
        `defectPareto(period: ${DAY}, ${args}) { rows { key count } totalCount otherCount }`,
      )) as unknown as { rows: { key: string; count: number }[]; totalCount: number; otherCount: number };
      return [...found.map(({ key, count }) => `${key} ${count}`), totalCount, otherCount];
    };
    expect(await counts('limit: 1')).toEqual(['SCRATCH 5', 8, 3]);
    expect(await counts('source: PROCESS')).toEqual(['SCRATCH 4', 'MISALIGN 2', 'LEAK 1', 7, 0]);
    expect(await counts('source: INSPECTION')).toEqual(['SCRATCH 1', 1, 0]);
    expect(await counts('by: SEVERITY')).toEqual(['LOW 7', 'HIGH 1', 8, 0]);
    expect(await counts('by: PROCESS')).toEqual(['ASSEMBLY 4', 'LASER 2', 'TEST 1', 7, 0]);
    expect(await counts('by: EQUIPMENT')).toEqual(['null 5', 'LASER-1 2', 7, 0]);
    expect(await counts('by: OPERATOR')).toEqual(['lee 5', 'kim 2', 7, 0]);
    expect(await counts('by: PROCESS, source: INSPECTION')).toEqual([0, 0]);
    expect(
      await counts(`scope: { processes: ["${ids['TEST']}"], lots: ["${ids['KR01PSA261101']}"] }, source: PROCESS`),
    ).toEqual(['LEAK 1', 1, 0]);
    expect(await counts(`scope: { productModels: ["${ids['PSA100']}"], productionLines: ["${ids['KR01']}"] }`)).toEqual(
      ['SCRATCH 5', 'MISALIGN 2', 'LEAK 1', 8, 0],
    );
  });

  test('are counted per million opportunities (KPI-6)', async () => {
    const ask = (args: string, period = DAY) =>
      figure(
        `defectsPerMillion(period: ${period}, opportunitiesPerUnit: 3${args}) { defectCount unitCount defectsPerUnit dpmo }`,
      );
    expect(await ask('')).toEqual({
      defectCount: 8,
      unitCount: 6,
      defectsPerUnit: 1.333333,
      dpmo: 444444.444444,
      statements: 1,
    });
    expect(await ask(', source: PROCESS')).toMatchObject({ defectCount: 7, dpmo: 388888.888889 });
    expect(await ask(', source: INSPECTION')).toMatchObject({
      defectCount: 1,
      unitCount: 0,
      defectsPerUnit: null,
      dpmo: null,
    });
    expect(await ask('', EMPTY)).toMatchObject({ defectCount: 0, unitCount: 0, defectsPerUnit: null, dpmo: null });
  });

  test('have a trend, with the intervals without executions (KPI-8)', async () => {
    const ask = (args: string) =>
      figure(
        `defectTrend(${args}) { points { start executions failCount failRatio defectQuantity } failRatio maxFailRatio }`,
      );
    expect(await ask('days: { from: "2026-11-01", to: "2026-11-02" }')).toEqual({
      points: [
        { start: '2026-11-01', executions: 0, failCount: 0, failRatio: null, defectQuantity: 0 },
        { start: '2026-11-02', executions: 20, failCount: 4, failRatio: 0.2, defectQuantity: 7 },
      ],
      failRatio: 0.2,
      maxFailRatio: 0.2,
      statements: 1,
    });
    expect(await ask('days: { from: "2026-11-02", to: "2026-11-09" }, interval: WEEK')).toMatchObject({
      points: [
        { start: '2026-11-02', executions: 20 },
        { start: '2026-11-09', executions: 0 },
      ],
    });
    expect(await ask('days: { from: "2026-10-31", to: "2026-11-01" }, interval: MONTH')).toMatchObject({
      points: [
        { start: '2026-10-01', executions: 0 },
        { start: '2026-11-01', executions: 0 },
      ],
      failRatio: null,
      maxFailRatio: null,
    });
  });
});

describe('performance', () => {
  test('of steps is that of their executions, and what is open now (KPI-9)', async () => {
    const all = 'executions passCount failCount reworkCount openCount passRatio meanDurationSeconds';
    const {
      rows,
      overall = {},
      statements,
    } = await figure(
      `processPerformance(period: ${DAY}) { rows { process { number } plannedSeconds durationRatio ${all} } overall { ${all} } }`,
    );
    const values = (row: object) => Object.values(row).slice(2);
    expect((rows as readonly object[]).map(values)).toEqual([
      [1.029167, 8, 6, 1, 1, 0, 0.75, 61.75],
      [1.027381, 7, 5, 2, 0, 1, 0.714286, 123.285714],
      [1.013333, 5, 4, 1, 0, 0, 0.8, 91.2],
      [null, 0, 0, 0, 0, 0, null, null],
    ]);
    expect(Object.values(overall as object)).toEqual([20, 15, 4, 1, 1, 0.75, 90.65]);
    expect(statements).toBe(2);
  });

  test('has cycle times of steps and items (KPI-10)', async () => {
    const times = await figure(
      `cycleTimes(period: ${DAY}) { byProcess { count meanSeconds medianSeconds p95Seconds } units { count meanLeadSeconds medianLeadSeconds meanTouchSeconds flowRatio } }`,
    );
    expect(times).toEqual({
      byProcess: [
        { count: 8, meanSeconds: 61.75, medianSeconds: 60.5, p95Seconds: 70 },
        { count: 7, meanSeconds: 123.285714, medianSeconds: 122, p95Seconds: 130 },
        { count: 5, meanSeconds: 91.2, medianSeconds: 91, p95Seconds: 95 },
      ],
      units: {
        count: 4,
        meanLeadSeconds: 945.25,
        medianLeadSeconds: 990.5,
        meanTouchSeconds: 350.25,
        flowRatio: 0.370537,
      },
      statements: 2,
    });
    const empty = await figure(
      `cycleTimes(period: ${EMPTY}) { byProcess { count } units { count meanLeadSeconds medianLeadSeconds meanTouchSeconds flowRatio } }`,
    );
    expect(empty).toMatchObject({
      byProcess: [],
      units: { count: 0, meanLeadSeconds: null, medianLeadSeconds: null, meanTouchSeconds: null, flowRatio: null },
    });
  });

  test('shows where the items are, and the bottleneck (KPI-11)', async () => {
    const row = 'process { number } inProgressCount waitingCount failedCount heldCount loadCount estimatedQueueSeconds';
    const { rows, bottleneck, withoutStepCount, statements } = await figure(
      `wipByProcess { rows { ${row} } bottleneck { number } withoutStepCount }`,
    );
    expect((rows as readonly object[]).map((each) => Object.values(each).slice(1))).toEqual([
      [0, 2, 0, 0, 2, 120],
      [1, 0, 0, 0, 1, 120],
      [0, 0, 1, 0, 0, 0],
      [0, 1, 0, 0, 1, null],
    ]);
    expect([bottleneck, withoutStepCount, statements]).toEqual([{ number: 10 }, 0, 2]);
    const narrow = await figure(
      `wipByProcess(scope: { processes: ["${ids['TEST']}"] }) { rows { failedCount } bottleneck { number } }`,
    );
    expect(narrow).toMatchObject({ rows: [{ failedCount: 1 }], bottleneck: null });
  });

  test('of people is shown to leads and auditors, and to people their own (KPI-13)', async () => {
    const ask = (role: Role, scope = '') =>
      figure(
        `operatorPerformance(period: ${DAY}${scope}) { rows { operator { username } executions passCount failCount reworkCount passRatio meanDurationSeconds touchSeconds } }`,
        role,
      );
    const lee = [{ username: 'lee' }, 12, 9, 3, 0, 0.75, 109.916667, 1319];
    const kim = [{ username: 'kim' }, 8, 6, 1, 1, 0.75, 61.75, 494];
    for (const role of ['ADMIN', 'MANAGER', 'AUDITOR'] as const) {
      const { rows, statements } = await ask(role);
      expect((rows as readonly object[]).map((each) => Object.values(each))).toEqual([lee, kim]);
      expect(statements).toBe(2);
    }
    const { rows } = await ask('AUDITOR', `, scope: { operators: ["${ids['kim']}"] }`);
    expect((rows as readonly object[]).map((each) => Object.values(each))).toEqual([kim]);
    expect(await ask('OPERATOR')).toMatchObject({ rows: [] });
    expect(await refusal('operatorPerformance { rows { executions } }')).toMatch(/^FORBIDDEN/);
  });
});

describe('overviews', () => {
  test('count what was made, each by its own time (KPI-4)', async () => {
    const counts = 'lotsCreated lotsCompleted lotsClosed wipItemsCreated wipItemsCompleted serialsCreated';
    expect(await figure(`productionStatistics(period: ${DAY}) { ${counts} serialYield { terminalCount } }`)).toEqual({
      lotsCreated: 1,
      lotsCompleted: 0,
      lotsClosed: 0,
      wipItemsCreated: 8,
      wipItemsCompleted: 4,
      serialsCreated: 3,
      serialYield: { terminalCount: 3 },
      statements: 2,
    });
    const scoped = await figure(
      `productionStatistics(period: ${DAY}, scope: { operators: ["${ids['lee']}"] }) { ${counts} }`,
    );
    expect(scoped).toMatchObject({ lotsCreated: 1, wipItemsCreated: 6, serialsCreated: 3 });
  });

  test('show the quality of serials and steps (KPI-5)', async () => {
    const { byProcess = [], ...serials } = await figure(
      `qualityMetrics(period: ${DAY}) { inspectedSerials passedSerials failedSerials reworkedSerials passRatio defectRatio reworkRatio byProcess { executions passCount failCount reworkCount passRatio failRatio } }`,
    );
    expect(Object.values(serials)).toEqual([3, 2, 1, 2, 0.666667, 0.333333, 0.666667, 2]);
    expect((byProcess as readonly object[]).map((row) => Object.values(row))).toEqual([
      [8, 6, 1, 1, 0.75, 0.125],
      [7, 5, 2, 0, 0.714286, 0.285714],
      [5, 4, 1, 0, 0.8, 0.2],
      [0, 0, 0, 0, null, null],
    ]);
  });

  test('summarise a day, with what is so now (KPI-14)', async () => {
    const summary = await figure(`productionSummary(date: "2026-11-02") {
      lots { total createdOnDay createdInWeek activeCount heldCount completedOnDay closedOnDay }
      wipItems { createdOnDay completedOnDay convertedOnDay inProgressCount failedCount }
      serials { total createdOnDay createdInWeek inProgressCount passedOnDay failedOnDay }
      executionsOnDay failsOnDay passRatioOnDay meanDurationSecondsOnDay passRatioOverall reworkRatioOverall }`);
    expect(
      Object.values(summary).map((each) => (typeof each === 'object' && each !== null ? Object.values(each) : each)),
    ).toEqual([[1, 1, 1, 1, 0, 0, 0], [8, 4, 3, 1, 1], [3, 3, 3, 0, 2, 1], 20, 4, 0.75, 90.65, 0.666667, 0.666667, 4]);
    const none = await figure('productionSummary(date: "2026-11-09") { lots { createdInWeek } passRatioOnDay }');
    expect(none).toMatchObject({ lots: { createdInWeek: 0 }, passRatioOnDay: null });
    expect(await figure('productionSummary { executionsOnDay }')).toMatchObject({ statements: 4 });
    expect(await refusal('productionSummary(date: "2026-13-02") { executionsOnDay }')).toMatch(
      /INVALID_INPUT: date must be/,
    );
  });
});

test('arguments that make no sense are refused', async () => {
  const yieldOf = (args: string) => refusal(`yieldReport(${args}) { rolledThroughputYield }`);
  expect(await yieldOf('timeZone: "Mars/Olympus"')).toMatch(
    /INVALID_INPUT: timeZone must be the name of an IANA time zone/,
  );
  expect(await yieldOf('period: { from: "2026-11-03T00:00:00Z", to: "2026-11-03T00:00:00Z" }')).toMatch(
    /INVALID_INPUT: period must start before/,
  );
  expect(await yieldOf('period: { from: "2025-01-01T00:00:00Z", to: "2026-11-03T00:00:00Z" }')).toMatch(
    /INVALID_INPUT.*at most 366 days/,
  );
  expect(await yieldOf(`scope: { lots: ["${ids['TEST']}"] }`)).toMatch(
    /INVALID_INPUT: scope.lots.0 must be an id of type Lot/,
  );
  expect(await refusal('defectPareto(limit: 0) { totalCount }')).toMatch(/INVALID_INPUT: limit must be/);
  expect(await refusal('defectPareto(limit: 101) { totalCount }')).toMatch(/INVALID_INPUT: limit must be/);
  expect(await refusal('defectsPerMillion(opportunitiesPerUnit: 0) { dpmo }')).toMatch(
    /INVALID_INPUT: opportunitiesPerUnit/,
  );
  expect(await refusal('defectTrend(days: { from: "2026-11-03", to: "2026-11-02" }) { failRatio }')).toMatch(
    /INVALID_INPUT: days must not end/,
  );
  expect(await refusal('defectTrend(days: { from: "2026-02-30", to: "2026-11-02" }) { failRatio }')).toMatch(
    /INVALID_INPUT: days.from must be a date/,
  );
});
