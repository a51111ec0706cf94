/**
 * Queries answered by a plan (platform/query-plan/planner.ts) instead of resolver by resolver. The resolvers and
 * loaders define every field; a plan is an optimisation that gives the same answer with fewer statements.
 *
 * 1. A plan is made when a document is executed for the first time, and kept as long as the parsed document. There is
 *    one plan for each combination of its Boolean variables, because `@skip` and `@include` depend on them.
 * 2. Root fields that cannot be planned are executed by graphql-js, in parallel with the planned ones, and exactly once:
 *    some of them leave an audit entry.
 * 3. If anything is wrong (the variables, a null for `@skip`, an error, a missing right), the graphql-js executor answers
 *    the planned fields, too, and reports it.
 *
 * test/app/query-plan-equivalence.test.ts compares the answers of both.
 */
import {
  GraphQLError,
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

/** A result whose data are already serialized: Yoga calls `stringify` for the body of the answer. */
export interface WrittenResult extends ExecutionResult {
  stringify(result: ExecutionResult): string;
}

type Variables = Readonly<Record<string, unknown>>;

/** Answers a query by its plan. Returns undefined if nothing was executed, and graphql-js has to answer the query. */
export async function plannedAnswer(args: ExecutionArgs): Promise<ExecutionResult | WrittenResult | undefined> {
  const operation = getOperationAST(args.document, args.operationName);
  if (operation?.operation !== OperationTypeNode.QUERY) return undefined;
  const variables = getVariableValues(args.schema, operation.variableDefinitions ?? [], args.variableValues ?? {}, {
    maxErrors: 1,
  }).coerced;
  const plan = variables === undefined ? undefined : planOf(args, operation, variables);
  const context = args.contextValue as Context;
  if (variables === undefined || plan === undefined || !isForViewer(plan.selection, context)) return undefined;
  const [texts, others] = await Promise.all([
    plannedTexts(plan, context, variables),
    plan.others === undefined ? undefined : execute({ ...args, document: plan.others }),
  ]);
  if (texts !== undefined && others?.errors === undefined) return writtenAnswer(plan, texts, others?.data ?? {});
  if (others === undefined) return undefined;
  const planned =
    texts === undefined
      ? await execute({ ...args, document: plan.planned })
      : { data: JSON.parse(`{${[...texts].map(member).join(',')}}`) as Data };
  return joined(plan, [planned, others]);
}

type Data = NonNullable<ExecutionResult['data']>;

/** The planned fields as JSON, by their response names; undefined if the plan cannot answer them. */
async function plannedTexts(
  { roots }: Plan,
  context: Context,
  variables: Variables,
): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const texts = roots.map(async ({ key, text }) => [key, await text?.({ context, variables })] as const);
    return new Map((await Promise.all(texts)).filter((entry): entry is [string, string] => entry[1] !== undefined));
  } catch (error) {
    if (!(error instanceof NeedsExecutor))
      context.services.log.debug(
        { event: 'query_plan.failed', requestId: context.requestId, err: error },
        'a query plan failed; the graphql-js executor answers its fields',
      );
    return undefined;
  }
}

function writtenAnswer({ roots }: Plan, texts: ReadonlyMap<string, string>, others: Data): WrittenResult {
  const members = roots.map(({ key }) => member([key, texts.get(key) ?? JSON.stringify(others[key])]));
  const data = `{${members.join(',')}}`;
  return {
    data: null,
    stringify: ({ extensions }) =>
      `{"data":${data}${extensions === undefined ? '' : `,"extensions":${JSON.stringify(extensions)}`}}`,
  };
}

function member([key, text]: readonly [string, string]): string {
  return `${JSON.stringify(key)}:${text}`;
}

/** Joins the results of two documents with different root fields into the result of the query. */
function joined({ roots }: Plan, results: readonly ExecutionResult[]): ExecutionResult {
  const errors = results.flatMap((result) => result.errors ?? []);
  const data = results.some((result) => result.data === null || result.data === undefined)
    ? null
    : Object.fromEntries(
        roots.map(({ key }) => [key, results.find((result) => Object.hasOwn(result.data ?? {}, key))?.data?.[key]]),
      );
  return { ...(errors.length === 0 ? {} : { errors }), data };
}

interface Plan {
  readonly selection: SelectionContext;
  /** The root fields in the order of the answer; `text` is undefined if the graphql-js executor has to answer it. */
  readonly roots: readonly { readonly key: string; readonly text: PlannedRoot | undefined }[];
  /** The document of the root fields with a plan, for graphql-js. */
  readonly planned: DocumentNode;
  /** The document of the root fields without a plan. */
  readonly others: DocumentNode | undefined;
}

/** The plans of each operation, by the values of its Boolean variables. */
const plansByOperation = new WeakMap<OperationDefinitionNode, Map<string, Plan | undefined>>();

/** The number of plans that are kept for an operation. Further combinations of values are answered without a plan. */
const MAX_STATES = 32;

function planOf(args: ExecutionArgs, operation: OperationDefinitionNode, variables: Variables): Plan | undefined {
  const switches = Object.fromEntries(
    (operation.variableDefinitions ?? [])
      .filter(({ type }) => isBoolean(type))
      .map(({ variable }) => [variable.name.value, variables[variable.name.value]]),
  );
  const states = plansByOperation.get(operation) ?? new Map<string, Plan | undefined>();
  plansByOperation.set(operation, states);
  const state = JSON.stringify(switches);
  if (!states.has(state) && states.size < MAX_STATES) states.set(state, validPlanFor(args, operation, switches));
  return states.get(state);
}

function isBoolean(type: NonNullable<OperationDefinitionNode['variableDefinitions']>[number]['type']): boolean {
  return type.kind === Kind.NON_NULL_TYPE
    ? isBoolean(type.type)
    : type.kind === Kind.NAMED_TYPE && type.name.value === 'Boolean';
}

/** Undefined also for values that graphql-js rejects: null for `@skip` or `@include`. */
function validPlanFor(...given: Parameters<typeof planFor>): Plan | undefined {
  try {
    return planFor(...given);
  } catch (error) {
    if (error instanceof GraphQLError) return undefined;
    throw error;
  }
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
  const selection: SelectionContext = {
    schema,
    switches,
    fragments: Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment])),
    accesses: new Set(),
  };
  const roots = [...selectedFields(selection, root, [operation.selectionSet])].map(([key, nodes]) => ({
    key,
    nodes,
    text: planRootField(selection, root, nodes),
  }));
  if (roots.every(({ text }) => text === undefined)) return undefined;
  const documentOf = (fields: readonly { readonly nodes: readonly FieldNode[] }[]): DocumentNode => {
    const selections = fields.flatMap(({ nodes }) => nodes);
    const selectionSet = { kind: Kind.SELECTION_SET as const, selections };
    return { ...document, definitions: [{ ...operation, selectionSet }, ...fragments] };
  };
  const others = roots.filter(({ text }) => text === undefined);
  return {
    selection,
    roots,
    planned: documentOf(roots.filter(({ text }) => text !== undefined)),
    others: others.length === 0 ? undefined : documentOf(others),
  };
}
