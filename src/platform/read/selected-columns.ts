/**
 * Finds the columns that a selection needs: a page with two fields reads three columns instead of thirty.
 *
 * 1. A field that exposes a column needs that column. Any other field declares its columns (field.ts); without a
 *    declaration the whole row is read.
 * 2. Below a union or an interface, whole rows are read.
 * 3. `@skip` and `@include` are ignored: a column is read when its field may be shown.
 *
 * It earns 27 % more requests per second for a lot with 800 executions, and 3 % for a page of 100, when the graphql-js
 * executor answers: `LOTGRAPH_QUERY_PLANS=off npm run bench -- --before DIR --only Q2 --only Q3`, compared with a build
 * without it (docs/performance.md). Query plans select their columns by themselves.
 *
 * Invariants, both tested in test/app/query-plan-equivalence.test.ts:
 * - I1: An answer is the same as from whole rows ("a query answers what the graphql-js executor answers from whole
 *   rows").
 * - I2: Each field declares all columns that it needs ("each field of each record, requested alone").
 */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  isAbstractType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import type { SelectedColumns } from '../postgres/table.ts';
import type { ColumnNeeds } from './field-extensions.ts';

type SelectionInfo = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments' | 'returnType' | 'schema'>;

/**
 * The columns of the record that the field returns, or of the nodes of the page that it returns; undefined for all. It
 * is called for each row and computed once.
 */
export function columnsFor(info: SelectionInfo): SelectedColumns {
  if (!cache.has(info.fieldNodes)) cache.set(info.fieldNodes, computeColumns(info));
  return cache.get(info.fieldNodes);
}

/** Cached by the list of field nodes, which executors share between all rows. */
const cache = new WeakMap<SelectionInfo['fieldNodes'], SelectedColumns>();

function computeColumns(info: SelectionInfo): SelectedColumns {
  const type = getNamedType(info.returnType);
  const selections = info.fieldNodes.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : [selectionSet]));
  if (!isObjectType(type)) return undefined;
  const node = nodeTypeOf(type);
  return node === undefined ? fieldsIn(info, type, selections) : fieldsIn(info, node, nodesIn(info, selections));
}

/** The type of a connection's nodes; undefined when the type is not a connection. */
function nodeTypeOf(type: GraphQLObjectType): GraphQLObjectType | undefined {
  const { nodes, pageInfo } = type.getFields();
  const node = nodes === undefined || pageInfo === undefined ? undefined : getNamedType(nodes.type);
  return isObjectType(node) ? node : undefined;
}

/** The selections of a connection's nodes, directly and through edges. */
function nodesIn(info: SelectionInfo, selections: readonly SelectionSetNode[]): readonly SelectionSetNode[] {
  return [
    ...subselections(info, selections, 'nodes'),
    ...subselections(info, subselections(info, selections, 'edges'), 'node'),
  ];
}

function subselections(
  info: SelectionInfo,
  selections: readonly SelectionSetNode[],
  name: string,
): readonly SelectionSetNode[] {
  return fieldNodesIn(info, selections).flatMap((field) =>
    field.name.value === name && field.selectionSet !== undefined ? [field.selectionSet] : [],
  );
}

function fieldsIn(
  info: SelectionInfo,
  type: GraphQLObjectType,
  selections: readonly SelectionSetNode[],
): SelectedColumns {
  const columns = new Set<string>(['id']);
  for (const { name } of fieldNodesIn(info, selections, type)) {
    const needed = name.value === '__typename' ? [] : needsOf(type, name.value);
    if (needed === undefined) return undefined;
    for (const field of needed) columns.add(field);
  }
  return columns;
}

function needsOf(type: GraphQLObjectType, name: string): readonly string[] | undefined {
  if (name === 'id') return ['id'];
  const { pothosExposedField, lotgraphNeeds } = (type.getFields()[name]?.extensions ?? {}) as Partial<ColumnNeeds> & {
    readonly pothosExposedField?: string;
  };
  return lotgraphNeeds ?? (pothosExposedField === undefined ? undefined : [pothosExposedField]);
}

/** The field nodes of the selections, including those in fragments; with a type, only in fragments that apply to it. */
function fieldNodesIn(
  info: SelectionInfo,
  selections: readonly SelectionSetNode[],
  type?: GraphQLObjectType,
): readonly FieldNode[] {
  return selections.flatMap(({ selections: parts }) =>
    parts.flatMap((part): readonly FieldNode[] => {
      if (part.kind === Kind.FIELD) return [part];
      const fragment = part.kind === Kind.FRAGMENT_SPREAD ? info.fragments[part.name.value] : part;
      const condition = fragment?.typeCondition;
      const on = condition === undefined ? undefined : info.schema.getType(condition.name.value);
      const applies = type === undefined || on === undefined || on === type || isAbstractType(on);
      return fragment === undefined || !applies ? [] : fieldNodesIn(info, [fragment.selectionSet], type);
    }),
  );
}

/** Whether a field of this name is selected anywhere below. `@skip` and `@include` are ignored: it may be shown. */
export type Selects = (name: string) => boolean;

type Fragments = Readonly<Record<string, FragmentDefinitionNode>>;

/** What the nodes of a field select below it. */
export function selectionBelow(nodes: readonly FieldNode[], fragments: Fragments): Selects {
  return (name) => nodes.some(({ selectionSet }) => hasField(selectionSet, name, fragments));
}

function hasField(set: SelectionSetNode | undefined, name: string, fragments: Fragments): boolean {
  return (set?.selections ?? []).some((selection) => {
    switch (selection.kind) {
      case Kind.FIELD:
        return selection.name.value === name || hasField(selection.selectionSet, name, fragments);
      case Kind.INLINE_FRAGMENT:
        return hasField(selection.selectionSet, name, fragments);
      case Kind.FRAGMENT_SPREAD:
        return hasField(fragments[selection.name.value]?.selectionSet, name, fragments);
    }
  });
}
