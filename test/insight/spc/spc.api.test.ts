import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeStep, type Step } from '../../support/build.ts';
import {
  minute,
  type PutExecution,
  putReadings,
  type ReadingPlant,
  startReadingPlant,
} from '../../support/readings.ts';
import { FLOW_RATES, INDIVIDUALS, numbersOf, textsOf, TORQUE } from './reference.ts';

let plant: ReadingPlant;
let attributes: Step;
beforeAll(async () => {
  plant = await startReadingPlant();
  const torque = textsOf(TORQUE).map((value, at) => ({
    at: minute(at),
    readings: [{ code: 'TORQUE', value, lowerLimit: at < 35 ? '0.85' : '0.80', upperLimit: '1.15' }],
  }));
  const singles = textsOf(INDIVIDUALS).map((value, at) => ({ at: minute(at), readings: [{ code: 'WIDTH', value }] }));
  // Several readings of one execution, in their order, after a text.
  const flow = {
    at: minute(1),
    readings: [{ code: 'FLOW', text: 'start' }, ...textsOf(FLOW_RATES).map((value) => ({ code: 'FLOW', value }))],
  };
  attributes = await makeStep(plant.api, 20, 'LOOK');
  const counts = numbersOf('3 5 2 6 4 12 3 5');
  const days = numbersOf('100 120 90 110 100 105 95 80').flatMap((size, day) => onDay(day, size, counts[day] ?? 0));
  await putReadings(plant, [...torque, ...singles, flow, ...days]);
});
afterAll(() => plant.api.close());

/** So many executions of a day of which so many fail, each with two defects. */
function onDay(day: number, size: number, fails: number): readonly PutExecution[] {
  return Array.from({ length: size }, (_each, at) => ({
    at: minute(day * 1_440 + at),
    step: attributes,
    readings: [],
    ...(at < fails ? { result: 'FAIL' as const, defects: [{ code: 'SCRATCH', severity: 'LOW', quantity: 2 }] } : {}),
  }));
}

const PERIOD = 'period: { from: "2026-11-01T00:00:00Z", to: "2026-12-01T00:00:00Z" }';
const POINTS = 'index label startsAt endsAt value size centre lower upper zone rules';

async function chart(input: string) {
  const answer = await plant.api.ask(
    `{ spcChart(input: { ${PERIOD}, ${input} }) { chart sigmaEstimator constants subgroupCount readingCount discardedReadings isTruncated centre sigma isStable reason
      points { ${POINTS} } dispersionPoints { ${POINTS} } violations { chart rule index pointIndexes } } }`,
  );
  return { ...answer.data.spcChart, error: answer.errors[0], statements: answer.statements };
}

const torque = 'process: { code: "TORQUE" }, code: "torque"';

describe('spcChart (SPC-1)', () => {
  test('has the worked set of X̄ and R, in one statement (SPC-1)', async () => {
    const { points, dispersionPoints, statements, ...whole } = await chart(`${torque}, chart: XBAR_R`);
    expect(statements).toBe(1);
    expect(whole).toMatchObject({
      chart: 'XBAR_R',
      sigmaEstimator: 'RBAR_D2',
      constants: 'EXACT',
      subgroupCount: 8,
      readingCount: 40,
      discardedReadings: 0,
      isTruncated: false,
      centre: 1.009,
      sigma: expect.closeTo(0.020959, 6),
      isStable: false,
      reason: null,
      violations: [
        { chart: 'MAIN', rule: 'WE1', index: 8, pointIndexes: [8] },
        { chart: 'MAIN', rule: 'WE2', index: 6, pointIndexes: [4, 6] },
      ],
    });
    expect(points[7]).toEqual({
      index: 8,
      label: minute(35),
      startsAt: minute(35),
      endsAt: minute(39),
      value: 1.06,
      size: 5,
      centre: 1.009,
      lower: expect.closeTo(0.98088, 6),
      upper: expect.closeTo(1.03712, 6),
      zone: 'OUT',
      rules: ['WE1'],
    });
    expect(dispersionPoints[0]).toMatchObject({
      value: 0.04,
      centre: expect.closeTo(0.04875, 6),
      lower: 0,
      upper: expect.closeTo(0.103082, 6),
    });
  });

  test('takes limits from a baseline, other constants, rules and sizes (SPC-1)', async () => {
    const seven = await chart(`${torque}, chart: XBAR_S, baselineSubgroups: 7, constants: TABLE, rules: [N1]`);
    expect(seven).toMatchObject({
      constants: 'TABLE',
      centre: expect.closeTo(1.001714, 6),
      violations: [{ rule: 'N1', index: 8 }],
    });
    const six = await chart(`${torque}, chart: XBAR_R, subgroupSize: 6`);
    expect(six).toMatchObject({ subgroupCount: 6, readingCount: 36, discardedReadings: 4 });
    expect((await chart(`${torque}, chart: XBAR_R, sigma: POOLED`)).sigmaEstimator).toBe('POOLED');
  });

  test('groups by lot, hour, shift and day, and drops groups that are too large (SPC-1)', async () => {
    expect(await chart(`${torque}, chart: XBAR_R, subgroupBy: LOT`)).toMatchObject({
      reason: 'NO_DATA',
      discardedReadings: 40,
      points: [],
      centre: null,
    });
    expect(await chart(`${torque}, chart: XBAR_R, subgroupBy: SESSION`)).toMatchObject({
      reason: 'NO_DATA',
      discardedReadings: 40,
    });
    const flow = 'process: { code: "TORQUE" }, code: "FLOW", chart: XBAR_R';
    expect(await chart(`${flow}, subgroupBy: LOT`)).toMatchObject({
      reason: 'TOO_FEW_SUBGROUPS',
      subgroupCount: 1,
      readingCount: 10,
    });
    const looks = 'process: { code: "LOOK" }, chart: P';
    expect((await chart(`${looks}, subgroupBy: LOT`)).subgroupCount).toBe(1);
    expect((await chart(`${looks}, subgroupBy: HOUR`)).points.length).toBe(16);
    expect((await chart(`${looks}, subgroupBy: SHIFT`)).subgroupCount).toBe(8);
  });

  test('plots single readings in their order, also of one execution (SPC-1)', async () => {
    const singles = await chart('process: { code: "TORQUE" }, code: "WIDTH", chart: I_MR');
    expect(singles).toMatchObject({
      sigmaEstimator: 'MRBAR_D2',
      centre: expect.closeTo(10.141667, 6),
      sigma: expect.closeTo(0.370604, 6),
      violations: [{ chart: 'MAIN', rule: 'WE1', index: 11, pointIndexes: [11] }],
    });
    expect(singles.dispersionPoints[0]).toMatchObject({ index: 2, value: 0.2, upper: expect.closeTo(1.366004, 6) });
    const flow = await chart('process: { code: "TORQUE" }, code: "FLOW", chart: I_MR');
    expect(flow.points.map(({ value }: { value: number }) => value)).toEqual(numbersOf(FLOW_RATES));
  });

  test('counts failures and defects per day by the clocks of a time zone (SPC-1)', async () => {
    const looks = 'process: { code: "LOOK" }';
    const p = await chart(`${looks}, chart: P`);
    expect(p).toMatchObject({
      sigmaEstimator: null,
      constants: null,
      sigma: null,
      centre: 0.05,
      subgroupCount: 8,
      readingCount: 800,
    });
    expect(p.points[5]).toMatchObject({
      label: '2026-11-07',
      value: expect.closeTo(0.114286, 6),
      upper: expect.closeTo(0.113808, 6),
      lower: 0,
      zone: 'OUT',
      rules: ['WE1'],
    });
    const u = await chart(`${looks}, chart: U`);
    expect([u.centre, u.points[0].value]).toEqual([0.1, 0.06]);
    expect(await chart(`${looks}, chart: NP`)).toMatchObject({ reason: 'UNEQUAL_SUBGROUPS', isStable: null });
    const c = await chart(`${looks}, chart: C, subgroupSize: 200`);
    expect([c.points.length, c.centre, c.discardedReadings]).toEqual([4, 20, 0]);
    const np = await chart(`${looks}, chart: NP, subgroupSize: 300`);
    expect([np.points.length, np.centre, np.discardedReadings]).toEqual([2, 16, 200]);
  });

  test('says what is missing or does not fit (SPC-1, SPC-2)', async () => {
    const error = async (input: string) => {
      const { error: found } = await chart(input);
      return [found?.message, found?.extensions.rule ?? found?.extensions.code];
    };
    expect(await error('process: { code: "NONE" }, code: "A", chart: XBAR_R')).toEqual([
      'There is no step with this id, code or number.',
      'NOT_FOUND',
    ]);
    expect(await error('process: { code: "NONE" }, chart: P')).toEqual([
      'There is no step with this id, code or number.',
      'NOT_FOUND',
    ]);
    expect(await error('process: { code: "TORQUE" }, chart: XBAR_R')).toEqual([
      'XBAR_R is a chart of readings; it needs their code.',
      'SPC-1',
    ]);
    expect(await error(`${torque}, chart: I_MR, subgroupSize: 5`)).toEqual([
      'I_MR plots each reading by itself; leave subgroupBy and subgroupSize out.',
      'SPC-1',
    ]);
    expect(await error(`${torque}, chart: XBAR_R, sigma: MRBAR_D2`)).toEqual([
      'MRBAR_D2 is for single readings; choose RBAR_D2, SBAR_C4, POOLED or OVERALL.',
      'SPC-2',
    ]);
    expect(await chart('process: { code: "TORQUE" }, code: "NONE", chart: I_MR')).toMatchObject({
      reason: 'NO_DATA',
      subgroupCount: 0,
      error: undefined,
    });
  });

  test('shows the newest 1,000 subgroups (SPC-1)', async () => {
    const many = await makeStep(plant.api, 30, 'MANY');
    const readings = (first: number) =>
      Array.from({ length: 200 }, (_each, at) => ({ code: 'N', value: String(first + at) }));
    await putReadings(
      plant,
      [0, 1, 2, 3, 4, 5].map((at) => ({ at: minute(at), step: many, readings: readings(at * 200) })),
    );
    const { points, isTruncated, readingCount, discardedReadings } = await chart(
      'process: { code: "MANY" }, code: "N", chart: I_MR, rules: []',
    );
    expect([isTruncated, readingCount, discardedReadings]).toEqual([true, 1_000, 0]);
    expect([points[0].value, points.at(-1).value]).toEqual([200, 1_199]);
  });
});

describe('processCapability (SPC-5)', () => {
  const INDEX = '{ value lower upper reason }';
  const capability = async (input: string) => {
    const answer = await plant.api.ask(
      `{ processCapability(input: { ${PERIOD}, ${input} }) { readingCount discardedReadings mean sigmaWithin sigmaOverall sigmaEstimator constants confidence
        lowerLimit upperLimit target limitsFrom otherLimitsCount verdict advice histogram { from to count }
        cp ${INDEX} cpu ${INDEX} cpl ${INDEX} cpk ${INDEX} cpm ${INDEX} pp ${INDEX} ppu ${INDEX} ppl ${INDEX} ppk ${INDEX} cpmOverall ${INDEX} } }`,
    );
    return { ...answer.data.processCapability, error: answer.errors[0], statements: answer.statements };
  };
  const near = (value: number) => expect.closeTo(value, 6);

  test('has the worked set with the limits of the characteristic, in one statement (SPC-5)', async () => {
    const found = await capability(`${torque}, subgroupSize: 5, baselineSubgroups: 7`);
    expect(found).toMatchObject({
      statements: 1,
      readingCount: 35,
      discardedReadings: 0,
      mean: near(1.001714),
      sigmaWithin: near(0.021497),
      sigmaOverall: near(0.019627),
      sigmaEstimator: 'RBAR_D2',
      constants: 'EXACT',
      confidence: 0.95,
      lowerLimit: '0.85',
      upperLimit: '1.15',
      target: '1.00',
      limitsFrom: 'CHARACTERISTIC',
      otherLimitsCount: 0,
      cp: { value: near(2.325929), lower: near(1.775244), upper: near(2.875521), reason: null },
      cpk: { value: near(2.299347), lower: near(1.741791), upper: near(2.856903) },
      pp: { value: near(2.547541), lower: near(1.944388), upper: near(3.149498) },
      cpu: { value: near(2.299347), lower: null },
      cpl: { value: near(2.352511) },
      cpm: { value: near(2.318568) },
      ppk: { value: near(2.518426) },
      cpmOverall: { value: near(2.537879) },
      verdict: 'CAPABLE',
      advice: [],
    });
    const { histogram } = found;
    expect(histogram.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(35);
    expect([histogram.length, histogram[0].from, histogram.at(-1).to]).toEqual([6, 0.96, 1.04]);
    const all = await capability(`${torque}, subgroupSize: 5`);
    expect([all.readingCount, all.mean, all.otherLimitsCount]).toEqual([40, 1.009, 5]);
    const six = await capability(`${torque}, subgroupSize: 6`);
    expect([six.readingCount, six.discardedReadings]).toEqual([36, 4]);
  });

  test('by every estimator, as the chart has it (SPC-2, SPC-5)', async () => {
    const sigma = async (estimator: string) =>
      (await capability(`${torque}, subgroupSize: 5, baselineSubgroups: 7, sigma: ${estimator}`)).sigmaWithin;
    expect([await sigma('SBAR_C4'), await sigma('POOLED'), await sigma('OVERALL')]).toEqual([
      near(0.020327),
      near(0.019346),
      near(0.019627),
    ]);
    const singles = await capability('process: { code: "TORQUE" }, code: "WIDTH", lowerLimit: "9", upperLimit: "11"');
    expect(singles).toMatchObject({
      sigmaEstimator: 'MRBAR_D2',
      sigmaWithin: near(0.370604),
      limitsFrom: 'INPUT',
      target: null,
      cpm: { value: null, reason: 'NO_TARGET' },
      otherLimitsCount: 12,
      verdict: 'NOT_CAPABLE',
      advice: ['REDUCE_VARIATION'],
    });
    expect((await capability(`${torque}, sigma: RBAR_D2`)).cpk).toMatchObject({
      value: null,
      reason: 'TOO_FEW_READINGS',
    });
  });

  test('without limits, readings or variation has reasons (SPC-5)', async () => {
    const none = await capability('process: { code: "TORQUE" }, code: "NONE"');
    expect(none).toMatchObject({
      readingCount: 0,
      mean: null,
      sigmaWithin: null,
      sigmaOverall: null,
      limitsFrom: 'NONE',
      histogram: [],
      verdict: null,
      cp: { value: null, reason: 'NO_LIMITS' },
    });
    expect((await capability('process: { code: "TORQUE" }, code: "NONE", lowerLimit: "1"')).cpk.reason).toBe(
      'TOO_FEW_READINGS',
    );
    const flat = await makeStep(plant.api, 40, 'FLAT');
    await putReadings(plant, [
      { at: minute(0), step: flat, readings: [1, 2, 3].map(() => ({ code: 'A', value: '1' })) },
    ]);
    const still = await capability('process: { code: "FLAT" }, code: "A", upperLimit: "2"');
    expect(still).toMatchObject({
      cpk: { reason: 'ZERO_VARIATION' },
      cp: { reason: 'ONE_SIDED' },
      histogram: [{ from: 1, to: 1, count: 3 }],
    });
  });

  test('refuses what does not fit (SPC-5)', async () => {
    const error = async (input: string) => (await capability(input)).error?.extensions.rule;
    expect(await error(`${torque}, lowerLimit: "2"`)).toBe('SPC-5');
    expect(await error(`${torque}, target: "3"`)).toBe('SPC-5');
    expect(await error(`${torque}, subgroupSize: 30`)).toBe('SPC-1');
    expect(await error(`${torque}, subgroupSize: 5, sigma: MRBAR_D2`)).toBe('SPC-2');
    expect((await capability(`${torque}, confidence: 1`)).error?.extensions.code).toBe('INVALID_INPUT');
    expect((await capability('process: { code: "NONE" }, code: "A"')).error?.extensions.code).toBe('NOT_FOUND');
  });
});
