/**
 * The front door: POST /graphql in, one JSON answer out.
 *
 * 1. The request gets its id. Probes are answered; what a request must not be is refused (transport.ts).
 * 2. Credentials that are not good end it with 401; more requests than the caller may send, with 429; a database that
 *    does not say in time who is asking, with 503.
 * 3. Yoga parses; the document is judged (document-guard.ts), executed, and answered by its deadline. What was carried
 *    out before goes the same way without Yoga (straight.ts).
 * 4. A refusal keeps its words and gets the request id; a fault is kept in full (faults.ts) and answered as "Unexpected
 *    error.".
 * 5. A subscription's answer is a stream of events (streams.ts).
 * 6. A stop completes the streams and finishes what is under way, within its time; `/ready` and new requests are
 *    answered 503 meanwhile.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga';
import { networkOf } from '../platform/values/ip-address.ts';
import type { Context, Services } from '../platform/request/context.ts';
import { stoppable } from '../platform/postgres/reader.ts';
import { LIMITS } from '../platform/process/limits.ts';
import { noteRequest } from '../platform/scheduling/fair-scheduler.ts';
import { isTimeout } from '../platform/postgres/errors.ts';
import { responsePlugin, responseHeaders, responseFormatter } from './execution/response.ts';
import type { RequestState, YogaServerContext } from './request/request-state.ts';
import { clientAddresses } from './http/client-address.ts';
import { contextFor, originOf, requestIdOf } from './request/context.ts';
import { cors } from './http/cors.ts';
import { documentCache } from './execution/document-cache.ts';
import { guardedExecution } from './execution/execute.ts';
import { fetchRequestOf, sendResponse, sendText, readBody } from './http/node-fetch-bridge.ts';
import { DEADLINE_MESSAGE, maskError, errorRecorder, type ErrorRecorder } from './execution/errors.ts';
import { graphiqlOptions } from './graphiql/page.ts';
import { healthProbes } from './http/health.ts';
import { rateLimit } from './http/rate-limit.ts';
import { schema } from './schema.ts';
import { fastPath, type FastPath } from './execution/fast-path.ts';
import { openStreams, type StreamLimits } from './execution/sse.ts';
import {
  SECURITY_HEADERS,
  SERVER_OPTIONS,
  STOPPING,
  sendRejection,
  bodyTooLarge,
  requestRejection,
  tooManyRequests,
  type HttpRejection,
} from './http/request-checks.ts';
import { trustedDocumentsPlugin, readTrustedDocuments } from './execution/trusted-documents.ts';
import { authenticator, type InvalidCredentials, type Authenticate } from './auth/authenticate.ts';

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

type Graph = YogaServerInstance<YogaServerContext, Context>;

export async function startServer(
  services: Services,
  streamLimits: StreamLimits = LIMITS.streams,
): Promise<RunningServer> {
  const { config } = services;
  const faults = errorRecorder(services);
  const viewerOf = authenticator(services);
  const tell = responseFormatter(services, faults);
  const streams = openStreams(services, viewerOf, tell, streamLimits);
  const life = { isStopping: false, underWay: 0 };
  const contextOf = (asked: RequestState): Context => (asked.context ??= contextAt(services, asked));
  const straight = fastPath(contextOf);
  const graph = graphOf(services, contextOf, [
    responsePlugin(services, tell),
    guardedExecution(config),
    streams.plugin,
    straight.plugin,
  ]);
  const door = doorTo(answering(services, graph, straight), services, viewerOf, faults, () => life.isStopping);
  const server = createServer(SERVER_OPTIONS, (request, response) => {
    life.underWay += 1;
    response.once('close', () => (life.underWay -= 1));
    void door(request, response);
  });
  server.maxHeadersCount = LIMITS.transport.headers;
  server.maxConnections = LIMITS.transport.connections;
  server.setTimeout(LIMITS.time.idleSeconds * 1_000);
  await listen(server, config.host, config.port);
  const { port } = server.address() as AddressInfo;
  const host = config.host === '0.0.0.0' || config.host === '::' ? 'localhost' : config.host;
  return {
    port,
    url: `http://${host}:${port}/graphql`,
    async stop() {
      life.isStopping = true;
      streams.complete();
      const until = Date.now() + LIMITS.time.drainSeconds * 1_000;
      while (life.underWay > 0 && Date.now() < until) await sleep(10);
      await closed(server);
      await faults.settled();
    },
  };
}

function contextAt(services: Services, asked: RequestState): Context {
  const db = stoppable(services.database.reader());
  asked.stop = () => db.stop();
  return { ...contextFor(services, asked.viewer, asked.requestId, asked.origin), db };
}

function graphOf(
  services: Services,
  contextOf: (asked: RequestState) => Context,
  plugins: readonly Plugin<Context & YogaServerContext, YogaServerContext>[],
): Graph {
  const { config } = services;
  return createYoga<YogaServerContext, Context>({
    schema,
    context: ({ state: asked }) => contextOf(asked),
    plugins: [
      ...plugins,
      ...(config.trustedDocuments === undefined
        ? []
        : [trustedDocumentsPlugin(readTrustedDocuments(config.trustedDocuments))]),
    ],
    extraParamNames: ['documentId'],
    cors: false,
    multipart: false,
    landingPage: false,
    logging: false,
    // The door counts the bytes.
    maxRequestBodySize: false,
    parserAndValidationCache: { documentCache: documentCache(), errorCache: documentCache() },
    graphiql: config.environment === 'production' ? false : (request) => graphiqlOptions(services, request),
    renderGraphiQL,
    maskedErrors: { maskError: maskError },
  });
}

/** Answers a request that was let in. */
type Answering = (
  request: IncomingMessage,
  response: ServerResponse,
  body: string | null,
  asked: RequestState,
) => Promise<void>;

/** By the straight road where it leads to an answer; where documents must be trusted, Yoga looks at each request. */
function answering(services: Services, graph: Graph, straight: FastPath): Answering {
  const isOpen = services.config.trustedDocuments === undefined;
  return async (request, response, body, asked) => {
    noteRequest(services.database);
    const data = isOpen && body !== null ? await straight.answer(request, body, asked) : undefined;
    if (data !== undefined)
      return sendText(
        response,
        200,
        { 'content-type': data.contentType, ...responseHeaders(services, asked) },
        data.body,
      );
    await sendResponse(
      await graph.handleRequest(fetchRequestOf(graph.fetchAPI, request, body), { state: asked }),
      response,
    );
  };
}

function doorTo(
  answer: Answering,
  services: Services,
  viewerOf: Authenticate,
  faults: ErrorRecorder,
  isStopping: () => boolean,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { config } = services;
  const probe = healthProbes(services, isStopping);
  const addressOf = clientAddresses(config.trustedProxies);
  const pages = cors(config.corsOrigins);
  const { burstSeconds, remembered } = LIMITS.rate;
  const ofPrincipals = rateLimit({
    perSecond: config.requestsPerSecond,
    burst: burstSeconds * config.requestsPerSecond,
    remembered,
  });
  const ofAddresses = rateLimit({
    perSecond: config.anonymousRequestsPerSecond,
    burst: burstSeconds * config.anonymousRequestsPerSecond,
    remembered,
  });
  return async (request, response) => {
    const requestId = requestIdOf(request.headers['x-request-id']);
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    pages.setHeaders(request, response);
    const refuse = (refused: HttpRejection): void => sendRejection(request, response, requestId, refused);
    try {
      const [path = ''] = (request.url ?? '').split('?');
      if (probe.answer(path, response)) return;
      if (isStopping()) return refuse(STOPPING);
      if (path !== '/graphql')
        return refuse({ status: 404, code: 'NOT_FOUND', message: 'Not found. The graph is at /graphql.' });
      if (pages.answerPreflight(request, response)) return;
      const refused = requestRejection(request, pages);
      if (refused !== undefined) return refuse(refused);
      const origin = originOf(addressOf(request), request.headers['user-agent'] ?? null);
      const credentials = {
        authorization: request.headers.authorization ?? null,
        apiKey: onceIn(request.headers['x-api-key']),
      };
      const askedAt = performance.now();
      const viewer = await inTime(viewerOf(credentials), config.deadlineSeconds);
      if (viewer === LATE) return refuse(TOO_LATE);
      const isKnown = viewer !== null && !('invalid' in viewer);
      const wait = isKnown
        ? ofPrincipals.take(`${viewer.kind}:${viewer.id}`, Date.now())
        : ofAddresses.take(networkOf(origin.ip ?? ''), Date.now());
      if (wait > 0) return refuse(tooManyRequests(wait));
      if (viewer !== null && 'invalid' in viewer)
        return refuse({
          status: 401,
          code: 'UNAUTHENTICATED',
          message: NOT_GOOD[viewer.invalid],
          headers: { 'www-authenticate': 'Bearer' },
        });
      const secondsLeft = config.deadlineSeconds - (performance.now() - askedAt) / 1_000;
      const lastEventId = onceIn(request.headers['last-event-id']) ?? undefined;
      const accept = request.headers.accept ?? '';
      const body = request.method === 'POST' ? await readBody(request, LIMITS.transport.bodyBytes) : null;
      if (body === 'GONE') return;
      if (body === 'TOO_LARGE') return refuse(bodyTooLarge());
      const asked: RequestState = {
        requestId,
        viewer,
        origin,
        credentials,
        accept,
        lastEventId,
        secondsLeft,
        whenClosed: (done) => response.once('close', done),
      };
      await answer(request, response, body, asked);
    } catch (error) {
      if (!response.headersSent && isTimeout(error)) return refuse(TOO_LATE);
      faults.record({ requestId, cause: error, actorId: null });
      if (response.headersSent) response.destroy();
      else refuse({ status: 500, code: 'INTERNAL', message: 'Unexpected error.' });
    }
  };
}

const LATE = Symbol('late');

/** Nothing was begun: the request may be sent again as it is. */
const TOO_LATE: HttpRejection = {
  status: 503,
  code: 'LIMIT_EXCEEDED',
  message: DEADLINE_MESSAGE,
  headers: { 'retry-after': '2' },
  more: { limit: 'deadline' },
};

async function inTime<T>(work: Promise<T>, seconds: number): Promise<T | typeof LATE> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof LATE>((resolve) => (timer = setTimeout(() => resolve(LATE), seconds * 1_000)));
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const NOT_GOOD: Readonly<Record<InvalidCredentials['invalid'], string>> = {
  'access token': 'The access token is not valid or has expired; sign in again.',
  'API key': 'The API key is not valid, has expired or was revoked, or its station is inactive.',
};

/** A header that was sent once. */
function onceIn(header: string | readonly string[] | undefined): string | null {
  return typeof header === 'string' ? header : null;
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Takes no connection any more and ends those that are left: the idle ones, and what did not finish in its time. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}
