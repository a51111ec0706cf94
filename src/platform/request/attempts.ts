/**
 * Who tried what, and when, in the memory of this process: what rules about rates are judged by. Several processes
 * count each for themselves, and a restart forgets; what must survive both is counted in the database.
 */
import type { Services } from './context.ts';
import type { Instant } from '../values/time.ts';

export interface Attempts {
  /** The attempts of a key after an instant, the oldest first. */
  after(key: string, since: Instant): readonly Instant[];
  /** Notes one, and forgets those of the key that are not after `since`. */
  note(key: string, now: Instant, since: Instant): void;
}

/** Beyond so many keys, those without an attempt of late are forgotten at once. */
const KEYS = 10_000;

export function attemptsOf(services: Services): Attempts {
  const known = ofServices.get(services) ?? attempts();
  ofServices.set(services, known);
  return known;
}

const ofServices = new WeakMap<Services, Attempts>();

function attempts(): Attempts {
  const byKey = new Map<string, readonly Instant[]>();
  const after = (key: string, since: Instant): readonly Instant[] =>
    (byKey.get(key) ?? []).filter((instant) => instant > since);
  return {
    after,
    note(key, now, since) {
      if (byKey.size >= KEYS) for (const each of byKey.keys()) if (after(each, since).length === 0) byKey.delete(each);
      byKey.set(key, [...after(key, since), now]);
    },
  };
}
