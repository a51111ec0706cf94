import { getIntrospectionQuery, parse, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { costOf } from '../../src/app/execution/document-cost.ts';
import { exceededBy } from '../../src/app/execution/document-limits.ts';
import { schema } from '../../src/app/schema.ts';
import { startApi, type Api } from '../support/api.ts';
import { posted, sent } from './wire.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const times = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join(' ');
/** `node` is interface-typed, and its `... on Lot` may nest: a chain of single records of any depth. */
const nested = (depth: number): string =>
  `{ lotByNumber(number: "X") ${'{ wipItems { nodes { lot '.repeat(Math.floor((depth - 2) / 3))} { id } ${'} } }'.repeat(Math.floor((depth - 2) / 3))} }`;

describe('a document beyond a limit is refused with LIMIT_EXCEEDED before any statement', () => {
  test.each<readonly [limit: string, document: string, message: string]>([
    ['tokens', `{ ${'viewer { role } '.repeat(1_500)} }`, 'The document has more than 4000 tokens.'],
    ['depth', nested(14), 'The document has 14 levels of fields; at most 12 are allowed.'],
    [
      'depth',
      `{ lotByNumber(number: "X") { ...a } } fragment a on Lot { wipItems { nodes { lot { ...b } } } } fragment b on Lot { wipItems { nodes { lot { ...c } } } } fragment c on Lot { wipItems { nodes { lot { wipItems { nodes { lot { id } } } } } } }`,
      'The document has 14 levels of fields; at most 12 are allowed.',
    ],
    [
      'introspectionDepth',
      `{ __type(name: "Lot") { ofType ${'{ ofType '.repeat(15)} { name } ${'}'.repeat(15)} } }`,
      'The document has 18 levels of introspection; at most 16 are allowed.',
    ],
    [
      'aliases',
      `{ viewer { ${times(31, (index) => `a${index}: __typename`)} } }`,
      'The document has 31 aliases; at most 30 are allowed.',
    ],
    ['rootFields', `{ ${times(21, () => '__typename')} }`, 'The document has 21 root fields; at most 20 are allowed.'],
    [
      'rootFields',
      `{ ...f } fragment f on Query { ${times(21, () => 'health { status }')} }`,
      'The document has 21 root fields; at most 20 are allowed.',
    ],
    [
      'rootFields',
      `mutation { ${times(11, (index) => `a${index}: deleteUser(input: { user: { username: "x" } }) { deletedId }`)} }`,
      'The document has 11 mutations; at most 10 are allowed.',
    ],
    [
      'fields',
      `{ lots { nodes { ${'id '.repeat(999)} } } }`,
      'The document has 1001 fields; at most 1000 are allowed.',
    ],
    [
      'directives',
      `{ viewer { role ${times(41, () => '@include(if: true)')} } }`,
      'The document has 41 directives; at most 40 are allowed.',
    ],
    [
      'schemas',
      '{ a: __schema { types { name } } b: __schema { types { name } } }',
      'The document has 2 selections of __schema; at most 1 are allowed.',
    ],
  ])('for %s', async (limit, document, message) => {
    for (const [accept, status] of [
      ['application/graphql-response+json', 400],
      ['*/*', 400],
      ['application/json', 200],
    ] as const) {
      const answer = await posted(
        api.url,
        { query: document },
        { accept, authorization: `Bearer ${await api.tokenOf('ADMIN')}` },
      );

      expect([accept, answer.status, answer.headers.get('x-lotgraph-statements')]).toEqual([accept, status, '0']);
      expect(answer.body.errors).toMatchObject([
        {
          message,
          extensions: { code: 'LIMIT_EXCEEDED', path: [], limit, requestId: answer.headers.get('x-request-id') },
        },
      ]);
      expect(answer.body.data).toBeUndefined();
    }
  });

  test('for the cost, with the sizes from variables; the answer contains the estimate', async () => {
    const document =
      'query ($n: Int = 100) { lots(first: $n) { nodes { wipItems(first: $n) { nodes { serial { id } } } serials(first: $n) { nodes { processData(first: 10) { nodes { id } } } } } } }';
    const refused = await posted(
      api.url,
      { query: document },
      { authorization: `Bearer ${await api.tokenOf('ADMIN')}` },
    );

    expect([refused.status, refused.headers.get('x-lotgraph-statements')]).toEqual([400, '0']);
    expect(refused.body).toMatchObject({
      errors: [
        {
          message:
            'This operation costs 120100, which counts the nodes that its lists may hold; at most 50000 are allowed. Ask for smaller pages, for fewer lists inside of each other, or for one verification at a time.',
          extensions: { code: 'LIMIT_EXCEEDED', path: [], limit: 'cost' },
        },
      ],
      extensions: { cost: { estimated: 120_100, limit: 50_000 } },
    });

    const allowed = await posted(
      api.url,
      { query: document, variables: { n: 10 } },
      { authorization: `Bearer ${await api.tokenOf('ADMIN')}` },
    );
    expect([allowed.status, allowed.body.extensions]).toEqual([200, { cost: { estimated: 1_210, limit: 50_000 } }]);
  });
});

describe('the status of a request that was not executed depends on the accepted media type', () => {
  const JSON_ONLY = ['application/json', 'application/json; charset=utf-8', 'application/json, text/plain, */*'];
  const OTHERS = [
    'application/graphql-response+json',
    'application/graphql-response+json, application/json;q=0.9',
    '*/*',
    'application/*',
    '',
  ];
  const MANY =
    '{ lots(first: 100) { nodes { serials(first: 100) { nodes { processData(first: 100) { nodes { id } } } } } } }';

  test.each<readonly [string, object]>([
    ['a syntax error', { query: '{' }],
    ['a document that does not fit the schema', { query: '{ nothing }' }],
    [
      'a value that does not fit its variable',
      { query: 'query ($id: ID!) { node(id: $id) { id } }', variables: { id: null } },
    ],
    ['a limit of the document', { query: `{ ${times(21, () => '__typename')} }` }],
    ['a limit of the cost', { query: MANY }],
  ])('for %s: 200 for application/json, 400 for all others', async (_what, body) => {
    const statusOf = async (accept: string) =>
      (await posted(api.url, body, { accept, authorization: `Bearer ${await api.tokenOf('ADMIN')}` })).status;
    expect(await Promise.all(JSON_ONLY.map(statusOf))).toEqual(JSON_ONLY.map(() => 200));
    expect(await Promise.all(OTHERS.map(statusOf))).toEqual(OTHERS.map(() => 400));
  });

  test.each<readonly [string, object | string, number]>([
    ['no JSON', '{', 400],
    ['no document', {}, 400],
    ['a name that fits no operation', { query: 'query a { __typename }', operationName: 'b' }, 400],
    ['a body that is too large', { query: '{ __typename }', variables: { a: 'x'.repeat(1_100_000) } }, 413],
  ])('but not for an invalid request: %s', async (_what, body, expected) => {
    const sentAs = (accept: string) =>
      sent(api.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
    const answers = await Promise.all(['application/json', 'application/graphql-response+json', '*/*'].map(sentAs));
    expect(answers.map(({ status }) => status)).toEqual([expected, expected, expected]);
  });
});

describe('the cost of', () => {
  const cost = (document: string, variables: Readonly<Record<string, unknown>> = {}): number =>
    costOf(schema, parse(document), undefined, variables);

  test('the answer of a batch grows with its records, wherever they are in the request', () => {
    const records = (count: number): object[] => Array.from({ length: count }, () => ({}));
    const batch = (input: string): string =>
      `mutation ($input: RecordProcessDataBatchInput!, $items: [RecordProcessDataInput!]!) { recordProcessDataBatch(input: ${input}) { results { processData { measurements { code } } errors { message } } } }`;

    expect(cost(batch('$input'), { input: { items: records(10) } })).toBe(210);
    expect(cost(batch('$input'), { input: { items: records(1_000) } })).toBe(21_000);
    expect(cost(batch('{ items: $items }'), { items: records(1_000) })).toBe(21_000);
    expect(cost(batch(`{ items: [${'{}, '.repeat(95)}] }`))).toBe(2_100);
    expect(cost(batch('$input'), { input: { items: {} } })).toBe(210);
  });

  test.each<readonly [string, string, number, Readonly<Record<string, unknown>>]>([
    [
      'the budget of 100 lots with items and serials',
      '{ lots(first: 100) { nodes { productModel { code } productionLine { code } wipItems(first: 100) { nodes { id } } serials(first: 100) { nodes { id } } } } }',
      20_100,
      {},
    ],
    [
      'a lot with 100 serials and 8 executions each',
      '{ lotByNumber(number: "X") { serials(first: 100) { nodes { processData(first: 8) { nodes { id process { code } } } } } } }',
      900,
      {},
    ],
    ['a page without a size', '{ lots { edges { node { id } } } }', 20, {}],
    ['a page from the end', '{ lots(last: 7) { nodes { id } } }', 7, {}],
    ['a variable that is absent and has no default', 'query ($n: Int) { lots(first: $n) { nodes { id } } }', 20, {}],
    [
      'a variable that is null in spite of its default',
      'query ($n: Int = 50) { lots(first: $n) { nodes { id } } }',
      20,
      { n: null },
    ],
    [
      'a variable that is no number, which validation of values refuses later',
      'query ($n: Int) { lots(first: $n) { nodes { id } } }',
      20,
      { n: '100000' },
    ],
    [
      'a variable named like a property of every object',
      'query ($constructor: Int) { lots(first: $constructor) { nodes { id } } }',
      20,
      {},
    ],
    [
      'another list',
      '{ lots(first: 1) { nodes { serials(first: 2) { nodes { processData(first: 3) { nodes { measurements { code } } } } } } } }',
      1 * (1 + 2 * (1 + 3 * (1 + 10))),
      {},
    ],
    ['a list of words, which are no nodes', '{ viewer { permissions } }', 0, {}],
    ['records by id', 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', 3, { ids: ['a', 'b', 'c'] }],
    [
      'a fragment that is spread twice',
      '{ a: lots(first: 5) { ...page } b: lots(first: 6) { ...page } } fragment page on LotConnection { nodes { serials(first: 2) { nodes { id } } } }',
      5 * 3 + 6 * 3,
      {},
    ],
    ['a type condition', '{ node(id: "x") { ... on Lot { serials(first: 9) { nodes { id } } } } }', 9, {}],
    [
      'conditions on related records, but not on keys',
      'query ($filter: SerialFilter = { lot: { status: { eq: CLOSED } } }) { lots(first: 5, filter: { productModel: { code: { eq: "X" } }, not: { serials: { some: {} } } }) { nodes { serials(first: 2, filter: $filter) { nodes { id } } } } }',
      5 * (1 + 1 + 2 * (1 + 1)),
      {},
    ],
    [
      'a filter that is named like a property of every object',
      'query ($filter: LotFilter) { lots(first: 5, filter: $filter) { nodes { id } } }',
      5,
      { filter: { constructor: { name: {} }, toString: [[]], productModel: 7 } },
    ],
    ['pictures, which are drawn', '{ defectPareto { totalCount svg wide: svg(width: 2000) vegaLite } }', 3 * 20, {}],
    ['introspection', getIntrospectionQuery(), 0, {}],
  ])('%s', (_what, document, expected, variables) => {
    expect(cost(document, variables)).toBe(expected);
  });

  test('a document is that of the requested operation, without its other operations', () => {
    expect(
      costOf(
        schema,
        parse('query a { lots(first: 1) { nodes { id } } } query b { lots(first: 2) { nodes { id } } }'),
        'b',
        {},
      ),
    ).toBe(2);
  });
});

describe('documents are checked in linear time:', () => {
  test('a fragment bomb of 1 kB, which would expand to 2^25 fields, costs nothing', async () => {
    const bomb = `{ lotByNumber(number: "X") { ...f0 } } ${times(25, (index) => `fragment f${index} on Lot { id ...f${index + 1} ...f${index + 1} }`)} fragment f25 on Lot { number }`;
    expect(bomb.length).toBeLessThan(1_100);
    const document = parse(bomb);
    let reads = 0;
    for (const definition of document.definitions) {
      const { selectionSet } = definition as FragmentDefinitionNode;
      const get = (): SelectionSetNode => ((reads += 1), selectionSet);
      Object.defineProperty(definition, 'selectionSet', { get, enumerable: true });
    }
    const [exceeded] = exceededBy(document);

    expect(exceeded?.message).toBe(`The document has ${2 ** 26} fields; at most 1000 are allowed.`);
    expect(reads).toBeLessThan(10 * document.definitions.length);
    expect(await api.ask(bomb)).toMatchObject({
      status: 400,
      statements: 0,
      errors: [{ extensions: { limit: 'fields' } }],
    });
  });

  test('fragments that spread each other in a circle are refused by validation', async () => {
    expect(
      await api.ask(
        '{ lots { ...a } } fragment a on LotConnection { nodes { id } ...b } fragment b on LotConnection { ...a }',
      ),
    ).toMatchObject({ status: 400, errors: [{ message: 'Cannot spread fragment "a" within itself via "b".' }] });
  });

  test('a document of 900 or 90 levels is refused, without an internal error', async () => {
    const deep = (levels: number) => `{ ${'a { '.repeat(levels)} b ${'} '.repeat(levels)} }`;
    for (const [levels, limit] of [
      [900, 'nesting'],
      [90, 'depth'],
    ] as const)
      expect(await api.ask(deep(levels))).toMatchObject({
        status: 400,
        errors: [{ extensions: { code: 'LIMIT_EXCEEDED', limit } }],
      });
  });

  test('validation reports at most five errors', async () => {
    const { status, errors } = await api.ask(`{ viewer { ${times(50, (index) => `x${index}`)} } }`);
    expect([status, errors.length]).toEqual([400, 5]);
  });
});

test('GraphiQL may read the schema', async () => {
  const { status, errors, data } = await api.ask(
    getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, oneOf: true, schemaDescription: true }),
    {},
    null,
  );
  expect([status, errors]).toEqual([200, []]);
  expect(data.__schema.types.length).toBeGreaterThan(100);
});

describe('in production', () => {
  let production: Api;
  beforeAll(async () => {
    production = await startApi({ environment: 'production' });
  });
  afterAll(() => production.close());

  test.each([
    '{ __schema { types { name } } }',
    '{ __type(name: "User") { name } }',
    '{ ...f } fragment f on Query { __schema { queryType { name } } }',
  ])('the schema is visible to signed-in users only: %s', async (document) => {
    expect(await production.ask(document, {}, null)).toMatchObject({
      status: 400,
      errors: [{ extensions: { code: 'UNAUTHENTICATED', rule: 'AUT-1' } }],
    });
    expect(await production.ask(document, {}, 'VIEWER')).toMatchObject({ status: 200, errors: [] });
  });

  test('a stranger gets no suggestions of names, and a user gets them', async () => {
    const messageFor = async (role: 'VIEWER' | null) =>
      (await production.ask('{ viewr { role } }', {}, role)).errors[0]?.message;
    expect(await messageFor('VIEWER')).toBe('Cannot query field "viewr" on type "Query". Did you mean "viewer"?');
    expect(await messageFor(null)).toBe('Cannot query field "viewr" on type "Query".');
  });

  test('GraphiQL and the count of statements are disabled', async () => {
    const page = await fetch(production.url, { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-type') ?? '').not.toMatch(/html/);
    expect(page.headers.get('x-lotgraph-statements')).toBeNull();
  });
});
