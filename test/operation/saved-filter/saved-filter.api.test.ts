import { getNamedType, isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schema } from '../../../src/app/schema.ts';
import { type Api, startApi } from '../../support/api.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { makeItems, makeLine, makeLot, makeModel, makeRoute, type Named } from '../../support/build.ts';
import { call, done, expectRefused } from '../../support/expect.ts';
import { makeStation } from '../../support/station.ts';

let api: Api;
let lots: readonly Named[];
beforeAll(async () => {
  api = await startApi();
  await makeRoute(api);
  await makeModel(api);
  await makeLine(api);
  const made: Named[] = [];
  for (const targetQuantity of [10, 20, 30]) made.push(await makeLot(api, { targetQuantity }));
  lots = made;
  for (const lot of lots.slice(1)) await makeItems(api, lot, 2);
});
afterAll(() => api.close());

const FIELDS = 'savedFilter { id name description target filter orderBy isShared version owner { username } }';

async function save(input: object, role: Parameters<Api['ask']>[2] = 'ENGINEER'): Promise<{ readonly id: string }> {
  const given = { target: 'LOTS', filter: {}, ...input };
  return (await done(api, 'createSavedFilter', given, FIELDS, role ?? undefined))['savedFilter'];
}

describe('createSavedFilter', () => {
  test('keeps a filter and an order of a list as they were sent (FLT-1)', async () => {
    const input = {
      name: ' Open lots ',
      description: 'For the morning meeting',
      target: 'LOTS',
      filter: {
        status: { in: ['CREATED', 'IN_PROGRESS'] },
        or: [{ isHeld: true }, { number: { startsWith: 'kr01' } }],
      },
      orderBy: [{ field: 'NUMBER', direction: 'DESC' }, { field: 'STATUS' }],
      isShared: true,
      idempotencyKey: 'save once',
    };
    const { savedFilter } = await done(api, 'createSavedFilter', input, FIELDS, 'ENGINEER');
    const { idempotencyKey, ...kept } = input;
    expect(savedFilter).toEqual({
      ...kept,
      name: 'Open lots',
      id: savedFilter.id,
      version: 1,
      owner: { username: 'engineer' },
    });
    expect((await done(api, 'createSavedFilter', input, FIELDS, 'ENGINEER'))['savedFilter']).toEqual(savedFilter);
    await expectRefused(
      api,
      'createSavedFilter',
      { ...kept, name: 'Other', idempotencyKey },
      [['IDEMPOTENCY_MISMATCH', 'idempotencyKey', 'IDK-1']],
      'ENGINEER',
    );
  });

  test('refuses a name that the owner has for the list; others, other lists and other case may have it (FLT-1)', async () => {
    await save({ name: 'Twice' });
    await expectRefused(
      api,
      'createSavedFilter',
      { name: 'Twice', target: 'LOTS', filter: {} },
      [['CONFLICT', 'name', 'FLT-1']],
      'ENGINEER',
    );
    await save({ name: 'Twice' }, 'VIEWER');
    await save({ name: 'twice' });
    await save({ name: 'Twice', target: 'SERIALS' });
    for (const name of ['', ' ', 'N'.repeat(101)])
      await expectRefused(api, 'createSavedFilter', { name, target: 'LOTS', filter: {} }, [
        ['INVALID_INPUT', 'name', 'FLT-1'],
      ]);
  });

  test('of 10 parallel ones with one key saves one, which all of them show (IDK-1)', async () => {
    const input = { name: 'Raced', target: 'LOTS', filter: {}, idempotencyKey: 'saved by ten' };
    const payloads = await Promise.all(Array.from({ length: 10 }, () => done(api, 'createSavedFilter', input, FIELDS)));
    const ids = new Set(payloads.map(({ savedFilter }) => savedFilter.id));
    expect(ids.size).toBe(1);
    const kept = await api.database.reader().sql`SELECT id FROM saved_filters WHERE name = 'Raced'`;
    expect(kept).toHaveLength(1);
  });

  test('of 10 parallel ones of a name saves one (FLT-1)', async () => {
    const input = { name: 'Race', target: 'LOTS', filter: {} };
    const payloads = await Promise.all(Array.from({ length: 10 }, () => call(api, 'createSavedFilter', input, FIELDS)));
    const refusals = payloads.flatMap(({ errors }) => errors.map(({ code, path, rule }) => [code, path, rule]));
    expect(refusals).toEqual(Array.from({ length: 9 }, () => ['CONFLICT', ['name'], 'FLT-1']));
  });

  test.each([
    [{ color: { eq: 'red' } }, 'filter.color'],
    [{ or: [{ isHeld: true }, { color: 'red' }] }, 'filter.or.1.color'],
    [{ number: { lt: 'KR01' } }, 'filter.number.lt'],
    [{ number: 'KR01' }, 'filter.number'],
    [{ status: { eq: 'OPEN' } }, 'filter.status.eq'],
    [{ isHeld: 'yes' }, 'filter.isHeld'],
    [{ createdAt: { gte: 5 } }, 'filter.createdAt.gte'],
    [{ createdAt: { gte: 'yesterday' } }, 'filter.createdAt.gte'],
    [{ productModel: { eq: 'no id' } }, 'filter.productModel.eq'],
    [{ number: { contains: 'N'.repeat(201) } }, 'filter.number.contains'],
    [{ wipItems: { some: { color: 'red' } } }, 'filter.wipItems.some.color'],
  ])('refuses %j, which the list would refuse (FLT-3)', async (filter, path) => {
    await expectRefused(api, 'createSavedFilter', { name: 'Wrong', target: 'LOTS', filter }, [
      ['INVALID_INPUT', path, 'FLT-3'],
    ]);
  });

  test('refuses orders that the list does not have, and more than three (FLT-3)', async () => {
    const input = { name: 'Wrong', target: 'LOTS', filter: {} };
    for (const [orderBy, path] of [
      [[{ field: 'COLOR' }], 'orderBy.0.field'],
      [[{ field: 'NUMBER' }, { direction: 'ASC' }], 'orderBy.1.field'],
      [[{ field: 'NUMBER', direction: 'UP' }], 'orderBy.0.direction'],
      [[{ field: 'NUMBER', nulls: 'FIRST' }], 'orderBy.0.nulls'],
    ] as const)
      await expectRefused(api, 'createSavedFilter', { ...input, orderBy }, [['INVALID_INPUT', path, 'FLT-3']]);
    const orderBy = Array.from({ length: 4 }, () => ({ field: 'NUMBER' }));
    await expectRefused(api, 'createSavedFilter', { ...input, orderBy }, [['LIMIT_EXCEEDED', 'orderBy', null]]);
    const many = { number: { in: Array.from({ length: 201 }, () => 'KR01') } };
    await expectRefused(api, 'createSavedFilter', { ...input, filter: many }, [['LIMIT_EXCEEDED', 'filter', null]]);
  });

  test('is for persons: services and stations save none (FLT-2)', async () => {
    const { apiKey } = await makeStation(api, 'ST-9');
    const document = `mutation { createSavedFilter(input: { name: "S", target: LOTS, filter: {} }) { errors { code } } }`;
    const { data } = await api.askWith({ apiKey }, document);
    expect(data.createSavedFilter.errors).toEqual([{ code: 'FORBIDDEN' }]);
  });
});

describe('updateSavedFilter and deleteSavedFilter', () => {
  test('change and delete what is one’s own, by its version (FLT-2, GEN-2)', async () => {
    const { id } = await save({ name: 'Own', description: 'First', orderBy: [{ field: 'NUMBER' }] });
    const changes = { id, name: 'Own lots', description: null, filter: { isHeld: true }, orderBy: [], isShared: true };
    const { savedFilter } = await done(
      api,
      'updateSavedFilter',
      { ...changes, expectedVersion: 1 },
      FIELDS,
      'ENGINEER',
    );
    expect(savedFilter).toEqual({ ...changes, target: 'LOTS', version: 2, owner: { username: 'engineer' } });
    await expectRefused(
      api,
      'updateSavedFilter',
      { id, isShared: false, expectedVersion: 1 },
      [['STALE_VERSION', 'expectedVersion', 'GEN-2']],
      'ENGINEER',
    );
    await expectRefused(
      api,
      'deleteSavedFilter',
      { id, expectedVersion: 1 },
      [['STALE_VERSION', 'expectedVersion', 'GEN-2']],
      'ENGINEER',
    );
    await expectRefused(
      api,
      'updateSavedFilter',
      { id, filter: { color: 1 } },
      [['INVALID_INPUT', 'filter.color', 'FLT-3']],
      'ENGINEER',
    );
    await save({ name: 'Taken' });
    await expectRefused(api, 'updateSavedFilter', { id, name: 'Taken' }, [['CONFLICT', 'name', 'FLT-1']], 'ENGINEER');
    const key = { id, isShared: false, idempotencyKey: 'change once' };
    for (let each = 0; each < 2; each += 1)
      expect((await done(api, 'updateSavedFilter', key, 'savedFilter { version }', 'ENGINEER'))['savedFilter']).toEqual(
        { version: 3 },
      );
    const deletion = { id, idempotencyKey: 'delete once' };
    for (let each = 0; each < 2; each += 1)
      expect((await done(api, 'deleteSavedFilter', deletion, 'deletedId', 'ENGINEER'))['deletedId']).toBe(id);
  });

  test('refuse what belongs to somebody else; a private one does not exist for them (FLT-2)', async () => {
    const secret = await save({ name: 'Secret' });
    const shared = await save({ name: 'Shared', isShared: true });
    for (const role of ['MANAGER', 'ADMIN'] as const) {
      await expectRefused(api, 'updateSavedFilter', { id: secret.id, name: 'X' }, [['NOT_FOUND', 'id', 'FLT-2']], role);
      await expectRefused(api, 'updateSavedFilter', { id: shared.id, name: 'X' }, [['FORBIDDEN', 'id', 'FLT-2']], role);
    }
    await expectRefused(api, 'deleteSavedFilter', { id: secret.id }, [['NOT_FOUND', 'id', 'FLT-2']], 'MANAGER');
    await expectRefused(api, 'deleteSavedFilter', { id: shared.id }, [['FORBIDDEN', 'id', 'FLT-2']], 'MANAGER');
    for (const { id } of [secret, shared]) await done(api, 'deleteSavedFilter', { id }, 'deletedId', 'ADMIN');
    await expectRefused(api, 'deleteSavedFilter', { id: secret.id }, [['NOT_FOUND', 'id', 'FLT-2']], 'ADMIN');
  });

  test('a change and a deletion at once: both succeed one after the other, or the change finds nothing (FLT-2)', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id } = await save({ name: `Round ${round}` });
      const [change, deletion] = await Promise.all([
        call(api, 'updateSavedFilter', { id, isShared: true }, '', 'ENGINEER'),
        call(api, 'deleteSavedFilter', { id }, '', 'ENGINEER'),
      ]);
      expect(deletion?.errors).toEqual([]);
      expect(['', 'NOT_FOUND']).toContain(change?.errors.map(({ code }) => code).join());
    }
  });
});

describe('savedFilters', () => {
  test('lists one’s own and shared ones, for an administrator too (FLT-2)', async () => {
    const mine = await save({ name: 'A mine', target: 'DEFECTS' }, 'INSPECTOR');
    const theirs = await save({ name: 'B theirs', target: 'DEFECTS' }, 'OPERATOR');
    const ours = await save({ name: 'C ours', target: 'DEFECTS', isShared: true }, 'OPERATOR');
    const ask = async (filter: string, role: Parameters<Api['ask']>[2]) =>
      (await api.ask(`{ savedFilters(filter: { target: { eq: DEFECTS } ${filter} }) { nodes { id } } }`, {}, role)).data
        .savedFilters.nodes;
    expect(await ask('', 'INSPECTOR')).toEqual([{ id: mine.id }, { id: ours.id }]);
    expect(await ask('', 'OPERATOR')).toEqual([{ id: theirs.id }, { id: ours.id }]);
    expect(await ask('', 'ADMIN')).toEqual([{ id: ours.id }]);
    expect(await ask(', isMine: true', 'INSPECTOR')).toEqual([{ id: mine.id }]);
    expect(await ask(', isShared: true, isMine: false', 'INSPECTOR')).toEqual([{ id: ours.id }]);
    const node = async (id: string, role: Parameters<Api['ask']>[2]) =>
      (await api.ask(`{ node(id: "${id}") { id } }`, {}, role)).data.node;
    expect([await node(theirs.id, 'ADMIN'), await node(ours.id, 'ADMIN')]).toEqual([null, { id: ours.id }]);
  });
});

const numbers = (data: { readonly lots: { readonly nodes: readonly Named[] } }) =>
  data.lots.nodes.map(({ number }) => number);

describe('the argument savedFilter', () => {
  test('stands on the lists of its targets, and on no other (SEA-4)', () => {
    const connections = new Map<string, Set<boolean>>();
    for (const type of Object.values(schema.getTypeMap()))
      if (isObjectType(type))
        for (const field of Object.values(type.getFields())) {
          const { name } = getNamedType(field.type);
          if (!name.endsWith('Connection')) continue;
          const has = field.args.some((argument) => argument.name === 'savedFilter');
          connections.set(name, (connections.get(name) ?? new Set()).add(has));
        }
    const withIt = [...connections].flatMap(([name, has]) => (has.has(true) ? [[name, [...has]]] : []));
    expect(withIt.toSorted()).toEqual(
      ['Alert', 'Defect', 'Equipment', 'Inspection', 'Lot', 'ProcessData', 'Serial', 'WipItem'].map((name) => [
        `${name}Connection`,
        [true],
      ]),
    );
  });

  test('adds its conditions to those of filter, by plans and by loaders, for one statement (SEA-4)', async () => {
    const { id } = await save({ name: 'Started', filter: { status: { eq: 'IN_PROGRESS' } }, isShared: true });
    const query = (args: string) => `query($id: ID) { lots(${args}) { totalCount nodes { number } } }`;
    const plain = await askBothWays(
      api,
      '{ lots(filter: { status: { eq: IN_PROGRESS } }) { totalCount nodes { number } } }',
    );
    const saved = await askBothWays(api, query('savedFilter: $id'), { id });
    expect(saved.data).toEqual(plain.data);
    expect(saved.statements).toEqual({ plans: plain.statements.plans + 1, loaders: plain.statements.loaders + 1 });
    const both = await askBothWays(api, query(`savedFilter: $id, filter: { number: { eq: "${lots[2]?.number}" } }`), {
      id,
    });
    expect([numbers(both.data), both.data.lots.totalCount]).toEqual([[lots[2]?.number], 1]);
    const none = await askBothWays(api, query(`savedFilter: $id, filter: { number: { eq: "${lots[0]?.number}" } }`), {
      id,
    });
    expect(none.data.lots).toEqual({ totalCount: 0, nodes: [] });
    // Without a value the argument costs nothing.
    const absent = await askBothWays(api, query('savedFilter: $id, filter: { status: { eq: IN_PROGRESS } }'), {
      id: null,
    });
    expect(absent.statements).toEqual(plain.statements);
  });

  test('is applied to alerts as well (SEA-4)', async () => {
    for (const severity of ['LOW', 'HIGH'])
      await done(api, 'createAlert', { severity, title: `${severity} alert`, message: 'By hand' }, 'alert { id }');
    const { id } = await save({
      name: 'Urgent',
      target: 'ALERTS',
      isShared: true,
      filter: { severity: { eq: 'HIGH' } },
    });
    const { data } = await askBothWays(
      api,
      'query($id: ID!) { alerts(savedFilter: $id) { unreadCount totalCount nodes { title } } }',
      { id },
    );
    expect(data.alerts).toMatchObject({ totalCount: 1, nodes: [{ title: 'HIGH alert' }] });
    await expectRefused(
      api,
      'createSavedFilter',
      { name: 'No alerts', target: 'ALERTS', filter: { colour: { eq: 'red' } } },
      [['INVALID_INPUT', 'filter.colour', 'FLT-3']],
      'ENGINEER',
    );
  });

  test('gives its order when none is given, and pages by it (SEA-4)', async () => {
    const { id } = await save({ name: 'By number', orderBy: [{ field: 'NUMBER', direction: 'DESC' }], isShared: true });
    const order = async (args: string) =>
      numbers((await askBothWays(api, `{ lots(savedFilter: "${id}" ${args}) { nodes { number } } }`)).data);
    const ascending = lots.map(({ number }) => number);
    expect(await order('')).toEqual(ascending.toReversed());
    expect(await order(', orderBy: []')).toEqual(ascending.toReversed());
    expect(await order(', orderBy: [{ field: NUMBER }]')).toEqual(ascending);
    const page = (after: string) =>
      api.ask(
        `{ lots(savedFilter: "${id}", first: 2 ${after}) { nodes { number } pageInfo { endCursor hasNextPage } } }`,
      );
    const first = (await page('')).data.lots;
    const second = (await page(`, after: "${first.pageInfo.endCursor}"`)).data.lots;
    expect([...numbers({ lots: first }), ...numbers({ lots: second })]).toEqual(ascending.toReversed());
  });

  test('works on the lists of records, for all of them by one statement, again and again on the fast path (SEA-4)', async () => {
    const { id } = await save({
      name: 'Second ones',
      target: 'WIP_ITEMS',
      filter: { number: { contains: '-002' } },
      isShared: true,
    });
    const query = `query($id: ID!) { lots(orderBy: [{ field: NUMBER }]) { nodes { wipItems(savedFilter: $id) { nodes { number } } } } }`;
    const expected = lots.map(({ number }, index) => ({
      wipItems: { nodes: index === 0 ? [] : [{ number: `WIP-${number}-002` }] },
    }));
    const { data, statements } = await askBothWays(api, query, { id });
    expect([data.lots.nodes, statements]).toEqual([expected, { plans: 3, loaders: 3 }]);
    for (let each = 0; each < 3; each += 1) expect((await api.ask(query, { id })).data.lots.nodes).toEqual(expected);
    await done(api, 'updateSavedFilter', { id, filter: { number: { contains: '-001' } } }, '', 'ENGINEER');
    expect((await api.ask(query, { id })).data.lots.nodes[1]).toEqual({
      wipItems: { nodes: [{ number: `WIP-${lots[1]?.number}-001` }] },
    });
  });

  test('names records by their keys, which are looked up when it is applied (SEA-4)', async () => {
    const filter = { productModel: { code: { eq: 'PSA' } }, wipItems: { some: {} } };
    const { id } = await save({ name: 'With items', filter, isShared: true });
    const { data } = await askBothWays(
      api,
      `{ lots(savedFilter: "${id}", orderBy: [{ field: NUMBER }]) { nodes { number } } }`,
    );
    expect(numbers(data)).toEqual(lots.slice(1).map(({ number }) => number));
    await expectRefused(
      api,
      'createSavedFilter',
      { name: 'Unknown', target: 'LOTS', filter: { productModel: { code: { eq: 'NONE' } } } },
      [['NOT_FOUND', 'filter.productModel.code.eq', null]],
    );
  });

  test('refuses a filter of another list, a private one of others, and what is not a saved filter (FLT-2, SEA-4)', async () => {
    const serials = await save({ name: 'Serials', target: 'SERIALS', isShared: true });
    const secret = await save({ name: 'Only mine' });
    const ask = async (id: string, role: Parameters<Api['ask']>[2] = 'MANAGER') => {
      const { data, errors } = await api.ask(`query($id: ID!) { lots(savedFilter: $id) { totalCount } }`, { id }, role);
      return [data?.lots ?? null, errors.map(({ extensions: { code, path, rule } }) => [code, path, rule])];
    };
    expect(await ask(serials.id)).toEqual([null, [['INVALID_INPUT', ['savedFilter'], 'SEA-4']]]);
    expect(await ask(secret.id)).toEqual([null, [['NOT_FOUND', ['savedFilter'], 'FLT-2']]]);
    expect(await ask(secret.id, 'ADMIN')).toEqual([null, [['NOT_FOUND', ['savedFilter'], 'FLT-2']]]);
    expect(await ask(lots[0]?.id ?? '')).toEqual([null, [['INVALID_INPUT', ['savedFilter'], undefined]]]);
    expect(await ask('x')).toEqual([null, [['INVALID_INPUT', ['savedFilter'], undefined]]]);
    expect(await ask(secret.id, 'ENGINEER')).toEqual([{ totalCount: 3 }, []]);
  });

  test('is judged again when it is applied: a field that is gone is refused, and breaks nothing (FLT-3)', async () => {
    const { id } = await save({ name: 'Old', isShared: true });
    const stored = async (values: string) => {
      await api.database.reader().sql`UPDATE saved_filters SET filter = ${values}::jsonb WHERE name = 'Old'`;
      const { data, errors } = await api.ask(`{ lots(savedFilter: "${id}") { totalCount } health { status } }`);
      return [data.lots, data.health, errors.map(({ extensions: { code, path, rule } }) => [code, path, rule])];
    };
    const health = { status: 'HEALTHY' };
    expect(await stored('{"formerField": {"eq": 1}}')).toEqual([
      null,
      health,
      [['INVALID_INPUT', ['filter', 'formerField'], 'FLT-3']],
    ]);
    expect(await stored('{"status": {"eq": "PAUSED"}}')).toEqual([
      null,
      health,
      [['INVALID_INPUT', ['filter', 'status', 'eq'], 'FLT-3']],
    ]);
    expect(await stored('{"isHeld": false}')).toEqual([{ totalCount: 3 }, health, []]);
    await api.database.reader().sql`UPDATE saved_filters SET order_by = '[{"field": "FORMER"}]' WHERE name = 'Old'`;
    const { errors } = await api.ask(`{ lots(savedFilter: "${id}") { totalCount } }`);
    expect(errors.map(({ extensions: { code, path } }) => [code, path])).toEqual([
      ['INVALID_INPUT', ['orderBy', '0', 'field']],
    ]);
  });

  test('counts as many conditions on related records as a filter may have (SEA-4)', async () => {
    const { id } = await save({ name: 'Cost', isShared: true });
    const cost = async (args: string) => {
      const { errors } = await api.ask(
        `{ lots(first: 100 ${args}) { nodes { wipItems(first: 100 ${args.replace('LOTS', '')}) { nodes { number } } } } }`,
      );
      return errors.map(({ extensions }) => extensions['code']);
    };
    expect(await cost('')).toEqual([]);
    expect(await cost(`, savedFilter: "${id}"`)).toEqual(['LIMIT_EXCEEDED']);
  });
});
