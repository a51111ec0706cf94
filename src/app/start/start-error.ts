import { AppError } from '../../platform/values/assert.ts';
import { errorCodeOf, errorMessageOf } from '../../platform/values/system-error.ts';

/**
 * The error of a start that failed, as one sentence when the machine or the database is the cause; any other error as it
 * is, because its stack is needed.
 */
export function startError(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const code = errorCodeOf(error) ?? '';
  const sentence = SENTENCES.get(code) ?? (SQL_STATE.test(code) ? 'PostgreSQL refused a step of the start' : undefined);
  if (sentence === undefined) return error;
  return new AppError(`${sentence} (${errorMessageOf(error) || code}); the server was not started.`, { cause: error });
}

const SQL_STATE = /^[0-9A-Z]{5}$/;

const SENTENCES: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'The disk is full'],
  ['EDQUOT', 'The quota of this user is used up'],
  ['EROFS', 'The file system is read-only'],
  ['EACCES', 'This user has no right to a file or directory'],
  ['EPERM', 'This user has no right to a file or directory'],
  ['EMFILE', 'This process may open no more files'],
  ['53100', 'The disk of PostgreSQL is full'],
  ['57P01', 'PostgreSQL was stopped during the start'],
  ['57P03', 'PostgreSQL does not take connections now'],
  ['ECONNREFUSED', 'PostgreSQL cannot be reached any more'],
  ['ECONNRESET', 'The connection to PostgreSQL was lost'],
]);
