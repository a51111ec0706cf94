/**
 * Which columns of its table a selection needs: a page of two fields reads three columns, not thirty.
 *
 * 1. A field that shows a column needs it. Another one says what it needs (field.ts); where it does not, the whole row
 *    is read.
 * 2. What is under a union or an interface is read whole.
 * 3. `@skip` and `@include` are not looked at: what may be shown is read.
 *
 * test/app/planned.test.ts holds rows with such columns against whole rows.
 */
import {
  type FieldNode,
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

type Asking = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments' | 'returnType' | 'schema'>;

/**
 * Of the record that the field shows, or of the nodes of the page that it shows. Asked for each row, and found out
 * once.
 */
export function columnsFor(info: Asking): SelectedColumns {
  if (!known.has(info.fieldNodes)) known.set(info.fieldNodes, wantedOf(info));
  return known.get(info.fieldNodes);
}

/** The executors hand the same list of nodes to a field in every row. */
const known = new WeakMap<Asking['fieldNodes'], SelectedColumns>();

function wantedOf(info: Asking): SelectedColumns {
  const type = getNamedType(info.returnType);
  const selections = info.fieldNodes.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : [selectionSet]));
  if (!isObjectType(type)) return undefined;
  const node = nodeTypeOf(type);
  return node === undefined ? fieldsIn(info, type, selections) : fieldsIn(info, node, nodesIn(info, selections));
}

/** The type of a connection's nodes. */
function nodeTypeOf(type: GraphQLObjectType): GraphQLObjectType | undefined {
  const { nodes, pageInfo } = type.getFields();
  const node = nodes === undefined || pageInfo === undefined ? undefined : getNamedType(nodes.type);
  return isObjectType(node) ? node : undefined;
}

/** What is selected of a connection's nodes, directly and through edges. */
function nodesIn(info: Asking, selections: readonly SelectionSetNode[]): readonly SelectionSetNode[] {
  return [...below(info, selections, 'nodes'), ...below(info, below(info, selections, 'edges'), 'node')];
}

function below(info: Asking, selections: readonly SelectionSetNode[], name: string): readonly SelectionSetNode[] {
  return fieldNodesIn(info, selections).flatMap((field) =>
    field.name.value === name && field.selectionSet !== undefined ? [field.selectionSet] : [],
  );
}

function fieldsIn(info: Asking, type: GraphQLObjectType, selections: readonly SelectionSetNode[]): SelectedColumns {
  const wanted = new Set<string>(['id']);
  for (const { name } of fieldNodesIn(info, selections, type)) {
    const made = name.value === '__typename' ? [] : needsOf(type, name.value);
    if (made === undefined) return undefined;
    for (const field of made) wanted.add(field);
  }
  return wanted;
}

function needsOf(type: GraphQLObjectType, name: string): readonly string[] | undefined {
  if (name === 'id') return ['id'];
  const { pothosExposedField, lotgraphNeeds } = (type.getFields()[name]?.extensions ?? {}) as Partial<ColumnNeeds> & {
    readonly pothosExposedField?: string;
  };
  return lotgraphNeeds ?? (pothosExposedField === undefined ? undefined : [pothosExposedField]);
}

/** The fields of the selections, those of fragments included; with a type, of fragments that concern it. */
function fieldNodesIn(
  info: Asking,
  selections: readonly SelectionSetNode[],
  type?: GraphQLObjectType,
): readonly FieldNode[] {
  return selections.flatMap(({ selections: parts }) =>
    parts.flatMap((part): readonly FieldNode[] => {
      if (part.kind === Kind.FIELD) return [part];
      const fragment = part.kind === Kind.FRAGMENT_SPREAD ? info.fragments[part.name.value] : part;
      const on =
        fragment?.typeCondition === undefined ? undefined : info.schema.getType(fragment.typeCondition.name.value);
      const concerns = type === undefined || on === undefined || on === type || isAbstractType(on);
      return fragment === undefined || !concerns ? [] : fieldNodesIn(info, [fragment.selectionSet], type);
    }),
  );
}
