/** Requests that meet no database or no file store: it is away, starting or stopping, or has no room. */
import { FileStoreUnavailable } from '../../platform/file-store/file-store.ts';
import { isUnavailable } from '../../platform/postgres/errors.ts';
import type { Log } from '../../platform/process/log.ts';
import { isDiskFull } from '../../platform/values/system-error.ts';
import type { HttpRejection } from './request-checks.ts';

/** The answer to a request that met no database. Whether it took effect is unknown, as after any lost answer. */
const DATABASE_UNAVAILABLE: HttpRejection = {
  status: 503,
  code: 'UNAVAILABLE',
  message:
    'The database is not available; try again. A mutation may have taken effect: send it again with the same idempotencyKey.',
  headers: { 'retry-after': '2' },
};

/** The answer to a request that met no file store. Nothing of it was stored that a record refers to. */
const FILES_UNAVAILABLE: HttpRejection = {
  status: 503,
  code: 'UNAVAILABLE',
  message: 'The file store is not available; try again.',
  headers: { 'retry-after': '2' },
};

/** The answer to a request whose file has no room. */
const NO_ROOM: HttpRejection = {
  status: 507,
  code: 'UNAVAILABLE',
  message: 'The file store has no room for this file, and nothing was stored.',
};

/** How an error is answered that says that the database or the file store is not available; undefined for any other. */
export function unavailableAnswer(error: unknown): HttpRejection | undefined {
  if (isDiskFull(error)) return NO_ROOM;
  // The error of a connection to a file store would look like one of the database.
  if (error instanceof FileStoreUnavailable) return FILES_UNAVAILABLE;
  return isUnavailable(error) ? DATABASE_UNAVAILABLE : undefined;
}

/** Logs that a request met no database or no file store. The error is not stored: there may be nothing to store it in. */
export function logUnavailable(log: Log, requestId: string, cause: unknown): void {
  const [event, message] =
    EVENTS[isDiskFull(cause) ? 'FULL' : cause instanceof FileStoreUnavailable ? 'FILES' : 'DATABASE'];
  log.warn({ event, err: cause, requestId }, message);
}

const EVENTS = {
  FULL: ['file_store.full', 'the file store had no room for a file'],
  FILES: ['file_store.unavailable', 'a request met no file store'],
  DATABASE: ['database.unavailable', 'a request met no database'],
} as const;
