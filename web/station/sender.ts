/**
 * Sends what waits in the outbox, one entry after the other.
 *
 * 1. One tab of a browser sends at a time (Web Locks); another one takes over when it closes.
 * 2. An answer that says that the work is recorded removes the entry, a refusal is kept with it, and without an answer the
 *    same entry is sent again: after 1, 2, 4, 8 and then each 10 seconds, or at once when the network is seen to be back.
 */
import type { Entry, Outbox } from './outbox.ts';
import type { Answer } from '../server.ts';

/** How the station gets on with the server. */
export type Connection = 'ONLINE' | 'OFFLINE' | 'KEY_REFUSED';

/** Sends entries until the page closes. */
export interface Sender {
  /** Sends what waits now instead of after the pause. */
  wake(): void;
}

/** What a sender needs to know. */
export interface SenderOptions {
  readonly outbox: Outbox;
  /** Sends one entry, and returns what became of it. */
  send(entry: Entry): Promise<Answer<readonly string[]>>;
  /** Called when the outbox has changed, and when the connection may have. */
  onChange(connection: Connection): void;
}

/** Begins to send. */
export function startSender({ outbox, send, onChange }: SenderOptions): Sender {
  let endPause = (): void => undefined;
  // A wake while it sends is kept for the next pause: what it was about may not have been seen.
  let isWoken = false;
  const pause = async (seconds: number): Promise<void> => {
    if (!isWoken)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, seconds * 1_000);
        endPause = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    isWoken = false;
  };
  const run = async (): Promise<never> => {
    let failures = 0;
    for (;;) {
      const entry = await outbox.next();
      if (entry === undefined) {
        await pause(LONGEST_PAUSE);
        continue;
      }
      const answer = await send(entry);
      if (answer.kind === 'ANSWERED') {
        failures = 0;
        // The refusals of the payload; none says that the work is recorded.
        if (answer.value.length === 0) await outbox.remove(entry.order);
        else await outbox.setRefusal(entry.order, answer.value);
        onChange('ONLINE');
      } else {
        onChange(answer.kind === 'KEY_REFUSED' ? 'KEY_REFUSED' : 'OFFLINE');
        await pause(answer.retryAfter ?? Math.min(2 ** failures, LONGEST_PAUSE));
        failures += 1;
      }
    }
  };
  void navigator.locks.request('lotgraph-station-sender', run);
  const wake = (): void => {
    isWoken = true;
    endPause();
  };
  addEventListener('online', wake);
  return { wake };
}

/** Seconds. */
const LONGEST_PAUSE = 10;
