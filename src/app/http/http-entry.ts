/**
 * The HTTP entry: the steps that every request passes, in this order. Each step either answers the request or lets it
 * pass to the next one.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { InternalError } from '../../operation/error-entry/error-entry.commands.ts';
import { isTimeout, isUnavailable } from '../../platform/postgres/errors.ts';
import { LIMITS } from '../../platform/process/limits.ts';
import type { Services } from '../../platform/request/context.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import { originOf, requestIdOf } from '../request/context.ts';
import { requestStateOf, type Credentials, type RequestState } from '../request/request-state.ts';
import { isNestedDeeper } from '../../platform/values/json.ts';
import { clientAddresses } from './client-address.ts';
import { accessLog, type AccessEntry } from './access-log.ts';
import { cors } from './cors.ts';
import { healthProbes } from './health.ts';
import { readBody } from './node-fetch-bridge.ts';
import type { OverloadGuard } from './overload.ts';
import { DATABASE_UNAVAILABLE, logUnavailable } from './unavailable.ts';
import { requestRateLimits } from './rate-limit.ts';
import { rootAnswer } from './root-page.ts';
import {
  DEADLINE_EXCEEDED,
  INTERNAL_ERROR,
  NOT_FOUND,
  OVERLOADED,
  STOPPING,
  bodyTooLarge,
  invalidCredentials,
  nestedTooDeep,
  requestRejection,
  sendRejection,
  setSecurityHeaders,
  tooManyRequests,
  type HttpRejection,
} from './request-checks.ts';

/** The path of the GraphQL endpoint. */
const GRAPHQL_PATH = '/graphql';

/** Answers one request of the HTTP server. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** A request that has passed all checks. `body` is null for GET. */
export interface GraphQLRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: string | null;
  readonly state: RequestState;
  /** The line of the request in the access log. */
  readonly accessEntry: AccessEntry;
}

/** The parts of the server that the HTTP entry calls. */
export interface HttpEntryOptions {
  readonly services: Services;
  readonly authenticate: Authenticate;
  readonly isStopping: () => boolean;
  readonly overload: Pick<OverloadGuard, 'isOverloaded' | 'delayMilliseconds'>;
  /** Answers a request for a file of GraphiQL. Resolves to false if the path is not that of a file. */
  readonly answerFile: (path: string, request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  /** Executes the operation of an admitted request and sends its answer. */
  readonly execute: (admitted: GraphQLRequest) => Promise<void>;
  /** Logs and stores an internal error. */
  readonly recordError: (error: InternalError) => void;
}

/** Creates the request handler of the server. */
export function httpEntry({
  services,
  authenticate,
  isStopping,
  overload,
  answerFile,
  execute,
  recordError,
}: HttpEntryOptions): RequestHandler {
  const { config } = services;
  const { deadlineSeconds } = config;
  const probes = healthProbes(services, isStopping, overload);
  const clientAddressOf = clientAddresses(config.trustedProxies);
  const crossOrigin = cors(services);
  const answerRoot = rootAnswer(config);
  const lines = accessLog(services);
  const takeRequest = requestRateLimits(config);

  return async (request, response) => {
    const requestId = requestIdOf(request.headers['x-request-id']);
    const ip = clientAddressOf(request);
    const accessEntry = lines.begin(request, response, { requestId, ip });
    const reject = (rejection: HttpRejection): void => {
      accessEntry.code = rejection.code;
      sendRejection(request, response, requestId, rejection);
    };
    setSecurityHeaders(response);
    crossOrigin.setHeaders(request, response);
    try {
      const path = pathOf(request);
      if (probes.answer(path, response)) return void (accessEntry.level = 'debug');
      if (isStopping()) return reject(STOPPING);
      if (overload.isOverloaded) return reject(OVERLOADED);
      if (path !== GRAPHQL_PATH) {
        if (answerRoot(path, request, response)) return;
        if (await answerFile(path, request, response)) return void (accessEntry.level = 'debug');
        return reject(NOT_FOUND);
      }
      if (crossOrigin.answerPreflight(request, response)) return;
      const unacceptable = requestRejection(request, crossOrigin.refuse);
      if (unacceptable !== undefined) return reject(unacceptable);

      const origin = originOf(ip, request.headers['user-agent'] ?? null);
      const credentials = credentialsOf(request);
      const startedAt = performance.now();
      const found = await withinDeadline(authenticate(credentials), deadlineSeconds);
      if (found === DEADLINE_PASSED) return reject(DEADLINE_EXCEEDED);
      const isInvalid = found !== null && 'invalid' in found;
      const viewer = isInvalid ? null : found;
      accessEntry.viewer = viewer;
      const secondsToWait = takeRequest(viewer, origin);
      if (secondsToWait > 0) return reject(tooManyRequests(secondsToWait));
      if (isInvalid) return reject(invalidCredentials(found));
      const secondsLeft = deadlineSeconds - (performance.now() - startedAt) / 1_000;

      const body = request.method === 'POST' ? await readBody(request, LIMITS.transport.bodyBytes) : null;
      if (body === 'GONE') return;
      if (body === 'TOO_LARGE') return reject(bodyTooLarge());
      if (body !== null && isNestedDeeper(body, LIMITS.transport.jsonLevels)) return reject(nestedTooDeep());
      const state = requestStateOf(services, {
        requestId,
        viewer,
        origin,
        credentials,
        accept: request.headers.accept ?? '',
        lastEventId: singleHeader(request.headers['last-event-id']) ?? undefined,
        secondsLeft,
        whenClosed: (done) => response.once('close', done),
      });
      accessEntry.context = state.context;
      await execute({ request, response, body, state, accessEntry });
    } catch (error) {
      if (!response.headersSent && isTimeout(error)) return reject(DEADLINE_EXCEEDED);
      if (!response.headersSent && isUnavailable(error)) {
        logUnavailable(services.log, requestId, error);
        return reject(DATABASE_UNAVAILABLE);
      }
      recordError({ requestId, cause: error, actorId: null, ip });
      if (response.headersSent) response.destroy();
      else reject(INTERNAL_ERROR);
    }
  };
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?')[0] ?? '';
}

function credentialsOf({ headers }: IncomingMessage): Credentials {
  return { authorization: headers.authorization ?? null, apiKey: singleHeader(headers['x-api-key']) };
}

/** The value of a header that was sent exactly once. */
function singleHeader(header: string | readonly string[] | undefined): string | null {
  return typeof header === 'string' ? header : null;
}

const DEADLINE_PASSED = Symbol('deadline passed');

async function withinDeadline<T>(work: Promise<T>, seconds: number): Promise<T | typeof DEADLINE_PASSED> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<typeof DEADLINE_PASSED>((resolve) => {
    timer = setTimeout(() => resolve(DEADLINE_PASSED), seconds * 1_000);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
