import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lockRoute } from '../../../src/catalog/process/process.commands.ts';
import { factoryRoute } from '../../../src/catalog/process/process.loaders.ts';
import { ROLES, type Role } from '../../../src/platform/rules/access.ts';
import { encodeGlobalId } from '../../../src/platform/values/global-id.ts';
import { startApi, type Answer, type Api } from '../../support/api.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { withConnection } from '../../support/database.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
beforeEach(() => sql('TRUNCATE processes, product_models, production_lines CASCADE'));

type Data = Answer['data'];

const STEP = `id number code name localName description type level plannedSeconds maxAttempts allowOutOfSpecPass qualityCriteria defectItems
  autoPrintLabel labelTemplate sortOrder isActive createdAt updatedAt version`;
const ERRORS = 'errors { code message path rule }';

async function create(input: object, role?: Role | null): Promise<Data> {
  const document = `mutation ($input: CreateProcessInput!) { createProcess(input: $input) { process { ${STEP} } ${ERRORS} } }`;
  return (await api.ask(document, { input }, role)).data.createProcess;
}

async function update(input: object, role?: Role | null): Promise<Data> {
  const document = `mutation ($input: UpdateProcessInput!) { updateProcess(input: $input) { process { ${STEP} } ${ERRORS} } }`;
  return (await api.ask(document, { input }, role)).data.updateProcess;
}

async function remove(input: object, role?: Role | null): Promise<Data> {
  const document = `mutation ($input: DeleteProcessInput!) { deleteProcess(input: $input) { deletedId ${ERRORS} } }`;
  return (await api.ask(document, { input }, role)).data.deleteProcess;
}

/** Creates a step, expects success and returns it. */
async function made(number: number, code: string, fields: object = {}): Promise<Data> {
  const { process, errors } = await create({ number, code, name: code, ...fields });
  expect(errors).toEqual([]);
  return process;
}

const conversion = { type: 'SERIAL_CONVERSION' };

async function sql(text: string): Promise<readonly object[]> {
  return withConnection(api.databaseUrl, async (client) => (await client.query<object>(text)).rows);
}

async function world(): Promise<readonly object[]> {
  return sql('SELECT to_jsonb(p) AS row FROM processes p ORDER BY number');
}

/** Expects that the mutation is refused with exactly these errors and that nothing has changed. */
async function refused(act: () => Promise<Data>, ...errors: readonly object[]): Promise<void> {
  const before = await world();

  const answer = await act();

  expect(answer.errors).toEqual(errors.map((error) => expect.objectContaining(error)));
  expect(answer.process ?? answer.deletedId ?? null).toBeNull();
  expect(await world()).toEqual(before);
}

/** One lot with one item that has one finished execution of the step. */
async function execute(code: string, itemStatus = 'IN_PROGRESS'): Promise<void> {
  const completedAt = itemStatus === 'COMPLETED' ? "'2026-11-02T09:00Z'" : 'NULL';
  await sql(`
    INSERT INTO product_models (code, lot_segment, name) VALUES ('PSA', 'PSA', 'Sensor');
    INSERT INTO production_lines (code, lot_segment, name) VALUES ('KR01', 'KR01', 'Line 1');
    INSERT INTO lots (number, product_model_id, production_line_id, production_date, status, started_at)
      SELECT 'KR01PSA261101', m.id, l.id, '2026-11-02', 'IN_PROGRESS', '2026-11-02T08:00Z' FROM product_models m, production_lines l;
    INSERT INTO wip_items (number, lot_id, sequence, status, completed_at) SELECT 'WIP-KR01PSA261101-001', id, 1, '${itemStatus}', ${completedAt} FROM lots;
    INSERT INTO process_data (level, lot_id, wip_item_id, process_id, attempt, operator_id, result, started_at, completed_at)
      SELECT 'WIP', i.lot_id, i.id, p.id, 1, '${api.userIdOf('OPERATOR')}', 'PASS', '2026-11-02T08:00Z', '2026-11-02T08:05Z'
      FROM wip_items i, processes p WHERE p.code = '${code}'`);
}

describe('createProcess', () => {
  test('creates a step with an upper-case code and the default values (PRC-1)', async () => {
    const { process, errors } = await create({ number: 10, code: ' mount_1 ', name: ' Mount ' });

    expect(errors).toEqual([]);
    expect(process).toEqual({
      id: process.id,
      number: 10,
      code: 'MOUNT_1',
      name: 'Mount',
      localName: null,
      description: null,
      type: 'MANUFACTURING',
      level: 'WIP',
      plannedSeconds: null,
      maxAttempts: null,
      allowOutOfSpecPass: false,
      qualityCriteria: {},
      defectItems: [],
      autoPrintLabel: false,
      labelTemplate: null,
      sortOrder: 10,
      isActive: true,
      createdAt: process.createdAt,
      updatedAt: process.createdAt,
      version: 1,
    });
  });

  test('stores every given value', async () => {
    const given = {
      number: 20,
      code: 'TEST',
      name: 'Test',
      localName: '시험',
      description: 'Two\nlines',
      type: 'MANUFACTURING',
      level: 'SERIAL',
      plannedSeconds: 1,
      maxAttempts: 1,
      allowOutOfSpecPass: true,
      qualityCriteria: {
        note: 'free',
        characteristics: {
          'V.OUT': { unit: 'V', lowerLimit: '4.75', upperLimit: '5.25', target: '5', required: true },
        },
      },
      defectItems: ['BENT', 'CRACKED'],
      autoPrintLabel: true,
      labelTemplate: 'SERIAL_LABEL',
      sortOrder: 3,
      isActive: false,
    };

    expect((await create(given)).process).toMatchObject(given);
  });

  test('gives an optional field that is null its default, as if it were absent', async () => {
    const none = [
      'localName',
      'description',
      'type',
      'level',
      'plannedSeconds',
      'maxAttempts',
      'allowOutOfSpecPass',
      'qualityCriteria',
    ];
    const more = ['defectItems', 'autoPrintLabel', 'labelTemplate', 'sortOrder', 'isActive'];
    const nulls = Object.fromEntries([...none, ...more].map((field) => [field, null]));

    const absent = await made(10, 'ABSENT');
    const { process } = await create({ number: 20, code: 'NULLS', name: 'NULLS', ...nulls });

    expect(process).toEqual({
      ...absent,
      id: process.id,
      number: 20,
      code: 'NULLS',
      name: 'NULLS',
      sortOrder: 20,
      createdAt: process.createdAt,
      updatedAt: process.createdAt,
    });
  });

  test('requires a step number from 1 to 9,999 (PRC-1)', async () => {
    await made(1, 'FIRST');
    await made(100, 'LAST');

    for (const number of [0, 10_000, -1]) {
      const message = 'number must be a whole number from 1 to 9999.';
      await refused(() => create({ number, code: 'X', name: 'X' }), {
        code: 'INVALID_INPUT',
        path: ['number'],
        rule: 'PRC-1',
        message,
      });
    }
  });

  test('reports all errors of an input at once, each with its path (PRC-1, PRC-6)', async () => {
    const characteristics = { 'V.OUT': { lowerLimit: '2', upperLimit: '1' }, low: {}, OK: {} };

    await refused(
      () =>
        create({
          number: 0,
          code: 'A-B',
          name: ' ',
          plannedSeconds: 0,
          maxAttempts: 0,
          qualityCriteria: { characteristics },
          defectItems: ['A', ' A'],
          sortOrder: 0,
        }),
      { code: 'INVALID_INPUT', path: ['number'], rule: 'PRC-1' },
      { code: 'INVALID_INPUT', path: ['code'], rule: 'PRC-1', message: 'code must be 1 to 50 of A-Z 0-9 _.' },
      { code: 'INVALID_INPUT', path: ['name'], rule: null },
      { code: 'INVALID_INPUT', path: ['plannedSeconds'], rule: null },
      { code: 'INVALID_INPUT', path: ['maxAttempts'], rule: null },
      {
        code: 'INVALID_INPUT',
        path: ['qualityCriteria', 'characteristics', 'V.OUT'],
        rule: 'PRC-6',
        message: 'Characteristic "V.OUT": lowerLimit 2 is above upperLimit 1.',
      },
      { code: 'INVALID_INPUT', path: ['qualityCriteria', 'characteristics', 'low'], rule: 'PRC-6' },
      { code: 'INVALID_INPUT', path: ['defectItems', '1'], rule: null },
      { code: 'INVALID_INPUT', path: ['sortOrder'], rule: null },
    );
  });

  test('accepts at most 100 defect codes, each of 1 to 255 characters', async () => {
    const defects = Array.from({ length: 101 }, (_, index) => `D${index}`);
    await made(10, 'HUNDRED', { defectItems: defects.slice(1) });

    await refused(() => create({ number: 20, code: 'X', name: 'X', defectItems: defects }), {
      code: 'LIMIT_EXCEEDED',
      path: ['defectItems'],
    });
    await refused(() => create({ number: 20, code: 'X', name: 'X', defectItems: ['x'.repeat(256)] }), {
      code: 'INVALID_INPUT',
      path: ['defectItems', '0'],
    });
  });

  test('refuses a number and a code that exist, also those of an inactive step (PRC-1)', async () => {
    await made(10, 'MOUNT', { isActive: false });

    await refused(() => create({ number: 10, code: 'OTHER', name: 'X' }), {
      code: 'CONFLICT',
      path: ['number'],
      rule: 'PRC-1',
      message: 'Step number 10 belongs to MOUNT, which is inactive but keeps its number; choose a free one.',
    });
    await refused(() => create({ number: 20, code: 'mount', name: 'X' }), {
      code: 'CONFLICT',
      path: ['code'],
      rule: 'PRC-1',
    });
  });

  test('creates one of two steps with the same number that are sent at the same time (PRC-1)', async () => {
    const answers = await Promise.all(['A', 'B', 'C', 'D'].map((code) => create({ number: 10, code, name: code })));

    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    expect(answers.flatMap(({ errors }) => errors)).toEqual(
      Array(3).fill(expect.objectContaining({ code: 'CONFLICT', path: ['number'], rule: 'PRC-1' })),
    );
    expect(await world()).toHaveLength(1);
  });

  test('requires a label template for a step that prints its label automatically (LBL-2)', async () => {
    await refused(() => create({ number: 10, code: 'X', name: 'X', autoPrintLabel: true }), {
      code: 'RULE_VIOLATED',
      path: ['labelTemplate'],
      rule: 'LBL-2',
    });
  });
});

describe('a conversion step (PRC-3)', () => {
  test('has a higher number than the last active WIP-level MANUFACTURING step, and new steps get a lower one (PRC-3)', async () => {
    await made(30, 'SOLDER');
    await made(90, 'FINAL', { level: 'SERIAL' });
    await made(80, 'OLD', { isActive: false });

    await refused(() => create({ number: 20, code: 'MARK', name: 'X', ...conversion }), {
      code: 'RULE_VIOLATED',
      path: ['number'],
      rule: 'PRC-3',
    });
    await made(50, 'MARK', conversion);
    await refused(() => create({ number: 60, code: 'LATE', name: 'X' }), {
      code: 'RULE_VIOLATED',
      path: ['number'],
      rule: 'PRC-3',
    });
    await refused(() => update({ process: { code: 'SOLDER' }, number: 60 }), {
      code: 'RULE_VIOLATED',
      path: ['number'],
      rule: 'PRC-3',
    });
    await refused(() => update({ process: { code: 'MARK' }, number: 29 }), {
      code: 'RULE_VIOLATED',
      path: ['number'],
      rule: 'PRC-3',
    });
    await refused(() => update({ process: { code: 'OLD' }, isActive: true }), {
      code: 'RULE_VIOLATED',
      path: ['number'],
      rule: 'PRC-3',
    });
    expect((await update({ process: { code: 'OLD' }, isActive: true, number: 49 })).errors).toEqual([]);
  });

  test('belongs to the WIP level, follows a manufacturing step, and is the only active one (PRC-3)', async () => {
    await refused(() => create({ number: 50, code: 'MARK', name: 'X', ...conversion }), {
      code: 'RULE_VIOLATED',
      path: ['type'],
      rule: 'PRC-3',
    });
    await made(10, 'MOUNT');
    await refused(() => create({ number: 50, code: 'MARK', name: 'X', ...conversion, level: 'SERIAL' }), {
      code: 'RULE_VIOLATED',
      path: ['type'],
      rule: 'PRC-3',
    });
    await made(50, 'MARK', conversion);
    await refused(() => create({ number: 60, code: 'MARK_2', name: 'X', ...conversion }), {
      code: 'RULE_VIOLATED',
      path: ['type'],
      rule: 'PRC-3',
    });
  });

  test('that is inactive may have any level and number until it is activated (PRC-3)', async () => {
    await made(10, 'MOUNT');
    await made(50, 'MARK', conversion);

    await made(5, 'SPARE', { ...conversion, isActive: false });
    await made(60, 'ODD', { ...conversion, isActive: false, level: 'LOT' });

    await refused(() => update({ process: { code: 'SPARE' }, isActive: true }), {
      code: 'RULE_VIOLATED',
      path: ['type'],
      rule: 'PRC-3',
    });
    await refused(() => update({ process: { code: 'ODD' }, isActive: true }), {
      code: 'RULE_VIOLATED',
      path: ['type'],
      rule: 'PRC-3',
    });
  });

  test('that is activated at the same time as another one: one of the two becomes active (PRC-3)', async () => {
    await made(10, 'MOUNT');
    await made(50, 'MARK_A', { ...conversion, isActive: false });
    await made(51, 'MARK_B', { ...conversion, isActive: false });

    const answers = await Promise.all(
      ['MARK_A', 'MARK_B'].map((code) => update({ process: { code }, isActive: true })),
    );

    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    expect(answers.flatMap(({ errors }) => errors)).toEqual([
      expect.objectContaining({ code: 'RULE_VIOLATED', path: ['type'], rule: 'PRC-3' }),
    ]);
  });

  test('cannot be removed while a WIP item is COMPLETED, because the item could never be converted (PRC-4)', async () => {
    await made(10, 'MOUNT');
    await made(50, 'MARK', conversion);
    await execute('MOUNT', 'COMPLETED');

    const process = { code: 'MARK' };
    await refused(() => update({ process, isActive: false }), {
      code: 'RULE_VIOLATED',
      path: ['isActive'],
      rule: 'PRC-4',
    });
    await refused(() => update({ process, type: 'MANUFACTURING' }), {
      code: 'RULE_VIOLATED',
      path: ['type'],
      rule: 'PRC-4',
    });
    await refused(() => remove({ process }), { code: 'RULE_VIOLATED', path: ['process'], rule: 'PRC-4' });
    expect((await update({ process, name: 'Marking', number: 60 })).errors).toEqual([]);

    await sql("UPDATE wip_items SET status = 'CONVERTED', converted_at = now()");
    expect((await update({ process, isActive: false })).errors).toEqual([]);
  });

  test('requires that the last active WIP-level MANUFACTURING step stays while it is active (PRC-5)', async () => {
    await made(10, 'MOUNT');
    await made(50, 'MARK', conversion);

    const process = { number: 10 };
    await refused(() => update({ process, isActive: false }), {
      code: 'RULE_VIOLATED',
      path: ['isActive'],
      rule: 'PRC-5',
    });
    await refused(() => update({ process, level: 'SERIAL' }), {
      code: 'RULE_VIOLATED',
      path: ['level'],
      rule: 'PRC-5',
    });
    await refused(() => remove({ process }), { code: 'RULE_VIOLATED', path: ['process'], rule: 'PRC-5' });

    await made(20, 'SOLDER');
    expect((await update({ process, isActive: false })).errors).toEqual([]);
    await refused(() => remove({ process: { code: 'SOLDER' } }), {
      code: 'RULE_VIOLATED',
      path: ['process'],
      rule: 'PRC-5',
    });
    expect((await update({ process: { code: 'MARK' }, isActive: false })).errors).toEqual([]);
    expect((await remove({ process: { code: 'SOLDER' } })).errors).toEqual([]);
  });
});

describe('updateProcess', () => {
  test('leaves absent fields and clears fields that are null', async () => {
    const criteria = { characteristics: { V: { required: true } } };
    const full = {
      localName: 'L',
      description: 'D',
      plannedSeconds: 5,
      maxAttempts: 2,
      qualityCriteria: criteria,
      defectItems: ['A'],
      labelTemplate: 'LOT_LABEL',
    };
    const before = await made(10, 'MOUNT', full);

    const renamed = await update({ process: { id: before.id }, name: 'Mounting' });
    expect(renamed.process).toEqual({ ...before, name: 'Mounting', version: 2, updatedAt: renamed.process.updatedAt });

    const none = { localName: null, description: null, plannedSeconds: null, maxAttempts: null, labelTemplate: null };
    const cleared = await update({ process: { number: 10 }, ...none, defectItems: null });
    expect(cleared.errors).toEqual([]);
    expect(cleared.process).toEqual({
      ...renamed.process,
      ...none,
      defectItems: [],
      version: 3,
      updatedAt: cleared.process.updatedAt,
    });
  });

  test('refuses null for a required field', async () => {
    await made(10, 'MOUNT');

    const required = [
      'number',
      'name',
      'type',
      'level',
      'allowOutOfSpecPass',
      'qualityCriteria',
      'autoPrintLabel',
      'sortOrder',
      'isActive',
    ];
    await refused(
      () => update({ process: { code: 'MOUNT' }, ...Object.fromEntries(required.map((field) => [field, null])) }),
      ...required.map((field) => ({ code: 'INVALID_INPUT', path: [field] })),
    );
  });

  test('refuses an outdated version, and returns the current record (GEN-2)', async () => {
    await made(10, 'MOUNT');
    await update({ process: { code: 'MOUNT' }, name: 'Second' });

    const { process, errors } = await update({ process: { code: 'MOUNT' }, name: 'Third', expectedVersion: 1 });

    expect(errors).toEqual([
      expect.objectContaining({ code: 'STALE_VERSION', path: ['expectedVersion'], rule: 'GEN-2' }),
    ]);
    expect(process).toMatchObject({ name: 'Second', version: 2 });
  });

  test('carries out one of two changes with the same version (GEN-2)', async () => {
    await made(10, 'MOUNT');

    const answers = await Promise.all(
      ['A', 'B'].map((name) => update({ process: { code: 'MOUNT' }, name, expectedVersion: 1 })),
    );

    expect(answers.flatMap(({ errors }) => errors)).toEqual([expect.objectContaining({ code: 'STALE_VERSION' })]);
    expect(answers[0].process).toEqual(answers[1].process);
  });

  test('refuses a step that does not exist, by id, code or number', async () => {
    const id = encodeGlobalId('Process', '00000000-0000-7000-8000-000000000000');

    await refused(() => update({ process: { id }, name: 'X' }), {
      code: 'NOT_FOUND',
      path: ['process'],
      message: 'Step with this id does not exist.',
    });
    await refused(() => update({ process: { code: 'none' }, name: 'X' }), {
      code: 'NOT_FOUND',
      path: ['process'],
      message: 'Step NONE does not exist.',
    });
    await refused(() => remove({ process: { number: 7 } }), {
      code: 'NOT_FOUND',
      path: ['process'],
      message: 'Step 7 does not exist.',
    });
    await refused(() => remove({ process: { number: 10_000 } }), {
      code: 'INVALID_INPUT',
      path: ['process', 'number'],
      rule: 'PRC-1',
    });
    await refused(() => remove({ process: { id: encodeGlobalId('Lot', '00000000-0000-7000-8000-000000000000') } }), {
      code: 'INVALID_INPUT',
      path: ['process', 'id'],
    });
  });

  test('changes number and level until the step has executions, and refuses it afterwards (PRC-2)', async () => {
    await made(10, 'MOUNT');
    const moved = await update({ process: { code: 'MOUNT' }, number: 11, level: 'LOT' });
    expect(moved.process).toMatchObject({ number: 11, level: 'LOT', sortOrder: 10 });
    await update({ process: { code: 'MOUNT' }, level: 'WIP' });
    await execute('MOUNT');

    await refused(
      () => update({ process: { code: 'MOUNT' }, number: 10, level: 'SERIAL' }),
      { code: 'RULE_VIOLATED', path: ['level'], rule: 'PRC-2' },
      { code: 'RULE_VIOLATED', path: ['number'], rule: 'PRC-2' },
    );
    expect((await update({ process: { code: 'MOUNT' }, number: 11, level: 'WIP', isActive: false })).errors).toEqual(
      [],
    );
  });

  test('refuses the number of another step (PRC-1)', async () => {
    await made(10, 'MOUNT');
    await made(20, 'SOLDER');

    await refused(() => update({ process: { code: 'SOLDER' }, number: 10 }), {
      code: 'CONFLICT',
      path: ['number'],
      rule: 'PRC-1',
    });
  });

  test('checks a change together with the stored values (LBL-2, PRC-6)', async () => {
    await made(10, 'MOUNT', { autoPrintLabel: true, labelTemplate: 'WIP_LABEL' });

    await refused(() => update({ process: { code: 'MOUNT' }, labelTemplate: null }), {
      code: 'RULE_VIOLATED',
      path: ['labelTemplate'],
      rule: 'LBL-2',
    });
    await refused(() => update({ process: { code: 'MOUNT' }, qualityCriteria: { characteristics: [] } }), {
      code: 'INVALID_INPUT',
      path: ['qualityCriteria', 'characteristics'],
      rule: 'PRC-6',
    });
    expect((await update({ process: { code: 'MOUNT' }, autoPrintLabel: false, labelTemplate: null })).errors).toEqual(
      [],
    );
  });
});

describe('deleteProcess', () => {
  test('deletes a step without references', async () => {
    const { id } = await made(10, 'MOUNT');

    expect(await remove({ process: { code: 'mount' } })).toEqual({ deletedId: id, errors: [] });
    expect(await world()).toEqual([]);
    expect((await api.ask('query ($id: ID!) { node(id: $id) { id } }', { id })).data).toEqual({ node: null });
  });

  test('refuses a step in use, and names its uses (GEN-1)', async () => {
    await made(10, 'MOUNT');
    await execute('MOUNT');
    await sql(
      "INSERT INTO equipment (code, name, type, process_id) SELECT 'E-' || n, 'E', 'PRESS', p.id FROM processes p, generate_series(1, 2) n",
    );

    await refused(() => remove({ process: { code: 'MOUNT' } }), {
      code: 'RULE_VIOLATED',
      path: ['process'],
      rule: 'GEN-1',
      message: 'Step 10 MOUNT is in use (executions: 1, equipment: 2); deactivate it instead of deleting it.',
    });
  });

  test('refuses an outdated version (GEN-2)', async () => {
    await made(10, 'MOUNT');

    await refused(() => remove({ process: { code: 'MOUNT' }, expectedVersion: 2 }), {
      code: 'STALE_VERSION',
      path: ['expectedVersion'],
      rule: 'GEN-2',
    });
  });
});

test('ADMIN, MANAGER and ENGINEER change steps, and every signed-in user reads them', async () => {
  await made(10, 'MOUNT');

  for (const role of ROLES) {
    const isEngineer = ['ADMIN', 'MANAGER', 'ENGINEER'].includes(role);
    const acts = [
      () => create({ number: 20, code: 'SOLDER', name: 'Solder' }, role),
      () => update({ process: { number: 20 }, name: 'Soldering' }, role),
      () => remove({ process: { number: 20 } }, role),
    ];
    for (const act of acts) {
      if (isEngineer) expect((await act()).errors).toEqual([]);
      else await refused(act, { code: 'FORBIDDEN', path: [] });
    }
    const read = await api.ask(
      '{ processes { totalCount } processByCode(code: "mount") { number } route(level: WIP) { code } }',
      {},
      role,
    );
    expect(read.data).toEqual({
      processes: { totalCount: 1 },
      processByCode: { number: 10 },
      route: [{ code: 'MOUNT' }],
    });
  }
  await refused(() => create({ number: 20, code: 'X', name: 'X' }, null), {
    code: 'UNAUTHENTICATED',
    path: [],
    rule: 'AUT-1',
  });
  const nobody = await api.ask('{ route(level: WIP) { code } }', {}, null);
  expect(nobody.errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', rule: 'AUT-1' });
});

describe('reading steps', () => {
  test('finds a step by its code in any case, and by its id', async () => {
    const { id } = await made(10, 'MOUNT');

    const answer = await api.ask(
      'query ($id: ID!) { processByCode(code: " mount ") { id } none: processByCode(code: "X") { id } node(id: $id) { ... on Process { code } } }',
      { id },
    );

    expect(answer.data).toEqual({ processByCode: { id }, none: null, node: { code: 'MOUNT' } });
  });

  test('returns the active steps of a level, the route, in the order of their numbers', async () => {
    await made(30, 'SOLDER', { sortOrder: 1 });
    await made(10, 'MOUNT', { sortOrder: 9 });
    await made(20, 'OLD', { isActive: false });
    await made(50, 'MARK', conversion);
    await made(60, 'FINAL', { level: 'SERIAL' });

    const { data, statements } = await askBothWays(
      api,
      '{ lot: route(level: LOT) { code } wip: route(level: WIP) { code } serial: route(level: SERIAL) { code } }',
    );

    expect(data).toEqual({
      lot: [],
      wip: [{ code: 'MOUNT' }, { code: 'SOLDER' }, { code: 'MARK' }],
      serial: [{ code: 'FINAL' }],
    });
    expect(statements).toEqual({ plans: 1, loaders: 1 });
  });

  test('lists steps by number, with filters and orders', async () => {
    await made(30, 'SOLDER');
    await made(10, 'MOUNT');
    await made(20, 'OLD', { isActive: false });
    await made(50, 'MARK', conversion);
    await made(60, 'FINAL', { level: 'SERIAL' });
    const codes = async (args: string): Promise<unknown> =>
      (await api.ask(`{ processes${args} { nodes { code } } }`)).data.processes.nodes.map(
        ({ code }: { code: string }) => code,
      );

    expect(await codes('')).toEqual(['MOUNT', 'OLD', 'SOLDER', 'MARK', 'FINAL']);
    expect(await codes('(filter: { number: { gt: 10, lte: 50 } })')).toEqual(['OLD', 'SOLDER', 'MARK']);
    expect(await codes('(filter: { code: { startsWith: "m" } })')).toEqual(['MOUNT', 'MARK']);
    expect(await codes('(filter: { type: { eq: SERIAL_CONVERSION } })')).toEqual(['MARK']);
    expect(await codes('(filter: { level: { notIn: [WIP] } })')).toEqual(['FINAL']);
    expect(await codes('(filter: { isActive: false })')).toEqual(['OLD']);
    expect(await codes('(filter: { createdAt: { lt: "2026-01-01T00:00:00Z" } })')).toEqual([]);
    expect(await codes('(orderBy: [{ field: LEVEL, direction: DESC }, { field: CODE }])')).toEqual([
      'FINAL',
      'MARK',
      'MOUNT',
      'OLD',
      'SOLDER',
    ]);
    expect(await codes('(orderBy: [{ field: TYPE, direction: DESC }, { field: CREATED_AT }], first: 2)')).toEqual([
      'MARK',
      'SOLDER',
    ]);
  });

  test.each([1, 10, 100])('takes one statement for a list of %i steps, and one more for their count', async (size) => {
    await sql(
      `INSERT INTO processes (number, code, name, sort_order) SELECT n, 'P' || n, 'P', n FROM generate_series(1, ${size}) n`,
    );

    const list = await askBothWays(api, `{ processes(first: 100) { nodes { ${STEP} } } }`);
    const counted = await askBothWays(api, '{ processes(first: 100) { totalCount nodes { code } } }');

    expect(list.data.processes.nodes).toHaveLength(size);
    expect([list.statements, counted.statements]).toEqual([
      { plans: 1, loaders: 1 },
      { plans: 2, loaders: 2 },
    ]);
  });
});

describe('the route', () => {
  test('consists of the active steps with their characteristics (PRC-6)', async () => {
    await made(30, 'SOLDER', {
      maxAttempts: 3,
      qualityCriteria: { characteristics: { T: { unit: '°C', upperLimit: '260', required: true } } },
    });
    await made(10, 'MOUNT', { isActive: false });

    const route = await factoryRoute(api.database.reader());

    const t = { code: 'T', unit: '°C', lowerLimit: null, upperLimit: '260', target: null, required: true };
    const step = {
      number: 30,
      code: 'SOLDER',
      type: 'MANUFACTURING',
      level: 'WIP',
      isActive: true,
      isInFactoryRoute: true,
      isOptional: false,
      maxAttempts: 3,
      allowOutOfSpecPass: false,
      equipmentTypes: [],
    };
    expect(route).toEqual({
      name: 'the factory route',
      isFactoryRoute: true,
      steps: [{ ...step, id: expect.any(String), characteristics: new Map([['T', t]]) }],
    });
  });

  test('is changed only after running work has ended, while work does not wait for other work', async () => {
    await made(10, 'MOUNT');
    let change: Promise<Data> | undefined;

    await api.database.transaction(async (work) => {
      await lockRoute(work, 'SHARED');
      await api.database.transaction((other) => lockRoute(other, 'SHARED'));
      change = update({ process: { code: 'MOUNT' }, isActive: false });
      await untilSomebodyWaits();
      expect((await factoryRoute(work)).steps.map(({ code }) => code)).toEqual(['MOUNT']);
    });

    expect((await change).errors).toEqual([]);
    expect((await factoryRoute(api.database.reader())).steps).toEqual([]);
  });
});

async function untilSomebodyWaits(): Promise<void> {
  const waiting =
    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
  while ((await sql(waiting)).length === 0);
}
