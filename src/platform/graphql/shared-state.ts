/**
 * The source of subscriptions to a state that is the same for all who listen, such as figures of the whole factory.
 *
 * 1. The state is computed once for all listeners, once in each interval, and only while somebody listens.
 * 2. Who begins to listen gets the state at once: the last one while it is fresh, else a new one.
 * 3. A listener gets a state only if it differs from the last one that they got. One that takes events slowly misses
 *    states, and goes on with a fresh one.
 * 4. While the database is unavailable, the next interval tries again. Any other failure ends the streams of all.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isUnavailable } from '../postgres/errors.ts';

/** What listeners share. */
export interface SharedStateOptions<State> {
  readonly intervalSeconds: number;
  readonly compute: () => Promise<State>;
  /** A text that two states share if a listener would see no difference. */
  readonly textOf: (state: State) => string;
  /** Waits for a time, or until the signal is aborted. */
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** A state that is computed while somebody listens. */
export interface SharedState<State> {
  /** The states, the present one first, until the signal is aborted. */
  follow(signal: AbortSignal): AsyncGenerator<State, void>;
}

/** How old the state may be with which a listener begins. */
const FRESH_MILLISECONDS = 5_000;

/** Shares a state between those who listen to it. */
export function sharedState<State>({
  intervalSeconds,
  compute,
  textOf,
  pause = pauseFor,
}: SharedStateOptions<State>): SharedState<State> {
  let listeners = 0;
  let latest: Computed<State> | undefined;
  let computing: Promise<Computed<State>> | undefined;
  let round: Promise<Computed<State>> | undefined;
  let everybodyLeft = new AbortController();

  const computed = (): Promise<Computed<State>> => {
    computing ??= compute()
      .then((state) => {
        const made: Computed<State> = { state, text: textOf(state), isFresh: true };
        if (listeners > 0) latest = made;
        void ageWith(made, pause(FRESH_MILLISECONDS, everybodyLeft.signal));
        return made;
      })
      .finally(() => {
        computing = undefined;
      });
    return computing;
  };
  const fresh = (): Computed<State> | undefined => (latest?.isFresh === true ? latest : undefined);
  const nextRound = (last: Computed<State>): Promise<Computed<State>> => {
    if (round !== undefined) return round;
    const { signal } = everybodyLeft;
    const begun = pause(intervalSeconds * 1_000, signal)
      .then(() => (signal.aborted ? last : computed()))
      .catch((error: unknown) => {
        if (isUnavailable(error)) return latest ?? last;
        throw error;
      })
      .finally(() => {
        if (round === begun) round = undefined;
      });
    round = begun;
    return begun;
  };
  const leave = (): void => {
    listeners -= 1;
    if (listeners > 0) return;
    everybodyLeft.abort();
    everybodyLeft = new AbortController();
    latest = undefined;
    round = undefined;
  };
  return {
    async *follow(signal) {
      listeners += 1;
      try {
        let sent: string | undefined;
        for (let now = fresh() ?? (await computed()); !signal.aborted; ) {
          if (now.text !== sent) yield now.state;
          sent = now.text;
          const missed = fresh();
          now = missed === undefined || missed === now ? await unlessAborted(nextRound(now), now, signal) : missed;
        }
      } finally {
        leave();
      }
    },
  };
}

interface Computed<State> {
  readonly state: State;
  readonly text: string;
  isFresh: boolean;
}

/** The state is not fresh any more when the time has passed. */
async function ageWith(made: Computed<unknown>, time: Promise<void>): Promise<void> {
  await time;
  made.isFresh = false;
}

/** What the work answers, or `instead` once the signal is aborted. */
async function unlessAborted<Value>(work: Promise<Value>, instead: Value, signal: AbortSignal): Promise<Value> {
  if (signal.aborted) return instead;
  const left = new AbortController();
  const aborted = new Promise<Value>((resolve) => {
    signal.addEventListener('abort', () => resolve(instead), { once: true, signal: left.signal });
  });
  return Promise.race([work, aborted]).finally(() => left.abort());
}

async function pauseFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
}
