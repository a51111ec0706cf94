/**
 * Queries answered by a plan (platform/plan.ts) instead of resolver by resolver.
 *
 * 1. A plan is made when a document comes first, and kept as long as the parsed document; one for each state of its
 *    Boolean variables, by which `@skip` and `@include` may decide.
 * 2. Root fields that cannot be planned are executed ordinarily beside those that are.
 * 3. Where anything is out of order, variables or errors or rights, the ordinary executor answers the whole query, and
 *    tells what.
 *
 * test/app/planned.test.ts holds both against each other.
 */
import {
  Kind,
  OperationTypeNode,
  execute,
  getOperationAST,
  getVariableValues,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
} from 'graphql';
import type { Context } from '../../platform/request/context.ts';
import { NeedsExecutor } from '../../platform/query-plan/json-writer.ts';
import { isForViewer, selectedFields, type SelectionContext } from '../../platform/query-plan/selection.ts';
import { planRootField, type PlannedRoot } from '../../platform/query-plan/planner.ts';

/** A result that is text already: `stringify` is what Yoga calls for the body of the answer. */
export interface WrittenResult extends ExecutionResult {
  stringify(result: ExecutionResult): string;
}

type Variables = Readonly<Record<string, unknown>>;

/** The query's answer by its plan; undefined where the ordinary executor has to give it. */
export async function plannedAnswer(args: ExecutionArgs): Promise<WrittenResult | undefined> {
  const operation = getOperationAST(args.document, args.operationName);
  if (operation?.operation !== OperationTypeNode.QUERY) return undefined;
  const variables = getVariableValues(args.schema, operation.variableDefinitions ?? [], args.variableValues ?? {}, {
    maxErrors: 1,
  }).coerced;
  const plan = variables === undefined ? undefined : planOf(args, operation, variables);
  const context = args.contextValue as Context;
  if (variables === undefined || plan === undefined || !isForViewer(plan.asking, context)) return undefined;
  try {
    const [texts, others] = await Promise.all([
      Promise.all(plan.roots.map(({ text }) => text?.({ context, variables }))),
      plan.others === undefined ? undefined : execute({ ...args, document: plan.others }),
    ]);
    if (others?.errors !== undefined) return undefined;
    const fields = plan.roots.map(
      ({ key }, index) => `${JSON.stringify(key)}:${texts[index] ?? JSON.stringify(others?.data?.[key])}`,
    );
    const data = `{${fields.join(',')}}`;
    return {
      data: null,
      stringify: ({ extensions }) =>
        `{"data":${data}${extensions === undefined ? '' : `,"extensions":${JSON.stringify(extensions)}`}}`,
    };
  } catch (error) {
    if (!(error instanceof NeedsExecutor))
      context.services.log.debug(
        { requestId: context.requestId, err: error },
        'a planned query failed; the ordinary executor answers it',
      );
    return undefined;
  }
}

interface Plan {
  readonly asking: SelectionContext;
  /** In the order of the answer; without a text where the ordinary executor has to give it. */
  readonly roots: readonly { readonly key: string; readonly text: PlannedRoot | undefined }[];
  /** The document of the fields without a plan. */
  readonly others: DocumentNode | undefined;
}

/** By operation, and by the state of its switches. */
const known = new WeakMap<OperationDefinitionNode, Map<string, Plan | undefined>>();

/** Nobody switches so much on and off; who does is answered ordinarily. */
const MOST_STATES = 32;

function planOf(args: ExecutionArgs, operation: OperationDefinitionNode, variables: Variables): Plan | undefined {
  const switches = Object.fromEntries(
    (operation.variableDefinitions ?? [])
      .filter(({ type }) => isBoolean(type))
      .map(
        ({
          variable: {
            name: { value },
          },
        }) => [value, variables[value]],
      ),
  );
  const states = known.get(operation) ?? new Map<string, Plan | undefined>();
  known.set(operation, states);
  const state = JSON.stringify(switches);
  if (!states.has(state) && states.size < MOST_STATES) states.set(state, planFor(args, operation, switches));
  return states.get(state);
}

function isBoolean(type: NonNullable<OperationDefinitionNode['variableDefinitions']>[number]['type']): boolean {
  return type.kind === Kind.NON_NULL_TYPE
    ? isBoolean(type.type)
    : type.kind === Kind.NAMED_TYPE && type.name.value === 'Boolean';
}

function planFor(
  { schema, document }: ExecutionArgs,
  operation: OperationDefinitionNode,
  switches: Variables,
): Plan | undefined {
  const root = schema.getQueryType();
  if (root === null || root === undefined) return undefined;
  const fragments = document.definitions.filter(
    (definition): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION,
  );
  const asking: SelectionContext = {
    schema,
    switches,
    fragments: Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment])),
    accesses: new Set(),
  };
  const roots = [...selectedFields(asking, root, [operation.selectionSet])].map(([key, nodes]) => ({
    key,
    nodes,
    text: planRootField(asking, root, nodes),
  }));
  if (roots.every(({ text }) => text === undefined)) return undefined;
  const left: readonly FieldNode[] = roots.flatMap(({ text, nodes }) => (text === undefined ? nodes : []));
  const others =
    left.length === 0
      ? undefined
      : {
          ...document,
          definitions: [
            { ...operation, selectionSet: { kind: Kind.SELECTION_SET as const, selections: left } },
            ...fragments,
          ],
        };
  return { asking, roots, others };
}
