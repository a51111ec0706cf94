/**
 * Plans pages: one statement reads the pages of all parents, with the page query that the connection uses, too
 * (read/keyset.ts). The records of all pages are written at once, and then distributed to their pages.
 */
import type { FieldNode, GraphQLObjectType } from 'graphql';
import { belongingTo, countMatches, forEachParent, narrow, pageRows } from '../read/connection.ts';
import type { ListSource } from '../read/field.ts';
import {
  packColumns,
  unpackColumns,
  type BatchStatement,
  type ColumnBatch,
  type ResultRows,
} from '../postgres/column-batch.ts';
import {
  cursorFor,
  pageSliceOf,
  pageQueryOf,
  type PageArguments,
  type PageSlice,
  type PageQuery,
} from '../read/keyset.ts';
import { jsonString } from './json-writer.ts';
import {
  PlannedColumns,
  argumentsOf,
  objectTypeOf,
  planMembers,
  unsupported,
  type FieldSelection,
  type PlannedMember,
  type PlanRequest,
  type FetchPlan,
} from './selection.ts';
import { identifier, sql, type Sql } from '../postgres/sql.ts';
import { whenReady, type Ready } from '../values/ready.ts';

/** Writes records as JSON texts, with everything below them. */
export type RecordWriter = (batch: ColumnBatch, request: PlanRequest) => Promise<readonly string[]>;

/** Plans records of a type, and adds the columns that they read. */
type PlanRecords = (type: GraphQLObjectType, nodes: readonly FieldNode[], columns: PlannedColumns) => RecordWriter;

/** A page; its rows are indexes into the batch of all pages. */
interface Page extends PageSlice<number> {
  readonly count: number;
  cursorOf(row: number): string;
}

/** A field of the connection. */
interface PageField {
  /** Writes the records of all pages, where the field shows them. */
  readonly records?: RecordWriter;
  /** Writes the field of a page; `texts` are the records of all pages. */
  write(page: Page, texts: readonly string[]): string;
}

/** A page plan that is being made: what its fields need. */
interface PageDraft {
  readonly columns: PlannedColumns;
  readonly planRecords: PlanRecords;
  needsRows: boolean;
  needsCursors: boolean;
  needsCount: boolean;
}

/** The plan of a list's pages by their parents; without parents, of the page of the whole table, under `undefined`. */
export function pagePlan(
  selection: FieldSelection,
  list: ListSource,
  planRecords: PlanRecords,
): (parents: readonly string[] | undefined, request: PlanRequest) => Ready<FetchPlan> {
  const draft: PageDraft = {
    columns: new PlannedColumns(),
    planRecords,
    needsRows: false,
    needsCursors: false,
    needsCount: false,
  };
  const type = objectTypeOf(selection.field);
  const members = planMembers(selection.context, type, selection.nodes, (part) => planPageField(part, draft));
  if (draft.columns.fields.length === 0) draft.columns.indexOf('id');
  return (parents, request) => {
    const args: PageArguments = argumentsOf(selection, request);
    const pageRequest = { list, args, parents, draft };
    return whenReady(pageQueryOf(list.listing, args, request.context), (query) => {
      const { statements, pagesIn } = readPages(pageRequest, query);
      return {
        statements,
        async resolve(results) {
          const { batch, pages } = pagesIn(results);
          const texts = await Promise.all(members.map(({ write }) => recordsOf(write)?.(batch, request) ?? []));
          return new Map(pages.map(([parent, page]) => [parent, writePage(members, page, texts)]));
        },
      };
    });
  };
}

function recordsOf(write: PlannedMember<PageField>['write']): RecordWriter | undefined {
  return typeof write === 'function' ? undefined : write.records;
}

/** `texts` are, for each member, the records of all pages. */
function writePage(
  members: readonly PlannedMember<PageField>[],
  page: Page,
  texts: readonly (readonly string[])[],
): string {
  const written = members.map(
    ({ label, write }, index) =>
      label + (typeof write === 'function' ? write() : write.write(page, texts[index] ?? [])),
  );
  return `{${written.join('')}}`;
}

interface PageRequest {
  readonly list: ListSource;
  readonly args: PageArguments;
  /** The ids of the parents; undefined for a page of the whole table. */
  readonly parents: readonly string[] | undefined;
  readonly draft: PageDraft;
}

interface ReadPages {
  readonly batch: ColumnBatch;
  readonly pages: readonly (readonly [parent: string | undefined, page: Page])[];
}

/** The statements that read the pages, and the function that finds the pages in their results. */
function readPages(
  { list, args, parents, draft }: PageRequest,
  whole: PageQuery,
): {
  readonly statements: readonly BatchStatement[];
  readonly pagesIn: (results: readonly ResultRows[]) => ReadPages;
} {
  const { table } = list.listing;
  const { needsRows, needsCursors, needsCount } = draft;
  const query = list.where === undefined ? whole : narrow(whole, list.where);
  const shown = draft.columns.fields;
  const fields = needsCursors ? [...new Set([...shown, ...query.keys.map(({ field }) => field)])] : shown;
  const of = list.by === undefined ? undefined : belongingTo(table, list.by);
  const rowsStatement = (): Sql => {
    const columns = identifier(fields.map((field) => `t.${table.columnOf(field)}`).join(', '));
    const rows = pageRows(table, query, columns, of);
    const statement = sql`SELECT ${packColumns(table, fields, 'page')} FROM (${rows}) page`;
    return parents === undefined ? statement : forEachParent(parents, statement, sql`page.*, parent.id`);
  };
  const inParents = of === undefined || parents === undefined ? undefined : { of, ids: parents };
  const parentWidth = inParents === undefined ? 0 : 1;
  // With a filter or a cursor the best plan depends on how many rows they leave.
  const isSteady = !query.hasCursor && (args.filter === undefined || args.filter === null);
  const statements = [
    ...(needsRows ? [{ text: rowsStatement(), width: fields.length + parentWidth, isSteady }] : []),
    ...(needsCount ? [{ text: countMatches(table, query, inParents), width: 1 + parentWidth, isSteady }] : []),
  ];
  const pagesIn = (results: readonly ResultRows[]): ReadPages => {
    const packedRows = needsRows ? (results[0] ?? []) : [];
    const packedByParent = new Map(packedRows.map((row) => [row[fields.length], row]));
    const counts = needsCount ? (results.at(-1) ?? []) : [];
    const countByParent = new Map(counts.map(([count, parent]) => [parent, Number(count)]));
    const batch: unknown[][] = fields.map(() => []);
    const pages = (parents ?? [undefined]).map((parent) => {
      const slice = appendPage(batch, unpackColumns(table, fields, packedByParent.get(parent) ?? []), query);
      const page: Page = {
        ...slice,
        count: countByParent.get(parent) ?? 0,
        cursorOf: (row) => cursorFor(query, (field) => batch[fields.indexOf(field)]?.[row]),
      };
      return [parent, page] as const;
    });
    return { batch, pages };
  };
  return { statements, pagesIn };
}

/** Appends the rows that a page shows to the batch; returns their indexes in it. */
function appendPage(batch: readonly unknown[][], rows: ColumnBatch, query: PageQuery): PageSlice<number> {
  const first = batch[0]?.length ?? 0;
  const indexes = (rows[0] ?? []).map((_, index) => index);
  const slice = pageSliceOf(query, indexes);
  for (const [at, values] of batch.entries()) for (const index of slice.rows) values.push(rows[at]?.[index]);
  return { ...slice, rows: slice.rows.map((_, index) => first + index) };
}

function planPageField(selection: FieldSelection, draft: PageDraft): PageField {
  const { context, field, nodes } = selection;
  switch (field.name) {
    case 'nodes':
      draft.needsRows = true;
      return {
        records: draft.planRecords(objectTypeOf(field), nodes, draft.columns),
        write: ({ rows }, texts) => `[${textsOfPage(texts, rows).join(',')}]`,
      };
    case 'edges':
      draft.needsRows = true;
      return planEdges(selection, draft);
    case 'pageInfo': {
      draft.needsRows = true;
      const members = planMembers(context, objectTypeOf(field), nodes, (part) => planPageInfo(part.field.name, draft));
      return { write: (page) => `{${members.map(({ label, write }) => label + write(page)).join('')}}` };
    }
    case 'totalCount':
      draft.needsCount = true;
      return { write: ({ count }) => String(count) };
    default:
      return unsupported();
  }
}

function planEdges({ context, field, nodes }: FieldSelection, draft: PageDraft): PageField {
  const records: RecordWriter[] = [];
  const members = planMembers(context, objectTypeOf(field), nodes, (part) => {
    if (part.field.name === 'cursor') {
      draft.needsCursors = true;
      return (page: Page, row: number) => jsonString(page.cursorOf(row));
    }
    // An edge has one text: the graphql-js executor handles a second selection of its node under another name.
    if (part.field.name !== 'node' || records.length > 0) return unsupported();
    records.push(draft.planRecords(objectTypeOf(part.field), part.nodes, draft.columns));
    return (_page: Page, _row: number, text: string) => text;
  });
  const writeEdge = (page: Page, row: number, node: string): string =>
    `{${members.map(({ label, write }) => label + write(page, row, node)).join('')}}`;
  const [record] = records;
  return {
    ...(record === undefined ? {} : { records: record }),
    write: (page, texts) => `[${page.rows.map((row) => writeEdge(page, row, texts[row] ?? '')).join(',')}]`,
  };
}

function planPageInfo(name: string, draft: PageDraft): (page: Page) => string {
  const cursorOf = (page: Page, row: number | undefined): string =>
    row === undefined ? 'null' : jsonString(page.cursorOf(row));
  if (name === 'hasNextPage') return (page) => String(page.hasNextPage);
  if (name === 'hasPreviousPage') return (page) => String(page.hasPreviousPage);
  draft.needsCursors = true;
  if (name === 'startCursor') return (page) => cursorOf(page, page.rows[0]);
  return name === 'endCursor' ? (page) => cursorOf(page, page.rows.at(-1)) : unsupported();
}

/** The texts of a page's rows, which are consecutive. */
function textsOfPage(texts: readonly string[], rows: readonly number[]): readonly string[] {
  const [first = 0] = rows;
  return texts.slice(first, first + rows.length);
}
