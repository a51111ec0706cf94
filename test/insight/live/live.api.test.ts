import { afterAll, beforeAll, expect, test } from 'vitest';
import { present } from '../../../src/platform/values/assert.ts';
import { plusMilliseconds } from '../../../src/platform/values/time.ts';
import { liveState } from '../../../src/insight/live/live.loaders.ts';
import { ratioOfLastHour } from '../../../src/insight/live/live.rules.ts';
import { startApi, type Api } from '../../support/api.ts';
import { makeInspection, makeItems, makeLot, type Named, putExecution, uuidOf } from '../../support/build.ts';
import { done } from '../../support/expect.ts';
import type { Statement } from '../../support/plans.ts';
import { listen, type Listening } from '../../support/stream.ts';
import { makeFloor, record, start, type Floor } from '../../support/work.ts';

let api: Api;
let floor: Floor;
beforeAll(async () => {
  api = await startApi();
  floor = await makeFloor(api);
});
afterAll(() => api.close());

const FIELDS =
  'countedAt executionsLastHour passRatioLastHour failRatioLastHour openExecutions wipInProgressCount equipmentInUseCount equipmentActiveCount heldLotCount unreadAlertCount pendingInspectionCount';
const CHANGED = `subscription ($every: Int) { liveMetricsChanged(intervalSeconds: $every) { ${FIELDS} latestFailures { id } } }`;

async function now() {
  const { data, errors } = await api.ask(`{ liveMetrics { ${FIELDS} latestFailures { id notes lot { number } } } }`);
  expect(errors).toEqual([]);
  return data.liveMetrics;
}

/** Item, start, seconds, result of the example plant on 2 November 2026. */
const EXAMPLE: Readonly<Record<'mount' | 'test' | 'mark', string>> = {
  mount:
    '1 08:00 60 PASS, 2 08:02 62 PASS, 3 08:04 58 FAIL, 3 08:06 64 PASS, 4 08:08 61 PASS, 5 08:10 59 PASS, 6 08:12 70 REWORK, 6 08:14 60 PASS',
  test: '1 08:05 118 PASS, 2 08:08 125 PASS, 3 08:11 122 PASS, 4 08:14 130 FAIL, 4 08:17 128 FAIL, 4 08:20 121 PASS, 5 08:23 119 PASS, 6 08:50 0 -',
  mark: '1 08:10 88 PASS, 2 08:14 95 FAIL, 3 08:18 91 PASS, 4 08:24 90 PASS, 5 08:27 92 PASS',
};

async function makeExample(items: readonly Named[]): Promise<void> {
  for (const step of ['mount', 'test', 'mark'] as const)
    for (const line of EXAMPLE[step].split(', ')) {
      const [item, start = '', seconds, result] = line.split(' ');
      const startedAt = `2026-11-02T${start}:00.000Z`;
      await putExecution(
        api,
        { wipItem: present(items[Number(item) - 1], 'The item') },
        floor[step],
        result === '-' ? null : (result as 'PASS'),
        { startedAt, completedAt: plusMilliseconds(startedAt, Number(seconds) * 1_000) },
      );
    }
  await api.database.reader().sql`
    UPDATE wip_items SET status = 'IN_PROGRESS' WHERE id = ${uuidOf(items[5])}::uuid`;
}

test('the example at 09:00Z: 20 executions, 0.75 PASS, 0.2 FAIL, one open, one item in progress (KPI-15)', async () => {
  const items = await makeItems(api, await makeLot(api), 8);
  await makeExample(items);
  const { counts, latestFailures } = await liveState(api.database.reader(), '2026-11-02T09:00:00.000Z');
  expect(counts).toEqual({
    at: '2026-11-02T09:00:00.000Z',
    executionsLastHour: 20,
    passCount: 15,
    failCount: 4,
    openExecutions: 1,
    wipInProgressCount: 1,
    equipmentInUseCount: 0,
    equipmentActiveCount: 0,
    heldLotCount: 0,
    unreadAlertCount: 0,
    pendingInspectionCount: 0,
  });
  expect([ratioOfLastHour(counts.passCount, counts), ratioOfLastHour(counts.failCount, counts)]).toEqual([0.75, 0.2]);
  expect(latestFailures.map(({ wipItemId, completedAt }) => [wipItemId, completedAt])).toEqual([
    [uuidOf(items[3]), '2026-11-02T08:19:08.000Z'],
    [uuidOf(items[3]), '2026-11-02T08:16:10.000Z'],
    [uuidOf(items[1]), '2026-11-02T08:15:35.000Z'],
    [uuidOf(items[2]), '2026-11-02T08:04:58.000Z'],
  ]);
  const early = await liveState(api.database.reader(), '2026-11-02T08:01:00.000Z');
  expect([early.counts.executionsLastHour, early.latestFailures]).toEqual([0, []]);
  expect((await now()).executionsLastHour).toBe(0);
});

test('counts what is going on now, with ratios that are null without executions (KPI-15)', async () => {
  const before = await now();
  expect(before).toMatchObject({ executionsLastHour: 0, passRatioLastHour: null, failRatioLastHour: null });
  const lot = await makeLot(api);
  const [first, second] = (await makeItems(api, lot, 2)) as [Named, Named];
  await record(api, first, floor.mount, { result: 'FAIL', defects: [{ code: 'BENT' }], notes: 'the newest' });
  await start(api, second, floor.mount);
  for (const code of ['PRESS', 'OVEN'])
    await done(api, 'createEquipment', { code, name: code, type: 'PRESS' }, 'equipment { id }');
  await done(api, 'changeEquipmentStatus', { equipment: { code: 'OVEN' }, status: 'IN_USE' }, '');
  await done(api, 'createAlert', { title: 'Coolant leaks', message: 'Under the press' }, 'alert { id }');
  await makeInspection(api, lot, {}, false);
  await done(api, 'quarantineLot', { lot: { id: lot.id }, reason: 'Bad material' }, 'lot { id }');

  const after = await now();

  expect(after).toMatchObject({
    executionsLastHour: 1,
    passRatioLastHour: 0,
    failRatioLastHour: 1,
    openExecutions: before.openExecutions + 1,
    wipInProgressCount: before.wipInProgressCount + 1,
    equipmentInUseCount: 1,
    equipmentActiveCount: 2,
    heldLotCount: 1,
    unreadAlertCount: 1,
    pendingInspectionCount: 1,
  });
  expect(after.latestFailures).toHaveLength(5);
  expect(after.latestFailures[0]).toMatchObject({ notes: 'the newest', lot: { number: lot.number } });
  expect(after.countedAt > before.countedAt).toBe(true);
});

test('takes 2 statements, and one for each relation of the failures (KPI-15)', async () => {
  expect((await api.ask(`{ liveMetrics { ${FIELDS} latestFailures { id notes } } }`)).statements).toBe(2);
  expect((await api.ask('{ liveMetrics { latestFailures { lot { number } process { code } } } }')).statements).toBe(4);
});

test('is counted once for 20 who listen, and sent only when it is different (KPI-15)', async () => {
  const counted = (statements: readonly Statement[]) => statements.filter(({ text }) => text.includes('last_hour'));
  const tokens = [await api.tokenOf('ADMIN'), await api.tokenOf('VIEWER')];
  const sent: Statement[] = [];
  const { reader } = api.database;
  const counts = () => counted(sent).length;
  api.database.reader = () => {
    const real = reader.call(api.database);
    const sql: typeof real.sql = (strings, ...values) => {
      sent.push({ text: strings.join('?'), values });
      return real.sql(strings, ...values);
    };
    return new Proxy(real, { get: (target, key) => (key === 'sql' ? sql : Reflect.get(target, key, target)) });
  };
  try {
    const streams: Listening[] = [];
    for (let n = 0; n < 20; n += 1)
      streams.push(
        await listen(api, { token: present(tokens[n % 2], 'A token') }, CHANGED, { variables: { every: 1 } }),
      );
    for (const stream of streams) await stream.until(1);
    const atStart = counts();
    await expect.poll(counts, { timeout: 20_000 }).toBeGreaterThanOrEqual(atStart + 2);
    for (const { events } of streams) expect(events).toHaveLength(1);

    const before = counts();
    await done(api, 'createAlert', { title: 'It drips', message: 'Under the oven' }, 'alert { id }');
    for (const stream of streams) await stream.until(2);
    expect(counts() - before).toBeLessThan(5);
    const unread = streams.map(({ events }) => events.map(({ data }) => data.liveMetricsChanged.unreadAlertCount));
    const [first] = unread[0] ?? [];
    expect(unread).toEqual(streams.map(() => [first, first + 1]));
    for (const stream of streams) stream.close();
  } finally {
    api.database.reader = reader;
  }
});

test.each([0, 61, -1])('refuses an interval of %d seconds (KPI-15)', async (every) => {
  using stream = await listen(api, { token: await api.tokenOf('VIEWER') }, CHANGED, { variables: { every } });
  await expect.poll(() => stream.isClosed).toBe(true);
  expect(stream.events[0]?.errors[0]?.extensions).toMatchObject({
    code: 'INVALID_INPUT',
    path: ['intervalSeconds'],
    rule: 'KPI-15',
  });
});
