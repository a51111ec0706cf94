/**
 * Cross-origin requests (CORS). Only the origins that the configuration names are allowed, and they are compared
 * exactly; in development also every port of this machine, where people run the pages that they work on. Another origin
 * gets no CORS headers, `*` is not supported, and browser credentials are never allowed: a page sends its token itself.
 */
import type { ServerResponse } from 'node:http';
import { LIMITS } from '../../platform/process/limits.ts';
import type { Services } from '../../platform/request/context.ts';
import { lruCache } from '../../platform/values/lru-cache.ts';
import { isForeign, type CheckedRequest, type HttpRejection } from './request-checks.ts';

/** The cross-origin policy of a server process. */
export interface Cors {
  /**
   * Returns why a page of another origin may not ask, and what would let it; undefined for any other request. Each
   * refused origin is logged once.
   */
  refuse(request: CheckedRequest): HttpRejection | undefined;
  /** Sets the CORS headers of the answer, whether it is a success or an error. */
  setHeaders(request: CheckedRequest, response: ServerResponse): void;
  /** Answers a preflight request of an allowed page. Returns false for any other request. */
  answerPreflight(request: CheckedRequest, response: ServerResponse): boolean;
}

/** Creates the cross-origin policy for these origins. */
export function cors({ config: { corsOrigins, environment }, log }: Pick<Services, 'config' | 'log'>): Cors {
  const refused = lruCache<true>(REMEMBERED_ORIGINS);
  const isDevelopment = environment === 'development';
  const isAllowed = ({ headers }: CheckedRequest): boolean =>
    headers.origin !== undefined &&
    (corsOrigins.includes(headers.origin) || (isDevelopment && LOCAL_ORIGIN.test(headers.origin)));
  return {
    refuse(request) {
      if (!isForeign(request) || isAllowed(request)) return undefined;
      const origin = shownOrigin(request.headers.origin);
      const message = `Pages of ${origin} may not ask this server. LOTGRAPH_CORS_ORIGINS lists the origins that may.`;
      if (refused.get(origin) === undefined) log.warn({ event: 'http.origin_refused', origin }, message);
      refused.set(origin, true);
      return { status: 403, code: 'FORBIDDEN', message };
    },
    setHeaders(request, response) {
      if (corsOrigins.length > 0 || isDevelopment) response.setHeader('vary', 'Origin');
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
          'access-control-allow-headers':
            'authorization, content-type, last-event-id, x-api-key, x-lotgraph-upload, x-request-id',
          'access-control-max-age': '600',
        })
        .end();
      return true;
    },
  };
}

/** A page that this machine serves, on any port. */
const LOCAL_ORIGIN = /^http:\/\/(?:localhost|127\.0\.0\.1)(?::\d{1,5})?$/;

/** Refused origins whose line is in the log already. */
const REMEMBERED_ORIGINS = 100;

/** An origin as a browser sends it. Any other text is not shown. */
function shownOrigin(origin: string | undefined): string {
  const isOrigin = origin !== undefined && URL.canParse(origin) && new URL(origin).origin === origin;
  return isOrigin ? origin.slice(0, LIMITS.log.pathLength) : 'another origin';
}
