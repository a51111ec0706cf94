/** Code and message of errors that Node.js or PostgreSQL raised. */

/** The code of a system or PostgreSQL error, such as `EACCES` or `57P03`; undefined for a value without a text code. */
export function errorCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The message of an error; any other value as text. */
export function errorMessageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** True for an error that says that there is no room for a file. */
export function isDiskFull(error: unknown): boolean {
  const code = errorCodeOf(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}
