import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openStoredEntries } from '../../../src/operation/config-entry/config-entry.loaders.ts';
import { plantSettings } from '../../../src/platform/request/plant-settings.ts';
import { openText } from '../../../src/platform/security/sealed-text.ts';
import { startApi, type Api } from '../../support/api.ts';
import { call, done, expectRefused, type Payload } from '../../support/expect.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
afterEach(async () => {
  for (const { id } of await entries()) await done(api, 'deleteConfigEntry', { id }, 'deletedId');
});

const FIELDS = 'configEntry { id key environment type value isSet description isSensitive version }';
const set = async (input: object): Promise<Payload> =>
  (await done(api, 'setConfigEntry', { environment: 'TESTING', ...input }, FIELDS))['configEntry'];
const entries = async (): Promise<readonly Payload[]> =>
  (await api.ask('{ configEntries(first: 100) { nodes { id key environment value isSet } } }')).data.configEntries
    .nodes;

test('an entry is made, replaced as a whole, and deleted; there is one for a key and an environment (CFG-1)', async () => {
  const first = await set({ key: 'press.limit', type: 'INTEGER', value: '7', description: 'Newtons' });
  expect(first).toEqual({
    id: expect.any(String),
    key: 'press.limit',
    environment: 'TESTING',
    type: 'INTEGER',
    value: '7',
    isSet: true,
    description: 'Newtons',
    isSensitive: false,
    version: 1,
  });
  expect(await set({ key: 'press.limit', value: 'seven' })).toMatchObject({
    id: first['id'],
    type: 'STRING',
    value: 'seven',
    description: null,
    version: 2,
  });
  await done(api, 'setConfigEntry', { key: 'press.limit', value: '9' }, FIELDS);
  expect((await entries()).map(({ environment, value }) => [environment, value])).toEqual([
    ['TESTING', 'seven'],
    ['PRODUCTION', '9'],
  ]);
});

test('a new key that many set at once has one entry, and nobody is refused (CFG-1)', async () => {
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, place) =>
      call(api, 'setConfigEntry', { key: 'race', value: String(place) }, FIELDS),
    ),
  );
  expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
  expect(await entries()).toHaveLength(1);
});

describe('a value fits its type (CFG-2)', () => {
  test.each([
    ['INTEGER', '7.5'],
    ['INTEGER', '1234567890123456789'],
    ['BOOLEAN', 'yes'],
    ['JSON', '{"open": '],
  ])('%s is not %s, and nothing changes', async (type, value) => {
    await expectRefused(api, 'setConfigEntry', { key: 'press.limit', type, value }, [
      ['INVALID_INPUT', 'value', 'CFG-2'],
    ]);
    expect(await entries()).toEqual([]);
  });

  test.each([
    ['site.time_zone', 'STRING', 'Mars/Olympus'],
    ['site.shifts', 'JSON', '[{"name":"EARLY"}]'],
    ['station.offline_after_seconds', 'INTEGER', '0'],
    ['alerts.failure_ratio', 'STRING', '1.5'],
    ['report.expiry_days', 'INTEGER', '-1'],
  ])('%s takes effect, so its value has a form: not %s %s', async (key, type, value) => {
    await expectRefused(api, 'setConfigEntry', { key, type, value }, [['INVALID_INPUT', 'value', 'CFG-2']]);
    await expectRefused(api, 'setConfigEntry', { key, type: 'ENCRYPTED', value: 'x' }, [
      ['INVALID_INPUT', 'type', 'CFG-2'],
      ['INVALID_INPUT', 'isSensitive', 'CFG-3'],
    ]);
    expect(await entries()).toEqual([]);
  });

  test('a key has a form', async () => {
    for (const key of ['Press', 'press.', 'press limit', ''])
      await expectRefused(api, 'setConfigEntry', { key, value: 'x' }, [['INVALID_INPUT', 'key', 'CFG-1']]);
  });
});

test('a sensitive value is stored encrypted and never shown again, nor in the audit trail (CFG-3)', async () => {
  for (const [key, given] of [
    ['erp.token', { type: 'ENCRYPTED' }],
    ['erp.user', { isSensitive: true }],
  ] as const)
    expect(await set({ key, value: 'secret-of-the-plant', ...given })).toMatchObject({
      value: null,
      isSet: true,
      isSensitive: true,
    });
  const rows = await api.database.reader().sql<{ sealed: string }>`SELECT sealed_value AS sealed FROM config_entries`;
  expect(rows.map(({ sealed }) => openText(api.config, sealed))).toEqual([
    'secret-of-the-plant',
    'secret-of-the-plant',
  ]);
  const [{ leaks } = { leaks: -1 }] = await api.database.reader().sql<{ leaks: number }>`
    SELECT count(*)::int AS leaks FROM (
      SELECT t::text AS text FROM audit_entries t UNION ALL SELECT t::text FROM config_entries t UNION ALL SELECT t::text FROM idempotency_keys t
    ) AS stored WHERE text LIKE '%secret-of-the-plant%' OR text LIKE ${`%${rows[0]?.sealed}%`} AND text NOT LIKE '%erp.token%'`;
  expect(leaks).toBe(0);
  await expectRefused(api, 'setConfigEntry', { key: 'erp.token', type: 'BOOLEAN', isSensitive: true, value: 'hush' }, [
    ['INVALID_INPUT', 'value', 'CFG-2'],
  ]);
});

test('a replaced secret without a value is not set any more, and a version that is too old is refused (CFG-3, GEN-2)', async () => {
  await set({ key: 'erp.token', type: 'ENCRYPTED', value: 'x' });
  expect(await set({ key: 'erp.token', type: 'ENCRYPTED', expectedVersion: 1 })).toMatchObject({ isSet: false });
  await expectRefused(api, 'setConfigEntry', { environment: 'TESTING', key: 'erp.token', expectedVersion: 1 }, [
    ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
  ]);
  await expectRefused(api, 'setConfigEntry', { key: 'new.key', expectedVersion: 1 }, [
    ['NOT_FOUND', 'expectedVersion', null],
  ]);
});

describe('a setting takes effect at once, and has its default again without its entry', () => {
  const shifts = [
    { name: 'DAY', start: '08:00' },
    { name: 'NIGHT', start: '20:00' },
  ];
  test.each([
    ['site.time_zone', 'STRING', 'Asia/Seoul', { siteTimeZone: 'Asia/Seoul' }],
    ['site.shifts', 'JSON', JSON.stringify(shifts), { siteShifts: [{ name: 'DAY' }, { name: 'NIGHT' }] }],
    ['station.offline_after_seconds', 'INTEGER', '90', { stationOfflineAfterSeconds: 90 }],
    ['audit.retention_days', 'INTEGER', '3650', { auditRetentionDays: 3650 }],
    ['alerts.failure_ratio', 'STRING', '0.05', { alertFailureRatios: { medium: 0.05, high: 0.2 } }],
    ['alerts.failure_ratio_high', 'STRING', '0.5', { alertFailureRatios: { medium: 0.1, high: 0.5 } }],
    ['quality.auto_quarantine', 'BOOLEAN', 'false', { autoQuarantine: false }],
    ['report.expiry_days', 'INTEGER', '7', { reportExpiryDays: 7 }],
    ['performance.alert_ratio', 'STRING', '0.25', { performanceAlertRatio: '0.25' }],
  ])('%s', async (key, type, value, effect) => {
    const before = { ...plantSettings(api.services) };
    const { id } = await set({ key, type, value });
    expect(plantSettings(api.services)).toMatchObject(effect);
    // Another process reads it, too.
    const other = await openStoredEntries(api.database, 'test', api.services.log);
    expect(plantSettings({ ...api.services, entries: other })).toMatchObject(effect);

    await done(api, 'deleteConfigEntry', { id }, 'deletedId');
    expect({ ...plantSettings(api.services) }).toEqual(before);
  });

  test('an entry of another environment has none', async () => {
    await set({ key: 'site.time_zone', value: 'Asia/Seoul', environment: 'PRODUCTION' });
    expect(plantSettings(api.services)).toMatchObject({ siteTimeZone: 'UTC' });
  });

  test('nor has a value that was written past the rules and does not fit', async () => {
    await api.database.reader()
      .sql`INSERT INTO config_entries (key, environment, value) VALUES ('site.time_zone', 'TESTING', 'Mars/Olympus')`;
    await api.services.entries.reload();
    expect(plantSettings(api.services)).toMatchObject({ siteTimeZone: 'UTC' });
  });

  test('the time zone of the site is that of a schedule which names none', async () => {
    await set({ key: 'site.time_zone', value: 'Asia/Seoul' });
    const schedule = {
      name: 'Daily',
      type: 'DEFECT_ANALYSIS',
      title: 'Defects',
      format: 'CSV',
      interval: 'DAILY',
      hour: 6,
    };
    expect(await done(api, 'createReportSchedule', schedule, 'reportSchedule { timeZone }')).toMatchObject({
      reportSchedule: { timeZone: 'Asia/Seoul' },
    });
  });
});
