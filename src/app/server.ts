/**
 * Composes the server.
 *
 * 1. The HTTP entry (http/http-entry.ts) checks and authenticates each request, and answers those that it rejects.
 * 2. The GraphQL handler (execution/graphql-handler.ts) executes the operation of an admitted request.
 * 3. A stop completes the streams and waits, for a limited time, until the running requests are answered. Meanwhile
 *    `/ready` and new requests are answered with 503.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '../platform/process/limits.ts';
import type { Services } from '../platform/request/context.ts';
import { authenticator } from './auth/authenticate.ts';
import { errorRecorder } from './execution/errors.ts';
import { graphqlHandler } from './execution/graphql-handler.ts';
import type { StreamLimits } from './execution/sse.ts';
import { filesHandler } from './files/files-handler.ts';
import { fileAnswer } from './graphiql/files.ts';
import { pageAnswer } from './http/pages/pages.ts';
import { httpEntry } from './http/http-entry.ts';
import { listen } from './http/listen.ts';
import { overloadGuard } from './http/overload.ts';
import { SERVER_OPTIONS } from './http/request-checks.ts';
import { schema } from './schema.ts';

/** A server that listens. */
export interface RunningServer {
  readonly url: string;
  readonly port: number;
  /** Takes no new requests, finishes those that run, and closes. */
  stop(): Promise<void>;
}

/** Starts the server and resolves when it listens. A body without files has to arrive within `bodySeconds`. */
export async function startServer(
  services: Services,
  streamLimits: StreamLimits = LIMITS.streams,
  bodySeconds: number = LIMITS.time.requestSeconds,
): Promise<RunningServer> {
  const { config } = services;
  const errors = errorRecorder(services);
  const authenticate = authenticator(services);
  const graphql = graphqlHandler({ services, schema, authenticate, errors, streamLimits });
  let isStopping = false;
  let runningRequests = 0;
  const overload = overloadGuard(services);
  const [answerPage, answerFileOfGraphiQL] = [pageAnswer(services), fileAnswer(config)];
  const handle = httpEntry({
    services,
    bodySeconds,
    authenticate,
    isStopping: () => isStopping,
    overload,
    answerFile: async (...request) => (await answerPage(...request)) || answerFileOfGraphiQL(...request),
    answerStored: filesHandler(services),
    execute: (admitted) => graphql.execute(admitted),
    recordError: (error) => errors.record(error),
  });
  const server = createServer(SERVER_OPTIONS, (request, response) => {
    runningRequests += 1;
    response.once('close', () => (runningRequests -= 1));
    void handle(request, response);
  });
  server.maxHeadersCount = LIMITS.transport.headers;
  server.maxConnections = LIMITS.transport.connections;
  server.setTimeout(LIMITS.time.idleSeconds * 1_000);
  await listen(server, config);
  const { port } = server.address() as AddressInfo;
  const host = config.host === '0.0.0.0' || config.host === '::' ? 'localhost' : config.host;
  return {
    port,
    url: `http://${host}:${port}/graphql`,
    async stop() {
      isStopping = true;
      graphql.completeStreams();
      const until = Date.now() + LIMITS.time.drainSeconds * 1_000;
      while (runningRequests > 0 && Date.now() < until) await sleep(10);
      await close(server);
      overload.stop();
      await errors.settled();
    },
  };
}

/** Closes the server and all its connections: the idle ones, and those of requests that did not finish in time. */
function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}
