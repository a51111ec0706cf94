/**
 * The checks that a request passes before its content is read. There are no cookies, so a foreign page cannot act for
 * the user of a browser. Even so, requests that a page can send without a preflight (a form, an image, a simple
 * `fetch`) are rejected:
 *
 * 1. POST carries `application/json`, which a form cannot send, or files as `multipart/form-data` with the header
 *    `x-lotgraph-upload: 1`, which a form cannot set. GET carries a query, never a mutation.
 * 2. A browser says which site a request comes from. Other sites and origins are rejected, unless the configuration
 *    names them (cors.ts).
 * 3. The `Host` header names a host, and nothing else.
 * 4. A body has at most 1 MiB, a batch for the background 16 MiB, one with files two files more (multipart.ts). The announced length is checked here; the bytes are counted while they are read.
 */
import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import type { InvalidCredentials } from '../auth/authenticate.ts';
import { isNestedDeeper } from '../../platform/values/json.ts';
import { LIMITS } from '../../platform/process/limits.ts';

const { files, time, transport } = LIMITS;

/** The limits that the HTTP server of Node.js enforces itself. */
export const SERVER_OPTIONS: ServerOptions = {
  maxHeaderSize: transport.headerBytes,
  headersTimeout: time.headersSeconds * 1_000,
  // A body without files has to arrive sooner (request-body.ts).
  requestTimeout: files.uploadSeconds * 1_000,
  keepAliveTimeout: time.keepAliveSeconds * 1_000,
  connectionsCheckingInterval: 1_000,
};

/** The path of the GraphQL endpoint. */
export const GRAPHQL_PATH = '/graphql';

/** The security headers of every answer. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
};

/** The parts of a request that say which page sent it. */
export type CheckedRequest = Pick<IncomingMessage, 'method' | 'headers'>;

/** An answer with an error status to a request that is not executed. */
export interface HttpRejection {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Returns why the request is rejected, or undefined if it passes the checks. */
export function requestRejection(
  request: CheckedRequest & Pick<IncomingMessage, 'url'>,
  refuseForeign: (request: CheckedRequest) => HttpRejection | undefined,
  mostBytesOfFiles: number,
): HttpRejection | undefined {
  const { method, headers } = request;
  const foreign = refuseForeign(request);
  if (method !== 'GET' && method !== 'POST')
    return {
      status: 405,
      code: 'INVALID_INPUT',
      message: foreign?.message ?? 'Only GET and POST are answered here.',
      headers: { allow: 'GET, POST' },
    };
  if (headers.host !== undefined && !isHost(headers.host))
    return { status: 400, code: 'INVALID_INPUT', message: 'The Host header must be a host name, perhaps with a port.' };
  if (foreign !== undefined) return foreign;
  if (method === 'GET') return parameterRejection(request.url ?? '');
  const announcedBytes = Number(headers['content-length'] ?? 0);
  if (isMultipart(request)) {
    if (headers['x-lotgraph-upload'] !== '1')
      return invalidRequest('A request with files needs the header "x-lotgraph-upload: 1".');
    return announcedBytes > mostBytesOfFiles ? bodyTooLarge(mostBytesOfFiles) : undefined;
  }
  if (!JSON_CONTENT.test(headers['content-type'] ?? ''))
    return {
      status: 415,
      code: 'INVALID_INPUT',
      message: 'Send the request as application/json.',
      headers: { accept: 'application/json' },
    };
  if (announcedBytes > transport.batchBodyBytes) return bodyTooLarge();
  return undefined;
}

/** True for a request that brings files. */
export function isMultipart({ headers }: Pick<CheckedRequest, 'headers'>): boolean {
  return MULTIPART_CONTENT.test(headers['content-type'] ?? '');
}

/** The rejection of a request that is not well formed. */
export function invalidRequest(message: string): HttpRejection {
  return { status: 400, code: 'INVALID_INPUT', message };
}

/** The rejection of a body that does not arrive in time. */
export const TOO_SLOW: HttpRejection = {
  status: 408,
  code: 'LIMIT_EXCEEDED',
  message: 'The request did not arrive in time; send it again.',
  headers: { connection: 'close' },
  more: { limit: 'time' },
};

/** The rejection of a body that is too large. */
export function bodyTooLarge(mostBytes: number = transport.bodyBytes): HttpRejection {
  return {
    status: 413,
    code: 'LIMIT_EXCEEDED',
    message: `A request may have at most ${mostBytes} bytes.`,
    more: { limit: 'body' },
  };
}

/** The rejection of JSON whose arrays and objects nest too deep. */
export function nestedTooDeep(): HttpRejection {
  return {
    status: 400,
    code: 'LIMIT_EXCEEDED',
    message: `The JSON of a request may nest at most ${transport.jsonLevels} levels.`,
    more: { limit: 'nesting' },
  };
}

/** The rejection of a caller that exceeds its rate. */
export function tooManyRequests(seconds: number): HttpRejection {
  return {
    status: 429,
    code: 'LIMIT_EXCEEDED',
    message: `Too many requests; try again in ${seconds} s.`,
    headers: { 'retry-after': String(seconds) },
    more: { limit: 'requests' },
  };
}

/** The rejection of a credential that is not valid. */
export function invalidCredentials({ invalid }: InvalidCredentials): HttpRejection {
  return {
    status: 401,
    code: 'UNAUTHENTICATED',
    message: INVALID_MESSAGES[invalid],
    headers: { 'www-authenticate': 'Bearer' },
  };
}

const INVALID_MESSAGES: Readonly<Record<InvalidCredentials['invalid'], string>> = {
  'access token': 'The access token is not valid or has expired; sign in again.',
  'API key as an access token': 'This is an API key, not an access token; send it as "X-API-Key: …".',
  'API key': 'The API key is not valid, has expired or was revoked, or its station is inactive.',
  'API key next to an access token': 'The key of a service is sent alone, without an access token (AUT-6).',
};

/** The rejection of files without credentials: nothing of them is read. */
export const UPLOAD_WITHOUT_CREDENTIALS: HttpRejection = {
  status: 401,
  code: 'UNAUTHENTICATED',
  message:
    'Sign in before you send files: send an access token as "Authorization: Bearer …", or an API key as "X-API-Key: …".',
  headers: { 'www-authenticate': 'Bearer' },
};

/** The rejection of a path that the server does not have. */
export const NOT_FOUND: HttpRejection = {
  status: 404,
  code: 'NOT_FOUND',
  message: 'Not found. The graph is at /graphql.',
};

/** The rejection of new requests while the server stops. */
export const STOPPING: HttpRejection = {
  status: 503,
  code: 'UNAVAILABLE',
  message: 'The server is stopping; try again.',
  headers: { 'retry-after': '2', connection: 'close' },
};

/** The rejection of new requests while the event loop is late. Nothing was done for them. */
export const OVERLOADED: HttpRejection = {
  status: 503,
  code: 'UNAVAILABLE',
  message: 'The server is overloaded, and nothing was done; try again.',
  headers: { 'retry-after': '2' },
};

/** The message of an operation that was given up at its deadline. */
export const DEADLINE_MESSAGE = 'This took too long and was given up; ask for less at once, or try again.';

/** The rejection of a request whose deadline passed before its execution began. It can be sent again unchanged. */
export const DEADLINE_EXCEEDED: HttpRejection = {
  status: 503,
  code: 'LIMIT_EXCEEDED',
  message: DEADLINE_MESSAGE,
  headers: { 'retry-after': '2' },
  more: { limit: 'deadline' },
};

/** The answer to a request that failed by an internal error. */
export const INTERNAL_ERROR: HttpRejection = { status: 500, code: 'INTERNAL', message: 'Unexpected error.' };

/** Sets the security headers of an answer. */
export function setSecurityHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
}

/**
 * Answers a request that is not executed. The rest of its body is read and discarded, and the connection is closed
 * after it.
 */
export function sendRejection(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  { status, code, message, headers, more }: HttpRejection,
): void {
  const hasBody = request.method !== 'GET' && !request.complete;
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

const MULTIPART_CONTENT = /^multipart\/form-data *;/i;

const JSON_CONTENT = /^application\/json *(;|$)/i;

/**
 * True if a page of another origin sent the request. A link that opens GraphiQL is allowed: it executes nothing, and
 * only the person who follows the link sees the page.
 */
export function isForeign({ method, headers }: CheckedRequest): boolean {
  const isPageOpened =
    method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  if (isPageOpened) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  return headers.origin !== undefined && hostOf(headers.origin) !== headers.host;
}

function isHost(host: string): boolean {
  return HOST.test(host) && URL.canParse(`http://${host}`);
}

const HOST = /^([\w.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** Rejects a GET whose `variables` or `extensions` are not JSON. */
function parameterRejection(url: string): HttpRejection | undefined {
  const parameters = new URLSearchParams(url.split('?').slice(1).join('?'));
  if (JSON_PARAMETERS.some((name) => isNestedDeeper(parameters.get(name) ?? '', transport.jsonLevels)))
    return nestedTooDeep();
  const invalid = JSON_PARAMETERS.find((name) => !isJson(parameters.get(name)));
  return invalid === undefined
    ? undefined
    : { status: 400, code: 'INVALID_INPUT', message: `The parameter ${invalid} is no JSON.` };
}

const JSON_PARAMETERS = ['variables', 'extensions'];

function isJson(text: string | null): boolean {
  if (text === null || text === '') return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
