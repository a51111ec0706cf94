/**
 * Cross-origin requests (CORS). Only the origins that the configuration names are allowed, and they are compared
 * exactly. An origin is never reflected, `*` is not supported, and browser credentials are never allowed: a page sends
 * its token itself.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

type CorsRequest = Pick<IncomingMessage, 'method' | 'headers'>;

/** The cross-origin policy of a server process. */
export interface Cors {
  /** True if the request comes from a page whose origin the configuration names. */
  isAllowed(request: CorsRequest): boolean;
  /** Sets the CORS headers of the answer, whether it is a success or an error. */
  setHeaders(request: CorsRequest, response: ServerResponse): void;
  /** Answers a preflight request of an allowed page. Returns false for any other request. */
  answerPreflight(request: CorsRequest, response: ServerResponse): boolean;
}

/** Creates the cross-origin policy for these origins. */
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
