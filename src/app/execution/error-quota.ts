/**
 * Limits the internal errors that are stored, so that nobody fills the disk by repeating a request that fails: a few of
 * each address and cause in an hour, and a limited number in all. The log has all of them, and counts the others.
 */
import { databaseErrorOf } from '../../platform/postgres/errors.ts';
import { LIMITS } from '../../platform/process/limits.ts';
import { networkOf } from '../../platform/values/ip-address.ts';
import { lruCache } from '../../platform/values/lru-cache.ts';

/** The quota of a server process. */
export interface ErrorQuota {
  /** Counts an error. Returns 0 if it may be stored, else how many errors of the hour were not stored, with this one. */
  take(ip: string | null, cause: unknown, nowMilliseconds: number): number;
}

const HOUR = 3_600_000;
/** The number of pairs of address and cause that are remembered. */
const REMEMBERED = 1_000;

/** Creates the quota of a server process. */
export function errorQuota({ perAddressAndHour, perHour }: ErrorQuotaLimits = LIMITS.faults): ErrorQuota {
  const counts = lruCache<{ stored: number; readonly since: number }>(REMEMBERED);
  let all = { stored: 0, notStored: 0, since: 0 };
  return {
    take(ip, cause, now) {
      const key = `${networkOf(ip ?? '')} ${kindOf(cause)}`;
      const known = counts.get(key);
      const own = known === undefined || now - known.since >= HOUR ? { stored: 0, since: now } : known;
      if (now - all.since >= HOUR) all = { stored: 0, notStored: 0, since: now };
      counts.set(key, own);
      if (own.stored >= perAddressAndHour || all.stored >= perHour) return (all.notStored += 1);
      own.stored += 1;
      all.stored += 1;
      return 0;
    },
  };
}

/** How many internal errors are stored. */
export interface ErrorQuotaLimits {
  readonly perAddressAndHour: number;
  readonly perHour: number;
}

/** The kind of an error: its name, its code and the place that threw it. Messages may contain what the client sent. */
function kindOf(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause;
  const place = /^ +at .*$/m.exec(cause.stack ?? '')?.[0] ?? cause.message.slice(0, 100);
  return `${cause.name} ${databaseErrorOf(cause)?.sqlState ?? ''} ${place.trim()}`;
}
