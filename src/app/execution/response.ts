/**
 * The last look at an answer: errors get the request's id, faults are kept, and a stranger in production learns no name
 * that he did not say.
 */
import { type ExecutionResult, GraphQLError } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { ErrorRecorder } from './errors.ts';
import { PAGE_POLICY } from '../graphiql/content-policy.ts';
import type { RequestState, YogaServerContext } from '../request/request-state.ts';
import type { Context, Services } from '../../platform/request/context.ts';

/** The answer as it is told; what is a fault in it is kept. */
export type FormatResult = (result: ExecutionResult, asked: RequestState) => ExecutionResult;

export function responseFormatter({ config }: Services, faults: ErrorRecorder): FormatResult {
  const isProduction = config.environment === 'production';
  return (result, { requestId, viewer, operationName, accept }) => {
    if (result.errors === undefined) return result;
    for (const { path, originalError: cause, extensions } of result.errors) {
      if (cause !== undefined && extensions['code'] === 'INTERNAL')
        faults.record({ requestId, cause, path, operationName, actorId: viewer?.id ?? null });
    }
    const own: ErrorFormat = {
      requestId,
      isExecuted: result.data !== undefined,
      isJsonWanted: accept.includes('application/json'),
      hasHints: !isProduction || viewer !== null,
    };
    return { ...result, errors: result.errors.map((error) => formatError(error, own)) };
  };
}

/** What every answer of the graph tells in its head. */
export function responseHeaders(
  { config }: Services,
  { requestId, context }: RequestState,
): Readonly<Record<string, string>> {
  return {
    'x-request-id': requestId,
    ...(config.environment === 'production' ? {} : { 'x-lotgraph-statements': String(context?.db.statements ?? 0) }),
  };
}

export function responsePlugin(
  services: Services,
  tell: FormatResult,
): Plugin<Context & YogaServerContext, YogaServerContext> {
  return {
    onResultProcess({ result, setResult, serverContext: { state: asked } }) {
      if (!Array.isArray(result) && !isAsyncIterable(result)) setResult(tell(result, asked));
    },
    onResponse({ response, serverContext }) {
      const asked = serverContext?.state;
      if (asked === undefined) return;
      for (const [name, value] of Object.entries(responseHeaders(services, asked))) response.headers.set(name, value);
      if (response.headers.get('content-type')?.startsWith('text/html') === true)
        response.headers.set('content-security-policy', PAGE_POLICY);
    },
  };
}

interface ErrorFormat {
  readonly requestId: string;
  readonly isExecuted: boolean;
  /**
   * Whether the client names `application/json`; one that takes anything is answered with it too, but did not ask for
   * its custom.
   */
  readonly isJsonWanted: boolean;
  /** Whether graphql-js may say which name of the schema was perhaps meant. */
  readonly hasHints: boolean;
}

/** The error as it is told: a copy, for errors of cached documents are told to many. */
function formatError(
  error: GraphQLError,
  { requestId, isExecuted, isJsonWanted, hasHints }: ErrorFormat,
): GraphQLError {
  const { nodes, source, positions, path, originalError, extensions } = error;
  const { http, ...own } = extensions;
  const status = isExecuted
    ? {}
    : { http: { ...asObject(http), spec: isJsonWanted && isWellFormed(http, own['code']) } };
  return new GraphQLError(hasHints ? error.message : error.message.replace(/ Did you mean [^]*\?$/, ''), {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    path: path ?? null,
    originalError: originalError ?? null,
    extensions: { ...own, ...ownCode(own['code']), requestId, ...status },
  });
}

/**
 * Whether only the operation was refused, not the request: its document, the values of its variables, a limit. By the
 * custom of `application/json` in GraphQL over HTTP that is answered with 200; in any other case with 400. Yoga calls
 * this `spec`.
 */
function isWellFormed(http: unknown, code: unknown): boolean {
  return Reflect.get(asObject(http), 'status') === 400 && !isOfRequest(code);
}

/** Yoga's own codes, in ours. */
function ownCode(code: unknown): Readonly<Record<string, unknown>> {
  return isOfRequest(code) ? { code: 'INVALID_INPUT', path: [] } : {};
}

/** Yoga's codes for parameters that are no request: no JSON, no document, a name that fits no operation. */
function isOfRequest(code: unknown): boolean {
  return code === 'BAD_REQUEST' || code === 'OPERATION_RESOLUTION_FAILURE';
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
