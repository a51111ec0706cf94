/**
 * The plan of a query: what its records are made of (field.ts), read for all of them at once and written as JSON text.
 *
 * 1. A selection becomes a tree: of a record the columns that are shown, and what is fetched by one of them: another
 *    record, a list, what a loader reads. All records and lists that a level refers to are read by one statement
 *    (grid.ts).
 * 2. Values come column by column; the text of a record that many refer to is written once.
 * 3. What has no declaration is not planned. Of the root's fields those are left to the ordinary executor, one by one;
 *    anywhere below them it answers the root field whole.
 * 4. What goes wrong ends the plan without an answer: a refusal, a null where none may be, a field that is not for the
 *    viewer. The ordinary executor then answers anew, so that there is one place where errors are made. Queries change
 *    nothing; to ask twice does no harm.
 *
 * test/app/planned.test.ts holds both against each other.
 */
import {
  getNamedType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
} from 'graphql';
import { present } from '../values/assert.ts';
import type { Context } from '../request/context.ts';
import type { ListSource, FieldSource } from '../read/field.ts';
import { encodeGlobalId } from '../values/global-id.ts';
import { packColumns, readBatch, unpackColumns, type ColumnBatch } from '../postgres/column-batch.ts';
import { pagePlan } from './page-plan.ts';
import {
  PlannedColumns,
  UnsupportedSelection,
  argumentsOf,
  sourceOf,
  objectTypeOf,
  partsOf,
  unsupported,
  type SelectionContext,
  type Fetched,
  type PlanRequest,
  type FetchPlan,
} from './selection.ts';
import { needsExecutor, leafWriter, writerOf, type Writer } from './json-writer.ts';
import { arrayParameter, sql } from '../postgres/sql.ts';
import type { ModelName, Table } from '../postgres/table.ts';

interface Part {
  /** The key in the answer, as text with its colon, and the comma before it. */
  readonly label: string;
  text(grid: ColumnBatch, index: number, fetched: readonly Fetched[], context: Context): string;
}

interface Fetch {
  /** Where the key stands in the values. */
  readonly at: number;
  want(keys: readonly string[], request: PlanRequest): FetchPlan;
}

interface RecordPlan {
  readonly parts: readonly Part[];
  readonly fetches: readonly Fetch[];
}

/** Answers the text of a root field. */
export type PlannedRoot = (request: PlanRequest) => Promise<string>;

/** The plan of a root field; undefined where there is none. */
export function planRootField(
  asking: SelectionContext,
  root: GraphQLObjectType,
  nodes: readonly FieldNode[],
): PlannedRoot | undefined {
  const [node] = nodes;
  const field = node === undefined ? undefined : root.getFields()[node.name.value];
  if (node === undefined || field === undefined) return undefined;
  try {
    const source = sourceOf(asking, field);
    if (source?.kind === 'list') {
      const page = listPlan(asking, field, nodes, source);
      return async (request) => {
        const { statements, take } = page(undefined, request);
        const answers = await Promise.all(
          statements.map(({ text, isSteady }) => request.context.db.rows(text, isSteady)),
        );
        return String((await take(answers)).get(undefined));
      };
    }
    return source?.kind === 'lookup' ? lookupPlan(asking, field, nodes, source.find) : undefined;
  } catch (error) {
    if (error instanceof UnsupportedSelection) return undefined;
    throw error;
  }
}

function recordPlan(
  asking: SelectionContext,
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
  columns: PlannedColumns,
): RecordPlan {
  const fetches: Fetch[] = [];
  const fetch = (made: Fetch): number => fetches.push(made) - 1;
  const parts = partsOf(asking, type, nodes, (field, fieldNodes) =>
    textOfField(asking, type, field, fieldNodes, columns, fetch),
  );
  return { parts, fetches };
}

function textOfField(
  asking: SelectionContext,
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  nodes: readonly FieldNode[],
  columns: PlannedColumns,
  fetch: (made: Fetch) => number,
): Part['text'] {
  const source = sourceOf(asking, field);
  const exposed = exposedBy(field);
  if (source === undefined && exposed !== undefined) {
    const [at, write] = [columns.at(exposed), valueWriter(asking, field, nodes)];
    return (grid, index, _fetched, context) => write(grid[at]?.[index], context);
  }
  if (source === undefined && field.name === 'id' && isNode(type)) {
    const at = columns.at('id');
    return (grid, index) => `"${encodeGlobalId(type.name, String(grid[at]?.[index]))}"`;
  }
  if (source?.kind === 'derived') {
    const [rowOf, write, make] = [columns.rowOf(source.needs), valueWriter(asking, field, nodes), source.make];
    return (grid, index, _fetched, context) => write(make(rowOf(grid, index), context), context);
  }
  if (source?.kind === 'loaded') return textOfLoaded(asking, field, nodes, source, columns, fetch);
  if (source?.kind === 'reference')
    return textOfFetched(field, columns.at(source.key), referencePlan(asking, field, nodes, source.table), fetch);
  if (source?.kind === 'list' && source.column !== undefined)
    return textOfFetched(field, columns.at('id'), listPlan(asking, field, nodes, source), fetch);
  return unsupported();
}

/** What was written when it was fetched. */
function textOfFetched(
  field: GraphQLField<unknown, unknown>,
  at: number,
  want: Fetch['want'],
  fetch: (made: Fetch) => number,
): Part['text'] {
  const place = fetch({ at, want });
  const isRequired = isNonNullType(field.type);
  return (grid, index, fetched) => {
    const text = fetched[place]?.get(grid[at]?.[index]);
    if (typeof text === 'string') return text;
    return isRequired ? needsExecutor() : 'null';
  };
}

function textOfLoaded(
  asking: SelectionContext,
  field: GraphQLField<unknown, unknown>,
  nodes: readonly FieldNode[],
  { key, loader, needs, make }: Extract<FieldSource, { kind: 'loaded' }>,
  columns: PlannedColumns,
  fetch: (made: Fetch) => number,
): Part['text'] {
  const at = columns.at(key);
  const load = async (keys: readonly string[], { context }: PlanRequest): Promise<Fetched> => {
    const values = await loader.loadMany(context, keys);
    return new Map(keys.map((each, index) => [each, values[index]]));
  };
  if (leafWriter(getNamedType(field.type)) === undefined) {
    if (needs.length > 0) return unsupported();
    const texts = objectsPlan(asking, field, nodes);
    const write = async (keys: readonly string[], request: PlanRequest): Promise<Fetched> => {
      const found = [...(await load(keys, request))]
        .map(([of, value]) => [of, make(value as never, {} as never)] as const)
        .filter(([, value]) => value !== null);
      const written = await texts(
        found.map(([, value]) => value as object),
        request,
      );
      return new Map(found.map(([of], index) => [of, written[index]]));
    };
    return textOfFetched(field, at, (keys, request) => ({ statements: [], take: () => write(keys, request) }), fetch);
  }
  const place = fetch({ at, want: (keys, request) => ({ statements: [], take: () => load(keys, request) }) });
  const [rowOf, write] = [columns.rowOf(needs), valueWriter(asking, field, nodes)];
  return (grid, index, fetched, context) =>
    write(
      make(present(fetched[place], 'What was loaded').get(grid[at]?.[index]) as never, rowOf(grid, index)),
      context,
    );
}

/** Values, and objects that are made of them alone. */
function valueWriter(asking: SelectionContext, field: GraphQLField<unknown, unknown>, nodes: readonly FieldNode[]) {
  const named = getNamedType(field.type);
  const leaf = leafWriter(named);
  if (leaf !== undefined) return writerOf(field.type, leaf);
  return writerOf(field.type, objectWriter(asking, isObjectType(named) ? named : unsupported(), nodes));
}

function objectWriter(asking: SelectionContext, type: GraphQLObjectType, nodes: readonly FieldNode[]): Writer {
  const parts = partsOf(asking, type, nodes, (field, fieldNodes): Writer => {
    const [source, exposed, write] = [
      sourceOf(asking, field),
      exposedBy(field),
      valueWriter(asking, field, fieldNodes),
    ];
    if (source?.kind === 'derived') return (object, context) => write(source.make(object as never, context), context);
    return source === undefined && exposed !== undefined
      ? (object, context) => write(Reflect.get(object as object, exposed), context)
      : unsupported();
  });
  return (object, context) => `{${parts.map(({ label, text }) => label + text(object, context)).join('')}}`;
}

function referencePlan(
  asking: SelectionContext,
  field: GraphQLField<unknown, unknown>,
  nodes: readonly FieldNode[],
  table: Table<ModelName>,
): Fetch['want'] {
  const columns = new PlannedColumns('id');
  const plan = recordPlan(asking, objectTypeOf(field), nodes, columns);
  const list = packColumns(table, columns.fields, 't');
  return (ids, request) => ({
    statements: [
      {
        text: sql`SELECT ${list} FROM ${table.name} t WHERE t.id = ANY(${arrayParameter('uuid', ids)})`,
        width: columns.fields.length,
        isSteady: true,
      },
    ],
    async take([rows]) {
      const grid = unpackColumns(table, columns.fields, present(rows?.[0], 'What was packed'));
      const texts = await textsOf(plan, grid, request);
      return new Map(texts.map((text, index) => [grid[0]?.[index], text]));
    },
  });
}

/** The texts of records that are objects already. */
function objectsPlan(
  asking: SelectionContext,
  field: GraphQLField<unknown, unknown>,
  nodes: readonly FieldNode[],
): (objects: readonly object[], request: PlanRequest) => Promise<readonly string[]> {
  const columns = new PlannedColumns('id');
  const plan = recordPlan(asking, objectTypeOf(field), nodes, columns);
  return (objects, request) => textsOf(plan, columns.gridOf(objects), request);
}

function lookupPlan(
  asking: SelectionContext,
  field: GraphQLField<unknown, unknown>,
  nodes: readonly FieldNode[],
  find: Extract<FieldSource, { kind: 'lookup' }>['find'],
): (request: PlanRequest) => Promise<string> {
  const texts = objectsPlan(asking, field, nodes);
  return async (request) => {
    const found = await find(argumentsOf(field, nodes, request) as never, request.context);
    if (found === null) return isNonNullType(field.type) ? needsExecutor() : 'null';
    const [text] = await texts([found], request);
    return text ?? needsExecutor();
  };
}

/** The texts of the records, with everything below them. */
async function textsOf(
  { parts, fetches }: RecordPlan,
  grid: ColumnBatch,
  request: PlanRequest,
): Promise<readonly string[]> {
  const wanted = fetches.map(({ at, want }) => {
    const keys = [...new Set(grid[at])].filter((key) => typeof key === 'string');
    return keys.length === 0 ? NOTHING : want(keys, request);
  });
  const answers = await readBatch(
    request.context.db,
    wanted.flatMap(({ statements }) => statements),
  );
  let next = 0;
  const fetched = await Promise.all(
    wanted.map(({ statements, take }) => take(answers.slice(next, (next += statements.length)))),
  );
  return (grid[0] ?? []).map((_, index) => write(parts, grid, index, fetched, request.context));
}

const NOTHING: FetchPlan = { statements: [], take: () => new Map() };

function write(
  parts: readonly Part[],
  grid: ColumnBatch,
  index: number,
  fetched: readonly Fetched[],
  context: Context,
): string {
  let text = '{';
  for (const part of parts) text += part.label + part.text(grid, index, fetched, context);
  return `${text}}`;
}

function listPlan(
  asking: SelectionContext,
  field: GraphQLField<unknown, unknown>,
  nodes: readonly FieldNode[],
  list: ListSource,
): ReturnType<typeof pagePlan> {
  return pagePlan(asking, field, nodes, list, (type, recordNodes, columns) => {
    const plan = recordPlan(asking, type, recordNodes, columns);
    return (grid, request) => textsOf(plan, grid, request);
  });
}

/** The column or property that the field shows as it is. */
function exposedBy({ extensions }: GraphQLField<unknown, unknown>): string | undefined {
  const exposed: unknown = extensions['pothosExposedField'];
  return typeof exposed === 'string' ? exposed : undefined;
}

function isNode(type: GraphQLObjectType): boolean {
  return type.getInterfaces().some((each) => isInterfaceType(each) && each.name === 'Node');
}
