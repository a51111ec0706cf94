/**
 * Internal errors: the client receives one sentence with the request's id, the log the whole error. Each is also
 * stored, one after the other, in parallel with the requests.
 */
import { GraphQLError } from 'graphql';
import type { Services } from '../../platform/request/context.ts';
import { LIMITS } from '../../platform/process/limits.ts';
import { isTimeout } from '../../platform/postgres/errors.ts';
import { recordInternalError, type InternalError } from '../../operation/error-entry/error-entry.commands.ts';
import { DEADLINE_MESSAGE } from '../http/request-checks.ts';
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
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  return {
    record(internalError) {
      const { requestId } = internalError;
      log.error({ event: 'http.internal_error', err: internalError.cause, requestId }, 'internal error');
      if (waiting >= LIMITS.faults.waiting) return;
      waiting += 1;
      last = last
        .then(() => recordInternalError(database.reader(), internalError))
        .catch((cause: unknown) =>
          log.warn(
            { event: 'http.internal_error_not_stored', err: cause, requestId },
            'the internal error could not be stored',
          ),
        )
        .finally(() => (waiting -= 1));
    },
    settled: () => last,
  };
}

/**
 * Masks an error of an execution. A GraphQL error of ours is passed on, a statement timeout becomes an exceeded limit,
 * and anything else that was thrown becomes an internal error.
 */
export function maskError(error: unknown): Error {
  const cause = error instanceof GraphQLError ? error.originalError : error;
  if (error instanceof GraphQLError && (cause === undefined || cause === null || cause instanceof GraphQLError))
    return error;
  const where = error instanceof GraphQLError ? locationOf(error) : {};
  if (isTimeout(cause))
    return new GraphQLError(DEADLINE_MESSAGE, {
      ...where,
      extensions: limitExceeded('deadline', DEADLINE_MESSAGE).extensions,
    });
  return new GraphQLError('Unexpected error.', {
    ...where,
    originalError: asError(cause),
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
