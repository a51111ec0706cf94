import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import {
  execute,
  getNamedType,
  isCompositeType,
  isObjectType,
  parse,
  validate,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLField,
  type GraphQLSchema,
} from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contextFor } from '../../src/app/request/context.ts';
import { plannedAnswer } from '../../src/app/execution/planned.ts';
import { schema } from '../../src/app/schema.ts';
import { builder } from '../../src/platform/graphql/builder.ts';
import type { Viewer } from '../../src/platform/rules/access.ts';
import { startApi, type Api } from '../support/api.ts';
import { uuidOf } from '../support/build.ts';
import { done } from '../support/expect.ts';
import { withConnection } from '../support/database.ts';
import { CHANGING, operations } from '../support/operations.ts';
import { makeStation } from '../support/station.ts';
import { makeFloor, oneItem, oneSerial, record, start } from '../support/work.ts';

let api: Api;
let viewers: readonly (Viewer | null)[];
let texts: readonly string[];
let begunAt: string;
beforeAll(async () => {
  api = await startApi();
  const floor = await makeFloor(api);
  const station = await makeStation(api, 'ST01');
  const { lot, serial } = await oneSerial(api, floor);
  await record(api, serial, floor.burnIn, {
    result: 'FAIL',
    measurements: [{ code: 'TORQUE', value: '42.5', unit: 'Nm' }],
  });
  const { item } = await oneItem(api, { metadata: { drawing: 'A-17' } });
  await start(api, item, floor.mount);
  await done(api, 'quarantineLot', { lot: { id: lot.id }, reason: 'To be "looked at" by Jürgen \\ 工場.' }, '');
  const person = (role: 'ADMIN' | 'OPERATOR' | 'VIEWER'): Viewer => ({
    kind: 'USER',
    id: api.userIdOf(role),
    username: role.toLowerCase(),
    role,
  });
  viewers = [
    person('ADMIN'),
    person('ADMIN'),
    person('OPERATOR'),
    person('VIEWER'),
    { kind: 'STATION', id: uuidOf(station) ?? '', code: station.code },
    null,
  ];
  texts = [
    lot.number,
    lot.id,
    serial.number,
    serial.id,
    item.number,
    item.id,
    station.id,
    'ST01',
    'PSA',
    'KR01',
    'MOUNT',
    'admin',
    'nothing',
    '',
    'bm9uc2Vuc2U',
  ];
  begunAt = new Date().toISOString();
});
afterAll(() => api.close());

const RUNS = process.env['LOTGRAPH_FULL_ROUNDS'] === '1' ? 5_000 : 300;

/**
 * An answer without the parts that GraphQL leaves open. When a null propagates to a parent, an executor may report or
 * omit the errors of the fields that went with it; only an error that explains the null is required.
 */
function comparable({ data, errors }: ExecutionResult): object {
  const explained = new Set((errors ?? []).map((error) => described(error, nullAt(data, error.path ?? []))));
  return { data: JSON.parse(JSON.stringify(data ?? null, withoutNow)), explained: [...explained].toSorted() };
}

/** Some figures say when they were counted. Every instant of a record is older than the first query. */
function withoutNow(_key: string, value: unknown): unknown {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && value > begunAt ? 'now' : value;
}

function described({ path = [], message, locations, extensions }: GraphQLError, place: readonly unknown[]): string {
  return JSON.stringify(place.length < path.length ? { place } : { place, message, locations, extensions });
}

/** How far the answer reaches on the path of the error. */
function nullAt(data: unknown, path: readonly (string | number)[]): readonly (string | number)[] {
  let value: unknown = data;
  const reached = path.findIndex((key) => {
    if (typeof value !== 'object' || value === null) return true;
    value = Reflect.get(value, key);
    return false;
  });
  return reached === -1 ? path : path.slice(0, reached);
}

/** A schema whose fields do not declare the columns that they need, so whole rows are read. */
const wholeRows = builder.toSchema();
for (const type of Object.values(wholeRows.getTypeMap()).filter(isObjectType))
  for (const field of Object.values(type.getFields()))
    field.extensions = { ...field.extensions, pothosExposedField: undefined, lotgraphNeeds: undefined };

/** A field that leaves an audit entry. */
const EFFECT = 'effect: auditVerify(toBlock: 1) { isIntact }';

async function effects(): Promise<number> {
  const [found] = await api.database.reader().sql<{ count: string }>`
    SELECT count(*) FROM audit_entries WHERE action = 'audit.verified'`;
  return Number(found?.count);
}

async function planned(args: ExecutionArgs): Promise<ExecutionResult | undefined> {
  const written = await plannedAnswer(args);
  if (written === undefined || !('stringify' in written)) return written;
  return JSON.parse(written.stringify({})) as ExecutionResult;
}

// This test runs first: the random operations prepare statements too, and at most a hundred statements are prepared.
test('a frequent statement is prepared and returns the same answer, also after a migration has changed its columns', async () => {
  const ask = () =>
    planned({
      schema,
      document: parse('{ lots(first: 5) { nodes { number dispositionReason productModel { code } } } }'),
      contextValue: contextFor(api.services, viewers[0] ?? null),
    });
  const first = await ask();
  for (let time = 0; time < 30; time += 1) expect(await ask()).toEqual(first);
  const prepared = await api.database.reader().sql<{
    name: string;
  }>`SELECT name FROM pg_prepared_statements WHERE statement LIKE 'SELECT json_agg(page.number)%json_agg(page.disposition_reason)%'`;
  expect(prepared).toHaveLength(1);
  await withConnection(api.databaseUrl, (client) =>
    client.query('ALTER TABLE lots ALTER COLUMN disposition_reason TYPE text'),
  );
  expect(await ask()).toEqual(first);
  await withConnection(api.databaseUrl, (client) =>
    client.query('ALTER TABLE lots ALTER COLUMN disposition_reason TYPE varchar(1000)'),
  );
});

test(
  'with query plans on or off, a query answers what the graphql-js executor answers from whole rows, field by field, for every viewer',
  async () => {
    const counts = { regular: 0, planned: 0 };
    await fc.assert(
      fc.asyncProperty(
        operations({ schema, except: CHANGING, texts }),
        fc.nat(),
        async ({ document, variables }, who) => {
          const parsed = parse(document);
          // Fields of different types sometimes share a response name.
          fc.pre(validate(schema, parsed).length === 0);
          const viewer = viewers[who % viewers.length] ?? null;
          const args = (of = schema) => ({
            schema: of,
            document: parsed,
            operationName: 'Random',
            variableValues: variables,
            contextValue: contextFor(api.services, viewer),
          });
          const [ordinary, loaded, answer] = [
            await execute(args(wholeRows)),
            await execute(args()),
            await planned(args()),
          ];
          expect(comparable(loaded)).toEqual(comparable(ordinary));
          if (ordinary.errors === undefined) counts.regular += 1;
          if (answer === undefined) return;
          counts.planned += 1;
          expect(comparable(answer)).toEqual(comparable(ordinary));
          if (ordinary.errors !== undefined || who % 5 > 0) return;
          // A field with an effect has it once, whatever becomes of the plan next to it.
          const before = await effects();
          const withEffect = await planned({ ...args(), document: parse(document.replace('{', `{ ${EFFECT} `)) });
          expect(await effects()).toBe(withEffect?.data?.['effect'] === undefined ? before : before + 1);
        },
      ),
      {
        numRuns: RUNS,
        ...(process.env['LOTGRAPH_SEED'] === undefined ? {} : { seed: Number(process.env['LOTGRAPH_SEED']) }),
      },
    );
    expect(counts.regular).toBeGreaterThan(RUNS / 4);
    expect(counts.planned).toBeGreaterThan(counts.regular / 3);
  },
  RUNS * 1_000,
);

test('each field of each record, requested alone, has the value of the whole row, with a plan and without: it declares all columns that it needs', async () => {
  const lists = Object.values(schema.getQueryType()?.getFields() ?? {}).filter((field) =>
    field.args.some(({ name }) => name === 'filter'),
  );
  const asked = lists.flatMap((list) =>
    fieldsOfNodes(list).map((field) => `{ ${list.name}(first: 100) { nodes { ${field} } } }`),
  );
  const unlike: string[] = [];
  let plans = 0;
  for (const text of asked) {
    const args = (of: GraphQLSchema): ExecutionArgs => ({
      schema: of,
      document: parse(text),
      contextValue: contextFor(api.services, viewers[0] ?? null),
    });
    const [whole, shown, answer] = [
      await execute(args(wholeRows)),
      await execute(args(schema)),
      await planned(args(schema)),
    ];
    if (answer !== undefined) plans += 1;
    if (![shown, answer ?? whole].every((each) => isDeepStrictEqual(comparable(each), comparable(whole))))
      unlike.push(text);
  }
  expect(unlike).toEqual([]);
  expect(asked.length).toBeGreaterThan(200);
  const plannable = asked.filter((text) => !/^\{ (?:searchProcessData|measurementReadings)\(/.test(text));
  expect(plans).toBeGreaterThan(plannable.length * 0.8);
});

test('a plan sends one statement for each level of a query, however many relations and records there are', async () => {
  const text = `{ processData(first: 100) { nodes { lot { number productionLine { code } } process { code } operator { username } serial { number processData(first: 5) { totalCount nodes { attempt } } } } } }`;
  const context = contextFor(api.services, viewers[0] ?? null);
  expect(await planned({ schema, document: parse(text), contextValue: context })).toMatchObject({
    data: { processData: { nodes: expect.any(Array) } },
  });
  // The executions, their references, the lines of the lots, and the executions of the serials.
  expect(context.db.statements).toBe(4);
});

test('each combination of the Boolean variables has its own plan', async () => {
  const document = parse(
    'query ($isShort: Boolean!, $more: Boolean = false) { lots(first: 1) { nodes { number @skip(if: $isShort) ... on Lot @include(if: $more) { targetQuantity } status } } }',
  );
  const ask = (variableValues: Readonly<Record<string, unknown>>) =>
    planned({ schema, document, variableValues, contextValue: contextFor(api.services, viewers[0] ?? null) });
  const keysOf = async (variableValues: Readonly<Record<string, unknown>>) =>
    (await ask(variableValues))?.data?.['lots'] as { nodes: object[] };
  const states = [
    { isShort: true },
    { isShort: false },
    { isShort: true, more: true },
    { isShort: false, more: true },
    { isShort: true },
  ];
  expect((await Promise.all(states.map(keysOf))).map(({ nodes: [lot] }) => Object.keys(lot ?? {}))).toEqual([
    ['status'],
    ['number', 'status'],
    ['targetQuantity', 'status'],
    ['number', 'targetQuantity', 'status'],
    ['status'],
  ]);
});

test('the graphql-js executor handles everything that is not a regular answer: invalid variables, refusals, fields the viewer may not see, mutations, subscriptions', async () => {
  const ask = (text: string, variableValues: object = {}, viewer = viewers[0] ?? null) =>
    planned({
      schema,
      document: parse(text),
      variableValues: { ...variableValues },
      contextValue: contextFor(api.services, viewer),
    });
  expect(await ask('query ($number: String!) { lotByNumber(number: $number) { id } }', { number: 'nothing' })).toEqual({
    data: { lotByNumber: null },
  });
  for (const [text, variables] of [
    ['query ($number: String!) { lotByNumber(number: $number) { id } }', { number: 1 }],
    ['{ lots(first: 0) { totalCount } }', {}],
    ['{ lots(after: "nonsense") { totalCount } }', {}],
    ['{ viewer { role } }', {}],
    ['mutation { logout(input: {}) { errors { code } } }', {}],
    ['subscription { changes { cursor } }', {}],
  ] as const)
    expect(await ask(text, variables)).toBeUndefined();
  const switched = 'query ($b: Boolean = true) { lots { totalCount @include(if: $b) } }';
  expect(await ask(switched, { b: null })).toBeUndefined();
  const filtered = 'query ($b: Boolean) { productModels(filter: { isActive: $b }) { totalCount } }';
  expect(await ask(filtered, { b: null })).toMatchObject({
    data: { productModels: { totalCount: expect.any(Number) } },
  });
  expect(await ask('{ lots { totalCount } }', {}, null)).toBeUndefined();
  expect(await ask('{ errorEntries { totalCount } }', {}, viewers[2])).toBeUndefined();
});

test('over HTTP, a planned answer looks like any other, with its cost and with the fields that graphql-js executed', async () => {
  const query = '{ viewer { role } lots(first: 1) { nodes { number } } __typename }';
  for (const accept of ['application/json', 'application/graphql-response+json']) {
    const response = await fetch(api.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept, authorization: `Bearer ${await api.tokenOf('ADMIN')}` },
      body: JSON.stringify({ query }),
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, `${accept}; charset=utf-8`]);
    expect(await response.json()).toEqual({
      data: {
        viewer: { role: 'ADMIN' },
        lots: { nodes: [{ number: expect.stringMatching(/^KR01PSA\d{6}$/) }] },
        __typename: 'Query',
      },
      extensions: { cost: { estimated: expect.any(Number), limit: expect.any(Number) } },
    });
  }
});

/** Each field of the list's nodes, with the smallest possible selection. */
function fieldsOfNodes(list: GraphQLField<unknown, unknown>): readonly string[] {
  const page = getNamedType(list.type);
  const nodes = isObjectType(page) ? getNamedType(page.getFields()['nodes']?.type) : undefined;
  if (!isObjectType(nodes)) return [];
  return Object.values(nodes.getFields()).map((field) => {
    const type = getNamedType(field.type);
    if (!isCompositeType(type)) return field.name;
    return `${field.name} { ${isObjectType(type) && 'totalCount' in type.getFields() ? 'totalCount' : isObjectType(type) && 'id' in type.getFields() ? 'id' : '__typename'} }`;
  });
}
