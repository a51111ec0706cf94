/**
 * The HTTP entry: the steps that every request passes, in this order. Each step either answers the request or lets it
 * pass to the next one.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { InternalError } from '../../operation/error-entry/error-entry.commands.ts';
import { isTimeout } from '../../platform/postgres/errors.ts';
import type { Context, Origin, Services } from '../../platform/request/context.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import { originOf, requestIdOf } from '../request/context.ts';
import { requestStateOf, type Credentials, type RequestState } from '../request/request-state.ts';
import type { UploadedFile } from '../../platform/request/uploads.ts';
import { clientAddresses } from './client-address.ts';
import { accessLog, type AccessEntry } from './monitoring/access-log.ts';
import type { AnswerFile } from './pages/static-file.ts';
import { cors } from './cors.ts';
import { healthProbes } from './health.ts';
import { metricsAnswer } from './monitoring/metrics.ts';
import { watchOperation } from './monitoring/operation-watch.ts';
import type { OverloadGuard } from './overload.ts';
import { logUnavailable, unavailableAnswer } from './unavailable.ts';
import { requestRateLimits } from './rate-limit.ts';
import { bodyLimitOf, isLargeBody, requestBodyOf } from './request-body.ts';
import { discardAll, mostBytesOfUpload } from './upload/multipart.ts';
import {
  DEADLINE_EXCEEDED,
  INTERNAL_ERROR,
  NOT_FOUND,
  OVERLOADED,
  GRAPHQL_PATH,
  STOPPING,
  UPLOAD_WITHOUT_CREDENTIALS,
  invalidCredentials,
  isMultipart,
  requestRejection,
  sendRejection,
  setSecurityHeaders,
  tooManyRequests,
  type HttpRejection,
} from './request-checks.ts';

/** The path of the metrics. */
const METRICS_PATH = '/metrics';
/** The path of all files of the file store. */
const FILES_PATH = '/files/';

/** A request for a path below `/files/`. */
export interface FileRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly origin: Origin;
  /** Notes the context of the request for the access log, as soon as it is known. */
  readonly note: (context: Context) => void;
}

/** Answers a request for a file of the file store, or says why it is rejected. */
export type FilesHandler = (path: string, request: FileRequest) => Promise<HttpRejection | undefined>;

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
  /** Seconds in which a body without files has to arrive. */
  readonly bodySeconds: number;
  readonly authenticate: Authenticate;
  readonly isStopping: () => boolean;
  readonly overload: Pick<OverloadGuard, 'isOverloaded' | 'delayMilliseconds'>;
  /** Answers a request for a page of the plant or of GraphiQL, or for one of their files. */
  readonly answerFile: AnswerFile;
  /** Answers a request for a file of the file store, or says why it is rejected. */
  readonly answerStored: FilesHandler;
  /** Executes the operation of an admitted request and sends its answer. */
  readonly execute: (admitted: GraphQLRequest) => Promise<void>;
  /** Logs and stores an internal error. */
  readonly recordError: (error: InternalError) => void;
}

/** Creates the request handler of the server. */
export function httpEntry({
  services,
  bodySeconds,
  authenticate,
  isStopping,
  overload,
  answerFile,
  answerStored,
  execute,
  recordError,
}: HttpEntryOptions): RequestHandler {
  const { config } = services;
  const { deadlineSeconds } = config;
  const probes = healthProbes(services, isStopping, overload);
  const clientAddressOf = clientAddresses(config.trustedProxies);
  const crossOrigin = cors(services);
  const lines = accessLog(services);
  const takeRequest = requestRateLimits(config);
  const answerMetrics = metricsAnswer(services, authenticate, overload);

  return async (request, response) => {
    const requestId = requestIdOf(request.headers['x-request-id']);
    const ip = clientAddressOf(request);
    const accessEntry = lines.begin(request, response, { requestId, ip });
    const reject = (rejection: HttpRejection): void => {
      accessEntry.code = rejection.code;
      sendRejection(request, response, requestId, rejection);
    };
    watchOperation(services.monitor, accessEntry, requestId, response);
    let uploads: readonly UploadedFile[] = [];
    setSecurityHeaders(response);
    crossOrigin.setHeaders(request, response);
    try {
      const path = pathOf(request);
      if (probes.answer(path, response)) return void (accessEntry.level = 'debug');
      if (path === METRICS_PATH) {
        accessEntry.level = 'debug';
        const refused = await answerMetrics(request, response, credentialsOf(request));
        if (refused === undefined) return;
        // A client that guesses tokens is slowed down.
        const secondsToWait = takeRequest(null, originOf(ip, null));
        return reject(secondsToWait > 0 ? tooManyRequests(secondsToWait) : refused);
      }
      if (isStopping()) return reject(STOPPING);
      if (overload.isOverloaded) return reject(OVERLOADED);
      if (path !== GRAPHQL_PATH) {
        if (await answerFile(path, request, response)) return void (accessEntry.level = 'debug');
        if (!path.startsWith(FILES_PATH)) return reject(NOT_FOUND);
        const rejection = await answerStored(path, {
          request,
          response,
          requestId,
          origin: originOf(ip, request.headers['user-agent'] ?? null),
          note: (context) => void ([accessEntry.viewer, accessEntry.context] = [context.viewer, context]),
        });
        if (rejection === undefined) return;
        // A client that guesses addresses is slowed down; one with valid addresses is not.
        const secondsToWait = rejection.status === 403 ? takeRequest(null, originOf(ip, null)) : 0;
        return reject(secondsToWait > 0 ? tooManyRequests(secondsToWait) : rejection);
      }
      if (crossOrigin.answerPreflight(request, response)) return;
      const unacceptable = requestRejection(request, crossOrigin.refuse, mostBytesOfUpload(config.fileLimit));
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

      if (viewer === null && isMultipart(request)) return reject(UPLOAD_WITHOUT_CREDENTIALS);
      const arrived = await requestBodyOf(request, services, {
        mostBytes: bodyLimitOf(viewer),
        mostSeconds: bodySeconds,
      });
      if (arrived === 'GONE') return;
      if ('rejection' in arrived) return reject(arrived.rejection);
      uploads = arrived.uploads ?? [];
      const state = requestStateOf(services, {
        requestId,
        viewer,
        origin,
        credentials,
        accept: request.headers.accept ?? '',
        lastEventId: singleHeader(request.headers['last-event-id']) ?? undefined,
        secondsLeft,
        uploads,
        isLarge: isLargeBody(arrived.body),
        whenClosed: (done) => response.once('close', done),
      });
      accessEntry.context = state.context;
      await execute({ request, response, body: arrived.body, state, accessEntry });
    } catch (error) {
      if (!response.headersSent && isTimeout(error)) return reject(DEADLINE_EXCEEDED);
      const unavailable = unavailableAnswer(error);
      if (!response.headersSent && unavailable !== undefined) {
        logUnavailable(services.log, requestId, error);
        return reject(unavailable);
      }
      recordError({ requestId, cause: error, actorId: null, ip });
      if (response.headersSent) response.destroy();
      else reject(INTERNAL_ERROR);
    } finally {
      await discardAll(uploads);
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
