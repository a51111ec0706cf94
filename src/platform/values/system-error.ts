/** What an error of Node.js or PostgreSQL says: its code and its message. */

/** The code of a system or PostgreSQL error: `EACCES`, `57P03`. */
export function errorCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function errorMessageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
