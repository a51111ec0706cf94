/**
 * Faults: answered in one sentence with the request's id, logged in full, and written down one after the other, beside
 * the requests.
 */
import { GraphQLError } from 'graphql';
import type { Services } from '../../platform/request/context.ts';
import { LIMITS } from '../../platform/process/limits.ts';
import { isTimeout } from '../../platform/postgres/errors.ts';
import { recordInternalError, type InternalError } from '../../operation/error-entry/error-entry.commands.ts';
import { limitExceeded } from './document-limits.ts';

export interface ErrorRecorder {
  /** Never fails and never waits: a fault that cannot be written is in the log all the same. */
  record(fault: InternalError): void;
  /** When all that was kept is written. */
  settled(): Promise<void>;
}

export function errorRecorder({ database, log }: Services): ErrorRecorder {
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  return {
    record(fault) {
      log.error({ err: fault.cause, requestId: fault.requestId }, 'fault');
      if (waiting >= LIMITS.faults.waiting) return;
      waiting += 1;
      last = last
        .then(() => recordInternalError(database.reader(), fault))
        .catch((error: unknown) =>
          log.warn({ err: error, requestId: fault.requestId }, 'the fault could not be written down'),
        )
        .finally(() => (waiting -= 1));
    },
    settled: () => last,
  };
}

export const DEADLINE_MESSAGE = 'This took too long and was given up; ask for less at once, or try again.';

/** A GraphQL error of ours is an answer; a statement out of time is a limit; whatever else was thrown is a fault. */
export function maskError(error: unknown): Error {
  const cause = error instanceof GraphQLError ? error.originalError : error;
  if (error instanceof GraphQLError && (cause === undefined || cause === null || cause instanceof GraphQLError))
    return error;
  const where =
    error instanceof GraphQLError
      ? {
          nodes: error.nodes ?? null,
          source: error.source ?? null,
          positions: error.positions ?? null,
          path: error.path ?? null,
        }
      : {};
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

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}
