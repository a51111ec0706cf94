import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { execute, getNamedType, isCompositeType, isObjectType, parse, validate, type ExecutionResult, type GraphQLField, type GraphQLError } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compiledFor } from '../../src/app/compiled.ts';
import { contextFor } from '../../src/app/context.ts';
import { schema } from '../../src/app/schema.ts';
import { builder } from '../../src/platform/builder.ts';
import type { Viewer } from '../../src/platform/access.ts';
import { startApi, type Api } from '../support/api.ts';
import { done, uuidOf } from '../support/build.ts';
import { operations } from '../support/operations.ts';
import { makeStation } from '../support/station.ts';
import { makeFloor, oneItem, oneSerial, record, start } from '../support/work.ts';

let api: Api;
let viewers: readonly (Viewer | null)[];
let texts: readonly string[];
beforeAll(async () => {
  api = await startApi();
  const floor = await makeFloor(api);
  const station = await makeStation(api, 'ST01');
  const { lot, serial } = await oneSerial(api, floor);
  await record(api, serial, floor.burnIn, { result: 'FAIL', measurements: [{ code: 'TORQUE', value: '42.5', unit: 'Nm' }] });
  const { item } = await oneItem(api, { metadata: { drawing: 'A-17' } });
  await start(api, item, floor.mount);
  await done(api, 'quarantineLot', { lot: { id: lot.id }, reason: 'To be looked at.' }, '');
  const person = (role: 'ADMIN' | 'OPERATOR' | 'VIEWER'): Viewer => ({ kind: 'USER', id: api.userIdOf(role), username: role.toLowerCase(), role });
  viewers = [person('ADMIN'), person('ADMIN'), person('OPERATOR'), person('VIEWER'), { kind: 'STATION', id: uuidOf(station) ?? '', code: station.code }, null];
  texts = [lot.number, lot.id, serial.number, serial.id, item.number, item.id, station.id, 'ST01', 'PSA', 'KR01', 'MOUNT', 'admin', 'nothing', '', 'bm9uc2Vuc2U'];
});
afterAll(() => api.close());

const RUNS = process.env['LOTGRAPH_FULL_ROUNDS'] === '1' ? 5_000 : 300;

/**
 * An answer without what GraphQL leaves open: where a null has travelled up to a parent, errors of what went with it may be told or not;
 * there it counts only that the null is explained.
 */
function told({ data, errors }: ExecutionResult): object {
  const explained = new Set((errors ?? []).map((error) => tell(error, nullAt(data, error.path ?? []))));
  return { data: JSON.parse(JSON.stringify(data ?? null)), explained: [...explained].toSorted() };
}

function tell({ path = [], message, locations, extensions }: GraphQLError, place: readonly unknown[]): string {
  return JSON.stringify(place.length < path.length ? { place } : { place, message, locations, extensions });
}

/** How far the answer reaches on the way to the error. */
function nullAt(data: unknown, path: readonly (string | number)[]): readonly (string | number)[] {
  let value: unknown = data;
  const reached = path.findIndex((key) => {
    if (typeof value !== 'object' || value === null) return true;
    value = Reflect.get(value, key);
    return false;
  });
  return reached === -1 ? path : path.slice(0, reached);
}

/** The schema that says of no field which columns it needs: whole rows are read. */
const wholeRows = builder.toSchema();
for (const type of Object.values(wholeRows.getTypeMap()).filter(isObjectType)) for (const field of Object.values(type.getFields())) field.extensions = { ...field.extensions, pothosExposedField: undefined, lotgraphNeeds: undefined };

test('a compiled query with the columns that it needs answers what the ordinary executor answers from whole rows, field for field, whoever asks', async () => {
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(operations({ schema, except: ['health', 'auditVerify'], texts }), fc.nat(), async ({ document, variables }, who) => {
      const parsed = parse(document);
      // Now and then fields of different types meet under one name.
      fc.pre(validate(schema, parsed).length === 0);
      const viewer = viewers[who % viewers.length] ?? null;
      const args = (of = schema) => ({ schema: of, document: parsed, operationName: 'Random', variableValues: variables, contextValue: contextFor(api.services, viewer) });
      const ordinary = await execute(args(wholeRows));
      compiledFor(args());
      const compiled = await compiledFor(args())?.(args());
      if (ordinary.data !== undefined && ordinary.data !== null) answered += 1;
      expect(told(compiled ?? {})).toEqual(told(ordinary));
    }),
    { numRuns: RUNS, ...(process.env['LOTGRAPH_SEED'] === undefined ? {} : { seed: Number(process.env['LOTGRAPH_SEED']) }) },
  );
  expect(answered).toBeGreaterThan(RUNS / 4);
});

test('each field of each record, asked alone, is what it is of a whole row: it says all that it needs', async () => {
  const lists = Object.values(schema.getQueryType()?.getFields() ?? {}).filter((field) => field.args.some(({ name }) => name === 'filter'));
  const asked = lists.flatMap((list) => fieldsOfNodes(list).map((field) => `{ ${list.name}(first: 100) { nodes { ${field} } } }`));
  const unlike: string[] = [];
  for (const text of asked) {
    const [shown, whole] = await Promise.all([schema, wholeRows].map((of) => execute({ schema: of, document: parse(text), contextValue: contextFor(api.services, viewers[0] ?? null) })));
    if (!isDeepStrictEqual(told(shown ?? {}), told(whole ?? {}))) unlike.push(text);
  }
  expect(unlike).toEqual([]);
  expect(asked.length).toBeGreaterThan(200);
});

/** Each field of the list's nodes, with the least below it. */
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

test('a query is compiled when it comes again; a mutation, a subscription and wrong variables are left to the ordinary executor', () => {
  const asked = (text: string, variableValues: object = {}) => {
    const document = parse(text);
    return [1, 2].map(() => compiledFor({ schema, document, variableValues: { ...variableValues } }) !== undefined);
  };
  expect(asked('{ viewer { role } }')).toEqual([false, true]);
  expect(asked('query ($number: String!) { lotByNumber(number: $number) { id } }', { number: 'KR01PSA261101' })).toEqual([false, true]);
  expect(asked('query ($number: String!) { lotByNumber(number: $number) { id } }', { number: 1 })).toEqual([false, false]);
  expect(asked('query ($unit: UnitRef!, $process: ProcessRef!) { unitReadiness(unit: $unit, process: $process) { isReady } }', { unit: { id: 'a', number: 'b' }, process: { code: 'MOUNT' } })).toEqual([false, false]);
  expect(asked('mutation { logout(input: {}) { errors { code } } }')).toEqual([false, false]);
  expect(asked('subscription { changes { cursor } }')).toEqual([false, false]);
});

test('two operations of one document are two', async () => {
  const document = parse('query A { __typename a: __typename } query B { __typename b: __typename }');
  const answers = ['A', 'B'].map((operationName) => {
    const args = { schema, document, operationName };
    return (compiledFor(args), compiledFor(args))?.(args);
  });
  expect((await Promise.all(answers)).map((answer) => answer?.data)).toEqual([{ __typename: 'Query', a: 'Query' }, { __typename: 'Query', b: 'Query' }]);
});
