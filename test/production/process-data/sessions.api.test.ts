/** Executions that are run in a process session. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Answer, type Api } from '../../support/api.ts';
import { makeItems, makeLot, type Named } from '../../support/build.ts';
import { call, done, expectRefused, fingerprint, type Refusal } from '../../support/expect.ts';
import { openSession, type Session } from '../../support/sessions.ts';
import { makeStation, sendAs, type StationWithKey } from '../../support/station.ts';
import { makeFloor, oneItem, record, start, type Floor } from '../../support/work.ts';

let api: Api;
let floor: Floor;
let station: StationWithKey;
let open: Session;
let foreign: Session;
let closed: Session;
let ofTest: Session;
beforeAll(async () => {
  api = await startApi();
  floor = await makeFloor(api);
  station = await makeStation(api, 'TESTER-1');
  await makeStation(api, 'TESTER-2');
  await api.askWith({ apiKey: station.apiKey }, '{ __typename }');
  open = await openSession(api, 'B-1');
  closed = await openSession(api, 'B-2');
  await done(api, 'closeProcessSession', { id: closed.id }, 'processSession { id }');
  ofTest = await openSession(api, 'B-1', { process: { code: 'TEST' } });
  foreign = await openSession(api, 'B-1', { station: { code: 'TESTER-2' } });
});
afterAll(() => api.close());

const MISSING = Buffer.from('ProcessSession:00000000-0000-7000-8000-000000000000').toString('base64url');
const WHERE = 'processData { station { code } processSession { batchCode } }';
const IN_OPEN = { station: { code: 'TESTER-1' }, processSession: { batchCode: 'B-1' } };
const work = (unit: Named, input: object = {}): object => ({
  unit: { id: unit.id },
  process: { id: floor.mount.id },
  ...input,
});
const newItem = async (): Promise<Named> => (await oneItem(api)).item;
/** Each way to name a wrong session, and how it is refused. */
const wrong = (): readonly (readonly [string, Refusal])[] => [
  [
    closed.id,
    ['RULE_VIOLATED', 'processSession', 'SES-5', 'Process session B-2 is CLOSED; only an OPEN one takes work.'],
  ],
  [ofTest.id, ['RULE_VIOLATED', 'processSession', 'SES-5', 'Process session B-1 is for step TEST, not for 10 MOUNT.']],
  [MISSING, ['NOT_FOUND', 'processSession', null, 'Process session with this id does not exist.']],
];

describe('a start and a record', () => {
  test('are in the session that they name, at its station (SES-5)', async () => {
    for (const [mutation, input] of [
      ['startProcess', {}],
      ['recordProcessData', { result: 'PASS' }],
    ] as const) {
      const named = { ...input, processSession: open.id };
      const { processData } = await done(api, mutation, work(await newItem(), named), WHERE);
      expect(processData).toEqual(IN_OPEN);
    }
    const plain = await done(api, 'startProcess', work(await newItem()), WHERE);
    expect(plain['processData']).toEqual({ station: null, processSession: null });
  });

  test('are refused by a session that has ended, is for another step or does not exist (SES-5)', async () => {
    const item = await newItem();
    for (const [processSession, refusal] of wrong()) {
      await expectRefused(api, 'startProcess', work(item, { processSession }), [refusal]);
      await expectRefused(api, 'recordProcessData', work(item, { processSession, result: 'PASS' }), [refusal]);
    }
  });

  test('judge the session behind the equipment and before the operator (SES-5)', async () => {
    const item = await newItem();
    await done(api, 'createEquipment', { code: 'BROKEN', name: 'Broken', type: 'PRESS' }, 'equipment { id }');
    await done(
      api,
      'changeEquipmentStatus',
      { equipment: { code: 'BROKEN' }, status: 'MAINTENANCE' },
      'equipment { id }',
    );
    const input = {
      processSession: closed.id,
      equipment: { code: 'BROKEN' },
      operator: { username: 'admin' },
      startedAt: '2199-01-01T00:00:00Z',
    };
    const { errors } = await call(api, 'startProcess', work(item, input), '', 'OPERATOR');
    expect(errors.map(({ rule }) => rule)).toEqual(['EQP-4', 'SES-5', 'PD-15', 'PD-7']);
  });

  test('of a station use its own sessions only; any other id is refused alike (SES-5)', async () => {
    const item = await newItem();
    const operator = { username: 'operator' };
    for (const [mutation, input] of [
      ['startProcess', {}],
      ['recordProcessData', { result: 'PASS' }],
    ] as const)
      for (const processSession of [foreign.id, MISSING]) {
        const before = await fingerprint(api);
        const { errors } = await sendAs(
          api,
          station.apiKey,
          mutation,
          work(item, { ...input, operator, processSession }),
        );
        expect(errors).toMatchObject([{ code: 'FORBIDDEN', path: ['processSession'], rule: 'SES-5' }]);
        expect(await fingerprint(api)).toEqual(before);
      }
    const own = await sendAs(
      api,
      station.apiKey,
      'startProcess',
      work(item, { operator, processSession: open.id }),
      WHERE,
    );
    expect([own.errors, own.processData]).toEqual([[], IN_OPEN]);
  });

  test('of a person at a station cannot be in a session of another station (SES-5)', async () => {
    const credentials = { apiKey: station.apiKey, token: await api.tokenOf('OPERATOR') };
    const document =
      'mutation ($input: StartProcessInput!) { startProcess(input: $input) { errors { code rule path message } } }';
    const input = work(await newItem(), { processSession: foreign.id });
    const { data } = await api.askWith(credentials, document, { input });
    expect(data.startProcess.errors).toEqual([
      {
        code: 'RULE_VIOLATED',
        rule: 'SES-5',
        path: ['processSession'],
        message: 'Process session B-1 is at station TESTER-2; the work is done at another one.',
      },
    ]);
  });

  test('take no statement more than without a session (SES-5)', async () => {
    const [one, two, three, four] = await makeItems(api, await makeLot(api), 4);
    const statements = async (mutation: string, input: object): Promise<number> => {
      const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
      const document = `mutation ($input: ${type}!) { ${mutation}(input: $input) { processData { id } errors { code } } }`;
      const answer = await api.ask(document, { input });
      expect(answer.data[mutation].errors).toEqual([]);
      return answer.statements;
    };
    const result = { result: 'PASS' };
    const recorded = await statements('recordProcessData', work(one as Named, result));
    expect(await statements('recordProcessData', work(two as Named, { ...result, processSession: open.id }))).toBe(
      recorded,
    );
    const started = await statements('startProcess', work(three as Named));
    expect(await statements('startProcess', work(four as Named, { processSession: open.id }))).toBe(started);
    const completed = await statements('completeProcess', work(three as Named, result));
    expect(await statements('completeProcess', work(four as Named, { ...result, processSession: open.id }))).toBe(
      completed,
    );
  });

  test('that arrive together are each in their own session (SES-5)', async () => {
    const items = await makeItems(api, await makeLot(api), 12);
    const sessions = [open.id, undefined, foreign.id, closed.id];
    const answers = await Promise.all(
      items.map((item, index) =>
        call(
          api,
          'recordProcessData',
          work(item, { result: 'PASS', processSession: sessions[index % 4] }),
          'processData { station { code } processSession { id } }',
        ),
      ),
    );
    expect(answers.map(({ processData }) => processData?.processSession?.id)).toEqual(
      items.map((_item, index) => (index % 4 === 3 ? undefined : sessions[index % 4])),
    );
    expect(answers.flatMap(({ errors }) => errors.map(({ rule }) => rule))).toEqual(['SES-5', 'SES-5', 'SES-5']);
  });

  test('are found by their session', async () => {
    const session = await openSession(api, 'FOUND');
    const recorded = await record(api, await newItem(), floor.mount, { processSession: session.id });
    const { data } = await api.ask(
      'query ($id: ID!) { processData(filter: { processSession: { eq: $id } }) { nodes { id } } }',
      { id: session.id },
    );
    expect(data.processData.nodes).toEqual([{ id: recorded['processData'].id }]);
  });
});

describe('a batch', () => {
  const recordAll = (items: readonly object[], policy = 'REJECT_EVERYTHING'): Promise<Answer['data']> =>
    call(
      api,
      'recordProcessDataBatch',
      { items, policy },
      'results { index processData { station { code } processSession { batchCode } } errors { code rule path } }',
    );

  test.each(['REJECT_EVERYTHING', 'IGNORE_FAILED'])('puts each record into its session: %s (SES-5)', async (policy) => {
    const [one, two] = await makeItems(api, await makeLot(api), 2);
    const { results } = await recordAll(
      [work(one as Named, { result: 'PASS', processSession: open.id }), work(two as Named, { result: 'PASS' })],
      policy,
    );
    expect(results.map(({ processData }: Answer['data']) => processData)).toEqual([
      IN_OPEN,
      { station: null, processSession: null },
    ]);
  });

  test('names the record whose session is wrong, and makes none (SES-5)', async () => {
    const items = await makeItems(api, await makeLot(api), 4);
    const sessions = [open.id, ...wrong().map(([id]) => id)];
    const before = await fingerprint(api);
    const { results } = await recordAll(
      items.map((item, index) => work(item, { result: 'PASS', processSession: sessions[index] })),
    );
    expect(await fingerprint(api)).toEqual(before);
    expect(results.map(({ errors }: Answer['data']) => errors)).toEqual(
      wrong().map(([, [code, path, rule]], index) => [{ code, rule, path: ['items', String(index + 1), path] }]),
    );
  });
});

describe('a completion', () => {
  const complete = (id: string, processSession: string): Promise<Answer['data']> =>
    done(api, 'completeProcess', { processData: id, result: 'PASS', processSession }, WHERE);

  test('keeps the session of the execution, also where it names it (SES-5)', async () => {
    const named = await start(api, await newItem(), floor.mount, { processSession: open.id });
    expect((await complete(named.id, open.id))['processData']).toEqual(IN_OPEN);
    const quiet = await start(api, await newItem(), floor.mount, { processSession: open.id });
    const { processData } = await done(api, 'completeProcess', { processData: quiet.id, result: 'PASS' }, WHERE);
    expect(processData).toEqual(IN_OPEN);
  });

  test('joins a session where the execution is in none, named by its id or by its unit (SES-5)', async () => {
    const started = await start(api, await newItem(), floor.mount);
    expect((await complete(started.id, open.id))['processData']).toEqual(IN_OPEN);
    const item = await newItem();
    await start(api, item, floor.mount);
    const { processData } = await done(
      api,
      'completeProcess',
      work(item, { result: 'PASS', processSession: open.id }),
      WHERE,
    );
    expect(processData).toEqual(IN_OPEN);
  });

  test('is refused by a wrong session, and by any other than that of the execution (SES-5)', async () => {
    const inNone = await start(api, await newItem(), floor.mount);
    for (const [processSession, refusal] of wrong())
      await expectRefused(api, 'completeProcess', { processData: inNone.id, result: 'PASS', processSession }, [
        refusal,
      ]);
    const inOpen = await start(api, await newItem(), floor.mount, { processSession: open.id });
    await expectRefused(
      api,
      'completeProcess',
      { processData: inOpen.id, result: 'PASS', processSession: foreign.id },
      [['RULE_VIOLATED', 'processSession', 'SES-5']],
    );
    const before = await fingerprint(api);
    for (const processSession of [foreign.id, MISSING])
      expect(
        (
          await sendAs(api, station.apiKey, 'completeProcess', {
            processData: inNone.id,
            result: 'PASS',
            processSession,
          })
        ).errors,
      ).toMatchObject([{ code: 'FORBIDDEN', path: ['processSession'], rule: 'SES-5' }]);
    expect(await fingerprint(api)).toEqual(before);
  });
});

describe('the readiness of a unit', () => {
  const READY =
    'query ($unit: ID!, $session: ID) { unitReadiness(unit: { id: $unit }, process: { code: "MOUNT" }, processSession: $session) { isReady checks { rule isPassed message } } }';

  test('lists SES-5 where a session is named, in the same words as the start (SES-5)', async () => {
    const item = await newItem();
    const ask = async (session: string | null): Promise<Answer> => api.ask(READY, { unit: item.id, session });
    const rules = async (session: string | null): Promise<readonly string[]> =>
      (await ask(session)).data.unitReadiness.checks.map(({ rule }: { readonly rule: string }) => rule);
    const [plain, named] = [await rules(null), await rules(open.id)];
    expect(named.filter((rule) => rule !== 'SES-5')).toEqual(plain);
    expect(named.indexOf('SES-5')).toBe(named.indexOf('PD-15') - 1);
    expect((await ask(open.id)).data.unitReadiness.isReady).toBe(true);

    const refused = (await ask(closed.id)).data.unitReadiness;
    expect(refused.isReady).toBe(false);
    const { errors } = await call(api, 'startProcess', work(item, { processSession: closed.id }));
    expect(refused.checks.filter(({ isPassed }: Answer['data']) => !isPassed)).toEqual(
      errors.map(({ rule, message }) => ({ rule, isPassed: false, message })),
    );
    expect((await ask(MISSING)).errors[0]?.extensions['code']).toBe('NOT_FOUND');
    const asStation = await api.askWith({ apiKey: station.apiKey }, READY, { unit: item.id, session: foreign.id });
    expect(asStation.errors[0]?.extensions['code']).toBe('FORBIDDEN');
  });

  test('takes as many statements with a session as without one', async () => {
    const item = await newItem();
    const [plain, named] = [
      await api.ask(READY, { unit: item.id, session: null }),
      await api.ask(READY, { unit: item.id, session: open.id }),
    ];
    expect(named.statements).toBe(plain.statements);
  });
});
