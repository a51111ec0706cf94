/**
 * Word from PostgreSQL (LISTEN) that there is something new to read, whichever server process made it.
 *
 * 1. One connection beside the pool listens, from the first listener on; a lost one is replaced for as long as the
 *    database is open.
 * 2. A notice carries nothing that is needed: who waits reads the tables, from the place where it stands.
 * 3. Every notice is a turn. So is a new connection, for something may have been missed, and so is a pause without any.
 */
import pg from 'pg';

export interface Notifications {
  /** How many turns there were. */
  readonly sequence: number;
  /** Resolves when there was a turn after this one, or when the signal says that nobody waits any more. */
  waitAfter(turn: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const RECONNECT_MILLISECONDS = 1_000;
/** Behind a proxy of connections notices may get lost: after this time everybody looks for himself. */
const PAUSE_MILLISECONDS = 5_000;

export function openNotifications(
  connection: pg.ClientConfig,
  channel: string,
  onConnectionError: (error: Error) => void,
): Notifications {
  const waiting = new Set<() => void>();
  const state: {
    turn: number;
    isStarted: boolean;
    isClosed: boolean;
    client?: pg.Client;
    retry?: NodeJS.Timeout;
    pause?: NodeJS.Timeout;
  } = { turn: 0, isStarted: false, isClosed: false };
  const turned = (): void => {
    state.turn += 1;
    clearTimeout(state.pause);
    if (!state.isClosed) state.pause = setTimeout(turned, PAUSE_MILLISECONDS).unref();
    for (const wake of waiting) wake();
  };
  const connect = async (): Promise<void> => {
    const client = new pg.Client(connection);
    state.client = client;
    const lost = (): void => {
      if (state.client !== client || state.isClosed) return;
      delete state.client;
      state.retry = setTimeout(() => void connect(), RECONNECT_MILLISECONDS).unref();
    };
    client.on('notification', turned);
    client.on('error', (error) => {
      onConnectionError(error);
      lost();
    });
    client.on('end', lost);
    try {
      await client.connect();
      await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
      turned();
    } catch (error) {
      onConnectionError(error instanceof Error ? error : new Error(String(error)));
      lost();
      await client.end().catch(() => undefined);
    }
  };
  return {
    get sequence() {
      return state.turn;
    },
    async waitAfter(turn, signal) {
      if (!state.isStarted && !state.isClosed) {
        state.isStarted = true;
        turned();
        void connect();
      }
      if (state.turn > turn || signal.aborted || state.isClosed) return;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    },
    async close() {
      state.isClosed = true;
      clearTimeout(state.retry);
      turned();
      await state.client?.end().catch(() => undefined);
    },
  };
}
