/**
 * What of a fault is kept: never more than the columns hold, never a byte that PostgreSQL's text has not, never a
 * password.
 */

import { LIMITS } from '../../platform/process/limits.ts';

export interface ErrorText {
  readonly code: string;
  readonly message: string;
  readonly stack: string | null;
}

const CODE_LENGTH = 40;
export const OPERATION_NAME_LENGTH = 100;
export const ERROR_PATH_LENGTH = 500;
const { messageLength: MESSAGE_LENGTH, stackLength: STACK_LENGTH } = LIMITS.faults;

/** The words of anything that was thrown. */
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

/** The text as it can be stored, cut, and without the credentials that a connection string would tell. */
export function storable(text: string, length: number): string {
  const clean = text
    .toWellFormed()
    .replaceAll('\0', '\u{FFFD}')
    .replaceAll(/:\/\/[^\s/@]*@/g, '://…@');
  return clean.slice(0, length).toWellFormed();
}
