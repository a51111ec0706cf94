/**
 * The planner: it plans how a root field of a query is read for all records at once and written as JSON text, from the
 * declared sources of the fields (read/field.ts).
 *
 * 1. A selection becomes a tree. For a record, the plan contains the columns that are shown, and what is fetched by the
 *    keys in them: another record, a list, a loaded value. One statement reads all records and lists that one level
 *    refers to (postgres/column-batch.ts).
 * 2. Values arrive column by column; the text of a record that many others refer to is written once.
 * 3. A field without a declared source has no plan. A root field without a plan is executed by the graphql-js executor;
 *    when a field below a root field has no plan, the executor answers that root field completely.
 * 4. Any irregularity (a rejection, a null that the schema does not allow, a field that the viewer may not see) ends the
 *    plan without an answer. The graphql-js executor then answers the query from the start, so that only one place
 *    creates errors. Queries change nothing, so executing them twice is harmless.
 *
 * test/app/query-plan-equivalence.test.ts compares the answers of both.
 */
import { getNamedType, isInterfaceType, isNonNullType, type FieldNode, type GraphQLObjectType } from 'graphql';
import { present } from '../values/assert.ts';
import type { ListSource, FieldSource } from '../read/field.ts';
import { encodeGlobalId } from '../values/global-id.ts';
import { packColumns, unpackColumns } from '../postgres/column-batch.ts';
import { pagePlan } from './page-plan.ts';
import { writeRecords, type Fetch, type FieldWriter, type RecordPlan } from './record-plan.ts';
import {
  PlannedColumns,
  UnsupportedSelection,
  argumentsOf,
  sourceOf,
  objectTypeOf,
  planMembers,
  unsupported,
  type FieldSelection,
  type SelectionContext,
  type Fetched,
  type PlanRequest,
} from './selection.ts';
import { selectionBelow } from '../read/selected-columns.ts';
import { needsExecutor, leafWriter } from './json-writer.ts';
import { exposedProperty, valueWriter } from './value-writer.ts';
import { arrayParameter, sql } from '../postgres/sql.ts';
import type { ModelName, Table } from '../postgres/table.ts';

/** Answers a root field with its JSON text. Throws NeedsExecutor, or any other error, when it cannot. */
export type PlannedRoot = (request: PlanRequest) => Promise<string>;

type SourceOfKind<Kind extends FieldSource['kind']> = Extract<FieldSource, { readonly kind: Kind }>;

/** A record plan that is being made. */
interface RecordDraft {
  readonly type: GraphQLObjectType;
  readonly columns: PlannedColumns;
  readonly fetches: Fetch[];
}

/** The plan of a root field; undefined when the graphql-js executor has to answer it. */
export function planRootField(
  context: SelectionContext,
  root: GraphQLObjectType,
  nodes: readonly FieldNode[],
): PlannedRoot | undefined {
  const [node] = nodes;
  const field = node === undefined ? undefined : root.getFields()[node.name.value];
  if (node === undefined || field === undefined) return undefined;
  const selection = { context, field, nodes };
  try {
    const source = sourceOf(selection);
    if (source?.kind === 'list') return planRootList(selection, source);
    return source?.kind === 'lookup' ? planLookup(selection, source.find) : undefined;
  } catch (error) {
    if (error instanceof UnsupportedSelection) return undefined;
    throw error;
  }
}

function planRootList(selection: FieldSelection, list: ListSource): PlannedRoot {
  const page = planList(selection, list);
  return async (request) => {
    const { db } = request.context;
    const { statements, resolve } = await page(undefined, request);
    const results = await Promise.all(statements.map(({ text, isSteady }) => db.rows(text, isSteady)));
    return String((await resolve(results)).get(undefined));
  };
}

function planLookup(selection: FieldSelection, find: SourceOfKind<'lookup'>['find']): PlannedRoot {
  const write = planObjects(selection);
  const isRequired = isNonNullType(selection.field.type);
  const selects = selectionBelow(selection.nodes, selection.context.fragments);
  return async (request) => {
    const found = await find(argumentsOf(selection, request) as never, request.context, selects);
    if (found === null) return isRequired ? needsExecutor() : 'null';
    const [text] = await write([found], request);
    return text ?? needsExecutor();
  };
}

/** The plan of a record type, which adds the columns that it reads to `columns`. */
function planRecord(
  context: SelectionContext,
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
  columns: PlannedColumns,
): RecordPlan {
  const draft: RecordDraft = { type, columns, fetches: [] };
  const members = planMembers(context, type, nodes, (selection) => planField(selection, draft));
  return { members, fetches: draft.fetches };
}

function planField(selection: FieldSelection, draft: RecordDraft): FieldWriter {
  const { field } = selection;
  const { type, columns } = draft;
  const source = sourceOf(selection);
  const exposed = exposedProperty(field);
  if (source === undefined && exposed !== undefined) {
    const column = columns.indexOf(exposed);
    const write = valueWriter(selection);
    return (batch, index, _fetched, context) => write(batch[column]?.[index], context);
  }
  if (source === undefined && field.name === 'id' && isNode(type)) {
    const column = columns.indexOf('id');
    return (batch, index) => `"${encodeGlobalId(type.name, String(batch[column]?.[index]))}"`;
  }
  if (source?.kind === 'derived') {
    const { compute } = source;
    const rowOf = columns.rowReader(source.needs);
    const write = valueWriter(selection);
    return (batch, index, _fetched, context) => write(compute(rowOf(batch, index), context), context);
  }
  if (source?.kind === 'loaded') return planLoaded(selection, source, draft);
  if (source?.kind === 'reference') {
    const column = columns.indexOf(source.key);
    return planFetched(selection, { column, planFor: planReference(selection, source.table) }, draft);
  }
  if (source?.kind === 'list' && source.by !== undefined) {
    const column = columns.indexOf('id');
    return planFetched(selection, { column, planFor: planList(selection, source) }, draft);
  }
  return unsupported();
}

/** A field whose JSON text is fetched; null when nothing was found for the key. */
function planFetched({ field }: FieldSelection, fetch: Fetch, { fetches }: RecordDraft): FieldWriter {
  const { column } = fetch;
  const fetchIndex = fetches.push(fetch) - 1;
  const isRequired = isNonNullType(field.type);
  return (batch, index, fetched) => {
    const text = fetched[fetchIndex]?.get(batch[column]?.[index]);
    if (typeof text === 'string') return text;
    return isRequired ? needsExecutor() : 'null';
  };
}

function planLoaded(
  selection: FieldSelection,
  { key, loader, needs, compute }: SourceOfKind<'loaded'>,
  draft: RecordDraft,
): FieldWriter {
  const column = draft.columns.indexOf(key);
  const load = async (keys: readonly string[], { context }: PlanRequest): Promise<Fetched> => {
    const values = await loader.loadMany(context, keys);
    return new Map(keys.map((each, index) => [each, values[index]]));
  };
  if (leafWriter(getNamedType(selection.field.type)) === undefined) {
    if (needs.length > 0) return unsupported();
    const writeObjects = planObjects(selection);
    const loadAndWrite = async (keys: readonly string[], request: PlanRequest): Promise<Fetched> => {
      const found = [...(await load(keys, request))]
        .map(([each, value]) => [each, compute(value as never, {} as never)] as const)
        .filter(([, value]) => value !== null);
      const objects = found.map(([, value]) => value as object);
      const texts = await writeObjects(objects, request);
      return new Map(found.map(([each], index) => [each, texts[index]]));
    };
    const planFor: Fetch['planFor'] = (keys, request) => ({
      statements: [],
      resolve: () => loadAndWrite(keys, request),
    });
    return planFetched(selection, { column, planFor }, draft);
  }
  const planFor: Fetch['planFor'] = (keys, request) => ({ statements: [], resolve: () => load(keys, request) });
  const fetchIndex = draft.fetches.push({ column, planFor }) - 1;
  const rowOf = draft.columns.rowReader(needs);
  const write = valueWriter(selection);
  return (batch, index, fetched, context) => {
    const loaded = present(fetched[fetchIndex], 'What was loaded').get(batch[column]?.[index]);
    return write(compute(loaded as never, rowOf(batch, index)), context);
  };
}

/** Records of a table by their ids. */
function planReference({ context, field, nodes }: FieldSelection, table: Table<ModelName>): Fetch['planFor'] {
  const columns = new PlannedColumns('id');
  const plan = planRecord(context, objectTypeOf(field), nodes, columns);
  const { fields } = columns;
  const packed = packColumns(table, fields, 't');
  return (ids, request) => {
    const text = sql`SELECT ${packed} FROM ${table.name} t WHERE t.id = ANY(${arrayParameter('uuid', ids)})`;
    return {
      statements: [{ text, width: fields.length, isSteady: true }],
      async resolve([rows]) {
        const batch = unpackColumns(table, fields, present(rows?.[0], 'What was packed'));
        const texts = await writeRecords(plan, batch, request);
        return new Map(texts.map((each, index) => [batch[0]?.[index], each]));
      },
    };
  };
}

/** Records that are objects already. */
function planObjects({
  context,
  field,
  nodes,
}: FieldSelection): (objects: readonly object[], request: PlanRequest) => Promise<readonly string[]> {
  const columns = new PlannedColumns('id');
  const plan = planRecord(context, objectTypeOf(field), nodes, columns);
  return (objects, request) => writeRecords(plan, columns.batchOf(objects), request);
}

function planList(selection: FieldSelection, list: ListSource): ReturnType<typeof pagePlan> {
  return pagePlan(selection, list, (type, nodes, columns) => {
    const plan = planRecord(selection.context, type, nodes, columns);
    return (batch, request) => writeRecords(plan, batch, request);
  });
}

function isNode(type: GraphQLObjectType): boolean {
  return type.getInterfaces().some((each) => isInterfaceType(each) && each.name === 'Node');
}
