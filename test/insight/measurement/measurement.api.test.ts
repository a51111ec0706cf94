import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeStep } from '../../support/build.ts';
import { minute, putReadings, type ReadingPlant, startReadingPlant } from '../../support/readings.ts';
import { UNIVARIATE } from '../spc/nist/univariate.ts';

let plant: ReadingPlant;
beforeAll(async () => {
  plant = await startReadingPlant();
  const [first, second] = plant.items;
  const hole = await makeStep(plant.api, 20, 'HOLE');
  await putReadings(plant, [
    ...UNIVARIATE.flatMap(({ name, data }) =>
      Array.from({ length: Math.ceil(data.length / 200) }, (_each, at) => ({
        at: minute(at),
        readings: data.slice(at * 200, at * 200 + 200).map((value) => ({ code: name, value })),
      })),
    ),
    {
      at: '2026-11-03T22:30:00Z',
      item: first,
      readings: [
        { code: 'DEPTH', value: '1.5', unit: 'mm', lowerLimit: '1', upperLimit: '1.5' },
        { code: 'DEPTH', value: '0.9999999999', unit: 'mm', lowerLimit: '1' },
        { code: 'DEPTH', text: 'deep', unit: 'mm', lowerLimit: '1' },
      ],
    },
    {
      at: '2026-11-03T23:30:00Z',
      item: second,
      step: hole,
      readings: [
        { code: 'DEPTH', value: '2', unit: 'in' },
        { code: 'COLOUR', text: 'red' },
      ],
    },
  ]);
});
afterAll(() => plant.api.close());

const PERIOD = 'period: { from: "2026-11-01T00:00:00Z", to: "2026-11-10T00:00:00Z" }';
const FIGURES = 'key keys count mean standardDeviation min max median inSpecCount outOfSpecCount notJudgedCount';

async function summary(more: string) {
  const answer = await plant.api.ask(`{ measurementSummary(${PERIOD}, ${more}) { rows { ${FIGURES} } } }`);
  return { rows: answer.data.measurementSummary?.rows, errors: answer.errors, statements: answer.statements };
}

/** How many digits agree: NIST's log relative error. */
function digits(value: number, certified: number): number {
  return value === certified ? 17 : -Math.log10(Math.abs(value - certified) / Math.abs(certified));
}

describe('measurementSummary (KPI-16)', () => {
  test.each(UNIVARIATE)(
    'mean and standard deviation of NIST’s $name agree to 14 digits (KPI-16)',
    async (certified) => {
      const { rows, statements } = await summary(`process: { code: "TORQUE" }, code: "${certified.name}"`);
      expect(rows).toHaveLength(1);
      expect([rows[0].count, statements]).toEqual([certified.data.length, 1]);
      expect(digits(rows[0].mean, certified.mean)).toBeGreaterThan(14);
      expect(digits(rows[0].standardDeviation, certified.standardDeviation)).toBeGreaterThan(14);
    },
  );

  test('counts verdicts by the limits of each reading, texts included (KPI-16)', async () => {
    const { rows } = await summary('code: "depth"');
    expect(rows).toEqual([
      {
        key: null,
        keys: [],
        count: 3,
        mean: 4.4999999999 / 3,
        standardDeviation: expect.closeTo(0.5, 6),
        min: '0.9999999999',
        max: '2',
        median: 1.5,
        inSpecCount: 1,
        outOfSpecCount: 1,
        notJudgedCount: 2,
      },
    ]);
  });

  test('without readings counts are 0 and the others null (KPI-16)', async () => {
    const { rows } = await summary('code: "NOTHING"');
    expect(rows).toEqual([
      {
        key: null,
        keys: [],
        count: 0,
        mean: null,
        standardDeviation: null,
        min: null,
        max: null,
        median: null,
        inSpecCount: 0,
        outOfSpecCount: 0,
        notJudgedCount: 0,
      },
    ]);
    expect((await summary('code: "NOTHING", by: [DAY]')).rows).toEqual([]);
  });

  test('is divided by every dimension, in one statement (KPI-16)', async () => {
    const key = async (by: string, more = '') => {
      const { rows, statements } = await summary(`code: "DEPTH", by: [${by}]${more}`);
      expect(statements, `${by}`).toBe(1);
      return rows.map((row: { key: string; count: number }) => [row.key, row.count]);
    };
    const { lot } = plant;
    expect(await key('PRODUCT_MODEL')).toEqual([['PSA', 3]]);
    expect(await key('PRODUCTION_LINE')).toEqual([['KR01', 3]]);
    expect(await key('LOT')).toEqual([[lot.number, 3]]);
    expect(await key('PROCESS')).toEqual([
      ['HOLE', 1],
      ['TORQUE', 2],
    ]);
    expect(await key('EQUIPMENT')).toEqual([['-', 3]]);
    expect(await key('OPERATOR')).toEqual([[expect.any(String), 3]]);
    expect(await key('HOUR')).toEqual([
      ['2026-11-03T22', 2],
      ['2026-11-03T23', 1],
    ]);
    expect(await key('DAY', ', timeZone: "Europe/Berlin"')).toEqual([
      ['2026-11-03', 2],
      ['2026-11-04', 1],
    ]);
    expect(await key('WEEK')).toEqual([['2026-W45', 3]]);
    expect(await key('MONTH')).toEqual([['2026-11', 3]]);
    expect(await key('MONTH, PROCESS')).toEqual([
      ['2026-11 / HOLE', 1],
      ['2026-11 / TORQUE', 2],
    ]);
    expect((await summary('code: "DEPTH", by: [EQUIPMENT, DAY]')).rows[0].keys).toEqual([null, '2026-11-03']);
  });

  test('refuses a dimension that comes twice, and more than three (KPI-16)', async () => {
    expect((await summary('code: "DEPTH", by: [DAY, DAY]')).errors[0]?.message).toBe(
      'by has DAY twice; each dimension divides once.',
    );
    expect((await summary('code: "DEPTH", by: [DAY, WEEK, MONTH, LOT]')).errors[0]?.extensions.code).toBe(
      'LIMIT_EXCEEDED',
    );
    expect((await summary('code: "DEPTH", timeZone: "Mars/Olympus"')).errors[0]?.extensions.code).toBe('INVALID_INPUT');
  });
});

describe('measurementCodes (KPI-16)', () => {
  const codes = (more: string) =>
    plant.api.ask(`{ measurementCodes(${PERIOD}${more}) { code units readingCount processes { code } } }`);

  test('lists each code once, with its units and steps (KPI-16)', async () => {
    const { data, statements } = await codes(', search: "o"');
    expect(data.measurementCodes).toEqual([
      { code: 'COLOUR', units: [], readingCount: 1, processes: [{ code: 'HOLE' }] },
      { code: 'LOTTERY', units: [], readingCount: 218, processes: [{ code: 'TORQUE' }] },
      { code: 'MAVRO', units: [], readingCount: 50, processes: [{ code: 'TORQUE' }] },
      { code: 'MICHELSO', units: [], readingCount: 100, processes: [{ code: 'TORQUE' }] },
    ]);
    expect(statements).toBe(2);
    const depth = await codes(', search: "DEPT"');
    expect(depth.data.measurementCodes[0]).toMatchObject({ units: ['in', 'mm'], readingCount: 4 });
    expect(
      (await codes(', process: { code: "HOLE" }')).data.measurementCodes.map((each: { code: string }) => each.code),
    ).toEqual(['COLOUR', 'DEPTH']);
  });
});

describe('measurementReadings (KPI-16)', () => {
  const ask = (filter: string, page = '') =>
    plant.api.ask(
      `{ measurementReadings(filter: { ${PERIOD}, ${filter} }${page}) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor }
        nodes { code value text unit lowerLimit upperLimit target verdict position completedAt unitNumber processData { process { code } } } } }`,
    );

  test('come newest first, each with its place (KPI-16)', async () => {
    const { data, errors } = await ask('code: "DEPTH"');
    expect(errors).toEqual([]);
    const { nodes, totalCount, pageInfo } = data.measurementReadings;
    expect(totalCount).toBe(4);
    expect(pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
    expect(nodes[0]).toEqual({
      code: 'DEPTH',
      value: '2',
      text: null,
      unit: 'in',
      lowerLimit: null,
      upperLimit: null,
      target: null,
      verdict: 'NOT_JUDGED',
      position: 1,
      completedAt: '2026-11-03T23:30:00.000Z',
      unitNumber: plant.items[1]?.number,
      processData: { process: { code: 'HOLE' } },
    });
    expect(
      nodes.map((node: { value: string | null; verdict: string; position: number }) => [
        node.value,
        node.verdict,
        node.position,
      ]),
    ).toEqual([
      ['2', 'NOT_JUDGED', 1],
      ['1.5', 'IN_SPEC', 1],
      ['0.9999999999', 'OUT_OF_SPEC', 2],
      [null, 'NOT_JUDGED', 3],
    ]);
  });

  test('go on after a cursor without loss, one statement a page (KPI-16)', async () => {
    const seen: string[] = [];
    let page = ', first: 37';
    for (let more = true; more; ) {
      const { data, statements } = await plant.api.ask(
        `{ measurementReadings(filter: { ${PERIOD}, code: "MICHELSO" }${page}) { pageInfo { hasNextPage endCursor } nodes { value } } }`,
      );
      expect(statements).toBe(1);
      const { nodes, pageInfo } = data.measurementReadings;
      seen.push(...nodes.map(({ value }: { value: string }) => value));
      more = pageInfo.hasNextPage;
      page = `, first: 37, after: "${pageInfo.endCursor}"`;
    }
    expect(seen).toEqual(UNIVARIATE.find(({ name }) => name === 'MICHELSO')?.data);
  });

  test('by verdict and step, and nothing (KPI-16)', async () => {
    const { data } = await ask('verdict: OUT_OF_SPEC');
    expect(data.measurementReadings.nodes.map(({ value }: { value: string }) => value)).toEqual(['0.9999999999']);
    const nothing = await ask('process: { number: 20 }, code: "LEW"');
    expect(nothing.data.measurementReadings).toEqual({
      totalCount: 0,
      edges: [],
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
  });

  test('refuse a cursor of another list (KPI-16)', async () => {
    const { data } = await plant.api.ask('{ processData(first: 1) { pageInfo { endCursor } } }');
    for (const cursor of [data.processData.pageInfo.endCursor, 'x'])
      expect((await ask('code: "LEW"', `, after: "${cursor}"`)).errors[0]?.message).toBe(
        'This is no cursor of readings; use endCursor of a page as it is.',
      );
    expect((await ask('code: "LEW"', ', first: 101')).errors[0]?.extensions.code).toBe('LIMIT_EXCEEDED');
  });
});
