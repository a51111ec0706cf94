/**
 * The straight road of an operation that was carried out before: its document is known to be sound, and it is known in
 * which form its client is answered. It goes without Yoga's hooks and objects, which cost more than a small query.
 *
 * 1. Yoga parses, validates and answers whatever comes for the first time, in whatever form; what it carries out is
 *    noted.
 * 2. When the operation comes again, the same guarded executor carries it out, and its data are written.
 * 3. Where anything but data comes out, Yoga makes the answer from that outcome: there is one place where errors are
 *    told.
 *
 * test/app/straight.test.ts holds both roads against each other.
 */
import type { IncomingMessage } from 'node:http';
import {
  OperationTypeNode,
  getOperationAST,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Context } from '../../platform/request/context.ts';
import { isJsonRecord, type JsonRecord } from '../../platform/values/json.ts';
import { lruCache } from '../../platform/values/lru-cache.ts';
import { onePerTick } from '../../platform/scheduling/fair-scheduler.ts';
import type { RequestState, YogaServerContext } from '../request/request-state.ts';
import { documentCache } from './document-cache.ts';
import type { WrittenResult } from './planned.ts';

type Execute = (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>;

/** What was carried out once. */
interface Known {
  readonly document: DocumentNode;
  readonly schema: ExecutionArgs['schema'];
  readonly execute: Execute;
}

/** An answer of data alone, which has the status 200. */
export interface DataAnswer {
  readonly contentType: string;
  readonly body: string;
}

export interface FastPath {
  /** Notes what Yoga carries out; behind all plugins that change how. */
  readonly plugin: Plugin<Context & YogaServerContext, YogaServerContext>;
  /** Of a request with a body; undefined: Yoga has to answer. */
  answer(request: IncomingMessage, body: string, asked: RequestState): Promise<DataAnswer | undefined>;
}

export function fastPath(contextOf: (asked: RequestState) => Context): FastPath {
  const knownBy = documentCache<Known>();
  const typeFor = lruCache<string>(MOST_FORMS);
  return {
    plugin: {
      onExecute({
        executeFn,
        setExecuteFn,
        args: {
          document,
          schema,
          contextValue: { state: asked },
        },
      }) {
        const { outcome } = asked;
        if (outcome !== undefined) return setExecuteFn(() => outcome);
        const text = document.loc?.source.body;
        if (text !== undefined) knownBy.set(text, { document, schema, execute: executeFn as Execute });
      },
      onResponse({ response, serverContext }) {
        const type = response.headers.get('content-type');
        if (
          serverContext?.state.context !== undefined &&
          response.status === 200 &&
          type?.startsWith('application/') === true
        )
          typeFor.set(serverContext.state.accept, type);
      },
    },
    async answer({ url, headers }, body, asked) {
      const contentType = typeFor.get(asked.accept);
      if (contentType === undefined || url !== '/graphql' || !JSON_BODY.test(headers['content-type'] ?? ''))
        return undefined;
      const asking = paramsIn(body);
      const known = asking && knownBy.get(asking.query);
      if (asking === undefined || known === undefined) return undefined;
      const { execute, ...what } = known;
      const operation = getOperationAST(what.document, asking.operationName);
      if (operation === null || operation === undefined || operation.operation === OperationTypeNode.SUBSCRIPTION)
        return undefined;
      if (operation.operation === OperationTypeNode.MUTATION) await onePerTick();
      const outcome = Promise.resolve(
        execute({
          ...what,
          contextValue: { ...contextOf(asked), state: asked },
          variableValues: asking.variables,
          operationName: asking.operationName,
        }),
      );
      asked.outcome = outcome;
      const result = await outcome.catch(() => undefined);
      if (result === undefined || result.errors !== undefined) return undefined;
      return { contentType, body: isWritten(result) ? result.stringify(result) : JSON.stringify(result) };
    },
  };
}

const JSON_BODY = /^application\/json(; ?charset=utf-8)?$/i;

/** Clients differ in what they say they take; there are not many kinds of them. */
const MOST_FORMS = 100;

interface GraphQLParams {
  readonly query: string;
  readonly variables: JsonRecord;
  readonly operationName: string | undefined;
}

/** The parameters of the usual kind. */
function paramsIn(body: string): GraphQLParams | undefined {
  let given: unknown;
  try {
    given = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (!isJsonRecord(given)) return undefined;
  const { query, variables, operationName, ...more } = given;
  const [values, name] = [variables ?? {}, operationName ?? undefined];
  if (
    typeof query !== 'string' ||
    !isJsonRecord(values) ||
    (name !== undefined && typeof name !== 'string') ||
    Object.keys(more).length > 0
  )
    return undefined;
  return { query, variables: values, operationName: name };
}

function isWritten(result: ExecutionResult): result is WrittenResult {
  return 'stringify' in result;
}
