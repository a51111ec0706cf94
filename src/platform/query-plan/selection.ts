/**
 * The selection of a query as a plan needs it: the selected fields by their keys in the answer, the columns that they
 * read, and the accesses that they require.
 */
import {
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  isAbstractType,
  isObjectType,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { mayAccess, type Access } from '../rules/access.ts';
import { present } from '../values/assert.ts';
import type { Context } from '../request/context.ts';
import { declaredAccess } from '../graphql/declared-access.ts';
import type { FieldExtensions, FieldSource } from '../read/field.ts';
import type { ColumnBatch, ResultRows, BatchStatement } from '../postgres/column-batch.ts';
import { jsonString } from './json-writer.ts';

/** What all parts of a plan share while it is made. */
export interface SelectionContext {
  readonly schema: GraphQLSchema;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** The values of the operation's Boolean variables, which `@skip` and `@include` depend on. */
  readonly switches: Readonly<Record<string, unknown>>;
  /** The accesses of everything that is planned; the viewer needs all of them. */
  readonly accesses: Set<Access>;
}

/** A selected field: its definition, and all nodes that select it under one key of the answer. */
export interface FieldSelection {
  readonly context: SelectionContext;
  readonly field: GraphQLField<unknown, unknown>;
  readonly nodes: readonly FieldNode[];
}

/** A member of a JSON object. */
export interface PlannedMember<Write> {
  /** The key of the answer as JSON text with its colon, and the comma before it. */
  readonly label: string;
  /** Writes the value; a function without parameters for `__typename`. */
  readonly write: Write | (() => string);
}

/** A request that a plan answers. */
export interface PlanRequest {
  readonly context: Context;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The fetched values by their keys. */
export type Fetched = ReadonlyMap<unknown, unknown>;

/** Fetches values for a set of keys: the statements that read them (perhaps none), and how their results are used. */
export interface FetchPlan {
  readonly statements: readonly BatchStatement[];
  /** The fetched values, from the results of the statements in their order. */
  resolve(results: readonly ResultRows[]): Promise<Fetched> | Fetched;
}

/** Thrown while a plan is made, when only the graphql-js executor can handle the selection. It never leaves the plan. */
export class UnsupportedSelection extends Error {
  override readonly name = 'UnsupportedSelection';
}

/**
 * The field nodes by their keys in the answer, including those in fragments, in the order in which they first appear.
 * `into` is the map to fill.
 */
export function selectedFields(
  context: SelectionContext,
  type: GraphQLObjectType,
  selections: readonly SelectionSetNode[],
  into = new Map<string, FieldNode[]>(),
): ReadonlyMap<string, readonly FieldNode[]> {
  for (const node of selections.flatMap((set) => set.selections)) {
    if (!isIncluded(context, node)) continue;
    if (node.kind === Kind.FIELD) {
      const key = (node.alias ?? node.name).value;
      into.set(key, [...(into.get(key) ?? []), node]);
      continue;
    }
    const { schema, fragments } = context;
    const fragment = node.kind === Kind.FRAGMENT_SPREAD ? fragments[node.name.value] : node;
    const condition = fragment?.typeCondition;
    const on = condition === undefined ? type : schema.getType(condition.name.value);
    const applies = on === type || (isAbstractType(on) && schema.isSubType(on, type));
    if (fragment !== undefined && applies) selectedFields(context, type, [fragment.selectionSet], into);
  }
  return into;
}

function isIncluded({ switches }: SelectionContext, node: SelectionNode): boolean {
  return (
    getDirectiveValues(GraphQLSkipDirective, node, switches)?.['if'] !== true &&
    getDirectiveValues(GraphQLIncludeDirective, node, switches)?.['if'] !== false
  );
}

/** The columns that a plan reads of a record, in the order in which they are first needed. */
export class PlannedColumns {
  /** The fields of the columns. */
  readonly fields: string[];

  constructor(...fields: readonly string[]) {
    this.fields = [...fields];
  }

  /** The index of a field's column, which is added when it is new. */
  indexOf(field: string): number {
    const index = this.fields.indexOf(field);
    return index === -1 ? this.fields.push(field) - 1 : index;
  }

  /** A function that reads some fields of a record as an object. */
  rowReader(fields: readonly string[]): (batch: ColumnBatch, index: number) => never {
    const columns = fields.map((field) => [field, this.indexOf(field)] as const);
    return (batch, index) => Object.fromEntries(columns.map(([field, at]) => [field, batch[at]?.[index]])) as never;
  }

  /** The columns of records that are objects already. */
  batchOf(objects: readonly object[]): ColumnBatch {
    return this.fields.map((field) => objects.map((object): unknown => Reflect.get(object, field)));
  }
}

/** Plans the members of a JSON object: every field that the nodes select of the type, with the writer of its value. */
export function planMembers<Write>(
  context: SelectionContext,
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
  planField: (selection: FieldSelection) => Write,
): readonly PlannedMember<Write>[] {
  requireAccess(context, type.extensions);
  const selected = selectedFields(context, type, selectionSetsOf(nodes));
  return [...selected].map(([key, fieldNodes], index) => {
    const label = `${index === 0 ? '' : ','}${jsonString(key)}:`;
    const name = fieldNodes[0]?.name.value ?? '';
    if (name === '__typename') return { label, write: () => jsonString(type.name) };
    return { label, write: planField({ context, field: type.getFields()[name] ?? unsupported(), nodes: fieldNodes }) };
  });
}

/** The arguments of a field in a request. Throws a GraphQLError for invalid ones. */
export function argumentsOf({ field, nodes }: FieldSelection, { variables }: PlanRequest): object {
  return getArgumentValues(field, present(nodes[0], 'The node of a field'), variables);
}

/** The declared source of a field; undefined when there is none. Adds the field's access to those of the plan. */
export function sourceOf({ context, field: { extensions } }: FieldSelection): FieldSource | undefined {
  requireAccess(context, extensions);
  return (extensions as Partial<FieldExtensions>).lotgraphSource;
}

function requireAccess({ accesses }: SelectionContext, extensions: object): void {
  const access = declaredAccess(extensions);
  // The graphql-js executor checks the access of each record.
  if (access === 'BY_RECORD') unsupported();
  if (access !== undefined) accesses.add(access);
}

/** True when the viewer has access to everything that is planned. */
export function isForViewer({ accesses }: SelectionContext, { viewer }: Context): boolean {
  return [...accesses].every((access) => mayAccess(access, viewer) === undefined);
}

function selectionSetsOf(nodes: readonly FieldNode[]): readonly SelectionSetNode[] {
  return nodes.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : [selectionSet]));
}

/** The named type of a field. Throws UnsupportedSelection when it is not an object type. */
export function objectTypeOf(field: GraphQLField<unknown, unknown>): GraphQLObjectType {
  const type = getNamedType(field.type);
  return isObjectType(type) ? type : unsupported();
}

/** Throws UnsupportedSelection. */
export function unsupported(): never {
  throw new UnsupportedSelection('No plan.');
}
