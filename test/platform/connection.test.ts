import { v7 as uuid7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Answer, type Api } from '../support/api.ts';
import { askBothWays } from '../support/both-ways.ts';

/** 23 lines. Their sort orders repeat, so that ties are common. */
const LINES = Array.from({ length: 23 }, (_, index) => ({
  code: `L${String(index).padStart(2, '0')}`,
  sortOrder: ((index * 7) % 4) + 1,
}));
/** Several users with a last login and several without. */
const LOGINS = [
  '2026-11-20T08:00:00.000Z',
  null,
  '2026-11-18T08:00:00.000Z',
  null,
  '2026-11-20T08:00:00.000Z',
  null,
  '2026-11-19T08:00:00.123Z',
] as const;

let api: Api;
beforeAll(async () => {
  api = await startApi();
  await api.database.transaction(async (tx) => {
    await tx.productionLine.createMany({
      data: LINES.map(({ code, sortOrder }) => ({ id: uuid7(), code, sortOrder, lotSegment: `${code}0`, name: code })),
    });
    await tx.user.createMany({
      data: LOGINS.map((lastLoginAt, index) => ({
        id: uuid7(),
        username: `person_${index}`,
        fullName: 'P',
        passwordHash: 'x',
        department: 'PAGES',
        lastLoginAt,
      })),
    });
  });
});
afterAll(() => api.close());

const PAGE = `query($first: Int, $after: String, $last: Int, $before: String, $filter: ProductionLineFilter, $orderBy: [ProductionLineOrder!]) {
  productionLines(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    nodes { code sortOrder } edges { cursor node { code } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

const BY_CODE = [{ field: 'CODE' }];
const OF_WORLD = { code: { startsWith: 'l' } };

describe('an order is total', () => {
  const bySortOrder = LINES.toSorted((a, b) => a.sortOrder - b.sortOrder || (a.code < b.code ? -1 : 1)).map(
    (line) => line.code,
  );

  test.each([
    ['the default order', undefined, bySortOrder],
    ['null, which means the default order', null, bySortOrder],
    ['the empty list, which means the default order', [], bySortOrder],
    ['one key up', [{ field: 'CODE' }], LINES.map((line) => line.code)],
    ['one key down', [{ field: 'CODE', direction: 'DESC' }], LINES.map((line) => line.code).toReversed()],
    ['a direction of null, which means up', [{ field: 'CODE', direction: null }], LINES.map((line) => line.code)],
    [
      'two keys of different directions',
      [
        { field: 'SORT_ORDER', direction: 'DESC' },
        { field: 'CODE', direction: 'ASC' },
      ],
      LINES.toSorted((a, b) => b.sortOrder - a.sortOrder || (a.code < b.code ? -1 : 1)).map((line) => line.code),
    ],
  ])('by %s, page by page, from both ends', async (_name, orderBy, expected) => {
    expect(await walk(PAGE, 'productionLines', 'forward', { filter: OF_WORLD, orderBy }, 4)).toEqual(expected);
    expect(await walk(PAGE, 'productionLines', 'backward', { filter: OF_WORLD, orderBy }, 4)).toEqual(expected);
  });

  test('and sorts equal keys by id, in the direction of the last key', async () => {
    for (const direction of ['ASC', 'DESC']) {
      const document =
        '{ productionLines(first: 100, orderBy: [{ field: SORT_ORDER, direction: $d }]) { nodes { id sortOrder } } }'.replace(
          '$d',
          direction,
        );
      const nodes: { id: string; sortOrder: number }[] = (await api.ask(document)).data.productionLines.nodes;
      const sign = direction === 'ASC' ? 1 : -1;
      const sorted = nodes.toSorted(
        (a, b) => sign * (a.sortOrder - b.sortOrder || (uuidOf(a.id) < uuidOf(b.id) ? -1 : 1)),
      );
      expect(nodes).toEqual(sorted);
      expect(
        await walk(PAGE, 'productionLines', 'forward', { orderBy: [{ field: 'SORT_ORDER', direction }] }, 3),
      ).toHaveLength(23);
    }
  });

  test.each([
    ['ASC', ['person_2', 'person_6', 'person_0', 'person_4', 'person_1', 'person_3', 'person_5']],
    ['DESC', ['person_4', 'person_0', 'person_6', 'person_2', 'person_5', 'person_3', 'person_1']],
  ])('and puts records without a value last, %s, from both ends', async (direction, expected) => {
    const document = `query($first: Int, $after: String, $last: Int, $before: String) {
      users(first: $first, after: $after, last: $last, before: $before, filter: { department: { eq: "PAGES" } }, orderBy: [{ field: LAST_LOGIN_AT, direction: ${direction} }]) {
        edges { node { code: username } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
    for (const size of [1, 2, 3, 7]) {
      expect(await walk(document, 'users', 'forward', {}, size)).toEqual(expected);
      expect(await walk(document, 'users', 'backward', {}, size)).toEqual(expected);
    }
  });

  test('and a key without a value may come before another key', async () => {
    const document = `query($first: Int, $after: String) {
      users(first: $first, after: $after, filter: { department: { eq: "PAGES" } }, orderBy: [{ field: LAST_LOGIN_AT, direction: DESC }, { field: USERNAME }]) {
        edges { node { code: username } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
    expect(await walk(document, 'users', 'forward', {}, 2)).toEqual([
      'person_0',
      'person_4',
      'person_6',
      'person_2',
      'person_1',
      'person_3',
      'person_5',
    ]);
  });
});

describe('a page', () => {
  test('has 20 records by default and at most 100', async () => {
    expect((await page({})).nodes).toHaveLength(20);
    expect((await page({ first: null, last: null, after: null, before: null, filter: null })).nodes).toHaveLength(20);
    expect((await page({ first: 100 })).nodes).toHaveLength(23);
  });

  test('says whether more records exist, and names its first and last cursor', async () => {
    const first = await page({ first: 2, orderBy: BY_CODE });
    expect(first).toMatchObject({
      nodes: [{ code: 'L00' }, { code: 'L01' }],
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
    });
    expect(first.pageInfo).toMatchObject({ startCursor: first.edges[0]?.cursor, endCursor: first.edges[1]?.cursor });

    const second = await page({ first: 21, after: first.pageInfo.endCursor, orderBy: BY_CODE });
    expect(second.nodes).toHaveLength(21);
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });

    const last = await page({ last: 2, orderBy: BY_CODE });
    expect(last).toMatchObject({
      nodes: [{ code: 'L21' }, { code: 'L22' }],
      pageInfo: { hasNextPage: false, hasPreviousPage: true },
    });

    const before = await page({ last: 50, before: last.pageInfo.startCursor, orderBy: BY_CODE });
    expect(before.nodes).toHaveLength(21);
    expect(before.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
  });

  test('without records has no cursors', async () => {
    expect(await page({ filter: { code: { eq: 'none' } } })).toEqual({
      nodes: [],
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
  });

  test.each([
    ['first 0', { first: 0 }, 'INVALID_INPUT', ['first']],
    ['first -1', { first: -1 }, 'INVALID_INPUT', ['first']],
    ['first 101', { first: 101 }, 'LIMIT_EXCEEDED', ['first']],
    ['last 0', { last: 0 }, 'INVALID_INPUT', ['last']],
    ['last -1', { last: -1 }, 'INVALID_INPUT', ['last']],
    ['last 101', { last: 101 }, 'LIMIT_EXCEEDED', ['last']],
    ['first with last', { first: 1, last: 1 }, 'INVALID_INPUT', ['last']],
    ['after with last', { last: 1, after: 'x' }, 'INVALID_INPUT', ['after']],
    ['before with first', { first: 1, before: 'x' }, 'INVALID_INPUT', ['before']],
    ['before alone', { before: 'x' }, 'INVALID_INPUT', ['before']],
    ['an empty cursor', { after: '' }, 'INVALID_INPUT', ['after']],
    ['a cursor that is none', { after: 'bm8gY3Vyc29y' }, 'INVALID_INPUT', ['after']],
    ['a cursor that is none, backward', { last: 1, before: '\u0000' }, 'INVALID_INPUT', ['before']],
    ['four orders', { orderBy: [...BY_CODE, ...BY_CODE, ...BY_CODE, ...BY_CODE] }, 'LIMIT_EXCEEDED', ['orderBy']],
  ])('is refused for %s', async (_name, variables, code, path) => {
    const { data, errors, statements } = await api.ask(PAGE, variables);
    expect(data).toEqual({ productionLines: null });
    expect(errors).toMatchObject([{ path: ['productionLines'], extensions: { code, path } }]);
    expect(statements).toBe(0);
  });

  test('is refused for a cursor that was changed at any position', async () => {
    const { endCursor } = (await page({ first: 3, orderBy: BY_CODE })).pageInfo;
    for (let at = 0; at < endCursor.length - 1; at += 1) {
      const changed = `${endCursor.slice(0, at)}${endCursor[at] === 'A' ? 'B' : 'A'}${endCursor.slice(at + 1)}`;
      const { errors } = await api.ask(PAGE, { after: changed, orderBy: BY_CODE });
      expect([at, errors[0]?.extensions['code'], errors[0]?.extensions['path']]).toEqual([
        at,
        'INVALID_INPUT',
        ['after'],
      ]);
    }
  });

  test('is refused for a cursor of another order or direction', async () => {
    const { endCursor } = (await page({ first: 3, orderBy: BY_CODE })).pageInfo;
    for (const orderBy of [
      [{ field: 'SORT_ORDER' }],
      [{ field: 'CODE', direction: 'DESC' }],
      [{ field: 'CREATED_AT' }],
      undefined,
    ]) {
      const { errors } = await api.ask(PAGE, { after: endCursor, orderBy });
      expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', path: ['after'] } }]);
    }
  });

  test('accepts a cursor of the same order under another filter', async () => {
    const { endCursor } = (await page({ first: 3, orderBy: BY_CODE })).pageInfo;
    expect(
      (await page({ after: endCursor, orderBy: BY_CODE, filter: { code: { in: ['l01', 'l10', 'l20'] } } })).nodes.map(
        (node) => node.code,
      ),
    ).toEqual(['L10', 'L20']);
  });
});

test('repeats and skips no row while others insert and delete', async () => {
  const codes = Array.from({ length: 30 }, (_, index) => `W${String(index * 10).padStart(3, '0')}`);
  await insertLines(codes);
  const seen: string[] = [];
  let after: string | undefined;
  for (let round = 0; ; round += 1) {
    const found = await page({ first: 4, after, orderBy: BY_CODE, filter: { code: { startsWith: 'W' } } });
    seen.push(...found.nodes.map((node) => node.code));
    if (!found.pageInfo.hasNextPage) break;
    after = found.pageInfo.endCursor;
    const [first, last] = [found.nodes[0]?.code ?? '', found.nodes.at(-1)?.code ?? ''];
    await insertLines([`${first.slice(0, 3)}5`, `V${round}`, `WZ${round}`].filter((code) => code !== last));
    await api.database.transaction((tx) => tx.productionLine.delete({ where: { code: last } }));
  }
  expect(seen.filter((code) => codes.includes(code))).toEqual(codes);
  expect(new Set(seen).size).toBe(seen.length);
  await api.database.transaction((tx) => tx.productionLine.deleteMany({ where: { code: { startsWith: 'W' } } }));
  await api.database.transaction((tx) => tx.productionLine.deleteMany({ where: { code: { startsWith: 'V' } } }));
});

describe('the number of statements', () => {
  test.each([1, 10, 23])(
    'is one for a list of %i, and one for totalCount, each only when it is selected',
    async (first) => {
      const plain = await askBothWays(
        api,
        'query($first: Int) { productionLines(first: $first) { nodes { code } pageInfo { hasNextPage endCursor } edges { cursor } } }',
        { first },
      );
      const counted = await askBothWays(
        api,
        'query($first: Int) { productionLines(first: $first) { totalCount nodes { code } } }',
        { first },
      );
      const onlyCounted = await askBothWays(
        api,
        'query($first: Int) { productionLines(first: $first, filter: { code: { eq: "L01" } }) { totalCount } }',
        { first },
      );

      expect([plain.statements, counted.statements, onlyCounted.statements]).toEqual([
        { plans: 1, loaders: 1 },
        { plans: 2, loaders: 2 },
        { plans: 1, loaders: 2 },
      ]);
      expect(counted.data.productionLines).toMatchObject({ totalCount: 23 });
      expect(onlyCounted.data.productionLines).toEqual({ totalCount: 1 });
    },
  );

  test('is one for the lists of all parents together, each parent with its own page', async () => {
    await api.database.transaction(async (tx) => {
      const lines = await tx.productionLine.findMany({
        where: { code: { in: ['L00', 'L01', 'L02'] } },
        orderBy: { code: 'asc' },
      });
      await tx.station.createMany({
        data: lines.flatMap((line, index) =>
          Array.from({ length: index * 2 }, (_, of) => ({
            id: uuid7(),
            code: `${line.code}-${of}`,
            name: 'S',
            host: 'h',
            productionLineId: line.id,
          })),
        ),
      });
    });
    const answer = await askBothWays(
      api,
      `{ productionLines(first: 3, orderBy: [{ field: CODE }]) { nodes { code
      stations(first: 3) { totalCount nodes { code } pageInfo { hasNextPage } }
      lastOnes: stations(last: 1) { nodes { code } pageInfo { hasPreviousPage } } } } }`,
    );

    expect(answer.data.productionLines.nodes).toEqual([
      {
        code: 'L00',
        stations: { totalCount: 0, nodes: [], pageInfo: { hasNextPage: false } },
        lastOnes: { nodes: [], pageInfo: { hasPreviousPage: false } },
      },
      {
        code: 'L01',
        stations: { totalCount: 2, nodes: [{ code: 'L01-0' }, { code: 'L01-1' }], pageInfo: { hasNextPage: false } },
        lastOnes: { nodes: [{ code: 'L01-1' }], pageInfo: { hasPreviousPage: true } },
      },
      {
        code: 'L02',
        stations: {
          totalCount: 4,
          nodes: [{ code: 'L02-0' }, { code: 'L02-1' }, { code: 'L02-2' }],
          pageInfo: { hasNextPage: true },
        },
        lastOnes: { nodes: [{ code: 'L02-3' }], pageInfo: { hasPreviousPage: true } },
      },
    ]);
    expect(answer.statements).toEqual({ plans: 2, loaders: 4 });
  });

  test('a page of a relation continues after its cursor', async () => {
    const document =
      'query($after: String) { productionLineByCode(code: "l02") { stations(first: 3, after: $after) { nodes { code } pageInfo { endCursor hasPreviousPage } } } }';
    const { endCursor } = (await api.ask(document)).data.productionLineByCode.stations.pageInfo;
    const next = (await api.ask(document, { after: endCursor })).data.productionLineByCode.stations;
    expect(next).toMatchObject({ nodes: [{ code: 'L02-3' }], pageInfo: { hasPreviousPage: true } });
  });
});

interface PageOfLines {
  readonly nodes: readonly { readonly code: string }[];
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly code: string } }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string;
    readonly endCursor: string;
  };
}

async function page(variables: object): Promise<PageOfLines> {
  return dataOf(await api.ask(PAGE, variables)).productionLines;
}

/** The codes of all pages, one after another, in page order. */
async function walk(
  document: string,
  field: string,
  way: 'forward' | 'backward',
  variables: object,
  size: number,
): Promise<readonly string[]> {
  const codes: string[] = [];
  let cursor: string | null = null;
  for (;;) {
    const window: object = way === 'forward' ? { first: size, after: cursor } : { last: size, before: cursor };
    const found: PageOfLines = dataOf(await api.ask(document, { ...variables, ...window }))[field];
    const here = found.edges.map((edge) => edge.node.code);
    if (way === 'forward') codes.push(...here);
    else codes.unshift(...here);
    if (!(way === 'forward' ? found.pageInfo.hasNextPage : found.pageInfo.hasPreviousPage)) return codes;
    cursor = way === 'forward' ? found.pageInfo.endCursor : found.pageInfo.startCursor;
  }
}

function dataOf(answer: Answer): Answer['data'] {
  expect(answer.errors).toEqual([]);
  return answer.data;
}

async function insertLines(codes: readonly string[]): Promise<void> {
  await api.database.transaction(async (tx) => {
    await tx.productionLine.createMany({
      data: codes.map((code) => ({ id: uuid7(), code, lotSegment: 'WWWW', name: code })),
      skipDuplicates: true,
    });
  });
}

function uuidOf(id: string): string {
  return Buffer.from(id, 'base64url').toString('latin1');
}
