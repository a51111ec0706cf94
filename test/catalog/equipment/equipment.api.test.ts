import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ROLES, type Role } from '../../../src/platform/rules/access.ts';
import { encodeGlobalId } from '../../../src/platform/values/global-id.ts';
import { dayIn, plusDays, plusMilliseconds } from '../../../src/platform/values/time.ts';
import { startApi, type Answer, type Api } from '../../support/api.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { withConnection } from '../../support/database.ts';

type Data = Answer['data'];

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
beforeEach(() =>
  sql(`
    TRUNCATE equipment, processes, stations, product_models, production_lines CASCADE;
    INSERT INTO production_lines (code, lot_segment, name) VALUES ('KR01', 'KR01', 'Line 1');
    INSERT INTO processes (number, code, name, sort_order) VALUES (10, 'MOUNT', 'Mount', 10);
    INSERT INTO stations (code, name, host) VALUES ('ST-1', 'Station 1', 'st1')`),
);

const EQUIPMENT = `id code name type description manufacturer modelNumber serialNumber process { code } productionLine { code } station { code }
  status statusChangedAt isActive lastMaintenanceOn nextMaintenanceOn needsMaintenance operationHours specifications maintenanceSchedule createdAt updatedAt version`;
const PERIODS =
  'statusPeriods(orderBy: [{ field: STARTED_AT }]) { nodes { status startedAt endedAt reason changedBy { username } } }';
const ERRORS = 'errors { code message path rule }';

async function create(input: object, role?: Role | null): Promise<Data> {
  const document = `mutation ($input: CreateEquipmentInput!) { createEquipment(input: $input) { equipment { ${EQUIPMENT} ${PERIODS} } ${ERRORS} } }`;
  return (await api.ask(document, { input }, role)).data.createEquipment;
}

async function update(input: object, role?: Role | null): Promise<Data> {
  const document = `mutation ($input: UpdateEquipmentInput!) { updateEquipment(input: $input) { equipment { ${EQUIPMENT} } ${ERRORS} } }`;
  return (await api.ask(document, { input }, role)).data.updateEquipment;
}

async function remove(input: object, role?: Role | null): Promise<Data> {
  const document = `mutation ($input: DeleteEquipmentInput!) { deleteEquipment(input: $input) { deletedId ${ERRORS} } }`;
  return (await api.ask(document, { input }, role)).data.deleteEquipment;
}

async function move(input: object, role?: Role | null): Promise<Data> {
  const document = `mutation ($input: ChangeEquipmentStatusInput!) { changeEquipmentStatus(input: $input) {
    equipment { code status statusChangedAt version } period { id status startedAt endedAt reason changedBy { username } equipment { code } } ${ERRORS} } }`;
  return (await api.ask(document, { input }, role)).data.changeEquipmentStatus;
}

/** Creates equipment, expects success and returns it. */
async function made(code: string, fields: object = {}): Promise<Data> {
  const { equipment, errors } = await create({ code, name: code, type: 'PRESS', ...fields });
  expect(errors).toEqual([]);
  return equipment;
}

const equipment = { code: 'PRESS-1' };

async function sql<Row extends object>(text: string): Promise<readonly Row[]> {
  return withConnection(api.databaseUrl, async (client) => (await client.query<Row>(text)).rows);
}

/** All stored values of equipment except those that identify it. */
async function rowOf(code: string): Promise<object | undefined> {
  const [row] = await sql(
    `SELECT to_jsonb(e) - '{id,code,name,status_changed_at,created_at,updated_at}'::text[] AS row FROM equipment e WHERE code = '${code}'`,
  );
  return row;
}

async function world(): Promise<readonly object[]> {
  return sql(
    'SELECT to_jsonb(e) AS row FROM equipment e UNION ALL SELECT to_jsonb(p) FROM equipment_status_periods p ORDER BY 1',
  );
}

/** Expects that the mutation is refused with exactly these errors and that nothing has changed. */
async function refused(act: () => Promise<Data>, ...errors: readonly object[]): Promise<void> {
  const before = await world();

  const answer = await act();

  expect(answer.errors).toEqual(errors.map((error) => expect.objectContaining(error)));
  expect(answer.equipment ?? answer.period ?? answer.deletedId ?? null).toBeNull();
  expect(await world()).toEqual(before);
}

interface Period {
  readonly status: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

async function periodsOf(code: string): Promise<readonly Period[]> {
  const answer = await api.ask(
    `query ($code: String!) { equipmentByCode(code: $code) { ${PERIODS.replace('orderBy', 'first: 100, orderBy')} } }`,
    { code },
  );
  return answer.data.equipmentByCode.statusPeriods.nodes;
}

/** Each period ends when the next one begins, each takes at least 1 ms, and only the last one is open. */
function expectNoGapAndNoOverlap(periods: readonly Period[]): void {
  expect(periods.map(({ endedAt }) => endedAt)).toEqual([...periods.slice(1).map(({ startedAt }) => startedAt), null]);
  expect(periods.filter(({ startedAt, endedAt }) => endedAt !== null && endedAt <= startedAt)).toEqual([]);
}

describe('createEquipment', () => {
  test('creates equipment with upper-case codes and the default values, and opens its first status period (EQP-1, EQP-2)', async () => {
    const { equipment: oven, errors } = await create(
      { code: ' oven_1-a ', name: ' Oven ', type: 'hot_oven' },
      'ENGINEER',
    );

    expect(errors).toEqual([]);
    expect(oven).toEqual({
      id: oven.id,
      code: 'OVEN_1-A',
      name: 'Oven',
      type: 'HOT_OVEN',
      description: null,
      manufacturer: null,
      modelNumber: null,
      serialNumber: null,
      process: null,
      productionLine: null,
      station: null,
      status: 'AVAILABLE',
      statusChangedAt: oven.createdAt,
      isActive: true,
      lastMaintenanceOn: null,
      nextMaintenanceOn: null,
      needsMaintenance: false,
      operationHours: '0.00',
      specifications: {},
      maintenanceSchedule: {},
      createdAt: oven.createdAt,
      updatedAt: oven.createdAt,
      version: 1,
      statusPeriods: {
        nodes: [
          {
            status: 'AVAILABLE',
            startedAt: oven.createdAt,
            endedAt: null,
            reason: null,
            changedBy: { username: 'engineer' },
          },
        ],
      },
    });
  });

  test('stores every given value', async () => {
    const given = {
      code: 'PRESS-1',
      name: 'Press',
      type: 'PRESS',
      description: 'Two\nlines',
      manufacturer: 'ACME',
      modelNumber: 'P-100',
      serialNumber: '4711',
      isActive: false,
      lastMaintenanceOn: '2026-02-28',
      nextMaintenanceOn: '2199-03-01',
      operationHours: '99999999.99',
      specifications: { force: { unit: 'kN' } },
      maintenanceSchedule: { weekly: ['oil'] },
    };
    const places = { process: { number: 10 }, productionLine: { code: 'kr01' }, station: { code: 'st-1' } };

    const { equipment: press, errors } = await create({ ...given, ...places });

    expect(errors).toEqual([]);
    expect(press).toMatchObject({
      ...given,
      process: { code: 'MOUNT' },
      productionLine: { code: 'KR01' },
      station: { code: 'ST-1' },
    });
  });

  test('gives an optional field that is null its default, as if it were absent', async () => {
    const none = [
      'description',
      'manufacturer',
      'modelNumber',
      'serialNumber',
      'process',
      'productionLine',
      'station',
      'isActive',
    ];
    const more = ['lastMaintenanceOn', 'nextMaintenanceOn', 'operationHours', 'specifications', 'maintenanceSchedule'];

    await made('ABSENT');
    await made('NULLS', Object.fromEntries([...none, ...more].map((field) => [field, null])));

    expect(await rowOf('NULLS')).toEqual(await rowOf('ABSENT'));
  });

  test('reports all errors of an input at once, each with its path (EQP-1)', async () => {
    const code = 'INVALID_INPUT';
    await refused(
      () =>
        create({
          code: 'A B',
          name: ' ',
          type: 'HOT-OVEN',
          lastMaintenanceOn: '2026-02-30',
          nextMaintenanceOn: 'soon',
          operationHours: '1.005',
          process: { number: 0 },
        }),
      { code, path: ['code'], rule: 'EQP-1', message: 'code must be 1 to 50 of A-Z 0-9 _ -.' },
      { code, path: ['name'], rule: null },
      { code, path: ['type'], rule: 'EQP-1', message: 'type must be 1 to 100 of A-Z 0-9 _.' },
      { code, path: ['process', 'number'], rule: 'PRC-1' },
      { code, path: ['lastMaintenanceOn'], rule: null },
      { code, path: ['nextMaintenanceOn'], rule: null },
      { code, path: ['operationHours'], rule: null },
    );
    for (const operationHours of ['-1', '1e3', '100000000', '']) {
      await refused(() => create({ code: 'X', name: 'X', type: 'X', operationHours }), {
        code,
        path: ['operationHours'],
      });
    }
  });

  test('refuses a code that exists (EQP-1)', async () => {
    await made('PRESS-1');

    await refused(() => create({ code: 'press-1', name: 'X', type: 'X' }), {
      code: 'CONFLICT',
      path: ['code'],
      rule: 'EQP-1',
      message: 'Equipment PRESS-1 exists already; choose another code.',
    });
  });

  test('creates one of several with the same code that are sent at the same time (EQP-1)', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => create({ code: 'PRESS-1', name: 'X', type: 'X' })),
    );

    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    expect(answers.flatMap(({ errors }) => errors)).toEqual(
      Array(4).fill(expect.objectContaining({ code: 'CONFLICT', path: ['code'], rule: 'EQP-1' })),
    );
    expect(await world()).toHaveLength(2);
  });

  test('requires that the given line, station and step exist', async () => {
    const basis = { code: 'X', name: 'X', type: 'X' };

    await refused(() => create({ ...basis, productionLine: { code: 'none' } }), {
      code: 'NOT_FOUND',
      path: ['productionLine'],
    });
    await refused(() => create({ ...basis, process: { number: 99 } }), {
      code: 'NOT_FOUND',
      path: ['process'],
      message: 'Step 99 does not exist.',
    });
    await refused(() => create({ ...basis, station: { code: 'none' } }), { code: 'NOT_FOUND', path: ['station'] });
  });

  test('requires that the next maintenance is after the last (EQP-3)', async () => {
    const both = { lastMaintenanceOn: '2026-11-02', nextMaintenanceOn: '2026-11-02' };

    await refused(() => create({ code: 'X', name: 'X', type: 'X', ...both }), {
      code: 'RULE_VIOLATED',
      path: ['nextMaintenanceOn'],
      rule: 'EQP-3',
    });
    await made('PRESS-1', { ...both, nextMaintenanceOn: '2026-11-03' });
  });
});

describe('updateEquipment', () => {
  test('leaves absent fields and clears fields that are null', async () => {
    const places = { process: { number: 10 }, productionLine: { code: 'KR01' }, station: { code: 'ST-1' } };
    const texts = { description: 'D', manufacturer: 'M', modelNumber: 'N', serialNumber: 'S' };
    const { statusPeriods: _, ...before } = await made('PRESS-1', {
      ...places,
      ...texts,
      lastMaintenanceOn: '2026-01-01',
      nextMaintenanceOn: '2026-02-01',
    });

    const renamed = await update({
      equipment: { id: before.id },
      name: 'Press',
      type: 'servo_press',
      operationHours: '12.5',
    });
    expect(renamed.errors).toEqual([]);
    const { updatedAt } = renamed.equipment;
    expect(renamed.equipment).toEqual({
      ...before,
      name: 'Press',
      type: 'SERVO_PRESS',
      operationHours: '12.50',
      version: 2,
      updatedAt,
    });

    const none = Object.fromEntries(
      [...Object.keys(places), ...Object.keys(texts), 'lastMaintenanceOn', 'nextMaintenanceOn'].map((field) => [
        field,
        null,
      ]),
    );
    const cleared = await update({ equipment: { code: 'press-1' }, ...none });
    expect(cleared.errors).toEqual([]);
    expect(cleared.equipment).toEqual({
      ...renamed.equipment,
      ...none,
      needsMaintenance: false,
      version: 3,
      updatedAt: cleared.equipment.updatedAt,
    });

    expect((await update({ equipment, ...places, isActive: false })).equipment).toMatchObject({
      process: { code: 'MOUNT' },
      station: { code: 'ST-1' },
      isActive: false,
    });
  });

  test('refuses null for a required field', async () => {
    await made('PRESS-1');

    const required = ['name', 'type', 'isActive', 'operationHours', 'specifications', 'maintenanceSchedule'];
    await refused(
      () => update({ equipment, ...Object.fromEntries(required.map((field) => [field, null])) }),
      ...required.map((field) => ({ code: 'INVALID_INPUT', path: [field] })),
    );
  });

  test('requires that the next maintenance is after the last, whether given or stored (EQP-3)', async () => {
    await made('PRESS-1', { lastMaintenanceOn: '2026-11-02', nextMaintenanceOn: '2026-12-02' });
    const rejection = { code: 'RULE_VIOLATED', path: ['nextMaintenanceOn'], rule: 'EQP-3' };

    await refused(() => update({ equipment, nextMaintenanceOn: '2026-11-02' }), rejection);
    await refused(() => update({ equipment, lastMaintenanceOn: '2026-12-02' }), rejection);
    expect((await update({ equipment, lastMaintenanceOn: '2026-12-02', nextMaintenanceOn: null })).errors).toEqual([]);
  });

  test('refuses an outdated version, and returns the current record (GEN-2)', async () => {
    await made('PRESS-1');

    const answers = await Promise.all(['A', 'B'].map((name) => update({ equipment, name, expectedVersion: 1 })));

    expect(answers.flatMap(({ errors }) => errors)).toEqual([
      expect.objectContaining({ code: 'STALE_VERSION', path: ['expectedVersion'], rule: 'GEN-2' }),
    ]);
    expect(answers[0].equipment).toEqual(answers[1].equipment);
  });

  test('requires that the equipment and the given line, station and step exist', async () => {
    await made('PRESS-1');
    const id = encodeGlobalId('Equipment', '00000000-0000-7000-8000-000000000000');

    await refused(() => update({ equipment: { id }, name: 'X' }), {
      code: 'NOT_FOUND',
      path: ['equipment'],
      message: 'Equipment with this id does not exist.',
    });
    await refused(() => update({ equipment: { code: 'none' }, name: 'X' }), {
      code: 'NOT_FOUND',
      path: ['equipment'],
      message: 'Equipment NONE does not exist.',
    });
    await refused(() => update({ equipment, process: { code: 'none' } }), { code: 'NOT_FOUND', path: ['process'] });
    await refused(() => update({ equipment, productionLine: { code: 'none' } }), {
      code: 'NOT_FOUND',
      path: ['productionLine'],
    });
    await refused(() => update({ equipment, station: { code: 'none' } }), { code: 'NOT_FOUND', path: ['station'] });
    await refused(
      () => update({ equipment: { id: encodeGlobalId('Station', '00000000-0000-7000-8000-000000000000') } }),
      { code: 'INVALID_INPUT', path: ['equipment', 'id'] },
    );
  });
});

describe('deleteEquipment', () => {
  test('deletes equipment without executions, together with its periods', async () => {
    const { id } = await made('PRESS-1');
    await move({ equipment, status: 'MAINTENANCE' });

    expect(await remove({ equipment })).toEqual({ deletedId: id, errors: [] });
    expect(await world()).toEqual([]);
    expect((await api.ask('query ($id: ID!) { node(id: $id) { id } }', { id })).data).toEqual({ node: null });
  });

  test('refuses equipment in use (GEN-1)', async () => {
    await made('PRESS-1');
    await sql(`
      INSERT INTO product_models (code, lot_segment, name) VALUES ('PSA', 'PSA', 'Sensor');
      INSERT INTO lots (number, product_model_id, production_line_id, production_date, status, started_at)
        SELECT 'KR01PSA261101', m.id, l.id, '2026-11-02', 'IN_PROGRESS', '2026-11-02T08:00Z' FROM product_models m, production_lines l;
      INSERT INTO wip_items (number, lot_id, sequence) SELECT 'WIP-KR01PSA261101-001', id, 1 FROM lots;
      INSERT INTO process_data (level, lot_id, wip_item_id, process_id, attempt, operator_id, equipment_id, result, started_at, completed_at)
        SELECT 'WIP', i.lot_id, i.id, p.id, 1, '${api.userIdOf('OPERATOR')}', e.id, 'PASS', '2026-11-02T08:00Z', '2026-11-02T08:05Z'
        FROM wip_items i, processes p, equipment e`);

    await refused(() => remove({ equipment }), {
      code: 'RULE_VIOLATED',
      path: ['equipment'],
      rule: 'GEN-1',
      message: 'Equipment PRESS-1 is in use (executions: 1); deactivate it instead of deleting it.',
    });
  });

  test('refuses an outdated version, and equipment that does not exist', async () => {
    await made('PRESS-1');

    await refused(() => remove({ equipment: { code: 'none' } }), { code: 'NOT_FOUND', path: ['equipment'] });
    const { deletedId, errors } = await remove({ equipment, expectedVersion: 2 });
    expect([deletedId, errors]).toEqual([null, [expect.objectContaining({ code: 'STALE_VERSION' })]]);
    expect(await world()).toHaveLength(2);
  });
});

describe('changeEquipmentStatus', () => {
  test('ends one period and begins the next at the same instant (EQP-2)', async () => {
    await made('PRESS-1');

    const answer = await move({ equipment, status: 'MAINTENANCE', reason: ' Oil\nand belts ' }, 'OPERATOR');

    expect(answer.errors).toEqual([]);
    const boundary = answer.period.startedAt;
    expect(answer.equipment).toEqual({ code: 'PRESS-1', status: 'MAINTENANCE', statusChangedAt: boundary, version: 2 });
    const next = {
      status: 'MAINTENANCE',
      startedAt: boundary,
      endedAt: null,
      reason: 'Oil\nand belts',
      changedBy: { username: 'operator' },
    };
    expect(answer.period).toEqual({ ...next, id: answer.period.id, equipment: { code: 'PRESS-1' } });
    expect(await periodsOf('PRESS-1')).toEqual([
      {
        status: 'AVAILABLE',
        startedAt: expect.any(String),
        endedAt: boundary,
        reason: null,
        changedBy: { username: 'admin' },
      },
      next,
    ]);
  });

  test('allows only the transitions of the status table (EQP-2)', async () => {
    await made('PRESS-1');
    const rejection = (message: string): object => ({
      code: 'RULE_VIOLATED',
      path: ['status'],
      rule: 'EQP-2',
      message,
    });

    await refused(
      () => move({ equipment, status: 'AVAILABLE' }),
      rejection(
        'Equipment PRESS-1 is AVAILABLE; only from IN_USE or MAINTENANCE or OUT_OF_SERVICE can it become AVAILABLE.',
      ),
    );
    await move({ equipment, status: 'IN_USE' });
    await refused(
      () => move({ equipment, status: 'RETIRED' }),
      rejection(
        'Equipment PRESS-1 is IN_USE; only from AVAILABLE or MAINTENANCE or OUT_OF_SERVICE can it become RETIRED.',
      ),
    );
    await move({ equipment, status: 'OUT_OF_SERVICE' });
    expect((await move({ equipment, status: 'RETIRED' })).errors).toEqual([]);
    await refused(
      () => move({ equipment, status: 'AVAILABLE' }),
      rejection(
        'Equipment PRESS-1 is RETIRED; only from IN_USE or MAINTENANCE or OUT_OF_SERVICE can it become AVAILABLE.',
      ),
    );

    const periods = await periodsOf('PRESS-1');
    expect(periods.map(({ status }) => status)).toEqual(['AVAILABLE', 'IN_USE', 'OUT_OF_SERVICE', 'RETIRED']);
    expectNoGapAndNoOverlap(periods);
  });

  test('makes a period at least 1 ms long, even when its start is later than now (EQP-2)', async () => {
    await made('PRESS-1');
    const startedAt = '2150-01-01T00:00:00.000Z';
    await sql(`UPDATE equipment_status_periods SET started_at = '${startedAt}'`);

    const { period, equipment: press } = await move({ equipment, status: 'IN_USE' });

    expect(period.startedAt).toBe(plusMilliseconds(startedAt, 1));
    expect(press.statusChangedAt).toBe('2150-01-01T00:00:00.001Z');
    expectNoGapAndNoOverlap(await periodsOf('PRESS-1'));
  });

  test('carries out one of two equal transitions that are sent at the same time (EQP-2)', async () => {
    await made('PRESS-1');

    const answers = await Promise.all([1, 2].map(() => move({ equipment, status: 'IN_USE' })));

    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    expect(answers.flatMap(({ errors }) => errors)).toEqual([
      expect.objectContaining({ code: 'RULE_VIOLATED', path: ['status'], rule: 'EQP-2' }),
    ]);
    const periods = await periodsOf('PRESS-1');
    expect(periods.map(({ status }) => status)).toEqual(['AVAILABLE', 'IN_USE']);
    expectNoGapAndNoOverlap(periods);
  });

  test('carries out one of two transitions with the same version; the other returns the current record (GEN-2)', async () => {
    await made('PRESS-1');

    const answers = await Promise.all(
      ['MAINTENANCE', 'OUT_OF_SERVICE'].map((status) => move({ equipment, status, expectedVersion: 1 })),
    );

    const [stale] = answers.filter(({ errors }) => errors.length > 0);
    const [moved] = answers.filter(({ errors }) => errors.length === 0);
    expect(stale.errors[0]).toMatchObject({ code: 'STALE_VERSION', path: ['expectedVersion'], rule: 'GEN-2' });
    expect([stale.equipment, stale.period]).toEqual([moved.equipment, null]);
  });

  test('leaves no overlap and no gap between periods, however many requests run at the same time (EQP-2)', async () => {
    await made('PRESS-1');
    const statuses = ['IN_USE', 'AVAILABLE', 'MAINTENANCE', 'OUT_OF_SERVICE'];

    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => move({ equipment, status: statuses[index % 4] })),
    );

    const moves = answers.filter(({ errors }) => errors.length === 0);
    expect(answers.flatMap(({ errors }) => errors.map(({ rule }: { rule: string }) => rule))).toEqual(
      Array(40 - moves.length).fill('EQP-2'),
    );
    const periods = await periodsOf('PRESS-1');
    expect(periods).toHaveLength(moves.length + 1);
    expectNoGapAndNoOverlap(periods);
    const { data } = await api.ask('{ equipmentByCode(code: "PRESS-1") { status statusChangedAt } }');
    expect(data.equipmentByCode).toEqual({
      status: periods.at(-1)?.status,
      statusChangedAt: periods.at(-1)?.startedAt,
    });
  });

  test('carries out one transition for the same request with the same key (IDK-1)', async () => {
    await made('PRESS-1');

    const answers = await Promise.all(
      [1, 2, 3].map(() => move({ equipment, status: 'IN_USE', idempotencyKey: 'once' })),
    );

    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(await periodsOf('PRESS-1')).toHaveLength(2);
  });

  test('refuses a blank reason, and one of more than 1,000 characters', async () => {
    await made('PRESS-1');

    for (const reason of [' ', 'x'.repeat(1_001)])
      await refused(() => move({ equipment, status: 'IN_USE', reason }), { code: 'INVALID_INPUT', path: ['reason'] });
    expect((await move({ equipment, status: 'IN_USE', reason: 'x'.repeat(1_000) })).errors).toEqual([]);
  });
});

describe('the permissions of equipment', () => {
  test('let every signed-in user read it; ADMIN, MANAGER and ENGINEER maintain it', async () => {
    await made('PRESS-1');

    for (const role of ROLES) {
      const isEngineer = ['ADMIN', 'MANAGER', 'ENGINEER'].includes(role);
      const acts = [
        () => create({ code: 'X', name: 'X', type: 'X' }, role),
        () => update({ equipment: { code: 'X' }, name: 'Y' }, role),
        () => remove({ equipment: { code: 'X' } }, role),
      ];
      for (const act of acts) {
        if (isEngineer) expect((await act()).errors).toEqual([]);
        else await refused(act, { code: 'FORBIDDEN', path: [] });
      }
      const read = await api.ask(
        '{ equipment { nodes { code statusPeriods { totalCount } } } equipmentByCode(code: "press-1") { code } }',
        {},
        role,
      );
      expect(read.data).toEqual({
        equipment: { nodes: [{ code: 'PRESS-1', statusPeriods: { totalCount: 1 } }] },
        equipmentByCode: { code: 'PRESS-1' },
      });
    }
    await refused(() => create({ code: 'X', name: 'X', type: 'X' }, null), {
      code: 'UNAUTHENTICATED',
      path: [],
      rule: 'AUT-1',
    });
    const nobody = await api.ask('{ equipment { totalCount } }', {}, null);
    expect(nobody.errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', rule: 'AUT-1' });
  });

  test('let all floor roles change its status; only ADMIN, MANAGER and ENGINEER retire it', async () => {
    for (const role of ROLES) {
      const own = { equipment: { code: role } };
      await made(role);
      const isEngineer = ['ADMIN', 'MANAGER', 'ENGINEER'].includes(role);
      const isOnFloor = isEngineer || role === 'INSPECTOR' || role === 'OPERATOR';

      if (isOnFloor) expect((await move({ ...own, status: 'MAINTENANCE' }, role)).errors).toEqual([]);
      else await refused(() => move({ ...own, status: 'MAINTENANCE' }, role), { code: 'FORBIDDEN', path: [] });

      if (isEngineer) expect((await move({ ...own, status: 'RETIRED' }, role)).errors).toEqual([]);
      else
        await refused(() => move({ ...own, status: 'RETIRED' }, role), {
          code: 'FORBIDDEN',
          path: isOnFloor ? ['status'] : [],
        });
    }
    // The answer is the same whether or not the equipment exists.
    await refused(() => move({ equipment: { code: 'none' }, status: 'RETIRED' }, 'OPERATOR'), {
      code: 'FORBIDDEN',
      path: ['status'],
    });
    await refused(() => move({ equipment: { code: 'none' }, status: 'IN_USE' }, 'OPERATOR'), {
      code: 'NOT_FOUND',
      path: ['equipment'],
    });
  });
});

describe('reading equipment', () => {
  const codesOf = async (args: string, of: Api = api): Promise<unknown> =>
    (await of.ask(`{ equipment${args} { nodes { code } } }`)).data.equipment.nodes.map(
      ({ code }: { code: string }) => code,
    );

  test('finds equipment and its periods by their ids', async () => {
    const { id } = await made('PRESS-1');
    const { period } = await move({ equipment, status: 'IN_USE' });

    const { data } = await api.ask(
      'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Equipment { code } ... on EquipmentStatusPeriod { status equipment { code } } } }',
      { ids: [id, period.id] },
    );

    expect(data.nodes).toEqual([{ code: 'PRESS-1' }, { status: 'IN_USE', equipment: { code: 'PRESS-1' } }]);
  });

  test('lists equipment by code, with filters and orders', async () => {
    await made('B', { type: 'OVEN', nextMaintenanceOn: '2150-01-02', productionLine: { code: 'KR01' } });
    await made('C', { isActive: false, process: { number: 10 } });
    await made('A', { nextMaintenanceOn: '2150-01-01', station: { code: 'ST-1' } });
    await move({ equipment: { code: 'C' }, status: 'IN_USE' });
    const [ids] = await sql<{ line: string; step: string; station: string }>(
      'SELECT l.id AS line, p.id AS step, s.id AS station FROM production_lines l, processes p, stations s',
    );
    const filtered = (condition: string): Promise<unknown> => codesOf(`(filter: { ${condition} })`);

    expect(await codesOf('')).toEqual(['A', 'B', 'C']);
    expect(await filtered('code: { in: ["a", "c"] }')).toEqual(['A', 'C']);
    expect(await filtered('type: { eq: "press" }')).toEqual(['A', 'C']);
    expect(await filtered('status: { notIn: [AVAILABLE] }')).toEqual(['C']);
    expect(await filtered('isActive: true')).toEqual(['A', 'B']);
    expect(await filtered(`productionLine: { eq: "${encodeGlobalId('ProductionLine', ids?.line ?? '')}" }`)).toEqual([
      'B',
    ]);
    expect(await filtered(`process: { in: ["${encodeGlobalId('Process', ids?.step ?? '')}"] }`)).toEqual(['C']);
    expect(await filtered(`station: { eq: "${encodeGlobalId('Station', ids?.station ?? '')}" }`)).toEqual(['A']);
    expect(await filtered('station: { isNull: true }')).toEqual(['B', 'C']);
    expect(await filtered('nextMaintenanceOn: { lte: "2150-01-01" }')).toEqual(['A']);
    expect(await filtered('createdAt: { lt: "2026-01-01T00:00:00Z" }')).toEqual([]);
    expect(await codesOf('(orderBy: [{ field: NEXT_MAINTENANCE_ON, direction: DESC }])')).toEqual(['B', 'A', 'C']);
    expect(await codesOf('(orderBy: [{ field: STATUS, direction: DESC }, { field: CREATED_AT }])')).toEqual([
      'C',
      'B',
      'A',
    ]);
  });

  test('lists the periods of equipment from the newest, by page and with filters', async () => {
    await made('PRESS-1');
    for (const status of ['IN_USE', 'MAINTENANCE', 'AVAILABLE']) await move({ equipment, status });
    const page = async (args: string): Promise<Data> =>
      (
        await api.ask(
          `{ equipmentByCode(code: "PRESS-1") { statusPeriods${args} { totalCount nodes { status } pageInfo { hasNextPage endCursor } } } }`,
        )
      ).data.equipmentByCode.statusPeriods;

    const first = await page('(first: 3)');
    expect(first.nodes.map(({ status }: Period) => status)).toEqual(['AVAILABLE', 'MAINTENANCE', 'IN_USE']);
    expect([first.totalCount, first.pageInfo.hasNextPage]).toEqual([4, true]);
    expect((await page(`(first: 3, after: "${first.pageInfo.endCursor}")`)).nodes).toEqual([{ status: 'AVAILABLE' }]);
    expect((await page('(filter: { status: { eq: MAINTENANCE } })')).nodes).toEqual([{ status: 'MAINTENANCE' }]);
    expect((await page('(filter: { endedAt: { isNull: true } })')).nodes).toEqual([{ status: 'AVAILABLE' }]);
  });

  test.each(['Pacific/Kiritimati', 'Pacific/Pago_Pago'])(
    'reports maintenance as due on the day itself by the calendar of the site: %s (EQP-3)',
    async (siteTimeZone) => {
      await using site = await startApi({ siteTimeZone });
      const now = new Date().toISOString();
      const [today, tomorrow] = [dayIn(siteTimeZone, now), dayIn(siteTimeZone, plusDays(now, 1))];
      for (const [code, nextMaintenanceOn] of [
        ['DUE', today],
        ['OVERDUE', '2026-01-01'],
        ['LATER', tomorrow],
        ['NEVER', null],
      ]) {
        const input = { code, name: 'X', type: 'X', nextMaintenanceOn };
        await site.ask(
          'mutation ($input: CreateEquipmentInput!) { createEquipment(input: $input) { errors { message } } }',
          { input },
        );
      }

      const { data } = await site.ask('{ equipment { nodes { code needsMaintenance } } }');

      expect(data.equipment.nodes).toEqual([
        { code: 'DUE', needsMaintenance: true },
        { code: 'LATER', needsMaintenance: false },
        { code: 'NEVER', needsMaintenance: false },
        { code: 'OVERDUE', needsMaintenance: true },
      ]);
      expect(await codesOf('(filter: { needsMaintenance: true })', site)).toEqual(['DUE', 'OVERDUE']);
      expect(await codesOf('(filter: { needsMaintenance: false })', site)).toEqual(['LATER', 'NEVER']);
      expect(await codesOf('(filter: { not: { needsMaintenance: true } })', site)).toEqual(['LATER', 'NEVER']);
    },
  );

  test.each([1, 10, 100])(
    'takes, for %i rows, one statement, one for their count, and one for each level below',
    async (size) => {
      await sql(`
      INSERT INTO processes (number, code, name, sort_order) SELECT n, 'P' || n, 'P', n FROM generate_series(1, ${size}) n WHERE n <> 10;
      INSERT INTO stations (code, name, host) SELECT 'S' || n, 'S', 's' FROM generate_series(1, ${size}) n;
      INSERT INTO equipment (code, name, type, process_id, station_id, production_line_id)
        SELECT 'E' || n, 'E', 'PRESS', (SELECT id FROM processes WHERE number = n), (SELECT id FROM stations WHERE code = 'S' || n), (SELECT id FROM production_lines)
        FROM generate_series(1, ${size}) n;
      INSERT INTO equipment_status_periods (equipment_id, status, started_at, changed_by_id) SELECT id, 'AVAILABLE', now(), '${api.userIdOf('ADMIN')}' FROM equipment`);

      const places = 'process { code } productionLine { code } station { code }';
      const list = await askBothWays(
        api,
        `{ equipment(first: 100) { totalCount nodes { code needsMaintenance ${places} statusPeriods(first: 5) { totalCount nodes { status changedBy { username } } } } } }`,
      );
      const line = await askBothWays(
        api,
        '{ productionLineByCode(code: "KR01") { equipment(first: 100) { nodes { code } } } }',
      );

      expect(list.data.equipment.nodes).toHaveLength(size);
      expect(list.statements).toEqual({ plans: 4, loaders: 8 });
      expect([line.data.productionLineByCode.equipment.nodes.length, line.statements]).toEqual([
        size,
        { plans: 2, loaders: 2 },
      ]);
    },
  );
});
