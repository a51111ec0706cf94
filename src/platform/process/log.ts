import { pino, type Logger } from 'pino';
import { LIMITS } from './limits.ts';
import { escapeSpecialCharacters } from './log-characters.ts';
import { prettyLine } from './pretty-log.ts';

/**
 * A structured logger. Every line carries `event: '<area>.<what>'` in snake_case, which names the event for searching.
 */
export type Log = Logger;

/** How log lines are written: one JSON object per line, or one line of words for people. */
export type LogFormat = 'json' | 'pretty';

/**
 * Creates a logger that writes one line per event to standard error, so that standard output stays free for the output
 * of a command. Secrets are redacted.
 *
 * JSON lines are written in the background: a reader of the log that stops reading does not stop the server. What it
 * does not read is kept up to a limit; after that, lines are left out and counted. Lines below `warn` are collected for
 * a moment; those that are not written yet are written when the process exits. Lines for people are written at once, so
 * that they stand in order between the words of the command.
 */
export function createLog(level: string, format: LogFormat = 'json'): Log {
  const destination = pino.destination(format === 'json' ? IN_BACKGROUND : { dest: 2, sync: true });
  const isColored = process.stderr.isTTY === true;
  const stream = {
    // pino then sets the level of each line before it writes the line.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write(line: string): void {
      destination.write(format === 'json' ? line : prettyLine(line, isColored));
      if (format === 'json' && this.lastLevel >= WARN) destination.flush();
    },
  };
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: safeFieldsOf },
      redact: { paths: REDACTED, censor: '[redacted]' },
      hooks: { streamWrite: escapeSpecialCharacters },
    },
    stream,
  );
  countDropped(destination, (count) =>
    log.warn({ event: 'log.lines_dropped', count }, 'log lines were not read in time'),
  );
  return log;
}

/** Lines are written in blocks of this size, or after this time. A system call for each line would cost more than it. */
const BLOCK_CHARACTERS = 4_096;
const MAX_DELAY_MILLISECONDS = 100;
const IN_BACKGROUND = {
  dest: 2,
  sync: false,
  minLength: BLOCK_CHARACTERS,
  periodicFlush: MAX_DELAY_MILLISECONDS,
  maxLength: LIMITS.log.unreadCharacters,
};
/** The number of the level from which on lines are written at once. */
const WARN = 40;

/**
 * The same log without redaction, which costs five times as much as writing the line. Only for lines whose fields are
 * fixed by the program and hold no secret.
 */
export function fixedFieldsLog(log: Log): Log {
  return log.child({}, { redact: [] });
}

const REDACTED = [
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
];

/** Reports how many lines were left out, as soon as lines are read again. */
function countDropped(
  destination: { on(event: 'drop' | 'drain', listener: () => void): unknown },
  report: (count: number) => void,
): void {
  let dropped = 0;
  destination.on('drop', () => (dropped += 1));
  destination.on('drain', () => {
    if (dropped === 0) return;
    const count = dropped;
    dropped = 0;
    report(count);
  });
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
