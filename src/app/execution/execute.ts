/**
 * Guards the execution of a document.
 *
 * 1. Parsing ends at 4,000 tokens. Documents that nest deeper than 100 brackets are not parsed at all, because the
 *    parser would overflow its stack.
 * 2. The limits of the document are checked before validation, whose time grows with what they bound. At most five
 *    errors are reported.
 * 3. Before execution, with the values of the variables, the cost and the texts are checked; in production also whether
 *    an anonymous client asks about the schema.
 * 4. The operation is answered by its deadline. What still runs then can read nothing more, and no further mutation
 *    begins. A subscription has no deadline, because it has no end (sse.ts).
 * 5. graphql-js executes everything that no query plan answers. Yoga's executor takes an object with the key `then` for a
 *    promise, and is slower. `LOTGRAPH_QUERY_PLANS=off` turns plans off.
 * 6. The execution depends on nothing but its arguments. The fast path therefore executes other requests in the same
 *    way (fast-path.ts).
 */
import {
  execute,
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  parse,
  subscribe,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
  type Source,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Config } from '../../platform/process/config.ts';
import type { Context } from '../../platform/request/context.ts';
import { LIMITS } from '../../platform/process/limits.ts';
import { DEADLINE_MESSAGE } from '../http/request-checks.ts';
import type { RequestState, YogaServerContext } from '../request/request-state.ts';
import { costOf } from './document-cost.ts';
import { plannedAnswer } from './planned.ts';
import { NOT_EXECUTED, exceededBy, isDocumentNestedDeeper, isIntrospective, limitExceeded } from './document-limits.ts';
import { notedOperation } from '../request/noted-operation.ts';
import { largeBodyRejection, textRejection } from './text-limits.ts';
import { withoutValues } from './variable-errors.ts';

/** Creates the plugin that guards parsing, validation and execution. */
export function guardedExecution(config: Config): Plugin<Context & YogaServerContext, YogaServerContext> {
  return {
    onParse: ({ setParseFn }) => setParseFn(parseWithinLimits),
    onValidate: ({ setValidationFn }) => setValidationFn(validateWithinLimits),
    onExecute({ setExecuteFn }) {
      setExecuteFn((args) => {
        const { state } = args.contextValue as YogaServerContext;
        const { operation, cost, rejection } = check(config, state, args);
        if (rejection !== undefined) return { errors: [rejection], extensions: { cost } };
        const isMutation = operation?.operation === OperationTypeNode.MUTATION;
        return withinDeadline(state, isMutation, async () => {
          const planned = config.queryPlans ? await plannedAnswer(args) : undefined;
          return planned ?? withoutValues(await execute(args));
        }).then((result) => ({ ...result, extensions: { ...result.extensions, cost } }));
      });
    },
    onSubscribe({ setSubscribeFn, args: { contextValue } }) {
      setSubscribeFn(async (args) => {
        const { cost, rejection } = check(config, contextValue.state, args);
        if (rejection !== undefined) return { errors: [rejection], extensions: { cost } };
        const result = await subscribe(args);
        return 'data' in result || 'errors' in result ? withoutValues(result) : result;
      });
    },
  };
}

/** Returns the cost of the operation with the values of its variables, and why it is rejected, if it is. */
function check(
  config: Config,
  { context, isLarge }: RequestState,
  { schema, document, operationName, variableValues }: ExecutionArgs,
) {
  const estimated = costOf(schema, document, operationName, variableValues ?? {});
  const cost = { estimated, limit: LIMITS.document.cost };
  const operation = getOperationAST(document, operationName);
  if (operation) context.notes.operation = notedOperation(document, operation);
  const rejection =
    (isLarge ? largeBodyRejection(operation) : undefined) ??
    (estimated > cost.limit ? tooCostly(cost) : undefined) ??
    textRejection(document, operation, variableValues ?? {}) ??
    anonymousIntrospection(config, context, document);
  return { operation, cost, rejection };
}

function parseWithinLimits(source: string | Source): DocumentNode {
  const { nesting } = LIMITS.document;
  if (isDocumentNestedDeeper(source, nesting))
    throw limitExceeded('nesting', `The document nests more than ${nesting} brackets.`, NOT_EXECUTED);
  try {
    return parse(source, { maxTokens: LIMITS.document.tokens });
  } catch (error) {
    // The parser reports this only by its message.
    if (
      error instanceof GraphQLError &&
      /^Syntax Error: Document contains more tha[nt] \d+ tokens/.test(error.message)
    ) {
      throw limitExceeded('tokens', `The document has more than ${LIMITS.document.tokens} tokens.`, NOT_EXECUTED);
    }
    throw error;
  }
}

function validateWithinLimits(
  schema: GraphQLSchema,
  document: DocumentNode,
  rules: Parameters<typeof validate>[2],
): readonly GraphQLError[] {
  const { validationErrors: maxErrors } = LIMITS.document;
  const exceeded = exceededBy(document);
  const errors = exceeded.length > 0 ? exceeded : validate(schema, document, rules, { maxErrors });
  const reported = errors.slice(0, maxErrors);
  for (const error of reported) Object.assign(error.extensions, NOT_EXECUTED);
  return reported;
}

function tooCostly({ estimated, limit }: { readonly estimated: number; readonly limit: number }): GraphQLError {
  return limitExceeded(
    'cost',
    `This operation costs ${estimated}, which counts the nodes that its lists may hold; at most ${limit} are allowed. Ask for smaller pages, for fewer lists inside of each other, or for one verification at a time.`,
    NOT_EXECUTED,
  );
}

/** In production, rejects an operation of an anonymous client that asks about the schema. */
function anonymousIntrospection(
  { environment }: Config,
  { viewer }: Context,
  document: DocumentNode,
): GraphQLError | undefined {
  if (environment !== 'production' || viewer !== null || !isIntrospective(document)) return undefined;
  return new GraphQLError('Sign in first: in production, the schema is shown to nobody else.', {
    extensions: { code: 'UNAUTHENTICATED', path: [], rule: 'AUT-1', ...NOT_EXECUTED },
  });
}

/** Executes the operation and answers by the deadline at the latest. */
async function withinDeadline(
  { secondsLeft, giveUp }: RequestState,
  isMutation: boolean,
  run: () => Promise<ExecutionResult>,
): Promise<ExecutionResult> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<ExecutionResult>((resolve) => {
    timer = setTimeout(() => {
      giveUp();
      const message = isMutation ? MUTATION_DEADLINE_MESSAGE : DEADLINE_MESSAGE;
      resolve({ data: null, errors: [limitExceeded('deadline', message)] });
    }, secondsLeft * 1_000);
  });
  try {
    return await Promise.race([run(), deadline]);
  } finally {
    clearTimeout(timer);
  }
}

const MUTATION_DEADLINE_MESSAGE =
  'This took too long. It may still take effect: send it again with the same idempotencyKey to learn how it ended.';
