import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { makeItems, makeLot, type Named } from '../../support/build.ts';
import { done } from '../../support/expect.ts';
import { makeFloor, record, type Floor } from '../../support/work.ts';

let api: Api;
let floor: Floor;
let items: readonly Named[];
beforeAll(async () => {
  api = await startApi();
  floor = await makeFloor(api);
  items = await makeItems(api, await makeLot(api), 60);
});
afterAll(() => api.close());

const SEARCH = `query ($text: String!, $filter: ProcessDataFilter, $first: Int, $after: String) {
  searchProcessData(text: $text, filter: $filter, first: $first, after: $after) {
    edges { cursor rank headline node { notes startedAt wipItem { number } } }
    nodes { notes }
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    facets { total byResult { result count } byProcess { process { code } count } byLevel { level count } bySeverity { severity count } } } }`;

interface Edge {
  readonly cursor: string;
  readonly rank: number;
  readonly headline: string | null;
  readonly node: { readonly notes: string | null; readonly startedAt: string };
}

interface Found {
  readonly edges: readonly Edge[];
  readonly nodes: readonly { readonly notes: string | null }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly totalCount: number;
  readonly facets: { readonly total: number };
  readonly statements: number;
}

async function search(text: string, more: object = {}): Promise<Found> {
  const { data, errors, statements } = await api.ask(SEARCH, { text, ...more });
  expect(errors).toEqual([]);
  return { ...data.searchProcessData, statements };
}

/** An execution of MOUNT on an item of its own, which fails if it has a defect. */
let used = 0;
async function mounted(more: object): Promise<void> {
  used += 1;
  const item = items[used - 1];
  if (item === undefined) throw new Error('The world has no more items.');
  await record(api, item, floor.mount, {
    startedAt: '2026-11-20T08:00:00Z',
    completedAt: '2026-11-20T08:01:00Z',
    ...more,
  });
}
const defect = (code: string, more: object = {}) => ({ result: 'FAIL', defects: [{ code, ...more }] });

describe('searchProcessData', () => {
  test('ranks words in notes above defects, and those above readings: the example (SEA-1)', async () => {
    await mounted({ measurements: [{ code: 'STATE', text: 'bent' }] });
    await mounted({ notes: 'connector bent' });
    await mounted(defect('BENT', { severity: 'HIGH' }));

    const { edges, nodes, totalCount, facets, pageInfo } = await search('Bent');
    expect(totalCount).toBe(3);

    expect(edges.map(({ rank, headline }) => [rank.toFixed(6), headline])).toEqual([
      ['0.607927', 'connector <b>bent</b>'],
      ['0.243171', null],
      ['0.121585', null],
    ]);
    expect(nodes).toEqual(edges.map(({ node }) => ({ notes: node.notes })));
    expect(pageInfo).toEqual({
      hasNextPage: false,
      hasPreviousPage: false,
      startCursor: edges[0]?.cursor,
      endCursor: edges[2]?.cursor,
    });
    expect(facets).toEqual({
      total: 3,
      byResult: [
        { result: 'PASS', count: 2 },
        { result: 'FAIL', count: 1 },
      ],
      byProcess: [{ process: { code: 'MOUNT' }, count: 3 }],
      byLevel: [{ level: 'WIP', count: 3 }],
      bySeverity: [{ severity: 'HIGH', count: 1 }],
    });
  });

  test('ANDs words, and takes phrases, or, and - for without (SEA-1)', async () => {
    for (const notes of ['lens dusty left', 'left lens dusty', 'dusty housing', 'lens clean']) await mounted({ notes });
    const found = async (text: string) => (await search(text)).edges.map(({ node }) => node.notes).toSorted();

    expect(await found('dusty lens')).toEqual(['left lens dusty', 'lens dusty left']);
    expect(await found('"dusty left"')).toEqual(['lens dusty left']);
    expect(await found('clean or housing')).toEqual(['dusty housing', 'lens clean']);
    expect(await found('dusty -lens')).toEqual(['dusty housing']);
    expect(await found('dusty windscreen')).toEqual([]);
  });

  test('orders equals by start, then by id, and pages without missing or repeating any, whatever is added (SEA-1)', async () => {
    for (const minute of [1, 3, 3, 3, 2])
      await mounted({
        notes: 'paged wobble',
        startedAt: `2026-11-20T09:0${minute}:00Z`,
        completedAt: '2026-11-20T09:05:00Z',
      });
    await mounted({
      notes: 'paged wobble wobble',
      startedAt: '2026-11-19T09:00:00Z',
      completedAt: '2026-11-20T09:05:00Z',
    });
    const whole = await search('wobble');
    expect(whole.edges.map(({ node }) => node.startedAt.slice(8, 16))).toEqual([
      '19T09:00',
      '20T09:03',
      '20T09:03',
      '20T09:03',
      '20T09:02',
      '20T09:01',
    ]);

    const seen: Edge[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const page: Found = await search('wobble', { first: 2, after });
      seen.push(...page.edges);
      expect(page.facets.total).toBe(6 + (after === null ? 0 : 1));
      if (after === null) await mounted({ notes: 'wobble wobble wobble', startedAt: '2026-11-20T07:00:00Z' });
      after = page.pageInfo.endCursor;
      more = page.pageInfo.hasNextPage;
    }

    expect(seen.map(({ cursor }) => cursor)).toEqual(whole.edges.map(({ cursor }) => cursor));
  });

  test('holds its filter as well, in the page and in the facets (SEA-1, SEA-2)', async () => {
    await mounted({ notes: 'scuffed' });
    await mounted({ notes: 'scuffed', ...defect('SCUFF') });
    const { edges, facets } = await search('scuffed', { filter: { result: { eq: 'FAIL' } } });
    expect([edges.length, facets.total]).toEqual([1, 1]);
  });

  test('shows notes as HTML whose only tags are its marks (SEA-1)', async () => {
    const hostile = [
      '<script>alert(1)</script> zebra',
      'zebra <b onclick=alert(1)>x</b> zebra&nbsp;"q" it\'s',
      '&lt;zebra&gt; <!-- zebra --> <a href="http://zebra.example/?a=1&b=2">zebra</a>',
      'a<zebra>b & <<zebra>> zebra',
    ];
    for (const notes of hostile) await mounted({ notes });

    const { edges } = await search('zebra');

    expect(edges).toHaveLength(4);
    for (const { node, headline } of edges) {
      const html = headline ?? '';
      expect(html).toContain('<b>zebra</b>');
      expect(html.replaceAll(/<\/?b>|&(?:amp|lt|gt|quot|#39);/g, '')).not.toMatch(/[<>&"']/);
      expect(textOf(html)).toBe(node.notes);
    }
  });

  test('shows the part of long notes that has the words (SEA-1)', async () => {
    const filler = (count: number) => Array.from({ length: count }, () => 'ok').join(' ');
    await mounted({ notes: `${filler(100)} quirky noise ${filler(100)}` });
    const { edges } = await search('quirky');
    const words = textOf(edges[0]?.headline ?? '').split(' ');
    expect(words).toContain('quirky');
    expect(words.length).toBeLessThanOrEqual(35);
  });

  test('never shows marks that stand in notes already (SEA-1)', async () => {
    await mounted({ notes: 'giraffe <b>' });
    await api.database.reader()
      .sql`UPDATE process_data SET notes = E'\x02giraffe\x03 \x04' WHERE notes = 'giraffe <b>'`;
    expect((await search('giraffe')).edges[0]?.headline).toBe('<b>giraffe</b> ');
  });

  test.each([
    ['no word', '!!', []],
    ['SQL', "'); DROP TABLE lots; --", []],
    ['operators of PostgreSQL', '&|!():* <-> <2>', []],
    ['quotes that do not close', '"""', []],
    ['two characters', 'q9', []],
    ['200 characters', 'x'.repeat(200), []],
    ['200 characters outside of the basic plane', '𝔘'.repeat(200), []],
    ['spaces around it', `  ${'x'.repeat(200)}  `, []],
  ])('takes a text of %s as words (SEA-1)', async (_what, text, expected) => {
    expect((await search(text)).edges).toEqual(expected);
  });

  test.each([
    ['one character', 'x'],
    ['one character and spaces', '  x  '],
    ['201 characters', 'x'.repeat(201)],
    ['a NUL', 'ab\u0000c'],
    ['nothing', ''],
  ])('refuses a text of %s (SEA-1)', async (_what, text) => {
    const { data, errors } = await api.ask(SEARCH, { text });
    expect(data.searchProcessData).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', path: ['text'], rule: 'SEA-1' } }]);
  });

  test('refuses a cursor of another list, and a page beyond the limit', async () => {
    await mounted({ notes: 'cursor case' });
    const { data } = await api.ask('{ processData(first: 1) { pageInfo { endCursor } } }');
    for (const [more, code, path] of [
      [{ after: data.processData.pageInfo.endCursor }, 'INVALID_INPUT', 'after'],
      [{ after: 'nonsense' }, 'INVALID_INPUT', 'after'],
      [{ first: 101 }, 'LIMIT_EXCEEDED', 'first'],
      [{ first: 0 }, 'INVALID_INPUT', 'first'],
    ] as const) {
      const { errors } = await api.ask(SEARCH, { text: 'cursor', ...more });
      expect(errors).toMatchObject([{ extensions: { code, path: [path] } }]);
    }
  });

  test('takes 1 statement and 1 for the facets, whatever it finds (SEA-1, SEA-2)', async () => {
    await mounted({ notes: 'counted once' });
    for (let n = 0; n < 10; n += 1) await mounted({ notes: 'counted often' });
    await done(api, 'updateProcess', { process: { code: 'MOUNT' }, description: 'Mount it.' }, 'process { id }');
    const statements = async (text: string, more = '') =>
      (await api.ask(`{ searchProcessData(text: "${text}") { edges { rank headline node { notes } } ${more} } }`))
        .statements;

    expect([await statements('nothing'), await statements('once'), await statements('often')]).toEqual([1, 1, 1]);
    expect(await statements('often', 'totalCount facets { total byLevel { level count } }')).toBe(2);
  });
});

/** The text that a browser shows. */
function textOf(html: string): string {
  const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return html.replaceAll(/<\/?b>/g, '').replaceAll(/&([a-z#0-9]+);/g, (whole, name: string) => entities[name] ?? whole);
}
