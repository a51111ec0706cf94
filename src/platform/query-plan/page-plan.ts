/**
 * The part of a plan that reads pages: those of all parents by one statement, in the window that the connection has too
 * (page.ts). What stands in the pages is written for all of them at once, and then told from page to page.
 */
import type { FieldNode, GraphQLField, GraphQLObjectType } from 'graphql';
import { countMatches, forEachParent, narrow, pageRows } from '../read/connection.ts';
import type { Context } from '../request/context.ts';
import type { ListSource } from '../read/field.ts';
import { packColumns, unpackColumns, type ColumnBatch, type ResultRows } from '../postgres/column-batch.ts';
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
  partsOf,
  unsupported,
  type SelectionContext,
  type PlanRequest,
  type FetchPlan,
} from './selection.ts';
import { identifier, sql, type Sql } from '../postgres/sql.ts';

/** Writes records, with everything below them. */
export type RecordWriter = (grid: ColumnBatch, request: PlanRequest) => Promise<readonly string[]>;
type TextsOf = (type: GraphQLObjectType, nodes: readonly FieldNode[], columns: PlannedColumns) => RecordWriter;

/** A page; its rows are places in the grid of all pages. */
interface Page extends PageSlice<number> {
  readonly count: number;
  cursorOf(row: number): string;
}

interface PagePart {
  /** Writes the records of all pages, where the part shows them. */
  readonly records?: RecordWriter;
  /** `texts` are those of all pages. */
  text(page: Page, texts: readonly string[]): string;
}

/** What the parts of a page make necessary. */
interface Needed {
  rows: boolean;
  cursors: boolean;
  count: boolean;
}

/** The pages by their parents; without parents the page of the whole table, by `undefined`. */
export function pagePlan(
  asking: SelectionContext,
  field: GraphQLField<unknown, unknown>,
  nodes: readonly FieldNode[],
  list: ListSource,
  textsOf: TextsOf,
): (parents: readonly string[] | undefined, request: PlanRequest) => FetchPlan {
  const columns = new PlannedColumns();
  const needed: Needed = { rows: false, cursors: false, count: false };
  const parts = partsOf(asking, objectTypeOf(field), nodes, (part, partNodes) =>
    pagePart(asking, part, partNodes, columns, needed, textsOf),
  );
  if (columns.fields.length === 0) columns.at('id');
  return (parents, request) => {
    const { statements, pagesIn } = reading(
      list,
      argumentsOf(field, nodes, request),
      parents,
      columns.fields,
      needed,
      request.context,
    );
    return {
      statements,
      async take(answers) {
        const { grid, pages } = pagesIn(answers);
        const texts = await Promise.all(
          parts.map(({ text }) =>
            typeof text === 'function' || text.records === undefined ? [] : text.records(grid, request),
          ),
        );
        const write = (page: Page): string =>
          parts
            .map(
              ({ label, text }, index) =>
                label + (typeof text === 'function' ? text() : text.text(page, texts[index] ?? [])),
            )
            .join('');
        return new Map(pages.map(([parent, page]) => [parent, `{${write(page)}}`]));
      },
    };
  };
}

/** The statements that read the pages, and the pages in their answers. */
function reading(
  { listing, column, where }: ListSource,
  args: PageArguments,
  parents: readonly string[] | undefined,
  shown: readonly string[],
  needed: Needed,
  context: Context,
) {
  const { table } = listing;
  const whole = pageQueryOf(listing, args, context);
  const window = where === undefined ? whole : narrow(whole, where);
  const fields = needed.cursors ? [...new Set([...shown, ...window.keys.map(({ field }) => field)])] : shown;
  const holder = column === undefined ? undefined : table.column(column as never);
  const rows = (): Sql => {
    const wanted = identifier(fields.map((field) => `t.${table.columnOf(field)}`).join(', '));
    const statement = sql`SELECT ${packColumns(table, fields, 'page')} FROM (${pageRows(table, window, wanted, holder)}) page`;
    return parents === undefined ? statement : forEachParent(parents, statement, sql`page.*, parent.id`);
  };
  const of = holder === undefined || parents === undefined ? undefined : { column: holder, ids: parents };
  // With a filter or a cursor the best way depends on how many rows they leave.
  const isSteady = !window.hasCursor && (args.filter === undefined || args.filter === null);
  const statements = [
    ...(needed.rows ? [{ text: rows(), width: fields.length + (of === undefined ? 0 : 1), isSteady }] : []),
    ...(needed.count ? [{ text: countMatches(table, window, of), width: of === undefined ? 1 : 2, isSteady }] : []),
  ];
  const pagesIn = (answers: readonly ResultRows[]) => {
    const counts = needed.count ? (answers.at(-1) ?? []) : [];
    const countByParent = new Map(counts.map(([count, parent]) => [parent, Number(count)]));
    const packedByParent = new Map((needed.rows ? (answers[0] ?? []) : []).map((row) => [row[fields.length], row]));
    const grid: unknown[][] = fields.map(() => []);
    const pages = (parents ?? [undefined]).map((parent) => {
      const shownRows = laidInto(grid, unpackColumns(table, fields, packedByParent.get(parent) ?? []), window);
      const page: Page = {
        ...shownRows,
        count: countByParent.get(parent) ?? 0,
        cursorOf: (row) => cursorFor(window, (field) => grid[fields.indexOf(field)]?.[row]),
      };
      return [parent, page] as const;
    });
    return { grid, pages };
  };
  return { statements, pagesIn };
}

/** Lays what is shown of a page behind the pages before it; answers where it lies. */
function laidInto(grid: readonly unknown[][], page: ColumnBatch, window: PageQuery): PageSlice<number> {
  const first = grid[0]?.length ?? 0;
  const shown = pageSliceOf(
    window,
    (page[0] ?? []).map((_, index) => index),
  );
  for (const [at, values] of grid.entries()) for (const index of shown.rows) values.push(page[at]?.[index]);
  return { ...shown, rows: shown.rows.map((_, index) => first + index) };
}

function pagePart(
  asking: SelectionContext,
  field: GraphQLField<unknown, unknown>,
  nodes: readonly FieldNode[],
  columns: PlannedColumns,
  needed: Needed,
  textsOf: TextsOf,
): PagePart {
  switch (field.name) {
    case 'nodes':
      needed.rows = true;
      return {
        records: textsOf(objectTypeOf(field), nodes, columns),
        text: ({ rows }, texts) => `[${sliceOf(texts, rows).join(',')}]`,
      };
    case 'edges':
      needed.rows = true;
      return edgesPart(asking, field, nodes, columns, needed, textsOf);
    case 'pageInfo': {
      needed.rows = true;
      const parts = partsOf(asking, objectTypeOf(field), nodes, ({ name }) => pageInfo(name, needed));
      return { text: (page) => `{${parts.map(({ label, text }) => label + text(page)).join('')}}` };
    }
    case 'totalCount':
      needed.count = true;
      return { text: ({ count }) => String(count) };
    default:
      return unsupported();
  }
}

function edgesPart(
  asking: SelectionContext,
  field: GraphQLField<unknown, unknown>,
  nodes: readonly FieldNode[],
  columns: PlannedColumns,
  needed: Needed,
  textsOf: TextsOf,
): PagePart {
  const records: RecordWriter[] = [];
  const parts = partsOf(asking, objectTypeOf(field), nodes, (part, partNodes) => {
    if (part.name === 'cursor') {
      needed.cursors = true;
      return (page: Page, row: number) => jsonString(page.cursorOf(row));
    }
    // One text for each edge: a second selection of its node under another name is for the ordinary executor.
    if (part.name !== 'node' || records.length > 0) return unsupported();
    records.push(textsOf(objectTypeOf(part), partNodes, columns));
    return (_page: Page, _row: number, text: string) => text;
  });
  const edge = (page: Page, row: number, node: string): string =>
    `{${parts.map(({ label, text }) => label + text(page, row, node)).join('')}}`;
  const [record] = records;
  return {
    ...(record === undefined ? {} : { records: record }),
    text: (page, texts) => `[${page.rows.map((row) => edge(page, row, texts[row] ?? '')).join(',')}]`,
  };
}

function pageInfo(name: string, needed: Needed): (page: Page) => string {
  const cursorAt = (page: Page, row: number | undefined): string =>
    row === undefined ? 'null' : jsonString(page.cursorOf(row));
  if (name === 'hasNextPage') return (page) => String(page.hasNextPage);
  if (name === 'hasPreviousPage') return (page) => String(page.hasPreviousPage);
  needed.cursors = true;
  if (name === 'startCursor') return (page) => cursorAt(page, page.rows[0]);
  return name === 'endCursor' ? (page) => cursorAt(page, page.rows.at(-1)) : unsupported();
}

/** The texts of a page's rows, which lie side by side. */
function sliceOf(texts: readonly string[], rows: readonly number[]): readonly string[] {
  const [first = 0] = rows;
  return texts.slice(first, first + rows.length);
}
