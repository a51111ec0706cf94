import type { Reader } from '../../platform/postgres/client.ts';
import { sql, type Sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { narrow, pageRows } from '../../platform/read/connection.ts';
import {
  cursorFor,
  order,
  type PageArguments,
  pageQueryOf,
  type PageSlice,
  pageSliceOf,
} from '../../platform/read/keyset.ts';
import type { Context } from '../../platform/request/context.ts';
import {
  type FacetRow,
  facetsOf,
  processDataList,
  processDataTable,
} from '../../production/process-data/execution/process-data.loaders.ts';
import { HEADLINE_WORDS, headlineHtml, MARKS } from './headline.rules.ts';

/** An execution that has the words, how well it fits, and its notes with the words marked, as HTML. */
export interface FoundExecution {
  readonly node: Row<'ProcessData'>;
  readonly rank: number;
  readonly headline: string | null;
  readonly cursor: string;
}

/** A page of what was found. */
export interface SearchPage extends PageSlice<FoundExecution> {
  /** The facets of everything that was found, on all pages: one statement, however often it is asked. */
  facets(): Promise<readonly FacetRow[]>;
}

/** SEA-1: The executions that have the words, the best first. One statement. */
export async function searchExecutions(
  context: Context,
  text: string,
  args: Pick<PageArguments, 'first' | 'after' | 'filter'>,
): Promise<SearchPage> {
  const words = sql`websearch_to_tsquery('simple', ${text})`;
  const rank = sql`ts_rank(t.search, ${words})`;
  const byRank = order('By how well the execution fits.', { field: 'rank', column: rank, cast: 'real' });
  const listing = {
    ...processDataList,
    orders: { ...processDataList.orders, RANK: byRank },
    defaultOrder: [
      { field: 'RANK', direction: 'DESC' },
      { field: 'STARTED_AT', direction: 'DESC' },
    ],
  } as const;
  const query = narrow(await pageQueryOf(listing, args, context), sql`t.search @@ ${words}`);
  const page = pageRows(processDataTable, query, sql`${processDataTable.columns}, ${rank} AS rank`);
  const rows = await context.db.query<Ranked>(sql`SELECT page.*, ${markedNotes(words)} AS marked FROM (${page}) page`);
  let facets: ReturnType<typeof facetsOf> | undefined;
  return {
    ...pageSliceOf(
      query,
      rows.map(({ rank, marked, ...node }) => ({
        node,
        rank,
        headline: marked === null ? null : headlineHtml(marked),
        cursor: cursorFor(query, (field) => (field === 'rank' ? rank : Reflect.get(node, field))),
      })),
    ),
    facets() {
      facets ??= facetsOfMatch(context.db, query.where);
      return facets;
    },
  };
}

type Ranked = Row<'ProcessData'> & { readonly rank: number; readonly marked: string | null };

/** The notes of a row of the page around the words. What looks like a tag is kept as text. */
function markedNotes(words: Sql): Sql {
  const options = `StartSel=${MARKS.start}, StopSel=${MARKS.stop}, MaxWords=${HEADLINE_WORDS.most}, MinWords=${HEADLINE_WORDS.least}, ShortWord=0`;
  const plain = sql`translate(page.notes, ${`<${MARKS.lessThan}${MARKS.start}${MARKS.stop}`}, ${MARKS.lessThan})`;
  return sql`ts_headline('simple', ${plain}, ${words}, ${options})`;
}

function facetsOfMatch(db: Reader, where: Sql): ReturnType<typeof facetsOf> {
  return facetsOf(db, { from: sql`${processDataTable.name} t`, where, parent: sql`NULL::uuid` });
}
