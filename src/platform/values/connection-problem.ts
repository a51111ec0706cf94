import { errorCodeOf, errorMessageOf } from './system-error.ts';

/** One sentence about a connection to PostgreSQL that failed: what is wrong and what to change. It contains no password. */
export function connectionProblem(url: string, error: unknown): string {
  const { hostname, port, pathname, username } = new URL(url);
  const where = `${hostname}:${port === '' ? 5432 : port}`;
  const role = decodeURIComponent(username);
  const code = errorCodeOf(error) ?? '';
  if (code === '28P01' || code.startsWith('28'))
    return `PostgreSQL at ${where} refuses the login of the role ${role} (${errorMessageOf(error)}); check the role and the password in the database URL.`;
  if (code === '3D000')
    return `PostgreSQL at ${where} has no database ${decodeURIComponent(pathname.slice(1))}; make it, or name another one in the database URL.`;
  if (code === '53300')
    return `PostgreSQL at ${where} has no connection left; end other sessions or raise max_connections.`;
  // An error about several addresses of one host has a code and no message.
  const reason = errorMessageOf(error) || code;
  return `PostgreSQL at ${where} cannot be reached (${reason}); check that it runs and that the database URL names it.`;
}
