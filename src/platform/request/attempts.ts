/**
 * Counts attempts (such as failed logins) in the memory of this process, for rules that limit rates. Each process
 * counts for itself, and a restart clears the counts; counts that must survive both are stored in the database.
 */
import type { Services } from './context.ts';
import type { Instant } from '../values/time.ts';

/** The recent attempts by key. */
export interface Attempts {
  /** The instants of a key's attempts after `since`, the oldest first. */
  after(key: string, since: Instant): readonly Instant[];
  /** Records an attempt, and removes attempts of the key that are not after `since`. */
  note(key: string, now: Instant, since: Instant): void;
}

/** When there are this many keys, the keys without a recent attempt are removed. */
const KEYS = 10_000;

/** The attempts that the services of this process share. */
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
