/**
 * What stands between a document and its execution.
 *
 * 1. Parsing ends at 4,000 tokens.
 * 2. The document's own limits come before validation, whose time grows with what they bound; at most five errors are
 *    told.
 * 3. Before the execution, with the values of the variables: the cost; and in production, who asks about the schema.
 * 4. The execution is answered by its deadline. What still runs then reads nothing more, and no further mutation
 *    begins. A subscription has no deadline, for it has no end (streams.ts).
 * 5. A query with a plan and a mutation of one field go without Yoga's executor, which takes longer. Where anything is
 *    wrong before the execution, it is asked, and tells what.
 * 6. How an operation is executed depends on nothing but its arguments: the straight road executes others in the same
 *    way (straight.ts).
 */
import {
  execute,
  getOperationAST,
  GraphQLError,
  Kind,
  OperationTypeNode,
  parse,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type Source,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Config } from '../../platform/process/config.ts';
import type { Context } from '../../platform/request/context.ts';
import { LIMITS } from '../../platform/process/limits.ts';
import type { RequestState, YogaServerContext } from '../request/request-state.ts';
import { costOf } from './document-cost.ts';
import { plannedAnswer } from './planned.ts';
import { exceededBy, isIntrospective, limitExceeded } from './document-limits.ts';
import { DEADLINE_MESSAGE } from './errors.ts';

export function guardedExecution(config: Config): Plugin<Context & YogaServerContext, YogaServerContext> {
  return {
    onParse: ({ setParseFn }) => setParseFn(parseWithin),
    onValidate: ({ setValidationFn }) => setValidationFn(validateWithin),
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn((args) => {
        const { state: asked } = args.contextValue as YogaServerContext;
        const { operation, cost, refused } = judged(config, asked, args);
        if (refused !== undefined) return { errors: [refused], extensions: { cost } };
        const isMutation = operation?.operation === OperationTypeNode.MUTATION;
        const carryOut = async (signal: AbortSignal | undefined): Promise<unknown> => {
          if (signal === undefined) return (await plannedAnswer(args)) ?? executeFn(args);
          return (await singleAnswer(args, operation)) ?? executeFn(Object.assign({}, args, { signal }));
        };
        return within(asked.secondsLeft, asked, isMutation, carryOut).then((result) => ({
          ...result,
          extensions: { ...result.extensions, cost },
        }));
      });
    },
    onSubscribe({ subscribeFn, setSubscribeFn, args: { contextValue } }) {
      setSubscribeFn((args) => {
        const { cost, refused } = judged(config, contextValue.state, args);
        return refused === undefined ? subscribeFn(args) : { errors: [refused], extensions: { cost } };
      });
    },
  };
}

/** What the operation costs with the values of its variables, and why it is not carried out, if so. */
function judged(
  config: Config,
  asked: RequestState,
  { schema, document, operationName, variableValues }: ExecutionArgs,
) {
  const operation = getOperationAST(document, operationName);
  asked.operationName = operation?.name?.value;
  const cost = {
    estimated: costOf(schema, document, operationName, variableValues ?? {}),
    limit: LIMITS.document.cost,
  };
  return {
    operation,
    cost,
    refused:
      cost.estimated > cost.limit
        ? tooCostly(cost)
        : isCurious(config, asked, document)
          ? notForStrangers()
          : undefined,
  };
}

/**
 * The answer of a mutation of one field, behind which no other could begin: so it needs no signal, and graphql's own
 * executor does, which is quicker. Undefined for any other, and where nothing was begun: Yoga's executor tells what is
 * wrong with the variables.
 */
async function singleAnswer(
  args: ExecutionArgs,
  operation: OperationDefinitionNode | null | undefined,
): Promise<ExecutionResult | undefined> {
  const [only, ...more] = operation?.selectionSet.selections ?? [];
  if (only?.kind !== Kind.FIELD || more.length > 0) return undefined;
  const answer = await execute(args);
  return answer.data === undefined ? undefined : answer;
}

function parseWithin(source: string | Source): DocumentNode {
  try {
    return parse(source, { maxTokens: LIMITS.document.tokens });
  } catch (error) {
    // The parser has no other sign of it than its words.
    if (
      error instanceof GraphQLError &&
      /^Syntax Error: Document contains more tha[nt] \d+ tokens/.test(error.message)
    ) {
      throw limitExceeded('tokens', `The document has more than ${LIMITS.document.tokens} tokens.`, NOT_EXECUTED);
    }
    throw error;
  }
}

function validateWithin(
  schema: GraphQLSchema,
  document: DocumentNode,
  rules: Parameters<typeof validate>[2],
): readonly GraphQLError[] {
  const exceeded = exceededBy(document);
  const errors =
    exceeded.length > 0 ? exceeded : validate(schema, document, rules, { maxErrors: LIMITS.document.validationErrors });
  const told = errors.slice(0, LIMITS.document.validationErrors);
  for (const error of told) Object.assign(error.extensions, NOT_EXECUTED);
  return told;
}

/** Yoga reads the answer's status here, and does not tell it on. */
const NOT_EXECUTED = { http: { status: 400 } };

function tooCostly({ estimated, limit }: { readonly estimated: number; readonly limit: number }): GraphQLError {
  return limitExceeded(
    'cost',
    `The lists of this operation may hold ${estimated} nodes; at most ${limit} are allowed. Ask for smaller pages, or for fewer lists inside of each other.`,
    NOT_EXECUTED,
  );
}

/** In production the schema is told to those who have signed in. */
function isCurious({ environment }: Config, { viewer }: RequestState, document: DocumentNode): boolean {
  return environment === 'production' && viewer === null && isIntrospective(document);
}

function notForStrangers(): GraphQLError {
  return new GraphQLError('Sign in first: the schema is told to nobody else here.', {
    extensions: { code: 'UNAUTHENTICATED', path: [], rule: 'AUT-1', ...NOT_EXECUTED },
  });
}

async function within(
  seconds: number,
  asked: RequestState,
  isMutation: boolean,
  execute: (signal: AbortSignal | undefined) => unknown,
): Promise<ExecutionResult> {
  const controller = isMutation ? new AbortController() : undefined;
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<ExecutionResult>((resolve) => {
    timer = setTimeout(() => {
      asked.stop?.();
      const message = isMutation
        ? 'This took too long. It may still take effect: send it again with the same idempotencyKey to learn how it ended.'
        : DEADLINE_MESSAGE;
      resolve({ data: null, errors: [limitExceeded('deadline', message)] });
      controller?.abort();
    }, seconds * 1_000);
  });
  try {
    return await Promise.race([execute(controller?.signal) as Promise<ExecutionResult>, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
