import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { call, done, expectRefused, type Payload } from '../../support/expect.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const FIELDS =
  'performanceBaseline { id metric subject kind value unit notes replacedAt postgresVersion } deviationRatio alert { id type severity title message status }';
const figure = (subject: string, value: string): object => ({ metric: 'duration', subject, value, unit: 'ms' });
const baseline = (subject: string, value: string): Promise<Payload> =>
  done(api, 'setPerformanceBaseline', figure(subject, value), FIELDS);
const measure = (subject: string, value: string): Promise<Payload> =>
  done(api, 'recordPerformanceMeasurement', figure(subject, value), FIELDS);
const listed = async (subject: string): Promise<readonly Payload[]> =>
  (
    await api.ask(
      'query ($subject: String) { performanceBaselines(first: 50, filter: { subject: { eq: $subject } }) { nodes { kind value replacedAt } } }',
      { subject },
    )
  ).data.performanceBaselines.nodes;

test('a new baseline replaces the old one, which stays in the list (PRF-1)', async () => {
  expect(await baseline('Lots', '100.5')).toMatchObject({
    performanceBaseline: {
      metric: 'duration',
      subject: 'Lots',
      kind: 'BASELINE',
      value: '100.5',
      unit: 'ms',
      notes: null,
      replacedAt: null,
      postgresVersion: expect.stringMatching(/^\d+/),
    },
    deviationRatio: null,
    alert: null,
  });
  await baseline('Lots', '90');
  expect(await listed('Lots')).toEqual([
    { kind: 'BASELINE', value: '90', replacedAt: null },
    { kind: 'BASELINE', value: '100.5', replacedAt: expect.any(String) },
  ]);
});

test('of many baselines that are set at once, one is current, and nobody is refused (PRF-1)', async () => {
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, place) =>
      call(api, 'setPerformanceBaseline', figure('Race', String(place + 1)), 'performanceBaseline { id }'),
    ),
  );
  expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
  const all = await listed('Race');
  expect([all.length, all.filter(({ replacedAt }) => replacedAt === null).length]).toEqual([12, 1]);
});

describe('a measurement is compared with its baseline of 100 ms (PRF-2, MON-6)', () => {
  test.each([
    ['80', '-0.2', null],
    ['110', '0.1', null],
    ['110.000001', '0.1', 'MEDIUM'],
    ['111', '0.11', 'MEDIUM'],
    ['150', '0.5', 'MEDIUM'],
    ['151', '0.51', 'HIGH'],
  ])('%s ms deviates by %s: %s', async (value, deviationRatio, severity) => {
    const subject = `Measured ${value}`;
    await baseline(subject, '100');
    const answer = await measure(subject, value);
    expect(answer).toMatchObject({ performanceBaseline: { kind: 'MEASUREMENT', value }, deviationRatio });
    if (severity === null) return expect(answer['alert']).toBeNull();
    return expect(answer['alert']).toMatchObject({ type: 'SYSTEM_ERROR', severity, status: 'UNREAD' });
  });

  test('a second one of an open alert raises none, and a worse one raises its severity (ALT-4)', async () => {
    await baseline('Twice', '100');
    const { alert: first } = await measure('Twice', '120');
    expect((await measure('Twice', '130'))['alert']).toEqual(first);
    expect((await measure('Twice', '200'))['alert']).toMatchObject({ id: first?.['id'], severity: 'HIGH' });
  });

  test('another unit is refused, and nothing is recorded', async () => {
    await baseline('Unit', '100');
    await expectRefused(api, 'recordPerformanceMeasurement', { ...figure('Unit', '1'), unit: 's' }, [
      ['INVALID_INPUT', 'unit', 'PRF-2'],
    ]);
    expect(await listed('Unit')).toHaveLength(1);
  });

  test('without a baseline there is no deviation', async () => {
    expect(await measure('Alone', '5')).toMatchObject({ deviationRatio: null, alert: null });
  });

  test('the ratio is a setting', async () => {
    await baseline('Setting', '100');
    const ratio = { key: 'performance.alert_ratio', environment: 'TESTING', value: '0.25' };
    await done(api, 'setConfigEntry', ratio, 'configEntry { id }');
    expect((await measure('Setting', '125'))['alert']).toBeNull();
    expect((await measure('Setting', '126'))['alert']).toMatchObject({ severity: 'MEDIUM' });
  });
});

test.each(['0', '-1', '0.0000001', '123456789012345'])('the value %s is refused', async (value) => {
  await expectRefused(api, 'setPerformanceBaseline', figure('Values', value), [['INVALID_INPUT', 'value', null]]);
  expect(await listed('Values')).toEqual([]);
});
