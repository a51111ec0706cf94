/** Requests that meet no database: it is away, starting or stopping. */
import type { Log } from '../../platform/process/log.ts';
import type { HttpRejection } from './request-checks.ts';

/** The answer to a request that met no database. Whether it took effect is unknown, as after any lost answer. */
export const DATABASE_UNAVAILABLE: HttpRejection = {
  status: 503,
  code: 'UNAVAILABLE',
  message:
    'The database is not available; try again. A mutation may have taken effect: send it again with the same idempotencyKey.',
  headers: { 'retry-after': '2' },
};

/** Logs that a request met no database. The error is not stored: there is no database to store it in. */
export function logUnavailable(log: Log, requestId: string, cause: unknown): void {
  log.warn({ event: 'database.unavailable', err: cause, requestId }, 'a request met no database');
}
