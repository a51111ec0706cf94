/**
 * The part of an internal error that is stored: never more than the columns hold, never a byte that PostgreSQL's text
 * type cannot hold, never a password.
 */

import { LIMITS } from '../../platform/process/limits.ts';

/** The code, message and stack of an internal error, ready to be stored. */
export interface ErrorText {
  readonly code: string;
  readonly message: string;
  readonly stack: string | null;
}

const CODE_LENGTH = 40;
/** The most characters of an operation name that are stored. */
export const OPERATION_NAME_LENGTH = 100;
/** The most characters of an error path that are stored. */
export const ERROR_PATH_LENGTH = 500;
const { messageLength: MESSAGE_LENGTH, stackLength: STACK_LENGTH } = LIMITS.faults;

/** The code, message and stack of any value that was thrown. */
export function errorTextOf(cause: unknown): ErrorText {
  if (!(cause instanceof Error))
    return { code: 'UNKNOWN', message: storable(String(cause), MESSAGE_LENGTH), stack: null };
  const code = 'code' in cause && typeof cause.code === 'string' && cause.code !== '' ? cause.code : cause.name;
  return {
    code: storable(code, CODE_LENGTH),
    message: storable(cause.message, MESSAGE_LENGTH),
    stack: cause.stack === undefined ? null : storable(cause.stack, STACK_LENGTH),
  };
}

/**
 * The text as it can be stored: valid for PostgreSQL, cut to the length, and without the credentials of a connection
 * string.
 */
export function storable(text: string, length: number): string {
  const clean = text
    .toWellFormed()
    .replaceAll('\0', '\u{FFFD}')
    .replaceAll(/:\/\/[^\s/@]*@/g, '://…@');
  return clean.slice(0, length).toWellFormed();
}
