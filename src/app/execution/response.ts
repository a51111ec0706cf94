/**
 * Completes each answer of the graph: errors get the request's id, internal errors are recorded, and in production an
 * anonymous client receives no hints about the names in the schema.
 */
import { type ExecutionArgs, type ExecutionResult, getOperationAST, GraphQLError } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { locationOf, type ErrorRecorder } from './errors.ts';
import { logUnavailable, unavailableAnswer } from '../http/unavailable.ts';
import { PAGE_POLICY } from '../graphiql/content-policy.ts';
import type { RequestState, YogaServerContext } from '../request/request-state.ts';
import { noteError } from '../../platform/request/notes.ts';
import type { Context, Services } from '../../platform/request/context.ts';

/** Formats a result for its client, and records the internal errors in it. */
export type FormatResult = (result: ExecutionResult, state: RequestState) => ExecutionResult;

/** The formatting of all answers: for Yoga as a plugin, for streams as a function. */
export interface ResponseFormatter {
  readonly plugin: Plugin<Context & YogaServerContext, YogaServerContext>;
  readonly format: FormatResult;
}

/** Creates the response formatter of a server process. */
export function responseFormatter(services: Services, errors: ErrorRecorder): ResponseFormatter {
  const isProduction = services.config.environment === 'production';
  /** The name of the operation that a request executes, for its internal errors. Written once, by the plugin. */
  const operationNames = new WeakMap<RequestState, string>();
  const noteOperation = (state: RequestState, { document, operationName }: ExecutionArgs): void => {
    const name = getOperationAST(document, operationName)?.name?.value;
    if (name !== undefined) operationNames.set(state, name);
  };

  const format: FormatResult = (result, state) => {
    if (result.errors === undefined) return result;
    const { requestId, viewer, origin, notes } = state.context;
    for (const { path, originalError: cause, extensions } of result.errors) {
      noteError(notes, String(ownCode(extensions['code'])['code'] ?? extensions['code']));
      if (cause !== undefined && extensions['code'] === UNAVAILABLE) logUnavailable(services.log, requestId, cause);
      if (cause === undefined || extensions['code'] !== 'INTERNAL') continue;
      const operationName = operationNames.get(state);
      errors.record({ requestId, cause, path, operationName, actorId: viewer?.id ?? null, ip: origin.ip });
    }
    const errorFormat: ErrorFormat = {
      requestId,
      isExecuted: result.data !== undefined,
      acceptsJson: state.accept.includes('application/json'),
      hasHints: !isProduction || viewer !== null,
    };
    return { ...result, errors: result.errors.map((error) => formatError(error, errorFormat)) };
  };

  return {
    format,
    plugin: {
      onExecute: ({ args }) => noteOperation(args.contextValue.state, args),
      onSubscribe: ({ args }) => noteOperation(args.contextValue.state, args),
      onResultProcess({ result, setResult, serverContext: { state } }) {
        if (!Array.isArray(result) && !isAsyncIterable(result)) setResult(withStatus(format(result, state)));
      },
      onResponse({ response, serverContext }) {
        if (serverContext === undefined) return;
        for (const [name, value] of Object.entries(responseHeaders(services, serverContext.state)))
          response.headers.set(name, value);
        if (response.headers.get('content-type')?.startsWith('text/html') === true)
          response.headers.set('content-security-policy', PAGE_POLICY);
      },
    },
  };
}

const UNAVAILABLE = 'UNAVAILABLE';

/** Gives the answer the status of the errors that have one even if the operation was executed. */
function withStatus(result: ExecutionResult): ExecutionResult {
  for (const { originalError, extensions } of result.errors ?? []) {
    const unavailable = extensions['code'] === UNAVAILABLE ? unavailableAnswer(originalError) : undefined;
    if (unavailable === undefined) continue;
    Object.assign(extensions, { http: { status: unavailable.status, headers: unavailable.headers ?? {} } });
    break;
  }
  return result;
}

/** The headers that every answer of the graph carries. Production does not show the number of statements. */
export function responseHeaders(
  { config }: Services,
  { context: { requestId, db } }: RequestState,
): Readonly<Record<string, string>> {
  return {
    'x-request-id': requestId,
    ...(config.environment === 'production' ? {} : { 'x-lotgraph-statements': String(db.statements) }),
  };
}

interface ErrorFormat {
  readonly requestId: string;
  readonly isExecuted: boolean;
  /**
   * True if the client names `application/json`. A client that accepts any type also receives `application/json`, but
   * it did not ask for that type's status codes.
   */
  readonly acceptsJson: boolean;
  /** True if the "Did you mean" hints of graphql-js are kept. */
  readonly hasHints: boolean;
}

/** Returns a formatted copy: the errors of cached documents are shared by many requests. */
function formatError(error: GraphQLError, { requestId, isExecuted, acceptsJson, hasHints }: ErrorFormat): GraphQLError {
  const { originalError, extensions } = error;
  // The parser of JSON quotes what it cannot read, which may hold a password.
  const { http, originalError: _quoted, ...own } = extensions;
  const status = isExecuted
    ? {}
    : { http: { ...asObject(http), spec: acceptsJson && isWellFormed(http, own['code']) } };
  return new GraphQLError(hasHints ? error.message : error.message.replace(/ Did you mean [^]*\?$/, ''), {
    ...locationOf(error),
    originalError: originalError ?? null,
    extensions: { ...own, ...ownCode(own['code']), requestId, ...status },
  });
}

/**
 * True if the request was well-formed and only its operation was rejected: its document, the values of its variables,
 * or a limit. GraphQL over HTTP answers that with 200 for `application/json`, and with 400 otherwise. Yoga calls this
 * option `spec`.
 */
function isWellFormed(http: unknown, code: unknown): boolean {
  return Reflect.get(asObject(http), 'status') === 400 && !isRequestError(code);
}

/** Translates Yoga's error codes to ours. */
function ownCode(code: unknown): Readonly<Record<string, unknown>> {
  return code === undefined || isRequestError(code) ? { code: 'INVALID_INPUT', path: [] } : {};
}

/** True for Yoga's codes of malformed requests: not JSON, no document, or an operation name that matches nothing. */
function isRequestError(code: unknown): boolean {
  return code === 'BAD_REQUEST' || code === 'OPERATION_RESOLUTION_FAILURE';
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
