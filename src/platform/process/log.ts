import { pino, type Logger } from 'pino';

/**
 * A structured logger. Every line carries `event: '<area>.<what>'` in snake_case, which names the event for searching.
 */
export type Log = Logger;

/**
 * Creates a logger that writes one JSON line per event to standard error, so that standard output stays free for the
 * output of a command. Secrets are redacted.
 */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: safeFieldsOf },
      redact: {
        paths: [
          'password',
          '*.password',
          'token',
          '*.token',
          'accessToken',
          '*.accessToken',
          'refreshToken',
          '*.refreshToken',
          'oldPassword',
          '*.oldPassword',
          'newPassword',
          '*.newPassword',
          'secret',
          '*.secret',
          'headers.authorization',
          'authorization',
          'headers["x-api-key"]',
          'apiKey',
        ],
        censor: '[redacted]',
      },
      hooks: { streamWrite: escapeSpecialCharacters },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}

/**
 * The fields of an error that are safe to log. All others are left out: the `detail` of a PostgreSQL error is a whole
 * row, including hashes, and the error of a lost connection carries its keys.
 */
function safeFieldsOf(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === 'object' ? {} : error;
  const { name, message, stack, cause } = error;
  const details = SAFE_FIELDS.map((field) => [field, Reflect.get(error, field)] as const).filter(
    ([, value]) => typeof value === 'string',
  );
  const inner = error instanceof AggregateError ? { errors: error.errors.map(safeFieldsOf) } : {};
  return {
    name,
    message,
    stack,
    ...Object.fromEntries(details),
    ...inner,
    ...(cause === undefined ? {} : { cause: safeFieldsOf(cause) }),
  };
}

const SAFE_FIELDS = ['code', 'constraint', 'table', 'column', 'position'];

/**
 * Escapes characters that JSON permits but that some readers interpret as a line end, a colour code or a writing
 * direction.
 */
function escapeSpecialCharacters(line: string): string {
  return line.replaceAll(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
