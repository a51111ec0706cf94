import { pino, type Logger } from 'pino';

export type Log = Logger;

/**
 * One JSON line per event on standard error, so that standard output stays free for a command's own answer. Secrets are
 * never written.
 */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: wordsOf },
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
      hooks: { streamWrite: escaped },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}

/**
 * What an error says, and not what hangs on it: PostgreSQL's detail is a whole row, with hashes, and a lost connection
 * brings its keys.
 */
function wordsOf(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === 'object' ? {} : error;
  const { name, message, stack, cause } = error;
  const told = TOLD.map((field) => [field, Reflect.get(error, field)] as const).filter(
    ([, value]) => typeof value === 'string',
  );
  const inner = error instanceof AggregateError ? { errors: error.errors.map(wordsOf) } : {};
  return {
    name,
    message,
    stack,
    ...Object.fromEntries(told),
    ...inner,
    ...(cause === undefined ? {} : { cause: wordsOf(cause) }),
  };
}

const TOLD = ['code', 'constraint', 'table', 'column', 'position'];

/**
 * JSON leaves raw what some readers take for the end of a line, a colour or a direction of writing; here it is escaped
 * as well.
 */
function escaped(line: string): string {
  return line.replaceAll(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
