/**
 * The front door: POST /graphql in, one JSON answer out.
 *
 * 1. The request gets its id and its viewer; credentials that are not good end it with 401.
 * 2. Yoga parses, validates and executes.
 * 3. A refusal keeps its words and gets the request id; a fault is logged in full and answered as "Unexpected error.".
 */
import { createServer, IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { GraphQLError } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { Viewer } from '../platform/access.ts';
import type { Client, Context, Services } from '../platform/context.ts';
import { healthOf } from '../operation/monitoring/monitoring.loaders.ts';
import { clientOf, contextFor, requestIdOf } from './context.ts';
import { graphiqlOptions } from './graphiql.ts';
import { schema } from './schema.ts';
import { viewerOf, type Invalid } from './viewer.ts';

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

interface Asked {
  readonly requestId: string;
  readonly viewer: Viewer | null;
  readonly client: Client;
  context?: Context;
}

export async function startServer(services: Services): Promise<RunningServer> {
  const { config } = services;
  const asked = new WeakMap<Request, Asked>();
  const yoga = createYoga<object, Context>({
    schema,
    context: ({ request }) => {
      const found = asked.get(request);
      const context = contextFor(services, found?.viewer ?? null, found?.requestId, found?.client);
      if (found !== undefined) found.context = context;
      return context;
    },
    plugins: [door(services, asked)],
    cors: false,
    landingPage: false,
    healthCheckEndpoint: '/alive',
    logging: false,
    graphiql: config.environment === 'production' ? false : (request) => graphiqlOptions(services, request),
    renderGraphiQL,
    maskedErrors: { maskError: answerOfError },
  });
  const server = createServer((request, response) => void yoga(request, response));
  await listen(server, config.host, config.port);
  const { port } = server.address() as AddressInfo;
  const host = config.host === '0.0.0.0' || config.host === '::' ? 'localhost' : config.host;
  return {
    port,
    url: `http://${host}:${port}/graphql`,
    stop: () => new Promise((resolve, reject) => {
      server.close((error) => (error === undefined ? resolve() : reject(error)));
      server.closeIdleConnections();
    }),
  };
}

function door(services: Services, asked: WeakMap<Request, Asked>): Plugin<object, Context> {
  return {
    async onRequest({ request, endResponse, fetchAPI, url, serverContext }) {
      if (url.pathname === '/health') return endResponse(await healthResponse(fetchAPI.Response, services));
      if (!url.pathname.startsWith('/graphql')) return endResponse(new fetchAPI.Response('Not found. The graph is at /graphql.\n', { status: 404 }));
      const requestId = requestIdOf(request.headers.get('x-request-id'));
      const credentials = { authorization: request.headers.get('authorization'), apiKey: request.headers.get('x-api-key') };
      const viewer = await viewerOf(services, credentials).catch((error: unknown) => {
        services.log.error({ err: error, requestId }, 'fault');
        return 'unknown' as const;
      });
      if (viewer === 'unknown') return endResponse(failed(fetchAPI.Response, 500, { message: 'Unexpected error.', extensions: { code: 'INTERNAL', requestId } }));
      if (viewer !== null && 'invalid' in viewer) return endResponse(unauthenticated(fetchAPI.Response, requestId, viewer.invalid));
      asked.set(request, { requestId, viewer, client: clientOf(remoteAddressOf(serverContext), request.headers.get('user-agent')) });
      return undefined;
    },
    onResultProcess({ request, result }) {
      const requestId = asked.get(request)?.requestId;
      for (const each of [result].flat()) {
        if (!('errors' in each) || each.errors === undefined) continue;
        for (const error of each.errors) {
          if (error.originalError !== undefined && error.extensions['code'] === 'INTERNAL') services.log.error({ err: error.originalError, requestId }, 'fault');
          Object.assign(error.extensions, { requestId });
        }
      }
    },
    onResponse({ request, response }) {
      const found = asked.get(request);
      if (found === undefined) return;
      response.headers.set('x-request-id', found.requestId);
      if (services.config.environment !== 'production' && found.context !== undefined) {
        response.headers.set('x-lotgraph-statements', String(found.context.db.statements));
      }
    },
  };
}

async function healthResponse(ResponseClass: typeof Response, services: Services): Promise<Response> {
  const health = await healthOf(services);
  return new ResponseClass(JSON.stringify(health), { status: health.status === 'HEALTHY' ? 200 : 503, headers: { 'content-type': 'application/json' } });
}

/** The other end of the connection, which Yoga hands on with the request of node. */
function remoteAddressOf(serverContext: object): string | undefined {
  return 'req' in serverContext && serverContext.req instanceof IncomingMessage ? serverContext.req.socket.remoteAddress : undefined;
}

function unauthenticated(ResponseClass: typeof Response, requestId: string, what: Invalid['invalid']): Response {
  const message = { 'access token': 'The access token is not valid or has expired; sign in again.', 'API key': 'The API key is not valid, has expired or was revoked, or its station is inactive.' }[what];
  return failed(ResponseClass, 401, { message, extensions: { code: 'UNAUTHENTICATED', path: [], requestId } }, { 'www-authenticate': 'Bearer' });
}

/** The answer to a request that does not come as far as the graph. */
function failed(
  ResponseClass: typeof Response,
  status: number,
  error: { readonly message: string; readonly extensions: { readonly requestId: string; readonly [key: string]: unknown } },
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new ResponseClass(JSON.stringify({ errors: [error] }), { status, headers: { 'content-type': 'application/json', 'x-request-id': error.extensions.requestId, ...headers } });
}

/** A GraphQL error of ours is an answer; whatever else was thrown is a fault. It is logged where the request's id is known. */
function answerOfError(error: unknown): Error {
  const cause = error instanceof GraphQLError ? error.originalError : error;
  if (error instanceof GraphQLError && (cause === undefined || cause === null || cause instanceof GraphQLError)) return error;
  const where = error instanceof GraphQLError ? { nodes: error.nodes ?? null, path: error.path ?? null } : {};
  return new GraphQLError('Unexpected error.', { ...where, originalError: asError(cause), extensions: { code: 'INTERNAL' } });
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
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
