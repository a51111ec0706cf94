/**
 * Pages of other origins that may ask: those that the configuration names, letter by letter, and no others. An origin
 * is never reflected, `*` cannot be said, and credentials of the browser are never allowed: a page sends its token
 * itself.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

type CorsRequest = Pick<IncomingMessage, 'method' | 'headers'>;

export interface Cors {
  /** Whether the request comes from a page that the configuration names. */
  isAllowed(request: CorsRequest): boolean;
  /** Tells the browser so, in whatever the answer will be. */
  setHeaders(request: CorsRequest, response: ServerResponse): void;
  /** Answers the browser's question whether the page may ask; false when it is none, or the page is unknown. */
  answerPreflight(request: CorsRequest, response: ServerResponse): boolean;
}

export function cors(origins: readonly string[]): Cors {
  const isAllowed = ({ headers }: CorsRequest): boolean =>
    headers.origin !== undefined && origins.includes(headers.origin);
  return {
    isAllowed,
    setHeaders(request, response) {
      if (origins.length > 0) response.setHeader('vary', 'Origin');
      if (!isAllowed(request)) return;
      response.setHeader('access-control-allow-origin', request.headers.origin ?? '');
      response.setHeader('access-control-expose-headers', 'x-request-id, retry-after');
    },
    answerPreflight(request, response) {
      if (
        request.method !== 'OPTIONS' ||
        request.headers['access-control-request-method'] === undefined ||
        !isAllowed(request)
      )
        return false;
      response
        .writeHead(204, {
          'access-control-allow-methods': 'GET, POST',
          'access-control-allow-headers': 'authorization, content-type, last-event-id, x-api-key, x-request-id',
          'access-control-max-age': '600',
        })
        .end();
      return true;
    },
  };
}
