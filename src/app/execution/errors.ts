/**
 * Internal errors: the client receives one sentence with the request's id, the log the whole error. Each is also
 * stored, one after the other, in parallel with the requests. Repetitions are logged and counted, but not stored
 * (error-quota.ts).
 */
import { GraphQLError } from 'graphql';
import type { Services } from '../../platform/request/context.ts';
import { LIMITS } from '../../platform/process/limits.ts';
import { isTimeout } from '../../platform/postgres/errors.ts';
import { recordInternalError, type InternalError } from '../../operation/error-entry/error-entry.commands.ts';
import { DEADLINE_MESSAGE } from '../http/request-checks.ts';
import { unavailableAnswer } from '../http/unavailable.ts';
import { errorQuota } from './error-quota.ts';
import { limitExceeded } from './document-limits.ts';

/** Logs and stores internal errors. */
export interface ErrorRecorder {
  /** Never fails and never waits. An error that cannot be stored is still in the log. */
  record(internalError: InternalError): void;
  /** Resolves when every recorded error is stored. */
  settled(): Promise<void>;
}

/** Creates the error recorder of a server process. */
export function errorRecorder({ database, log }: Services): ErrorRecorder {
  const quota = errorQuota();
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  return {
    record(internalError) {
      const { requestId, cause, ip } = internalError;
      const notStored = quota.take(ip, cause, Date.now());
      const count = notStored === 0 ? {} : { notStored };
      log.error({ event: 'http.internal_error', err: cause, requestId, ...count }, 'internal error');
      if (notStored > 0 || waiting >= LIMITS.faults.waiting) return;
      waiting += 1;
      last = last
        .then(() => recordInternalError(database.reader(), internalError))
        .catch((failure: unknown) =>
          log.warn(
            { event: 'http.internal_error_not_stored', err: failure, requestId },
            'the internal error could not be stored',
          ),
        )
        .finally(() => (waiting -= 1));
    },
    settled: () => last,
  };
}

/**
 * Masks an error of an execution. A GraphQL error of ours is passed on, a statement timeout becomes an exceeded limit, a
 * lost database or file store becomes UNAVAILABLE, and anything else that was thrown becomes an internal error. So does an error of
 * graphql-js about an answer that does not fit the schema; one about an argument is the client's.
 */
export function maskError(error: unknown): Error {
  const cause = error instanceof GraphQLError ? error.originalError : error;
  if (error instanceof GraphQLError && (cause === undefined || cause === null || cause instanceof GraphQLError)) {
    if (error.path === undefined || error.extensions['code'] !== undefined) return error;
    if (error.message.startsWith('Argument "'))
      return new GraphQLError(error.message, { ...locationOf(error), extensions: { code: 'INVALID_INPUT', path: [] } });
  }
  const where = error instanceof GraphQLError ? locationOf(error) : {};
  if (isTimeout(cause))
    return new GraphQLError(DEADLINE_MESSAGE, {
      ...where,
      extensions: limitExceeded('deadline', DEADLINE_MESSAGE).extensions,
    });
  const unavailable = unavailableAnswer(cause);
  if (unavailable !== undefined)
    return new GraphQLError(unavailable.message, {
      ...where,
      originalError: asError(cause),
      extensions: { code: unavailable.code, path: [] },
    });
  return new GraphQLError('Unexpected error.', {
    ...where,
    originalError: asError(cause ?? error),
    extensions: { code: 'INTERNAL' },
  });
}

/** The options that give another error the location of this one. */
export function locationOf({ nodes, source, positions, path }: GraphQLError) {
  return { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null, path: path ?? null };
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}
