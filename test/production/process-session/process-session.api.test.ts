import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Answer, type Api } from '../../support/api.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { putExecution, uuidOf } from '../../support/build.ts';
import { call, done, expectRefused, fingerprint } from '../../support/expect.ts';
import { openSession } from '../../support/sessions.ts';
import { makeStation, sendAs, type StationWithKey } from '../../support/station.ts';
import { committedFirst, makeFloor, oneItem, record, start, type Floor } from '../../support/work.ts';

let api: Api;
let floor: Floor;
let station: StationWithKey;
let other: StationWithKey;
beforeAll(async () => {
  api = await startApi();
  floor = await makeFloor(api);
  station = await makeStation(api, 'TESTER-1');
  other = await makeStation(api, 'TESTER-2');
  for (const { apiKey } of [station, other]) await api.askWith({ apiKey }, '{ __typename }');
});
afterAll(() => api.close());

const MISSING = Buffer.from('ProcessSession:00000000-0000-7000-8000-000000000000').toString('base64url');
const at = (code: string, batchCode: string, input: object = {}): object => ({
  station: { code },
  process: { code: 'MOUNT' },
  batchCode,
  ...input,
});
const open = (code: string, batchCode: string, input: object = {}): Promise<Answer['data']> =>
  call(
    api,
    'openProcessSession',
    at(code, batchCode, input),
    'isNew processSession { id slot status version parameters }',
  );
const newStation = (code: string) =>
  done(api, 'registerStation', { code, name: code, host: 'host' }, 'station { id code }');
const freeSlots = async (code: string): Promise<readonly number[]> =>
  (await api.ask('query ($code: String!) { freeSlots(station: { code: $code }) }', { code })).data.freeSlots;

describe('opening a session', () => {
  test('gives it the lowest free slot, and names who opened it (SES-1, SES-2)', async () => {
    await newStation('OPEN-1');
    const { isNew, processSession } = await done(
      api,
      'openProcessSession',
      at('OPEN-1', '  B-17 ', { parameters: { volts: 5 }, hardwareConfig: { fixture: 'F1' } }),
      'isNew processSession { batchCode slot status parameters hardwareConfig openedBy { username } closedAt closeNotes durationSeconds totalCount passRatio station { code } process { code } }',
    );
    expect([isNew, processSession]).toEqual([
      true,
      {
        batchCode: 'B-17',
        slot: 1,
        status: 'OPEN',
        parameters: { volts: 5 },
        hardwareConfig: { fixture: 'F1' },
        openedBy: { username: 'admin' },
        closedAt: null,
        closeNotes: null,
        durationSeconds: null,
        totalCount: 0,
        passRatio: null,
        station: { code: 'OPEN-1' },
        process: { code: 'MOUNT' },
      },
    ]);
    expect((await open('OPEN-1', 'B-18', { slot: 5 }))['processSession'].slot).toBe(5);
    expect((await open('OPEN-1', 'B-19'))['processSession'].slot).toBe(2);
    expect(await freeSlots('OPEN-1')).toEqual([3, 4, 6, 7, 8, 9, 10, 11, 12]);
  });

  test('twice returns the same session as it is; another case of the batch code is another one (SES-1)', async () => {
    await newStation('OPEN-2');
    const first = await open('OPEN-2', 'B-1', { parameters: { volts: 5 } });
    const before = await fingerprint(api);
    expect(await open('OPEN-2', 'B-1', { slot: 7, parameters: { volts: 9 } })).toEqual({ ...first, isNew: false });
    expect(await fingerprint(api)).toEqual(before);
    expect((await open('OPEN-2', 'b-1'))['isNew']).toBe(true);
    expect((await open('OPEN-2', 'B-1', { process: { code: 'TEST' } }))['isNew']).toBe(true);
  });

  test('again after its end opens another one (SES-1)', async () => {
    await newStation('OPEN-3');
    const first = await open('OPEN-3', 'B-1');
    await done(api, 'closeProcessSession', { id: first['processSession'].id }, 'processSession { status }');
    const second = await open('OPEN-3', 'B-1');
    expect([second['isNew'], second['processSession'].slot]).toEqual([true, 1]);
    expect(second['processSession'].id).not.toBe(first['processSession'].id);
  });

  test('by ten requests at once returns one session, new for one of them (SES-1)', async () => {
    await newStation('OPEN-4');
    const answers = await Promise.all(Array.from({ length: 10 }, () => open('OPEN-4', 'B-1')));
    expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
    expect(new Set(answers.map(({ processSession }) => processSession.id)).size).toBe(1);
    expect(answers.filter(({ isNew }) => isNew === true)).toHaveLength(1);
  });

  test('15 batches at once for 12 slots: each slot once, and three are refused (SES-2)', async () => {
    await newStation('OPEN-5');
    const answers = await Promise.all(Array.from({ length: 15 }, (_, index) => open('OPEN-5', `B-${index}`)));
    const opened = answers.filter(({ errors }) => errors.length === 0);
    expect(opened.map(({ processSession }) => processSession.slot).toSorted((a, b) => a - b)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);
    expect(answers.flatMap(({ errors }) => errors).map(({ code, rule, path }) => [code, rule, path])).toEqual(
      Array.from({ length: 3 }, () => ['LIMIT_EXCEEDED', 'SES-2', ['station']]),
    );
    expect(await freeSlots('OPEN-5')).toEqual([]);
    await expectRefused(api, 'openProcessSession', at('OPEN-5', 'B-99', { slot: 4 }), [
      ['LIMIT_EXCEEDED', 'station', 'SES-2', 'All 12 slots of station OPEN-5 are taken; close a session there first.'],
    ]);
  });

  test('with the same key of idempotency opens one (IDK-1)', async () => {
    await newStation('OPEN-6');
    const input = { idempotencyKey: 'open once' };
    const first = await open('OPEN-6', 'B-1', input);
    expect(await open('OPEN-6', 'B-1', input)).toEqual(first);
    expect(first['isNew']).toBe(true);
  });

  test('is refused for a slot that is taken, and for one that no station has (SES-2)', async () => {
    await newStation('OPEN-7');
    await open('OPEN-7', 'B-1');
    await expectRefused(api, 'openProcessSession', at('OPEN-7', 'B-2', { slot: 1 }), [
      ['RULE_VIOLATED', 'slot', 'SES-2'],
    ]);
    for (const slot of [0, 13])
      await expectRefused(api, 'openProcessSession', at('OPEN-7', 'B-2', { slot }), [
        ['INVALID_INPUT', 'slot', 'SES-2'],
      ]);
    for (const batchCode of ['', ' ', 'B'.repeat(201)])
      await expectRefused(api, 'openProcessSession', at('OPEN-7', batchCode), [
        ['INVALID_INPUT', 'batchCode', 'SES-1'],
      ]);
  });

  test('is refused at an inactive station, for an inactive step, and for what does not exist (SES-1)', async () => {
    await newStation('OPEN-8');
    await done(api, 'updateStation', { station: { code: 'OPEN-8' }, isActive: false }, 'station { id }');
    await expectRefused(api, 'openProcessSession', at('OPEN-8', 'B-1'), [['RULE_VIOLATED', 'station', 'SES-1']]);
    await done(api, 'createProcess', { number: 70, code: 'OLD', name: 'Old', level: 'SERIAL' }, 'process { id }');
    await done(api, 'updateProcess', { process: { code: 'OLD' }, isActive: false }, 'process { id }');
    const old = { process: { code: 'OLD' } };
    await expectRefused(api, 'openProcessSession', at('TESTER-2', 'B-1', old), [['RULE_VIOLATED', 'process', 'SES-1']]);
    await expectRefused(api, 'openProcessSession', at('NOWHERE', 'B-1'), [['NOT_FOUND', 'station', null]]);
  });

  test('ends with the session that is opened meanwhile (SES-1)', async () => {
    const { station: opened } = await newStation('OPEN-9');
    const answer = await committedFirst(
      api,
      "INSERT INTO process_sessions (station_id, process_id, batch_code, slot) SELECT s.id, p.id, 'B-1', 1 FROM (SELECT id FROM stations WHERE id = $1 FOR NO KEY UPDATE) s, processes p WHERE p.code = 'MOUNT'",
      [uuidOf(opened)],
      () => open('OPEN-9', 'B-1'),
    );
    expect([answer['errors'], answer['isNew']]).toEqual([[], false]);
  });
});

describe('a session', () => {
  test('is changed while it is OPEN, by the version that was seen (SES-3, GEN-2)', async () => {
    const { id } = await openSession(api, 'CHANGE-1');
    const { processSession } = await done(
      api,
      'updateProcessSession',
      { id, parameters: { volts: 12 }, expectedVersion: 1 },
      'processSession { parameters hardwareConfig version }',
    );
    expect(processSession).toEqual({ parameters: { volts: 12 }, hardwareConfig: {}, version: 2 });
    for (const [mutation, input] of [
      ['updateProcessSession', { parameters: {} }],
      ['closeProcessSession', {}],
      ['cancelProcessSession', { reason: 'Wrong' }],
    ] as const)
      await expectRefused(api, mutation, { id, ...input, expectedVersion: 1 }, [
        ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
      ]);
    await expectRefused(api, 'deleteProcessSession', { id, expectedVersion: 1 }, [
      ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
      ['RULE_VIOLATED', 'id', 'SES-6'],
    ]);
    await done(api, 'closeProcessSession', { id }, 'processSession { id }');
    await expectRefused(api, 'updateProcessSession', { id, parameters: {} }, [['RULE_VIOLATED', 'id', 'SES-3']]);
  });

  test('is closed once, with remarks; its slot is free then (SES-3)', async () => {
    await newStation('CLOSE-1');
    const { id } = await openSession(api, 'B-1', { station: { code: 'CLOSE-1' } });
    const { processSession } = await done(
      api,
      'closeProcessSession',
      { id, closeNotes: 'All good' },
      'processSession { status closeNotes closedBy { username } durationSeconds }',
    );
    expect(processSession).toEqual({
      status: 'CLOSED',
      closeNotes: 'All good',
      closedBy: { username: 'admin' },
      durationSeconds: expect.any(Number),
    });
    expect(await freeSlots('CLOSE-1')).toHaveLength(12);
    await expectRefused(api, 'closeProcessSession', { id }, [['RULE_VIOLATED', 'id', 'SES-3']]);
    await expectRefused(api, 'cancelProcessSession', { id, reason: 'Wrong' }, [['RULE_VIOLATED', 'id', 'SES-3']]);
  });

  test('is cancelled with a reason, which is kept (SES-3, GEN-4)', async () => {
    const { id } = await openSession(api, 'CANCEL-1');
    await expectRefused(api, 'cancelProcessSession', { id, reason: ' ' }, [['INVALID_INPUT', 'reason', 'GEN-4']]);
    const { processSession } = await done(
      api,
      'cancelProcessSession',
      { id, reason: 'Wrong batch' },
      'processSession { status closeNotes }',
    );
    expect(processSession).toEqual({ status: 'CANCELLED', closeNotes: 'Wrong batch' });
  });

  test('with an open execution ends neither way (SES-3)', async () => {
    const { id } = await openSession(api, 'BUSY-1');
    const { item } = await oneItem(api);
    const started = await start(api, item, floor.mount, { processSession: id });
    await expectRefused(api, 'closeProcessSession', { id }, [['RULE_VIOLATED', 'id', 'SES-3']]);
    await expectRefused(api, 'cancelProcessSession', { id, reason: 'Wrong' }, [['RULE_VIOLATED', 'id', 'SES-3']]);
    await done(api, 'completeProcess', { processData: started.id, result: 'PASS' }, 'processData { id }');
    await done(api, 'closeProcessSession', { id }, 'processSession { id }');
  });

  test('is ended by one of two requests at once (SES-3)', async () => {
    const { id } = await openSession(api, 'RACE-1');
    const answers = await Promise.all([
      call(api, 'closeProcessSession', { id }),
      call(api, 'cancelProcessSession', { id, reason: 'Wrong' }),
    ]);
    expect(answers.flatMap(({ errors }) => errors.map(({ rule }) => rule))).toEqual(['SES-3']);
  });

  test('and a start at the same time: it stays open for the start, or the start is refused (SES-3, SES-5)', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id } = await openSession(api, `RACE-2-${round}`);
      const { item } = await oneItem(api);
      const work = { unit: { id: item.id }, process: { id: floor.mount.id }, processSession: id };
      const [closed, started] = await Promise.all([
        call(api, 'closeProcessSession', { id }),
        call(api, 'startProcess', work, 'processData { id }'),
      ]);
      const rules = [closed, started].map(({ errors }) => errors.map(({ rule }) => rule));
      expect([
        [['SES-3'], []],
        [[], ['SES-5']],
      ]).toContainEqual(rules);
      if (started['processData'] !== null)
        await done(api, 'completeProcess', { processData: started['processData'].id, result: 'PASS' }, '');
      await call(api, 'closeProcessSession', { id });
    }
  });

  test('is deleted only when it is CANCELLED and has no executions (SES-6)', async () => {
    const { id } = await openSession(api, 'DELETE-1');
    await expectRefused(api, 'deleteProcessSession', { id }, [['RULE_VIOLATED', 'id', 'SES-6']]);
    await done(api, 'cancelProcessSession', { id, reason: 'Wrong' }, 'processSession { id }');
    expect((await done(api, 'deleteProcessSession', { id }, 'deletedId')).deletedId).toBe(id);
    await expectRefused(api, 'deleteProcessSession', { id }, [['NOT_FOUND', 'id', null]]);

    const used = await openSession(api, 'DELETE-2');
    const { item } = await oneItem(api);
    await record(api, item, floor.mount, { processSession: used.id });
    await done(api, 'cancelProcessSession', { id: used.id, reason: 'Wrong' }, 'processSession { id }');
    await expectRefused(api, 'deleteProcessSession', { id: used.id }, [['RULE_VIOLATED', 'id', 'SES-6']]);
  });

  test('repeated with its key of idempotency ends once (IDK-1)', async () => {
    const { id } = await openSession(api, 'TWICE-1');
    for (const [mutation, input] of [
      ['updateProcessSession', { parameters: { volts: 1 } }],
      ['cancelProcessSession', { reason: 'Wrong' }],
      ['deleteProcessSession', {}],
    ] as const)
      for (let time = 0; time < 2; time += 1)
        await done(api, mutation, { id, ...input, idempotencyKey: `${mutation} once` }, '');
    const closed = await openSession(api, 'TWICE-2');
    for (let time = 0; time < 2; time += 1)
      await done(api, 'closeProcessSession', { id: closed.id, idempotencyKey: 'close once' }, '');
  });

  test('keeps its station and its step from being deleted (GEN-1)', async () => {
    await newStation('USED-1');
    await done(api, 'createProcess', { number: 80, code: 'USED', name: 'Used', level: 'SERIAL' }, 'process { id }');
    const used = { station: { code: 'USED-1' }, process: { code: 'USED' } };
    await openSession(api, 'B-1', used);
    await expectRefused(api, 'deleteStation', { station: used.station }, [['RULE_VIOLATED', 'station', 'GEN-1']]);
    await expectRefused(api, 'deleteProcess', { process: used.process }, [['RULE_VIOLATED', 'process', 'GEN-1']]);
  });
});

describe('the counters of a session', () => {
  test('count its finished executions by result, each once (SES-4)', async () => {
    await newStation('COUNT-1');
    const { id } = await openSession(api, 'B-1', { station: { code: 'COUNT-1' } });
    for (const result of ['PASS', 'PASS', 'FAIL', 'REWORK'])
      await record(api, (await oneItem(api)).item, floor.mount, { result, processSession: id });
    await start(api, (await oneItem(api)).item, floor.mount, { processSession: id });
    const { data } = await api.ask(
      'query ($id: ID!) { processSession(id: $id) { totalCount passCount failCount reworkCount passRatio processData { totalCount } } }',
      { id },
    );
    expect(data.processSession).toEqual({
      totalCount: 4,
      passCount: 2,
      failCount: 1,
      reworkCount: 1,
      passRatio: 0.5,
      processData: { totalCount: 5 },
    });
  });

  test.each([1, 10, 100])('of %i sessions take one statement more than the sessions (SES-4)', async (count) => {
    const { station: many } = await newStation(`MANY-${count}`);
    await api.database.reader().sql`
      INSERT INTO process_sessions (station_id, process_id, batch_code, slot, status, closed_at)
      SELECT ${uuidOf(many)}::uuid, p.id, 'B-' || n, 1, 'CLOSED', now() FROM processes p, generate_series(1, ${count}::int) n WHERE p.code = 'MOUNT'`;
    const filter = `filter: { station: { eq: "${many.id}" } }`;
    const bare = await askBothWays(api, `{ processSessions(first: 100, ${filter}) { nodes { batchCode } } }`);
    const counted = await askBothWays(
      api,
      `{ processSessions(first: 100, ${filter}) { nodes { batchCode totalCount passRatio passCount failCount reworkCount } } }`,
    );
    const related = await askBothWays(
      api,
      `{ processSessions(first: 100, ${filter}) { nodes { totalCount station { code } process { code } openedBy { username } processData(first: 2) { nodes { result processSession { batchCode } } } } } }`,
    );
    expect(counted.data.processSessions.nodes).toHaveLength(count);
    expect([bare, counted, related].map(({ statements }) => statements.loaders)).toEqual([1, 2, 5]);
  });
});

describe('process sessions in lists', () => {
  test('are found by station, batch, step, status and time, the latest first', async () => {
    await newStation('LIST-1');
    const first = await openSession(api, 'L-1', { station: { code: 'LIST-1' }, parameters: { recipe: 'R7' } });
    const second = await openSession(api, 'L-2', { station: { code: 'LIST-1' }, process: { code: 'TEST' } });
    await done(api, 'closeProcessSession', { id: first.id }, 'processSession { id }');
    const found = async (filter: string): Promise<readonly string[]> => {
      const { data, errors } = await api.ask(
        `{ processSessions(filter: { station: { code: { eq: "LIST-1" } } ${filter} }) { nodes { id } } }`,
      );
      expect(errors).toEqual([]);
      return data.processSessions.nodes.map(({ id }: { readonly id: string }) => id);
    };
    expect(await found('')).toEqual([second.id, first.id]);
    expect(await found('status: { eq: OPEN }')).toEqual([second.id]);
    expect(await found('batchCode: { eq: "L-1" }')).toEqual([first.id]);
    expect(await found('process: { code: { eq: "TEST" } }')).toEqual([second.id]);
    expect(await found('slot: { eq: 1 }')).toEqual([first.id]);
    expect(await found('closedAt: { isNull: false }')).toEqual([first.id]);
    expect(await found('parameters: { contains: { recipe: "R7" } }')).toEqual([first.id]);
    const { data } = await api.ask(
      '{ stationByCode(code: "LIST-1") { processSessions(orderBy: [{ field: CLOSED_AT }]) { totalCount nodes { id } } } }',
    );
    expect(data.stationByCode.processSessions).toEqual({
      totalCount: 2,
      nodes: [{ id: first.id }, { id: second.id }],
    });
  });

  test('show free slots of stations that exist only (SES-2)', async () => {
    expect((await api.ask('{ freeSlots(station: { code: "NOWHERE" }) }')).errors[0]?.extensions['code']).toBe(
      'NOT_FOUND',
    );
    expect((await api.ask('query ($id: ID!) { processSession(id: $id) { id } }', { id: MISSING })).data).toEqual({
      processSession: null,
    });
  });
});

describe('the key of a station', () => {
  const asStation = (mutation: string, input: object, selection = ''): Promise<Answer['data']> =>
    sendAs(api, station.apiKey, mutation, input, selection);

  test('opens, changes, closes, cancels and deletes sessions of its station (SES-1, SES-3, SES-6)', async () => {
    const opened = await asStation(
      'openProcessSession',
      at('TESTER-1', 'OWN-1'),
      'processSession { id openedBy { username } }',
    );
    expect([opened.errors, opened.processSession.openedBy]).toEqual([[], null]);
    const { id } = opened.processSession;
    expect((await asStation('updateProcessSession', { id, parameters: { a: 1 } })).errors).toEqual([]);
    expect((await asStation('cancelProcessSession', { id, reason: 'Wrong' })).errors).toEqual([]);
    expect((await asStation('deleteProcessSession', { id })).errors).toEqual([]);
  });

  test('is refused for another station, and for every session not its own, existing or not', async () => {
    const { id } = await openSession(api, 'FOREIGN-1', { station: { code: 'TESTER-2' } });
    const refused = async (mutation: string, input: object, path: string, rule: string): Promise<void> => {
      const before = await fingerprint(api);
      expect((await asStation(mutation, input)).errors).toMatchObject([{ code: 'FORBIDDEN', path: [path], rule }]);
      expect(await fingerprint(api)).toEqual(before);
    };
    await refused('openProcessSession', at('TESTER-2', 'FOREIGN-2'), 'station', 'SES-1');
    await refused('openProcessSession', at('NOWHERE', 'FOREIGN-2'), 'station', 'SES-1');
    for (const each of [id, MISSING]) {
      await refused('updateProcessSession', { id: each, parameters: {} }, 'id', 'SES-3');
      await refused('closeProcessSession', { id: each }, 'id', 'SES-3');
      await refused('cancelProcessSession', { id: each, reason: 'Wrong' }, 'id', 'SES-3');
      await refused('deleteProcessSession', { id: each }, 'id', 'SES-6');
      const asked = await api.askWith(
        { apiKey: station.apiKey },
        'query ($id: ID!) { processSession(id: $id) { id } node(id: $id) { id } }',
        { id: each },
      );
      expect(asked.data).toEqual({ processSession: null, node: null });
      expect(asked.errors.map(({ extensions }) => [extensions['code'], extensions['path']])).toEqual([
        ['FORBIDDEN', ['id']],
      ]);
    }
  });

  test('sees only sessions of its station: in lists, below another station, and of an execution', async () => {
    const foreign = await openSession(api, 'FOREIGN-3', { station: { code: 'TESTER-2' } });
    const { item } = await oneItem(api);
    const recorded = await record(api, item, floor.mount, { processSession: foreign.id });
    const { data, errors } = await api.askWith(
      { apiKey: station.apiKey },
      `query ($id: ID!) {
        processSessions(first: 100) { nodes { station { code } } }
        own: stationByCode(code: "TESTER-1") { processSessions { totalCount } }
        foreign: stationByCode(code: "TESTER-2") { processSessions { totalCount } }
        node(id: $id) { ... on ProcessData { station { code } processSession { batchCode } } }
      }`,
      { id: recorded['processData'].id },
    );
    expect(errors).toEqual([]);
    const codes = data.processSessions.nodes.map(({ station: { code } }: Answer['data']) => code);
    expect(new Set(codes)).toEqual(new Set(['TESTER-1']));
    expect(data.own.processSessions.totalCount).toBe(codes.length);
    expect(data.foreign.processSessions.totalCount).toBe(0);
    expect(data.node).toEqual({ station: { code: 'TESTER-2' }, processSession: null });
  });
});

test('an execution that was put into a session by hand is counted too (SES-4)', async () => {
  const { id } = await openSession(api, 'BY-HAND');
  const { item } = await oneItem(api);
  await putExecution(api, { wipItem: item }, floor.mount, 'FAIL');
  await api.database.reader().sql`
    UPDATE process_data SET process_session_id = ${uuidOf({ id })}::uuid, station_id = ${uuidOf(station)}::uuid WHERE wip_item_id = ${uuidOf(item)}::uuid`;
  const { data } = await api.ask('query ($id: ID!) { processSession(id: $id) { failCount } }', { id });
  expect(data.processSession).toEqual({ failCount: 1 });
});
