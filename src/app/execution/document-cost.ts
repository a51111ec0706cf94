/**
 * What an operation costs: the nodes that its lists may hold. A connection counts the product of the `first` (or
 * `last`) along its path, with the values that the variables have; any other list of objects counts ten. Introspection
 * is free, its depth is limited.
 *
 * The cost of a fragment is proportional to how often it is reached, so each is walked once: the time is linear in the
 * document.
 */
import {
  Kind,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
  isInterfaceType,
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
import { LIMITS } from '../../platform/process/limits.ts';

type Variables = Readonly<Record<string, unknown>>;

/** The cost of the document's operation of this name, or of its only one. The document is valid. */
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
    costing(schema, fragments, valuesOf(operation, variables))(operation.selectionSet, root),
    Number.MAX_SAFE_INTEGER,
  );
}

function costing(
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  variables: Variables,
): (selection: SelectionSetNode, parent: GraphQLNamedType | undefined) => number {
  const known = new Map<string, number>();
  const ofFragment = (name: string): number => {
    const found = known.get(name);
    if (found !== undefined) return found;
    known.set(name, 0);
    const fragment = fragments.get(name);
    const cost =
      fragment === undefined
        ? 0
        : ofSelection(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value));
    known.set(name, cost);
    return cost;
  };
  const ofField = (node: FieldNode, parent: GraphQLNamedType | undefined): number => {
    if (
      node.selectionSet === undefined ||
      node.name.value.startsWith('__') ||
      !(isObjectType(parent) || isInterfaceType(parent))
    )
      return 0;
    const field = parent.getFields()[node.name.value];
    if (field === undefined || !isCompositeType(getNamedType(field.type))) return 0;
    const type = getNamedType(field.type);
    const below = ofSelection(node.selectionSet, type);
    if (isConnection(type)) return sizeOfPage(node, variables) * (1 + below);
    if (!isList(field.type) || (isConnection(parent) && PAGE_OF_CONNECTION.has(field.name))) return below;
    return sizeOfList(node, variables) * (1 + below);
  };
  const ofSelection = ({ selections }: SelectionSetNode, parent: GraphQLNamedType | undefined): number => {
    let sum = 0;
    for (const node of selections) {
      if (node.kind === Kind.FIELD) sum += ofField(node, parent);
      else if (node.kind === Kind.FRAGMENT_SPREAD) sum += ofFragment(node.name.value);
      else
        sum += ofSelection(
          node.selectionSet,
          node.typeCondition === undefined ? parent : schema.getType(node.typeCondition.name.value),
        );
    }
    return sum;
  };
  return ofSelection;
}

/** The lists of a connection are the page itself, which is counted already. */
const PAGE_OF_CONNECTION = new Set(['edges', 'nodes']);

function isConnection(type: GraphQLNamedType): boolean {
  return isObjectType(type) && 'pageInfo' in type.getFields();
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(getNullableType(type));
}

function sizeOfPage(node: FieldNode, variables: Variables): number {
  const given = ['first', 'last']
    .map((name) => argumentOf(node, name, variables))
    .find((value) => typeof value === 'number');
  return Math.max(given ?? LIMITS.page.default, 0);
}

/** A list by ids holds as many as were asked for. */
function sizeOfList(node: FieldNode, variables: Variables): number {
  const ids = argumentOf(node, 'ids', variables);
  return Array.isArray(ids) ? ids.length : LIMITS.document.otherList;
}

function argumentOf(node: FieldNode, name: string, variables: Variables): unknown {
  const argument = node.arguments?.find((each) => each.name.value === name);
  return argument === undefined ? undefined : valueOf(argument.value, variables);
}

function valueOf(node: ValueNode, variables: Variables): unknown {
  if (node.kind === Kind.VARIABLE)
    return Object.hasOwn(variables, node.name.value) ? variables[node.name.value] : undefined;
  if (node.kind === Kind.INT) return Number(node.value);
  return node.kind === Kind.LIST ? node.values : undefined;
}

/** The variables with their defaults. A null that was given stays null: the page then has its usual size. */
function valuesOf(operation: OperationDefinitionNode, given: Variables): Variables {
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
