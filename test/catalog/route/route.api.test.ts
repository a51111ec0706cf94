import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';
import { makeLot, makeModel } from '../../support/build.ts';
import { call, done, expectRefused } from '../../support/expect.ts';
import { makeDraft, makePlant, makeReleased, type StepOfRoute, stepsOf, WHOLE } from '../../support/routes.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
  await makePlant(api);
});
afterEach(() => api.close());

const ROUTE = `route { id revision status name notes version lotCount releaseReason releasedAt releasedBy { username } retireReason retiredAt retiredBy { username }
  productModel { code } steps { number process { code } isOptional maxAttempts plannedSeconds allowOutOfSpecPass characteristics { code upperLimit required } equipmentTypes } }`;

const PSA = { productModel: { code: 'PSA' } };
const VALUES = {
  isOptional: false,
  maxAttempts: null,
  plannedSeconds: null,
  allowOutOfSpecPass: false,
  characteristics: [],
  equipmentTypes: [],
};

describe('createRoute', () => {
  test('makes a draft with the values of its processes, in the order of its numbers (RTE-1, RTE-7)', async () => {
    const steps = stepsOf([
      [30, 'CHECK', { characteristics: [], equipmentTypes: ['oven', 'OVEN'] }],
      [20, 'CHECK'.replace('CHECK', 'PLACE'), { maxAttempts: 5 }],
      [10, 'PRINT', { isOptional: true, allowOutOfSpecPass: true }],
    ]);

    const { route } = await done(api, 'createRoute', { ...PSA, steps, name: ' Coated ', notes: 'New.' }, ROUTE);

    expect(route).toEqual({
      id: route.id,
      revision: 1,
      status: 'DRAFT',
      name: 'Coated',
      notes: 'New.',
      version: 1,
      lotCount: 0,
      releaseReason: null,
      releasedAt: null,
      releasedBy: null,
      retireReason: null,
      retiredAt: null,
      retiredBy: null,
      productModel: { code: 'PSA' },
      steps: [
        { ...VALUES, number: 10, process: { code: 'PRINT' }, isOptional: true, allowOutOfSpecPass: true },
        { ...VALUES, number: 20, process: { code: 'PLACE' }, maxAttempts: 5, plannedSeconds: 40 },
        { ...VALUES, number: 30, process: { code: 'CHECK' }, equipmentTypes: ['OVEN'] },
      ],
    });
  });

  test('shows the live values of processes until the route is released (RTE-7)', async () => {
    const { id } = await makeDraft(api, [
      [10, 'PLACE'],
      [20, 'CHECK'],
    ]);
    const attempts = async (): Promise<unknown> => {
      const { data } = await api.ask(
        'query ($id: ID!) { node(id: $id) { ... on Route { steps { maxAttempts characteristics { code upperLimit } } } } }',
        { id },
      );
      return data.node.steps;
    };
    await done(api, 'updateProcess', { process: { code: 'PLACE' }, maxAttempts: 7 }, 'process { id }');
    const drafted = [
      { maxAttempts: 7, characteristics: [] },
      { maxAttempts: null, characteristics: [{ code: 'GAP', upperLimit: '0.5' }] },
    ];
    expect(await attempts()).toEqual(drafted);

    await done(api, 'releaseRoute', { id, reason: 'Approved.' }, 'route { id }');
    await done(api, 'updateProcess', { process: { code: 'PLACE' }, maxAttempts: null }, 'process { id }');
    await done(
      api,
      'updateProcess',
      { process: { code: 'CHECK' }, maxAttempts: 2, qualityCriteria: {} },
      'process { id }',
    );

    expect(await attempts()).toEqual(drafted);
  });

  test.each<[string, readonly StepOfRoute[], readonly (readonly [string, string])[]]>([
    ['no steps', [], [['INVALID_INPUT', 'steps']]],
    [
      'two steps of one number',
      [
        [10, 'PRINT'],
        [10, 'PLACE'],
      ],
      [['INVALID_INPUT', 'steps.1.number']],
    ],
    [
      'two steps of one process',
      [
        [10, 'PRINT'],
        [20, 'PRINT'],
      ],
      [['INVALID_INPUT', 'steps.1.process']],
    ],
    ['the number 0', [[0, 'PRINT']], [['INVALID_INPUT', 'steps.0.number']]],
    ['the number 1000', [[1_000, 'PRINT']], [['INVALID_INPUT', 'steps.0.number']]],
    [
      '101 steps',
      Array.from({ length: 101 }, (_, index): StepOfRoute => [index + 1, 'PRINT']),
      [['INVALID_INPUT', 'steps']],
    ],
  ])('refuses %s (RTE-1)', async (_what, steps, refusals) => {
    await expectRefused(
      api,
      'createRoute',
      { ...PSA, steps: stepsOf(steps) },
      refusals.map(([code, path]) => [code, path, 'RTE-1']),
    );
  });

  test('refuses values that a step cannot have, each at its own place (RTE-1, PRC-6)', async () => {
    await expectRefused(
      api,
      'createRoute',
      {
        ...PSA,
        steps: stepsOf([
          [10, 'PRINT', { maxAttempts: 0 }],
          [20, 'PLACE', { plannedSeconds: 0, equipmentTypes: ['no type'] }],
          [30, 'CHECK', { characteristics: [{ code: 'GAP', lowerLimit: '2', upperLimit: '1' }] }],
        ]),
      },
      [
        ['INVALID_INPUT', 'steps.0.maxAttempts', null],
        ['INVALID_INPUT', 'steps.1.plannedSeconds', null],
        ['INVALID_INPUT', 'steps.1.equipmentTypes.0', 'EQP-1'],
        ['INVALID_INPUT', 'steps.2.characteristics.0', 'PRC-6'],
      ],
    );
  });

  test('refuses processes and models that do not exist', async () => {
    await expectRefused(
      api,
      'createRoute',
      {
        ...PSA,
        steps: stepsOf([
          [10, 'PRINT'],
          [20, 'NOPE'],
        ]),
      },
      [['NOT_FOUND', 'steps.1.process', null]],
    );
    await expectRefused(api, 'createRoute', { productModel: { code: 'NOPE' }, steps: stepsOf(WHOLE) }, [
      ['NOT_FOUND', 'productModel', null],
    ]);
  });

  test('copies a route of the same model, and needs either steps or a copy', async () => {
    const { id } = await makeReleased(api, WHOLE);
    await makeModel(api, { code: 'OTH', name: 'Other' });

    await expectRefused(api, 'createRoute', { ...PSA, copyFrom: id, steps: stepsOf(WHOLE) }, [
      ['INVALID_INPUT', 'copyFrom', null],
    ]);
    await expectRefused(api, 'createRoute', PSA, [['INVALID_INPUT', 'steps', null]]);
    await expectRefused(api, 'createRoute', { productModel: { code: 'OTH' }, copyFrom: id }, [
      ['INVALID_INPUT', 'copyFrom', null],
    ]);
    const { route } = await done(api, 'createRoute', { ...PSA, copyFrom: id }, ROUTE);
    expect(
      route.steps.map(({ number, process }: { number: number; process: { code: string } }) => [number, process.code]),
    ).toEqual(WHOLE.map(([number, code]) => [number, code]));
    expect(route.revision).toBe(2);
  });

  test('refuses a second draft, and a draft of a discontinued model (RTE-2, MDL-2)', async () => {
    await makeDraft(api, WHOLE);
    await expectRefused(api, 'createRoute', { ...PSA, steps: stepsOf(WHOLE) }, [
      [
        'RULE_VIOLATED',
        'productModel',
        'RTE-2',
        'Product model PSA has the draft route PSA rev 1; change, release or delete that one.',
      ],
    ]);
    await makeModel(api, { code: 'OLD', name: 'Old', status: 'DISCONTINUED' });
    await expectRefused(api, 'createRoute', { productModel: { code: 'OLD' }, steps: stepsOf(WHOLE) }, [
      ['RULE_VIOLATED', 'productModel', 'MDL-2'],
    ]);
  });

  test('is for engineers', async () => {
    await expectRefused(api, 'createRoute', { ...PSA, steps: stepsOf(WHOLE) }, [['FORBIDDEN', '', null]], 'OPERATOR');
  });
});

describe('updateRoute', () => {
  test('writes only the steps that differ, and raises the version once (RTE-2)', async () => {
    const { id } = await makeDraft(api, [
      [10, 'PRINT'],
      [20, 'PLACE'],
      [30, 'POLISH'],
    ]);
    const steps = stepsOf([
      [20, 'PRINT'],
      [10, 'PLACE'],
      [30, 'POLISH'],
      [40, 'CHECK'],
    ]);

    const { route } = await done(api, 'updateRoute', { id, steps, name: 'Turned', expectedVersion: 1 }, ROUTE);
    const same = await done(api, 'updateRoute', { id, steps }, ROUTE);

    expect(route).toMatchObject({ version: 2, name: 'Turned' });
    expect(same['route']).toEqual(route);
    expect(route.steps).toMatchObject([
      { number: 10, process: { code: 'PLACE' } },
      { number: 20, process: { code: 'PRINT' } },
      { number: 30, process: { code: 'POLISH' } },
      { number: 40, process: { code: 'CHECK' } },
    ]);
    const written = await api.database.reader().sql<{ operation: string; count: number }>`
      SELECT operation::text, count(*)::int FROM audit_entries WHERE entity = 'route_steps' AND action = 'route.updated' GROUP BY 1 ORDER BY 1`;
    expect(written).toEqual([
      { operation: 'INSERT', count: 1 },
      { operation: 'UPDATE', count: 2 },
    ]);
  });

  test('is refused for a released and for a retired route, and for an outdated view (RTE-2, GEN-2)', async () => {
    const { id } = await makeReleased(api, WHOLE);
    const message =
      'Route PSA rev 1 is RELEASED; only a DRAFT can be changed or deleted. Create a draft as a copy of it instead.';
    await expectRefused(api, 'updateRoute', { id, name: 'X' }, [['RULE_VIOLATED', 'id', 'RTE-2', message]]);
    await expectRefused(api, 'deleteRoute', { id }, [['RULE_VIOLATED', 'id', 'RTE-2', message]]);
    await done(api, 'retireRoute', { id, reason: 'Old.' }, 'route { id }');
    await expectRefused(api, 'updateRoute', { id, steps: stepsOf([[10, 'PRINT']]) }, [
      ['RULE_VIOLATED', 'id', 'RTE-2'],
    ]);
    const draft = await makeDraft(api, WHOLE);
    await done(api, 'updateRoute', { id: draft.id, name: 'Mine' }, 'route { id }');
    await expectRefused(api, 'updateRoute', { id: draft.id, name: 'Yours', expectedVersion: 1 }, [
      ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
    ]);
  });
});

test('a deleted draft gives its revision to nobody, and a refused creation uses none (RTE-2)', async () => {
  const { id } = await makeDraft(api, WHOLE);
  expect((await done(api, 'deleteRoute', { id }, 'deletedId'))['deletedId']).toBe(id);
  await call(api, 'createRoute', { ...PSA, steps: stepsOf([[10, 'NOPE']]) });

  expect((await makeDraft(api, WHOLE)).revision).toBe(2);
});

describe('releaseRoute', () => {
  test('retires the route that was released before, with person, time and reason (RTE-3)', async () => {
    const first = await makeReleased(api, WHOLE);
    const { id } = await makeDraft(api, [[10, 'PRINT']]);

    const { route, retired } = await done(
      api,
      'releaseRoute',
      { id, reason: 'Shorter.' },
      `${ROUTE} retired { id status retireReason retiredBy { username } releaseReason }`,
      'MANAGER',
    );

    expect(route).toMatchObject({
      status: 'RELEASED',
      releaseReason: 'Shorter.',
      releasedBy: { username: 'manager' },
      retiredAt: null,
    });
    expect(retired).toEqual({
      id: first.id,
      status: 'RETIRED',
      retireReason: 'Shorter.',
      retiredBy: { username: 'manager' },
      releaseReason: 'Approved.',
    });
    const again = await done(api, 'releaseRoute', { id: first.id, reason: 'Back.' }, `${ROUTE} retired { id }`);
    expect(again).toMatchObject({
      route: { status: 'RELEASED', releaseReason: 'Back.', retireReason: null, retiredAt: null },
      retired: { id },
    });
    const { data } = await api.ask(
      '{ productModels { nodes { releasedRoute { revision } routes { nodes { revision status } } } } }',
    );
    expect(data.productModels.nodes).toEqual([
      {
        releasedRoute: { revision: 1 },
        routes: {
          nodes: [
            { revision: 2, status: 'RETIRED' },
            { revision: 1, status: 'RELEASED' },
          ],
        },
      },
    ]);
  });

  test('is for leads, needs a reason, and a route is not released twice (RTE-3)', async () => {
    const { id } = await makeReleased(api, WHOLE);

    await expectRefused(api, 'releaseRoute', { id, reason: 'Again.' }, [
      [
        'RULE_VIOLATED',
        'id',
        'RTE-3',
        'Route PSA rev 1 is RELEASED; only from DRAFT or RETIRED can it become RELEASED.',
      ],
    ]);
    await expectRefused(api, 'releaseRoute', { id, reason: 'Again.' }, [['FORBIDDEN', '', null]], 'ENGINEER');
    await expectRefused(api, 'releaseRoute', { id, reason: ' ' }, [['INVALID_INPUT', 'reason', 'GEN-4']]);
    await expectRefused(api, 'retireRoute', { id, reason: ' ' }, [['INVALID_INPUT', 'reason', 'GEN-4']]);
  });

  test.each<[string, readonly StepOfRoute[], string]>([
    [
      'an inactive process',
      [
        [10, 'PRINT'],
        [20, 'OLD_STEP'],
      ],
      'has inactive processes: 20 OLD_STEP. Activate them, or leave them out.',
    ],
    [
      'an optional conversion',
      [
        [10, 'PRINT'],
        [20, 'MARK', { isOptional: true }],
      ],
      'makes the conversion step 20 MARK optional; it must be mandatory.',
    ],
    [
      'a WIP-level step behind the conversion',
      [
        [10, 'PRINT'],
        [20, 'MARK'],
        [30, 'PLACE', { isOptional: true }],
      ],
      'has WIP-level steps behind the conversion step 20 MARK: 30 PLACE. It must be the last of its level.',
    ],
    [
      'optional WIP-level steps only',
      [[10, 'PRINT', { isOptional: true }]],
      'has WIP-level steps but no mandatory MANUFACTURING step among them; it needs one.',
    ],
    [
      'a conversion with nothing to convert',
      [[10, 'MARK']],
      'has WIP-level steps but no mandatory MANUFACTURING step among them; it needs one.',
    ],
    [
      'SERIAL-level steps without a conversion',
      [
        [10, 'PRINT'],
        [20, 'FINAL'],
      ],
      'has SERIAL-level steps but no conversion step, so there would be no serial to run 20 FINAL on.',
    ],
    [
      'an optional SERIAL-level step behind the last mandatory one',
      [
        [10, 'PRINT'],
        [20, 'MARK'],
        [30, 'FINAL'],
        [40, 'TUNE', { isOptional: true }],
      ],
      'has optional SERIAL-level steps behind the last mandatory one: 40 TUNE. A serial that passes the last mandatory step is done.',
    ],
    [
      'two conversions',
      [
        [10, 'PRINT'],
        [20, 'MARK'],
        [30, 'MARK_2'],
      ],
      'has 2 conversion steps: 20 MARK, 30 MARK_2. One is enough.',
    ],
  ])('refuses %s (RTE-1)', async (_what, steps, problem) => {
    await done(api, 'createProcess', { number: 90, code: 'OLD_STEP', name: 'Old', isActive: false }, 'process { id }');
    await done(
      api,
      'createProcess',
      { number: 91, code: 'MARK_2', name: 'Mark', type: 'SERIAL_CONVERSION', isInFactoryRoute: false },
      'process { id }',
    );
    const { id } = await makeDraft(api, steps);

    const messages = await expectRefused(api, 'releaseRoute', { id, reason: 'Approved.' }, [
      ['RULE_VIOLATED', 'id', 'RTE-1'],
    ]);

    expect(messages).toEqual([`Route PSA rev 1 ${problem}`]);
  });

  test('is refused for a discontinued model, whose route can still be retired (MDL-2, RTE-3)', async () => {
    const { id } = await makeReleased(api, WHOLE);
    const draft = await makeDraft(api, [[10, 'PRINT']]);
    await done(api, 'updateProductModel', { ...PSA, status: 'DISCONTINUED' }, 'productModel { id }');

    await expectRefused(api, 'releaseRoute', { id: draft.id, reason: 'Approved.' }, [['RULE_VIOLATED', 'id', 'MDL-2']]);
    await done(api, 'retireRoute', { id, reason: 'Old.' }, 'route { id }');
    await expectRefused(api, 'releaseRoute', { id, reason: 'Back.' }, [['RULE_VIOLATED', 'id', 'MDL-2']]);
  });

  test('refuses a retired route whose process was retyped since (RTE-1)', async () => {
    const { id } = await makeReleased(api, [
      [10, 'PRINT'],
      [20, 'POLISH'],
    ]);
    await done(api, 'retireRoute', { id, reason: 'Old.' }, 'route { id }');
    await done(api, 'updateProcess', { process: { code: 'POLISH' }, level: 'SERIAL' }, 'process { id }');

    await expectRefused(api, 'releaseRoute', { id, reason: 'Back.' }, [
      ['RULE_VIOLATED', 'id', 'RTE-1'],
      ['RULE_VIOLATED', 'id', 'RTE-1'],
    ]);
  });

  test('of two at once one wins; different revisions follow each other (RTE-3)', async () => {
    const { id } = await makeDraft(api, WHOLE);
    const answers = await Promise.all(['A', 'B', 'C'].map((reason) => call(api, 'releaseRoute', { id, reason })));

    expect(answers.map(({ errors }) => errors.map(({ rule }) => rule)).toSorted()).toEqual([[], ['RTE-3'], ['RTE-3']]);
  });
});

test('a retired route is given to no new lot; the factory route is used instead (RTE-3, RTE-4)', async () => {
  const { id } = await makeReleased(api, WHOLE);
  await makeLot(api);
  const { route } = await done(api, 'retireRoute', { id, reason: 'Old.' }, ROUTE, 'MANAGER');
  await makeLot(api);

  expect(route).toMatchObject({
    status: 'RETIRED',
    retireReason: 'Old.',
    retiredBy: { username: 'manager' },
    lotCount: 1,
  });
  const { data } = await api.ask('{ lots(orderBy: { field: NUMBER }) { nodes { route { revision } } } }');
  expect(data.lots.nodes).toEqual([{ route: { revision: 1 } }, { route: null }]);
  await expectRefused(api, 'retireRoute', { id, reason: 'Older.' }, [['RULE_VIOLATED', 'id', 'RTE-3']]);
});

test('the processes of a released route, and of lots that are not closed, stay as they are (RTE-9)', async () => {
  const { id } = await makeReleased(api, [[10, 'PRINT']]);
  const needed = 'Step 11 PRINT is needed by route PSA rev 1';
  const process = { code: 'PRINT' };

  await expectRefused(api, 'updateProcess', { process, isActive: false }, [
    [
      'RULE_VIOLATED',
      'isActive',
      'RTE-9',
      `${needed} (open lots: 0); it stays active. To end it, retire or change the routes, and close or move the lots, first.`,
    ],
  ]);
  await expectRefused(api, 'updateProcess', { process, type: 'SERIAL_CONVERSION' }, [
    ['RULE_VIOLATED', 'type', 'RTE-9'],
  ]);
  await expectRefused(api, 'updateProcess', { process, level: 'LOT' }, [['RULE_VIOLATED', 'level', 'RTE-9']]);
  await expectRefused(api, 'deleteProcess', { process }, [['RULE_VIOLATED', 'process', 'GEN-1']]);
  await expectRefused(api, 'deleteProductModel', PSA, [['RULE_VIOLATED', 'productModel', 'GEN-1']]);
  await makeLot(api);
  await done(api, 'retireRoute', { id, reason: 'Old.' }, 'route { id }');
  await expectRefused(api, 'updateProcess', { process, isActive: false }, [['RULE_VIOLATED', 'isActive', 'RTE-9']]);
  await done(api, 'deleteLot', { lot: { number: 'KR01PSA261101' } }, 'deletedId');
  await done(api, 'updateProcess', { process, isActive: false, number: 12_0, name: 'Former' }, 'process { id }');
});

test('the differences of two routes are answered by process', async () => {
  const first = await makeReleased(api, [
    [10, 'PRINT'],
    [20, 'PLACE'],
    [30, 'POLISH'],
  ]);
  const second = await makeDraft(api, [
    [15, 'PRINT'],
    [20, 'PLACE', { maxAttempts: 9 }],
    [40, 'CHECK'],
  ]);

  const { data } = await api.ask(
    'query ($from: ID!, $to: ID!) { routeChanges(from: $from, to: $to) { kind process { code } before { number maxAttempts } after { number maxAttempts } } }',
    { from: first.id, to: second.id },
  );

  expect(data.routeChanges).toEqual([
    { kind: 'REMOVED', process: { code: 'POLISH' }, before: { number: 30, maxAttempts: null }, after: null },
    {
      kind: 'MOVED',
      process: { code: 'PRINT' },
      before: { number: 10, maxAttempts: null },
      after: { number: 15, maxAttempts: null },
    },
    {
      kind: 'CHANGED',
      process: { code: 'PLACE' },
      before: { number: 20, maxAttempts: 2 },
      after: { number: 20, maxAttempts: 9 },
    },
    { kind: 'ADDED', process: { code: 'CHECK' }, before: null, after: { number: 40, maxAttempts: null } },
  ]);
});

test('routes are listed with filters, and by their processes', async () => {
  await makeReleased(api, [[10, 'PRINT']]);
  await makeDraft(api, [[10, 'PLACE']]);

  const { data } = await api.ask(`{
    routes(filter: { status: { eq: RELEASED } }) { totalCount nodes { revision } }
    processes(filter: { code: { in: ["PLACE", "PRINT", "CHECK"] } }, orderBy: { field: CODE }) { nodes { code routes { totalCount nodes { revision } } } } }`);

  expect(data.routes).toEqual({ totalCount: 1, nodes: [{ revision: 1 }] });
  expect(data.processes.nodes).toEqual([
    { code: 'CHECK', routes: { totalCount: 0, nodes: [] } },
    { code: 'PLACE', routes: { totalCount: 1, nodes: [{ revision: 2 }] } },
    { code: 'PRINT', routes: { totalCount: 1, nodes: [{ revision: 1 }] } },
  ]);
});

test('routeOf answers the steps of a lot by its own route or by the factory route, of one level or of all', async () => {
  await done(api, 'createProcess', { number: 7, code: 'INCOMING', name: 'Incoming' }, 'process { id }');
  const before = await makeLot(api);
  await makeReleased(api, WHOLE);
  const lot = await makeLot(api);
  const ASK =
    'query ($lot: LotRef!, $level: ProcessLevel) { routeOf(lot: $lot, level: $level) { id number process { code } isOptional } }';

  expect((await api.ask(ASK, { lot: { id: before.id } })).data.routeOf).toEqual([
    { id: null, number: 7, process: { code: 'INCOMING' }, isOptional: false },
  ]);
  expect((await api.ask(ASK, { lot: { number: lot.number }, level: 'SERIAL' })).data.routeOf).toEqual([
    { id: expect.any(String), number: 50, process: { code: 'BURN_IN' }, isOptional: true },
    { id: expect.any(String), number: 60, process: { code: 'FINAL' }, isOptional: false },
  ]);
  expect((await api.ask(ASK, { lot: { number: lot.number } })).data.routeOf).toHaveLength(WHOLE.length);
  const { errors } = await api.ask(ASK, { lot: { number: 'KR01PSA261199' } });
  expect(errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
});

test('the audit trail calls a route by its model and revision, and a step by its number and process (AUD-1)', async () => {
  await makeReleased(api, [[10, 'PRINT']]);
  const lot = await makeLot(api);

  const { data } = await api.ask(
    '{ auditEntries(first: 6) { nodes { entity recordLabel changes { field newLabel } } } }',
  );

  const labels = new Map<string, unknown>(
    data.auditEntries.nodes.map(({ entity, recordLabel }: Record<string, string>) => [entity, recordLabel]),
  );
  expect([labels.get('routes'), labels.get('route_steps')]).toEqual(['PSA rev 1', '10 PRINT']);
  const made = data.auditEntries.nodes.find(({ recordLabel }: Record<string, string>) => recordLabel === lot.number);
  expect(made.changes).toContainEqual({ field: 'routeId', newLabel: 'PSA rev 1' });
});

test('the history of a route shows who released it, when and why', async () => {
  const { id } = await makeReleased(api, [[10, 'PRINT']]);

  const { data } = await api.ask(
    'query ($id: ID!) { node(id: $id) { ... on Route { history { nodes { action reason } } } } }',
    { id },
  );

  expect(data.node.history.nodes).toEqual([
    { action: 'route.released', reason: 'Approved.' },
    { action: 'route.created', reason: null },
  ]);
});
