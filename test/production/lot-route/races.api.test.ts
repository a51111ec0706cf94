/** Routes, lots and work that change at the same time. Each test runs with real transactions that meet. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { makeItems, makeLot, uuidOf, type Named } from '../../support/build.ts';
import { call, done, type Payload } from '../../support/expect.ts';
import { makeDraft, makePlant, makeReleased, type MadeRoute, stepsOf, type StepOfRoute } from '../../support/routes.ts';
import { committedFirst } from '../../support/work.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi({ poolSize: 12 });
  await makePlant(api);
});
afterEach(async () => {
  const [database] = await api.database.reader().sql<{ deadlocks: string }>`
    SELECT deadlocks::text FROM pg_stat_database WHERE datname = current_database()`;
  await api.close();
  expect(database?.deadlocks).toBe('0');
});

const refusalsOf = ({ errors }: Payload): readonly string[] => errors.map(({ code, rule }) => `${code} ${rule}`);
const release = ({ id }: Pick<MadeRoute, 'id'>): Promise<Payload> =>
  call(api, 'releaseRoute', { id, reason: 'Approved.' }, 'route { revision } retired { revision }');

async function statuses(): Promise<readonly string[]> {
  const { data } = await api.ask(
    '{ productModelByCode(code: "PSA") { routes(first: 50, orderBy: { field: REVISION }) { nodes { revision status } } } }',
  );
  const nodes: readonly { readonly revision: number; readonly status: string }[] = data.productModelByCode.routes.nodes;
  return nodes.map(({ revision, status }) => `${revision} ${status}`);
}

describe('routes', () => {
  test('of two releases of one route at once, one wins (RTE-3)', async () => {
    await makeReleased(api, [[10, 'PRINT']]);
    const draft = await makeDraft(api, [[10, 'PLACE']]);

    const answers = await Promise.all([release(draft), release(draft), release(draft)]);

    expect(answers.map(refusalsOf).toSorted((a, b) => a.length - b.length)).toEqual([
      [],
      ['RULE_VIOLATED RTE-3'],
      ['RULE_VIOLATED RTE-3'],
    ]);
    expect(await statuses()).toEqual(['1 RETIRED', '2 RELEASED']);
  });

  test('different revisions that are released at once follow each other, and one is RELEASED in the end (RTE-3)', async () => {
    const first = await makeReleased(api, [[10, 'PRINT']]);
    const second = await makeReleased(api, [[10, 'PLACE']]);
    await makeReleased(api, [[10, 'POLISH']]);
    const draft = await makeDraft(api, [[10, 'CHECK']]);

    const answers = await Promise.all([first, second, draft].map(release));

    expect(answers.map(refusalsOf)).toEqual([[], [], []]);
    // Each retired the one that was released before it: the third revision, and two of these three.
    const retired = answers.map((answer) => answer['retired'].revision);
    const last = [1, 2, 4].find((revision) => !retired.includes(revision));
    expect([...retired, last].toSorted()).toEqual([1, 2, 3, 4]);
    expect(await statuses()).toEqual(
      [1, 2, 3, 4].map((revision) => `${revision} ${revision === last ? 'RELEASED' : 'RETIRED'}`),
    );
  });

  test('a draft that two editors change keeps the change of one; that of the other is refused (GEN-2)', async () => {
    const { id, version } = await makeDraft(api, [[10, 'PRINT']]);
    const edited = (steps: readonly StepOfRoute[]): Promise<Payload> =>
      call(api, 'updateRoute', { id, steps: stepsOf(steps), expectedVersion: version }, 'route { version }');

    const answers = await Promise.all([
      edited([
        [10, 'PLACE'],
        [20, 'POLISH'],
      ]),
      edited([
        [10, 'POLISH'],
        [20, 'PLACE'],
      ]),
    ]);

    expect(answers.map(refusalsOf).toSorted((a, b) => a.length - b.length)).toEqual([[], ['STALE_VERSION GEN-2']]);
    const { data } = await api.ask(
      'query ($id: ID!) { node(id: $id) { ... on Route { version steps { number process { code } } } } }',
      { id },
    );
    const isFirst = refusalsOf(answers[0]).length === 0;
    expect(data.node).toEqual({
      version: version + 1,
      steps: [
        { number: 10, process: { code: isFirst ? 'PLACE' : 'POLISH' } },
        { number: 20, process: { code: isFirst ? 'POLISH' : 'PLACE' } },
      ],
    });
  });

  test('of two first drafts at once, one is made, and no revision is lost (RTE-2)', async () => {
    const create = (): Promise<Payload> =>
      call(
        api,
        'createRoute',
        { productModel: { code: 'PSA' }, steps: stepsOf([[10, 'PRINT']]) },
        'route { revision }',
      );

    const answers = await Promise.all([create(), create(), create()]);

    expect(answers.map(refusalsOf).filter((refusals) => refusals.length === 0)).toHaveLength(1);
    expect(await statuses()).toEqual(['1 DRAFT']);
  });
});

describe('a step that direct SQL writes', () => {
  const ADD =
    "INSERT INTO route_steps (route_id, process_id, number) SELECT $1::uuid, id, 20 FROM processes WHERE code = 'PLACE'";

  test('is part of a release that comes after it, with its values in force (RTE-2, RTE-7)', async () => {
    const draft = await makeDraft(api, [[10, 'PRINT']]);

    const answer = await committedFirst(api, ADD, [uuidOf(draft)], () => release(draft));

    expect(refusalsOf(answer)).toEqual([]);
    const { data } = await api.ask(
      'query ($id: ID!) { node(id: $id) { ... on Route { steps { number maxAttempts process { code } } } } }',
      { id: draft.id },
    );
    expect(data.node.steps).toEqual([
      { number: 10, maxAttempts: null, process: { code: 'PRINT' } },
      { number: 20, maxAttempts: 2, process: { code: 'PLACE' } },
    ]);
  });

  test('is refused when the release comes first (RTE-2)', async () => {
    const { id } = await makeDraft(api, [[10, 'PRINT']]);
    const add = (): Promise<unknown> =>
      api.database
        .transaction(
          (tx) =>
            tx.sql`INSERT INTO route_steps (route_id, process_id, number) SELECT ${uuidOf({ id })}::uuid, id, 20 FROM processes WHERE code = 'PLACE'`,
        )
        .catch((error: unknown) => error);

    const refused = await committedFirst(
      api,
      "UPDATE routes SET status = 'RELEASED', released_at = now(), release_reason = 'Approved.' WHERE id = $1::uuid",
      [uuidOf({ id })],
      add,
    );

    expect(refused).toMatchObject({ code: '23514', constraint: 'ck_route_steps_rte_2_draft_only' });
  });
});

describe('a process', () => {
  const LOCK = "SELECT pg_advisory_xact_lock(hashtext('lotgraph route'))";
  const deactivate = (code: string): Promise<Payload> =>
    call(api, 'updateProcess', { process: { code }, isActive: false }, 'process { id }');

  test('that is deactivated while a route that has it is released keeps that route from its release (RTE-1)', async () => {
    const draft = await makeDraft(api, [[10, 'PRINT']]);

    const answer = await committedFirst(
      api,
      `WITH locked AS (${LOCK}) UPDATE processes SET is_active = false WHERE code = 'PRINT' AND EXISTS (SELECT FROM locked)`,
      [],
      () => release(draft),
    );

    expect(refusalsOf(answer)).toEqual(['RULE_VIOLATED RTE-1']);
  });

  test('stays active when the release of a route that has it comes first (RTE-9)', async () => {
    const { id } = await makeDraft(api, [[10, 'PRINT']]);

    const answer = await committedFirst(
      api,
      `WITH locked AS (SELECT pg_advisory_xact_lock_shared(hashtext('lotgraph route')))
       UPDATE routes SET status = 'RELEASED', released_at = now(), release_reason = 'Approved.' WHERE id = $1::uuid AND EXISTS (SELECT FROM locked)`,
      [uuidOf({ id })],
      () => deactivate('PRINT'),
    );

    expect(refusalsOf(answer)).toEqual(['RULE_VIOLATED RTE-9']);
  });

  test('is never inactive in a released route, whichever of both comes first (RTE-1, RTE-9)', async () => {
    for (const code of ['PRINT', 'PLACE', 'POLISH', 'CHECK']) {
      const draft = await makeDraft(api, [[10, code]]);

      const [released, deactivated] = await Promise.all([release(draft), deactivate(code)]);

      expect([refusalsOf(released), refusalsOf(deactivated)]).toContainEqual([]);
      expect([...refusalsOf(released), ...refusalsOf(deactivated)]).toHaveLength(1);
      if (refusalsOf(released).length > 0) await done(api, 'deleteRoute', { id: draft.id }, 'deletedId');
    }
  });
});

describe('a lot', () => {
  test('that is made while a route is released has the one or the other, whole (RTE-4)', async () => {
    const codesOf: Record<number, readonly string[]> = { 1: ['PRINT', 'PLACE'], 2: ['POLISH', 'CHECK', 'PRINT'] };
    await makeReleased(api, [
      [10, 'PRINT'],
      [20, 'PLACE'],
    ]);
    const draft = await makeDraft(api, [
      [1, 'POLISH'],
      [2, 'CHECK'],
      [3, 'PRINT'],
    ]);

    const made = Promise.all(Array.from({ length: 12 }, () => makeLot(api, { targetQuantity: 1 })));
    expect(refusalsOf(await release(draft))).toEqual([]);
    const lots = [...(await made), await makeLot(api)];

    const revisions = new Set<number>();
    for (const { id, number } of lots) {
      const { data } = await api.ask(
        'query ($lot: LotRef!, $number: String!) { routeOf(lot: $lot) { process { code } } lotByNumber(number: $number) { route { revision } } }',
        { lot: { id }, number },
      );
      const { revision } = data.lotByNumber.route;
      revisions.add(revision);
      expect(data.routeOf.map((step: { process: { code: string } }) => step.process.code)).toEqual(codesOf[revision]);
    }
    expect(revisions).toContain(2);
  });

  const FIRST: readonly StepOfRoute[] = [
    [10, 'PRINT'],
    [20, 'PLACE'],
    [30, 'MARK'],
    [40, 'FINAL'],
  ];
  const SECOND: readonly StepOfRoute[] = [
    [5, 'POLISH', { isOptional: true }],
    [10, 'PRINT'],
    [20, 'CHECK', { characteristics: [] }],
  ];
  const MOVED = 'UPDATE lots SET route_id = $1::uuid WHERE id = $2::uuid';

  interface Moved {
    readonly lot: Named;
    readonly items: readonly Named[];
    readonly values: readonly unknown[];
    readonly routes: readonly [MadeRoute, MadeRoute];
  }

  /** A lot by the factory route, or by the first route, whose items have passed PRINT. */
  async function lotToMove(from: 'factory' | 'own'): Promise<Moved> {
    if (from === 'factory')
      for (const code of ['PRINT', 'PLACE', 'MARK', 'FINAL'])
        await done(api, 'updateProcess', { process: { code }, isInFactoryRoute: true }, 'process { id }');
    const factoryLot = await makeLot(api, { targetQuantity: 6 });
    const first = await makeReleased(api, FIRST);
    const lot = from === 'factory' ? factoryLot : await makeLot(api, { targetQuantity: 6 });
    const items = await makeItems(api, lot, 6);
    for (const item of items) expect(refusalsOf(await record(item, 'PRINT'))).toEqual([]);
    const second = await makeReleased(api, SECOND);
    return { lot, items, values: [uuidOf(second), uuidOf(lot)], routes: [first, second] };
  }

  const record = (item: Named, code: string): Promise<Payload> =>
    call(api, 'recordProcessData', { unit: { id: item.id }, process: { code }, result: 'PASS' }, 'processData { id }');

  describe.each(['factory', 'own'] as const)('that is moved from its %s route while', (from) => {
    test('work on it waits has that work judged by the new route, whole (RTE-5, RTE-6)', async () => {
      const { lot, items, values } = await lotToMove(from);
      const [a, b, c, d, e] = items as [Named, Named, Named, Named, Named];

      const answers = await committedFirst(api, MOVED, values, () =>
        Promise.all([
          record(a, 'PLACE'),
          record(b, 'CHECK'),
          call(api, 'startProcess', { unit: { id: c.id }, process: { code: 'PLACE' } }, 'processData { id }'),
          call(api, 'startProcess', { unit: { id: d.id }, process: { code: 'POLISH' } }, 'processData { id }'),
          call(
            api,
            'recordProcessDataBatch',
            {
              items: [{ unit: { id: e.id }, process: { code: 'CHECK' }, result: 'PASS' }],
              policy: 'REJECT_EVERYTHING',
            },
            'results { processData { id } }',
          ),
        ]),
      );

      expect(answers.map(refusalsOf)).toEqual([['RULE_VIOLATED RTE-6'], [], ['RULE_VIOLATED RTE-6'], [], []]);
      const { data } = await api.ask(
        'query ($number: String!) { lotByNumber(number: $number) { wipItems(first: 6) { nodes { status } } } }',
        { number: lot.number },
      );
      const found: readonly { readonly status: string }[] = data.lotByNumber.wipItems.nodes;
      expect(found.map(({ status }) => status).toSorted()).toEqual([
        'COMPLETED',
        'COMPLETED',
        'IN_PROGRESS',
        'IN_PROGRESS',
        'IN_PROGRESS',
        'IN_PROGRESS',
      ]);
    });

    test('an item waits to be converted does not convert it by the old route (WIP-7)', async () => {
      const { items, values } = await lotToMove(from);
      const [item] = items as [Named];
      expect(refusalsOf(await record(item, 'PLACE'))).toEqual([]);

      const answer = await committedFirst(api, MOVED, values, () =>
        call(api, 'convertWipItem', { wipItem: { id: item.id } }, 'serial { id }'),
      );

      expect(refusalsOf(answer)[0]).toBe('RULE_VIOLATED WIP-7');
      expect(answer['serial']).toBeNull();
    });
  });

  test('that goes back and forth between routes has every record judged by one of them, and nobody fails (RTE-5)', async () => {
    const { lot, items, routes } = await lotToMove('own');
    const codes = ['PLACE', 'CHECK', 'POLISH'];
    const moves = async (): Promise<readonly string[]> => {
      const answers: Payload[] = [];
      for (const route of [routes[1], routes[0], routes[1], routes[0], routes[1]])
        answers.push(await call(api, 'changeLotRoute', { lot: { id: lot.id }, route: route.id, reason: 'Again.' }));
      return answers.flatMap(refusalsOf);
    };
    const works = async (item: Named): Promise<readonly string[]> => {
      const answers: Payload[] = [];
      for (const code of codes)
        answers.push(
          await record(item, code),
          await call(api, 'recordProcessDataBatch', {
            items: [{ unit: { id: item.id }, process: { code }, result: 'PASS' }],
            policy: 'REJECT_EVERYTHING',
          }),
        );
      return answers.flatMap((answer) => refusalsOf(answer).slice(0, 1));
    };

    const [moved, ...worked] = await Promise.all([moves(), ...items.map(works)]);

    expect(moved).toEqual([]);
    // A step of the other route, one that was passed already, or one that comes later.
    expect(worked.flat().filter((refusal) => !/^RULE_VIOLATED (?:RTE-6|PD-6|PD-8)$/.test(refusal))).toEqual([]);
    // In the end each item is as its passes have it by the present route.
    const { data } = await api.ask(
      'query ($number: String!) { lotByNumber(number: $number) { route { revision } wipItems(first: 6) { nodes { status passedProcesses { code } } } } }',
      { number: lot.number },
    );
    expect(data.lotByNumber.route.revision).toBe(2);
    for (const { status, passedProcesses } of data.lotByNumber.wipItems.nodes) {
      const isDone = passedProcesses.some(({ code }: { code: string }) => code === 'CHECK');
      expect(status).toBe(isDone ? 'COMPLETED' : 'IN_PROGRESS');
    }
  });
});
