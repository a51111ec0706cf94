/**
 * What a selection asks for, as a plan needs it: its fields by the keys of the answer, the columns they need, and who
 * may see them.
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

export interface SelectionContext {
  readonly schema: GraphQLSchema;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** The values of the operation's Boolean variables, by which `@skip` and `@include` decide. */
  readonly switches: Readonly<Record<string, unknown>>;
  /** Who may see what is planned: all of these must let the viewer pass. */
  readonly accesses: Set<Access>;
}

export interface PlanRequest {
  readonly context: Context;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What was fetched by a key. */
export type Fetched = ReadonlyMap<unknown, unknown>;

/** What is to be fetched by some keys: the statements that read it, if any, and what becomes of their rows. */
export interface FetchPlan {
  readonly statements: readonly BatchStatement[];
  take(answers: readonly ResultRows[]): Promise<Fetched> | Fetched;
}

/** Says that the ordinary executor has to do it. It never leaves the plan. */
export class UnsupportedSelection extends Error {
  override readonly name = 'Unplanned';
}

/** The nodes of each key of the answer, fragments included, in the order in which they are first met. */
export function selectedFields(
  asking: SelectionContext,
  type: GraphQLObjectType,
  nodes: readonly SelectionSetNode[],
  into = new Map<string, FieldNode[]>(),
): ReadonlyMap<string, readonly FieldNode[]> {
  for (const node of nodes.flatMap(({ selections }) => selections)) {
    if (!isShown(asking, node)) continue;
    if (node.kind === Kind.FIELD) {
      const key = (node.alias ?? node.name).value;
      into.set(key, [...(into.get(key) ?? []), node]);
      continue;
    }
    const { schema, fragments } = asking;
    const fragment = node.kind === Kind.FRAGMENT_SPREAD ? fragments[node.name.value] : node;
    const on = fragment?.typeCondition === undefined ? type : schema.getType(fragment.typeCondition.name.value);
    const concerns = on === type || (isAbstractType(on) && schema.isSubType(on, type));
    if (fragment !== undefined && concerns) selectedFields(asking, type, [fragment.selectionSet], into);
  }
  return into;
}

function isShown({ switches }: SelectionContext, node: SelectionNode): boolean {
  return (
    getDirectiveValues(GraphQLSkipDirective, node, switches)?.['if'] !== true &&
    getDirectiveValues(GraphQLIncludeDirective, node, switches)?.['if'] !== false
  );
}

/** The columns of a record, in the order in which they are first asked for. */
export class PlannedColumns {
  readonly fields: string[];

  constructor(...fields: readonly string[]) {
    this.fields = [...fields];
  }

  at(field: string): number {
    const known = this.fields.indexOf(field);
    return known === -1 ? this.fields.push(field) - 1 : known;
  }

  /** Some of a record's values under their names. */
  rowOf(fields: readonly string[]): (grid: ColumnBatch, index: number) => never {
    const places = fields.map((field) => [field, this.at(field)] as const);
    return (grid, index) => Object.fromEntries(places.map(([field, at]) => [field, grid[at]?.[index]])) as never;
  }

  /** The values of objects. */
  gridOf(objects: readonly object[]): ColumnBatch {
    return this.fields.map((field) => objects.map((object): unknown => Reflect.get(object, field)));
  }
}

export function partsOf<Text>(
  asking: SelectionContext,
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
  textOf: (field: GraphQLField<unknown, unknown>, nodes: readonly FieldNode[]) => Text,
): readonly { readonly label: string; readonly text: Text | (() => string) }[] {
  admit(asking, type.extensions);
  const keys = selectedFields(asking, type, below(nodes));
  return [...keys].map(([key, fieldNodes], index) => {
    const label = `${index === 0 ? '' : ','}${jsonString(key)}:`;
    const name = fieldNodes[0]?.name.value ?? '';
    if (name === '__typename') return { label, text: () => jsonString(type.name) };
    return { label, text: textOf(type.getFields()[name] ?? unsupported(), fieldNodes) };
  });
}

export function argumentsOf(
  field: GraphQLField<unknown, unknown>,
  [node]: readonly FieldNode[],
  { variables }: PlanRequest,
): object {
  return getArgumentValues(field, present(node, 'The node of a field'), variables);
}

/** How the field is made, if it says so; who may see it is noted. */
export function sourceOf(
  asking: SelectionContext,
  { extensions }: GraphQLField<unknown, unknown>,
): FieldSource | undefined {
  admit(asking, extensions);
  return (extensions as Partial<FieldExtensions>).lotgraphSource;
}

function admit({ accesses }: SelectionContext, extensions: object): void {
  const access = declaredAccess(extensions);
  // The graphql-js executor asks for each record.
  if (access === 'BY_RECORD') unsupported();
  if (access !== undefined) accesses.add(access);
}

export function isForViewer({ accesses }: SelectionContext, { viewer }: Context): boolean {
  return [...accesses].every((access) => mayAccess(access, viewer) === undefined);
}

function below(nodes: readonly FieldNode[]): readonly SelectionSetNode[] {
  return nodes.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : [selectionSet]));
}

export function objectTypeOf(field: GraphQLField<unknown, unknown>): GraphQLObjectType {
  const type = getNamedType(field.type);
  return isObjectType(type) ? type : unsupported();
}

export function unsupported(): never {
  throw new UnsupportedSelection('No plan.');
}
