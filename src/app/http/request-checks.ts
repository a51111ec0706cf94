/**
 * What a request must be before anybody looks at its content. There are no cookies, so nobody can act in the name of a
 * browser's user; still nothing that a foreign page can send without being asked (a form, an image, a simple `fetch`)
 * is let through:
 *
 * 1. POST brings `application/json`, which a form cannot send; GET brings a query, never a mutation.
 * 2. A browser says where a request comes from: another site, another origin is refused, unless the configuration names
 *    it (cors.ts).
 * 3. A body is at most 1 MiB, whatever its length claims to be: the claim is judged here, the bytes are counted while
 *    they are read.
 */
import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import type { Cors } from './cors.ts';
import { LIMITS } from '../../platform/process/limits.ts';

const { time, transport } = LIMITS;

/** What node's server itself holds against slow, long and many. */
export const SERVER_OPTIONS: ServerOptions = {
  maxHeaderSize: transport.headerBytes,
  headersTimeout: time.headersSeconds * 1_000,
  requestTimeout: time.requestSeconds * 1_000,
  keepAliveTimeout: time.keepAliveSeconds * 1_000,
  connectionsCheckingInterval: 1_000,
};

/** Headers of every answer. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
};

export interface HttpRejection {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Why the request is not looked at, or undefined. */
export function requestRejection(
  request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  { isAllowed }: Pick<Cors, 'isAllowed'>,
): HttpRejection | undefined {
  const { method, headers } = request;
  if (method !== 'GET' && method !== 'POST')
    return {
      status: 405,
      code: 'INVALID_INPUT',
      message: 'Only GET and POST are answered here.',
      headers: { allow: 'GET, POST' },
    };
  if (isForeign(request) && !isAllowed(request))
    return { status: 403, code: 'FORBIDDEN', message: 'Pages of other sites may not ask this server.' };
  if (method === 'GET') return refusalOfParameters(request.url ?? '');
  if (!JSON_CONTENT.test(headers['content-type'] ?? ''))
    return {
      status: 415,
      code: 'INVALID_INPUT',
      message: 'Send the request as application/json.',
      headers: { accept: 'application/json' },
    };
  if (Number(headers['content-length'] ?? 0) > transport.bodyBytes) return bodyTooLarge();
  return undefined;
}

export function bodyTooLarge(): HttpRejection {
  return {
    status: 413,
    code: 'LIMIT_EXCEEDED',
    message: `A request may have at most ${transport.bodyBytes} bytes.`,
    more: { limit: 'body' },
  };
}

export function tooManyRequests(seconds: number): HttpRejection {
  return {
    status: 429,
    code: 'LIMIT_EXCEEDED',
    message: `Too many requests; try again in ${seconds} s.`,
    headers: { 'retry-after': String(seconds) },
    more: { limit: 'requests' },
  };
}

export const STOPPING: HttpRejection = {
  status: 503,
  code: 'UNAVAILABLE',
  message: 'The server is stopping; try again.',
  headers: { 'retry-after': '2', connection: 'close' },
};

/**
 * Answers a request that does not come as far as the graph. The rest of its body is read to nowhere, and the connection
 * ends.
 */
export function sendRejection(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  { status, code, message, headers, more }: HttpRejection,
): void {
  const hasBody = request.method === 'POST' && !request.complete;
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'x-request-id': requestId,
    ...(hasBody ? { connection: 'close' } : {}),
    ...headers,
  });
  response.end(
    JSON.stringify({
      errors: [{ message, extensions: { code, ...(code === 'INTERNAL' ? {} : { path: [] }), ...more, requestId } }],
    }),
  );
  request.resume();
}

const JSON_CONTENT = /^application\/json *(;|$)/i;

/**
 * A page of another origin sent it. Opening GraphiQL by a link is no question to the graph, and shows the page to its
 * reader only.
 */
function isForeign({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): boolean {
  const isPageOpened =
    method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  if (isPageOpened) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  return headers.origin !== undefined && hostOf(headers.origin) !== headers.host;
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** Variables and extensions of a GET are JSON objects in the address. */
function refusalOfParameters(url: string): HttpRejection | undefined {
  const parameters = new URLSearchParams(url.split('?').slice(1).join('?'));
  const wrong = ['variables', 'extensions'].find((name) => !isJson(parameters.get(name)));
  return wrong === undefined
    ? undefined
    : { status: 400, code: 'INVALID_INPUT', message: `The parameter ${wrong} is no JSON.` };
}

function isJson(text: string | null): boolean {
  if (text === null || text === '') return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
