import { pino, type Logger } from 'pino';

export type Log = Logger;

/** One JSON line per event on standard error, so that standard output stays free for a command's own answer. Secrets are never written. */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: ['password', '*.password', 'token', '*.token', 'accessToken', '*.accessToken', 'refreshToken', '*.refreshToken', 'oldPassword', '*.oldPassword', 'newPassword', '*.newPassword', 'secret', '*.secret', 'headers.authorization', 'authorization', 'headers["x-api-key"]', 'apiKey'], censor: '[redacted]' },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}
