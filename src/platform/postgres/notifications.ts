/**
 * Notifications from PostgreSQL (LISTEN) that there is something new to read, from any server process.
 *
 * 1. One connection outside the pool listens from the first waiter on; a lost connection is replaced for as long as the
 *    database is open.
 * 2. A notification carries no data: a waiter reads the tables from its own position on.
 * 3. Every notification increments a sequence number. So does a new connection, because a notification may have been
 *    missed, and so does a pause without any.
 */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** The notifications of one channel. */
export interface Notifications {
  /** The number of notifications so far, including new connections and pauses (see 3 above). */
  readonly sequence: number;
  /**
   * Resolves when the sequence number is greater than this one, when the signal is aborted, or when the listener is
   * closed.
   */
  waitAfter(sequence: number, signal: AbortSignal): Promise<void>;
  /** Stops listening and resolves all waiters. */
  close(): Promise<void>;
}

const RECONNECT_MILLISECONDS = 1_000;
/** How long a server has to answer the end of a connection. */
const GOODBYE_MILLISECONDS = 2_000;
/** A connection proxy may lose notifications: after this time, all waiters read again. */
const PAUSE_MILLISECONDS = 5_000;

/** Creates the listener of a channel; it connects when `waitAfter` is called for the first time. */
export function openNotifications(
  connection: pg.ClientConfig,
  channel: string,
  onConnectionError: (error: Error) => void,
): Notifications {
  const waiters = new Set<() => void>();
  const state: {
    sequence: number;
    isStarted: boolean;
    isClosed: boolean;
    client?: pg.Client;
    retry?: NodeJS.Timeout;
    pause?: NodeJS.Timeout;
  } = { sequence: 0, isStarted: false, isClosed: false };
  const notify = (): void => {
    state.sequence += 1;
    clearTimeout(state.pause);
    if (!state.isClosed) state.pause = setTimeout(notify, PAUSE_MILLISECONDS).unref();
    for (const wake of waiters) wake();
  };
  const connect = async (): Promise<void> => {
    const client = new pg.Client(connection);
    state.client = client;
    const lost = (): void => {
      if (state.client !== client || state.isClosed) return;
      delete state.client;
      state.retry = setTimeout(() => void connect(), RECONNECT_MILLISECONDS).unref();
    };
    client.on('notification', notify);
    client.on('error', (error) => {
      onConnectionError(error);
      lost();
    });
    client.on('end', lost);
    try {
      await client.connect();
      await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
      notify();
    } catch (error) {
      onConnectionError(error instanceof Error ? error : new Error(String(error)));
      lost();
      await endOrCut(client);
    }
  };
  return {
    get sequence() {
      return state.sequence;
    },
    async waitAfter(sequence, signal) {
      if (!state.isStarted && !state.isClosed) {
        state.isStarted = true;
        notify();
        void connect();
      }
      if (state.sequence > sequence || signal.aborted || state.isClosed) return;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          waiters.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        waiters.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    },
    async close() {
      state.isClosed = true;
      clearTimeout(state.retry);
      notify();
      if (state.client !== undefined) await endOrCut(state.client);
    },
  };
}

/** Says goodbye to the server. A server that cannot be reached any more never answers: the connection is cut then. */
async function endOrCut(client: pg.Client): Promise<void> {
  const { connection } = client as unknown as { readonly connection: { readonly stream: Socket } };
  const ended = client.end().catch(() => undefined);
  await Promise.race([ended, sleep(GOODBYE_MILLISECONDS, undefined, { ref: false })]);
  connection.stream.destroy();
}
