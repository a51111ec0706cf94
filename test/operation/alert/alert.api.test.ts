import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import type { Identified } from '../../support/build.ts';
import { call, done, expectRefused } from '../../support/expect.ts';
import { makeFloor, oneSerial, type Floor } from '../../support/work.ts';

let api: Api;
let floor: Floor;
beforeAll(async () => {
  api = await startApi();
  floor = await makeFloor(api);
});
afterAll(() => api.close());

const TEXTS = { title: 'Coolant leaks', message: 'Under the press.\nBring a bucket.' };
const raise = async (input: object = {}): Promise<Identified> =>
  (await done(api, 'createAlert', { ...TEXTS, ...input }, 'alert { id }', 'OPERATOR'))['alert'];
const MISSING = Buffer.from('Alert:00000000-0000-7000-8000-000000000000').toString('base64url');

test('an alert that is raised by hand is MANUAL, UNREAD, and signed (ALT-1, ALT-3)', async () => {
  const { lot, serial } = await oneSerial(api, floor);
  const { equipment } = await done(
    api,
    'createEquipment',
    { code: 'PRESS', name: 'Press', type: 'PRESS' },
    'equipment { id }',
  );
  const input = {
    ...TEXTS,
    serial: { number: serial.number },
    process: { code: 'FINAL' },
    equipment: { id: equipment.id },
  };
  const selection =
    'alert { type severity status title message lot { number } wipItem { id } serial { number } process { code } equipment { code } processData { id } inspection { id } createdBy { username } readBy { id } readAt archivedBy { id } archivedAt version }';
  const { alert } = await done(api, 'createAlert', input, selection, 'OPERATOR');
  expect(alert).toEqual({
    ...TEXTS,
    type: 'MANUAL',
    severity: 'MEDIUM',
    status: 'UNREAD',
    lot: { number: lot.number },
    wipItem: null,
    serial: { number: serial.number },
    process: { code: 'FINAL' },
    equipment: { code: 'PRESS' },
    processData: null,
    inspection: null,
    createdBy: { username: 'operator' },
    readBy: null,
    readAt: null,
    archivedBy: null,
    archivedAt: null,
    version: 1,
  });
});

test('its texts have a length, its records exist, and its type cannot be chosen (ALT-1, ALT-3)', async () => {
  await expectRefused(api, 'createAlert', { title: ' ', message: 'x'.repeat(1_001) }, [
    ['INVALID_INPUT', 'title', 'ALT-1'],
    ['INVALID_INPUT', 'message', 'ALT-1'],
  ]);
  for (const [field, reference] of [
    ['lot', { number: 'KR01PSA991199' }],
    ['serial', { number: 'KR01PSA991199001' }],
    ['process', { code: 'NONE' }],
    ['equipment', { code: 'NONE' }],
  ] as const)
    await expectRefused(api, 'createAlert', { ...TEXTS, [field]: reference }, [['NOT_FOUND', field, null]]);
  const typed = await api.ask(
    'mutation { createAlert(input: { title: "A", message: "B", type: LOT_CLOSED }) { errors { code } } }',
  );
  expect(typed.errors[0]?.message).toContain('Field "type" is not defined by type "CreateAlertInput"');
});

test('reading in bulk changes the UNREAD ones and counts them: 3 unread and 1 read are 3 (ALT-2)', async () => {
  const alerts = [await raise(), await raise(), await raise(), await raise()];
  const ids = alerts.map(({ id }) => id);
  await done(api, 'markAlertsRead', { ids: [ids[0]] }, '', 'MANAGER');
  const read = 'changedCount alerts { id status readBy { username } archivedAt }';
  const first = await done(api, 'markAlertsRead', { ids: [...ids, ids[1]] }, read, 'OPERATOR');
  expect(first['changedCount']).toBe(3);
  expect(first['alerts']).toEqual(
    ids.map((id, place) => ({
      id,
      status: 'READ',
      readBy: { username: place === 0 ? 'manager' : 'operator' },
      archivedAt: null,
    })),
  );
  expect((await done(api, 'markAlertsRead', { ids }, 'changedCount', 'OPERATOR'))['changedCount']).toBe(0);
});

test('archiving counts UNREAD and READ ones, and leaves the time of reading as it is (ALT-1, ALT-2)', async () => {
  const [unread, read, archived] = [await raise(), await raise(), await raise()];
  await done(api, 'markAlertsRead', { ids: [read.id] }, '');
  await done(api, 'archiveAlerts', { ids: [archived.id] }, '');
  const { alerts, changedCount } = await done(
    api,
    'archiveAlerts',
    { ids: [unread.id, read.id, archived.id] },
    'changedCount alerts { status readAt archivedAt archivedBy { username } }',
    'INSPECTOR',
  );
  expect(changedCount).toBe(2);
  const [time, inspector] = [expect.any(String), { username: 'inspector' }];
  expect(alerts).toEqual([
    { status: 'ARCHIVED', readAt: null, archivedAt: time, archivedBy: inspector },
    { status: 'ARCHIVED', readAt: time, archivedAt: time, archivedBy: inspector },
    { status: 'ARCHIVED', readAt: null, archivedAt: time, archivedBy: { username: 'admin' } },
  ]);
  expect((await done(api, 'markAlertsRead', { ids: [archived.id] }, 'changedCount'))['changedCount']).toBe(0);
});

test.each(['markAlertsRead', 'archiveAlerts'])(
  '%s takes 1 to 200 alerts, and all or none (ALT-2)',
  async (mutation) => {
    const { id } = await raise();
    await expectRefused(api, mutation, { ids: [] }, [['INVALID_INPUT', 'ids', 'ALT-2']]);
    await expectRefused(api, mutation, { ids: Array.from({ length: 201 }, () => id) }, [
      ['LIMIT_EXCEEDED', 'ids', null],
    ]);
    await expectRefused(api, mutation, { ids: [id, MISSING, id, MISSING] }, [
      ['NOT_FOUND', 'ids.1', null],
      ['NOT_FOUND', 'ids.3', null],
    ]);
    const many = await done(
      api,
      mutation,
      { ids: Array.from({ length: 200 }, () => id) },
      'changedCount alerts { id }',
    );
    expect([many['changedCount'], many['alerts']]).toEqual([1, [{ id }]]);
  },
);

test('of two who read the same alerts at once, each is counted once (ALT-2)', async () => {
  const ids = [(await raise()).id, (await raise()).id, (await raise()).id];
  const counts = await Promise.all(
    [ids, ids.toReversed()].map(
      async (named) => (await done(api, 'markAlertsRead', { ids: named }, 'changedCount'))['changedCount'],
    ),
  );
  expect(counts.toSorted()).toEqual([0, 3]);
});

test('of reading and archiving at once, both succeed, and the alert is ARCHIVED (ALT-1)', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { id } = await raise();
    await Promise.all(['markAlertsRead', 'archiveAlerts'].map((mutation) => done(api, mutation, { ids: [id] }, '')));
    const { data } = await api.ask('query ($id: ID!) { node(id: $id) { ... on Alert { status } } }', { id });
    expect(data.node.status).toBe('ARCHIVED');
  }
});

test('each mutation has one effect for one key (IDK-1)', async () => {
  const key = { idempotencyKey: 'one alert' };
  const [first, second] = [await raise(key), await raise(key)];
  expect(second).toEqual(first);
  for (const mutation of ['markAlertsRead', 'archiveAlerts']) {
    const input = { ids: [first.id], idempotencyKey: mutation };
    const answers = [
      await done(api, mutation, input, 'changedCount alerts { id }'),
      await done(api, mutation, input, 'changedCount alerts { id }'),
    ];
    expect(answers.map(({ changedCount }) => changedCount)).toEqual([1, 1]);
  }
});

test('a service signs with no person (ALT-1)', async () => {
  const { secret: apiKey } = await done(
    api,
    'createApiKey',
    { service: { role: 'OPERATOR' }, name: 'Andon' },
    'secret',
  );
  const { data } = await api.askWith(
    { apiKey },
    'mutation { createAlert(input: { title: "A", message: "B" }) { alert { id type createdBy { id } } } }',
  );
  expect(data.createAlert.alert).toMatchObject({ type: 'MANUAL', createdBy: null });
  const read = await api.askWith(
    { apiKey },
    'mutation ($ids: [ID!]!) { markAlertsRead(input: { ids: $ids }) { alerts { status readAt readBy { id } } } }',
    { ids: [data.createAlert.alert.id] },
  );
  expect(read.data.markAlertsRead.alerts).toEqual([{ status: 'READ', readAt: expect.any(String), readBy: null }]);
});

test('alerts are listed, filtered and ordered, with the number of UNREAD ones; a station sees none (ALT-2)', async () => {
  const { lot, serial } = await oneSerial(api, floor);
  const about = { lot: { id: lot.id } };
  const [low, high] = [
    await raise({ ...about, severity: 'LOW' }),
    await raise({ serial: { id: serial.id }, severity: 'HIGH' }),
  ];
  const read = await raise(about);
  await done(api, 'markAlertsRead', { ids: [read.id] }, '');
  const { data } = await api.ask(
    `query ($lot: ID!) { alerts(filter: { lot: { eq: $lot } }, orderBy: [{ field: SEVERITY, direction: DESC }]) { totalCount unreadCount nodes { id } }
      unread: alerts(filter: { lot: { eq: $lot }, status: { eq: UNREAD }, severity: { eq: HIGH }, serial: { number: { eq: "${serial.number}" } } }) { unreadCount nodes { id } }
      newest: alerts(filter: { type: { eq: MANUAL } }, first: 1) { unreadCount nodes { id } }
      none: alerts(filter: { type: { eq: SYSTEM_ERROR } }) { unreadCount totalCount }
      node(id: $lot) { ... on Lot { alerts(orderBy: [{ field: CREATED_AT }]) { unreadCount nodes { id } } } } }`,
    { lot: lot.id },
    'VIEWER',
  );
  expect(data.alerts).toEqual({
    totalCount: 3,
    unreadCount: 2,
    nodes: [{ id: high.id }, { id: read.id }, { id: low.id }],
  });
  expect(data.unread).toEqual({ unreadCount: 1, nodes: [{ id: high.id }] });
  expect(data.newest.nodes).toEqual([{ id: read.id }]);
  expect(data.none).toEqual({ unreadCount: 0, totalCount: 0 });
  expect(data.node.alerts).toEqual({ unreadCount: 2, nodes: [{ id: low.id }, { id: high.id }, { id: read.id }] });
});

test('lots, steps and equipment with an alert are in use (GEN-1, LOT-11)', async () => {
  const { lot } = await done(
    api,
    'createLot',
    { productModel: { code: 'PSA' }, productionLine: { code: 'KR01' }, productionDate: '2026-12-20' },
    'lot { id number }',
  );
  const { equipment } = await done(
    api,
    'createEquipment',
    { code: 'SAW', name: 'Saw', type: 'SAW' },
    'equipment { id }',
  );
  const { process } = await done(
    api,
    'createProcess',
    { number: 70, code: 'PACK', name: 'Pack', level: 'SERIAL' },
    'process { id }',
  );
  await raise({ lot: { id: lot.id }, equipment: { id: equipment.id }, process: { id: process.id } });
  await expectRefused(api, 'deleteLot', { lot: { id: lot.id } }, [
    [
      'RULE_VIOLATED',
      'lot',
      'LOT-11',
      `Lot ${lot.number} is in use (alerts: 1); only a lot to which nothing refers can be deleted.`,
    ],
  ]);
  await expectRefused(api, 'deleteEquipment', { equipment: { id: equipment.id } }, [
    [
      'RULE_VIOLATED',
      'equipment',
      'GEN-1',
      'Equipment SAW is in use (alerts: 1); deactivate it instead of deleting it.',
    ],
  ]);
  await expectRefused(api, 'deleteProcess', { process: { id: process.id } }, [
    ['RULE_VIOLATED', 'process', 'GEN-1', 'Step 70 PACK is in use (alerts: 1); deactivate it instead of deleting it.'],
  ]);
});

test('a page of alerts with all its records takes the same statements for 1, 10 and 100 of them', async () => {
  const fresh = await startApi();
  try {
    await makeFloor(fresh);
    const counts: number[] = [];
    for (const count of [1, 10, 100]) {
      await fresh.database.reader().sql`
        INSERT INTO alerts (type, title, message, created_by_id) SELECT 'MANUAL', 'A', 'B', ${fresh.userIdOf('ADMIN')}::uuid FROM generate_series(1, ${count} - (SELECT count(*) FROM alerts))`;
      const answer = await fresh.ask(
        '{ alerts(first: 100) { totalCount unreadCount nodes { title lot { number } serial { number } process { code } createdBy { username } readBy { username } } } }',
      );
      expect([answer.data.alerts.nodes.length, answer.data.alerts.unreadCount]).toEqual([count, count]);
      counts.push(answer.statements);
    }
    expect(counts).toEqual([4, 4, 4]);
  } finally {
    await fresh.close();
  }
});

test('a stranger to the floor raises nothing', async () => {
  for (const role of ['VIEWER', 'AUDITOR'] as const)
    expect((await call(api, 'createAlert', TEXTS, '', role)).errors[0]?.code).toBe('FORBIDDEN');
});
