/**
 * The fast path of an operation that Yoga has executed before. Its document is known to be valid, and the content type
 * of its client is known, so it is executed without Yoga's hooks and objects, which cost more than a small query.
 *
 * 1. Yoga parses, validates and answers each document the first time. The plugin remembers what Yoga executes, and with
 *    which content type it answers each `Accept` header.
 * 2. When the document is sent again, the same guarded executor executes it, and its data are written as the answer.
 * 3. If the outcome has errors, the fast path hands it to Yoga, which makes the answer. Errors are thereby formatted in
 *    one place only.
 *
 * It earns 15 % more records per second without audit and idempotency key, 6 % with them, and nothing for large
 * answers: `npm run bench -- --before DIR --only Q4`, compared with a build without it (docs/performance.md).
 *
 * Invariants, all tested in test/app/fast-path.test.ts:
 * - I1: The answer is Yoga's, byte by byte, headers included ("random operations get the same answer the second time").
 * - I2: Yoga answers every outcome that is not only data ("Yoga answers every outcome that is not only data").
 * - I3: Nothing is executed twice ("a mutation that fails after its change is executed once").
 * - I4: Any other form of request is Yoga's ("Yoga answers requests of all other kinds").
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
import { isJsonRecord, jsonRecordIn, type JsonRecord } from '../../platform/values/json.ts';
import { lruCache } from '../../platform/values/lru-cache.ts';
import { onePerTick } from '../../platform/scheduling/fair-scheduler.ts';
import type { RequestState, YogaServerContext } from '../request/request-state.ts';
import { documentCache } from './document-cache.ts';
import type { WrittenResult } from './planned.ts';

type ExecuteFunction = (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>;

interface KnownDocument {
  readonly document: DocumentNode;
  readonly schema: ExecutionArgs['schema'];
  readonly execute: ExecuteFunction;
}

/** An answer that consists of data alone; its status is 200. */
export interface DataAnswer {
  readonly contentType: string;
  readonly body: string;
}

/** The result of the fast path. Without either field nothing was executed. */
export interface FastPathResult {
  readonly answer?: DataAnswer;
  /** An outcome with errors, which Yoga formats. */
  readonly outcome?: Promise<ExecutionResult>;
}

/** The fast path of a server process. */
export interface FastPath {
  /** Remembers what Yoga executes. It must be the last of the plugins that replace the executor. */
  readonly plugin: Plugin<Context & YogaServerContext, YogaServerContext>;
  /** Executes the operation of a POST request, if it is known. */
  run(request: IncomingMessage, body: string, state: RequestState): Promise<FastPathResult>;
}

/** Creates the fast path of a server process. */
export function fastPath(): FastPath {
  const knownDocuments = documentCache<KnownDocument>();
  const contentTypes = lruCache<string>(MAX_ACCEPT_HEADERS);
  const executed = new WeakSet<RequestState>();
  return {
    plugin: {
      onExecute({ executeFn, setExecuteFn, args: { document, schema, contextValue } }) {
        const { state, outcome } = contextValue;
        executed.add(state);
        if (outcome !== undefined) return setExecuteFn(() => outcome);
        const text = document.loc?.source.body;
        if (text !== undefined) knownDocuments.set(text, { document, schema, execute: executeFn as ExecuteFunction });
      },
      onResponse({ response, serverContext }) {
        if (serverContext === undefined || !executed.has(serverContext.state) || response.status !== 200) return;
        const contentType = response.headers.get('content-type');
        if (contentType?.startsWith('application/') === true) contentTypes.set(serverContext.state.accept, contentType);
      },
    },
    async run({ url, headers }, body, state) {
      const contentType = contentTypes.get(state.accept);
      if (contentType === undefined || url !== '/graphql' || !JSON_BODY.test(headers['content-type'] ?? ''))
        return NOT_EXECUTED;
      const params = paramsIn(body);
      const known = params && knownDocuments.get(params.query);
      if (params === undefined || known === undefined) return NOT_EXECUTED;
      const { execute, document, schema } = known;
      const { variables, operationName } = params;
      const operation = getOperationAST(document, operationName)?.operation;
      if (operation === undefined || operation === OperationTypeNode.SUBSCRIPTION) return NOT_EXECUTED;
      if (operation === OperationTypeNode.MUTATION) await onePerTick();
      const contextValue: Context & YogaServerContext = { ...state.context, state };
      const outcome = Promise.resolve(
        execute({ document, schema, contextValue, variableValues: variables, operationName }),
      );
      const result = await outcome.catch(() => undefined);
      if (result === undefined || result.errors !== undefined) return { outcome };
      return { answer: { contentType, body: isWritten(result) ? result.stringify(result) : JSON.stringify(result) } };
    },
  };
}

const NOT_EXECUTED: FastPathResult = {};

const JSON_BODY = /^application\/json(; ?charset=utf-8)?$/i;

/** The number of different `Accept` headers that are remembered; real clients send only a few. */
const MAX_ACCEPT_HEADERS = 100;

interface GraphQLParams {
  readonly query: string;
  readonly variables: JsonRecord;
  readonly operationName: string | undefined;
}

/** Reads the parameters of a request that sends a document, variables and an operation name, and nothing else. */
function paramsIn(body: string): GraphQLParams | undefined {
  const given = jsonRecordIn(body);
  if (given === undefined) return undefined;
  const { query, variables, operationName, ...more } = given;
  const [values, name] = [variables ?? {}, operationName ?? undefined];
  if (typeof query !== 'string' || !isJsonRecord(values) || Object.keys(more).length > 0) return undefined;
  if (name !== undefined && typeof name !== 'string') return undefined;
  return { query, variables: values, operationName: name };
}

function isWritten(result: ExecutionResult): result is WrittenResult {
  return 'stringify' in result;
}
