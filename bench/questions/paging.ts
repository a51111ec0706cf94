/** Deep paging: a page far back in a long list costs as much as the first one. */
import type { Question, World } from './question.ts';

const DEPTH = 100_000;
const FIELDS = 'nodes { level attempt result startedAt completedAt } pageInfo { hasNextPage }';

/** Returns the row after which the deep page begins; in a small plant it is less deep. */
async function rowBefore({
  query,
}: World): Promise<{ readonly id: string; readonly startedAt: string; readonly depth: number }> {
  const [row] = await query<{ id: string; startedAt: string; depth: number }>(
    `SELECT id, to_char(started_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "startedAt", depth::int FROM (SELECT least($1::bigint, count(*) - 200) AS depth FROM process_data) d
     CROSS JOIN LATERAL (SELECT id, started_at FROM process_data ORDER BY started_at DESC, id DESC OFFSET d.depth - 1 LIMIT 1) p`,
    [DEPTH],
  );
  if (row === undefined) throw new Error('The plant is too small to be paged through.');
  return row;
}

const jsonOf = (where: string): string => `
  SELECT json_build_object('executions', json_build_object('nodes', json_agg(json_build_object('level', level, 'attempt', attempt, 'result', result, 'startedAt', started_at, 'completedAt', completed_at)
      ORDER BY started_at DESC, id DESC) FILTER (WHERE place <= 100), 'pageInfo', json_build_object('hasNextPage', count(*) > 100)))
  FROM (SELECT *, row_number() OVER (ORDER BY started_at DESC, id DESC) AS place FROM process_data ${where} ORDER BY started_at DESC, id DESC LIMIT 101) p`;

const rowsOf = (where: string): readonly string[] => [
  `SELECT level, attempt, result, started_at, completed_at FROM process_data ${where} ORDER BY started_at DESC, id DESC LIMIT 100`,
];

const AFTER_ROW = 'WHERE (started_at, id) < ($1::timestamptz, $2::uuid)';

/** Q5, the first page. */
export const FIRST_PAGE: Question = {
  name: 'Q5 first',
  what: 'the first page of 100 executions',
  lotgraph: () => ({ query: `{ executions: processData(first: 100) { ${FIELDS} } }` }),
  PostGraphile: () => ({
    query: `{ executions: allProcessData(first: 100, orderBy: [STARTED_AT_DESC, ROW_ID_DESC]) { ${FIELDS} } }`,
  }),
  json_agg: { text: jsonOf('') },
  rows: { text: rowsOf('') },
};

/** Q5, a deep page. */
export const DEEP_PAGE: Question = {
  name: 'Q5 deep',
  what: `the page of 100 executions after the first ${DEPTH.toLocaleString('en')}`,
  /** A cursor does not depend on the filter, so the cursor of the same row, found by its time, is used. */
  lotgraph: async (world) => {
    const { id, startedAt } = await rowBefore(world);
    const { around } = await world.graph(
      'lotgraph',
      '{ around: processData(first: 100, filter: { startedAt: { gte: $at, lte: $at } }) { edges { cursor node { id } } } }'.replaceAll(
        '$at',
        JSON.stringify(startedAt),
      ),
    );
    const edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[] = around.edges;
    const after = edges.find(({ node }) => Buffer.from(node.id, 'base64url').toString().endsWith(id))?.cursor;
    if (after === undefined) throw new Error('The row before the deep page was not found.');
    return { query: `{ executions: processData(first: 100, after: "${after}") { ${FIELDS} } }` };
  },
  PostGraphile: async (world) => {
    const { depth } = await rowBefore(world);
    const order = 'orderBy: [STARTED_AT_DESC, ROW_ID_DESC]';
    const { before } = await world.graph(
      'PostGraphile',
      `{ before: allProcessData(first: 1, offset: ${depth - 1}, ${order}) { pageInfo { endCursor } } }`,
    );
    return {
      query: `{ executions: allProcessData(first: 100, after: ${JSON.stringify(before.pageInfo.endCursor)}, ${order}) { ${FIELDS} } }`,
    };
  },
  json_agg: { text: jsonOf(AFTER_ROW), values: async (world) => valuesOf(await rowBefore(world)) },
  rows: { text: rowsOf(AFTER_ROW), values: async (world) => valuesOf(await rowBefore(world)) },
};

function valuesOf({ id, startedAt }: { readonly id: string; readonly startedAt: string }): readonly unknown[] {
  return [startedAt, id];
}
