/**
 * The cost of an operation: the number of nodes that its lists may hold. A connection counts the product of the `first`
 * (or `last`) arguments along its path, with the values of the variables; any other list of objects counts ten. Each
 * condition of its filter on related records counts like one more node of each record, because it reads another table.
 * Some fields declare a cost of their own. Introspection is free; its depth is limited instead. The answer of a batch
 * grows with its records: what is selected of it counts once for every ten of them.
 *
 * The cost of a fragment does not depend on where it is spread, so each fragment is walked once, and the time is linear
 * in the length of the document.
 */
import {
  Kind,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
  isInterfaceType,
  valueFromASTUntyped,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import type { FieldExtensions } from '../../platform/read/field.ts';
import type { FieldCost } from '../../platform/read/field-extensions.ts';
import { FILTER_RELATIONS, relationsIn } from '../../platform/read/filter-size.ts';
import { LIMITS } from '../../platform/process/limits.ts';
import { isJsonRecord } from '../../platform/values/json.ts';

type Variables = Readonly<Record<string, unknown>>;

/** Returns the cost of the operation of this name, or of the only one. The document must be valid. */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Variables,
): number {
  const operations = document.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
  const operation = operations.find((each) => each.name?.value === operationName) ?? operations[0];
  const root = operation === undefined ? undefined : schema.getRootType(operation.operation);
  if (operation === undefined || root === undefined || root === null) return 0;
  const fragments = new Map(
    document.definitions
      .filter((each) => each.kind === Kind.FRAGMENT_DEFINITION)
      .map((each) => [each.name.value, each]),
  );
  return Math.min(
    costFunction(schema, fragments, variablesOf(operation, variables))(operation.selectionSet, root),
    Number.MAX_SAFE_INTEGER,
  );
}

function costFunction(
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  variables: Variables,
): (selection: SelectionSetNode, parent: GraphQLNamedType | undefined) => number {
  const known = new Map<string, number>();
  const fragmentCost = (name: string): number => {
    const found = known.get(name);
    if (found !== undefined) return found;
    known.set(name, 0);
    const fragment = fragments.get(name);
    const cost =
      fragment === undefined
        ? 0
        : selectionCost(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value));
    known.set(name, cost);
    return cost;
  };
  const fieldCost = (node: FieldNode, parent: GraphQLNamedType | undefined): number => {
    if (node.name.value.startsWith('__') || !(isObjectType(parent) || isInterfaceType(parent))) return 0;
    const field = parent.getFields()[node.name.value];
    if (field === undefined) return 0;
    if (node.selectionSet === undefined || !isCompositeType(getNamedType(field.type))) return ownCost(field);
    const type = getNamedType(field.type);
    const childCost = (ownCost(field) + selectionCost(node.selectionSet, type)) * batchFactor(node, variables);
    if (isConnection(type)) return pageSize(node, variables) * (1 + childCost + relations(node, field, variables));
    if (!isList(field.type) || (isConnection(parent) && PAGE_LISTS.has(field.name))) return childCost;
    return listSize(node, variables) * (1 + childCost);
  };
  const selectionCost = ({ selections }: SelectionSetNode, parent: GraphQLNamedType | undefined): number => {
    let sum = 0;
    for (const node of selections) {
      if (node.kind === Kind.FIELD) sum += fieldCost(node, parent);
      else if (node.kind === Kind.FRAGMENT_SPREAD) sum += fragmentCost(node.name.value);
      else
        sum += selectionCost(
          node.selectionSet,
          node.typeCondition === undefined ? parent : schema.getType(node.typeCondition.name.value),
        );
    }
    return sum;
  };
  return selectionCost;
}

/** The declared cost of a field that is more expensive than its nodes. */
function ownCost({ extensions }: { readonly extensions: Partial<FieldCost> }): number {
  return extensions.lotgraphCost ?? 0;
}

/** How many conditions on related records the filter of a list has. */
function relations(
  node: FieldNode,
  { extensions }: { readonly extensions: Partial<FieldExtensions> },
  variables: Variables,
): number {
  const source = extensions.lotgraphSource;
  const saved = argumentOf(node, 'savedFilter', variables) === null ? 0 : savedRelations(node);
  const argument = node.arguments?.find(({ name }) => name.value === 'filter');
  if (argument === undefined || source?.kind !== 'list') return saved;
  return saved + relationsIn(source.listing.filter, valueFromASTUntyped(argument.value, variables));
}

/** A saved filter is not known before it is loaded: it counts as many as a filter may have. */
function savedRelations(node: FieldNode): number {
  return node.arguments?.some(({ name }) => name.value === 'savedFilter') === true ? FILTER_RELATIONS : 0;
}

/** The lists of a connection hold its page, which is already counted. */
const PAGE_LISTS = new Set(['edges', 'nodes']);

function isConnection(type: GraphQLNamedType): boolean {
  return isObjectType(type) && 'pageInfo' in type.getFields();
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(getNullableType(type));
}

function pageSize(node: FieldNode, variables: Variables): number {
  const given = ['first', 'last']
    .map((name) => argumentOf(node, name, variables))
    .find((value) => typeof value === 'number');
  return Math.max(given ?? LIMITS.page.default, 0);
}

/** A list by ids holds as many records as there are ids. */
function listSize(node: FieldNode, variables: Variables): number {
  const ids = argumentOf(node, 'ids', variables);
  return Array.isArray(ids) ? ids.length : LIMITS.document.otherList;
}

/** How many times the assumed size of a list the batch of a mutation is; 1 where there is no batch. */
function batchFactor(node: FieldNode, variables: Variables): number {
  const items = itemsOf(node.arguments?.find((each) => each.name.value === 'input')?.value, variables);
  return Array.isArray(items) ? Math.max(1, Math.ceil(items.length / LIMITS.document.otherList)) : 1;
}

/** The records of a batch: in the document, or in a variable. */
function itemsOf(input: ValueNode | undefined, variables: Variables): unknown {
  if (input?.kind === Kind.OBJECT) {
    const items = input.fields.find((field) => field.name.value === 'items');
    return items && valueOf(items.value, variables);
  }
  const given = input && valueOf(input, variables);
  return isJsonRecord(given) ? given['items'] : undefined;
}

function argumentOf(node: FieldNode, name: string, variables: Variables): unknown {
  const argument = node.arguments?.find((each) => each.name.value === name);
  return argument === undefined ? undefined : valueOf(argument.value, variables);
}

function valueOf(node: ValueNode, variables: Variables): unknown {
  if (node.kind === Kind.VARIABLE)
    return Object.hasOwn(variables, node.name.value) ? variables[node.name.value] : undefined;
  if (node.kind === Kind.INT) return Number(node.value);
  if (node.kind === Kind.OBJECT) return valueFromASTUntyped(node, variables);
  return node.kind === Kind.LIST ? node.values : undefined;
}

/** Returns the variables with their defaults. An explicit null stays null: the page then has its default size. */
function variablesOf(operation: OperationDefinitionNode, given: Variables): Variables {
  const values: Record<string, unknown> = {};
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    values[name] =
      Object.hasOwn(given, name) && given[name] !== undefined
        ? given[name]
        : defaultValue === undefined
          ? undefined
          : valueOf(defaultValue, {});
  }
  return values;
}
