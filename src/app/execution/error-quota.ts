/**
 * Limits the internal errors that are stored and logged in full, so that nobody fills the disk by repeating a request that
 * fails: a few of each address and cause in an hour, and a limited number in all. The others are counted.
 */
import { LIMITS } from '../../platform/process/limits.ts';
import { networkOf } from '../../platform/values/ip-address.ts';
import { lruCache } from '../../platform/values/lru-cache.ts';

/** The quota of a server process. */
export interface ErrorQuota {
  /** True if this error may be stored; counts it. */
  take(ip: string | null, cause: unknown, nowMilliseconds: number): boolean;
  /** The number of errors that were not stored since the last call. */
  takeSuppressed(): number;
}

const HOUR = 3_600_000;
/** The number of pairs of address and cause that are remembered. */
const REMEMBERED = 1_000;

/** Creates the quota of a server process. */
export function errorQuota({ perAddressAndHour, perHour }: ErrorQuotaLimits = LIMITS.faults): ErrorQuota {
  const counts = lruCache<{ count: number; readonly since: number }>(REMEMBERED);
  let all = { count: 0, since: 0 };
  let suppressed = 0;
  return {
    take(ip, cause, now) {
      const key = `${networkOf(ip ?? '')} ${kindOf(cause)}`;
      const known = counts.get(key);
      const own = known === undefined || now - known.since >= HOUR ? { count: 0, since: now } : known;
      if (now - all.since >= HOUR) all = { count: 0, since: now };
      if (own.count >= perAddressAndHour || all.count >= perHour) {
        suppressed += 1;
        return false;
      }
      own.count += 1;
      all.count += 1;
      counts.set(key, own);
      return true;
    },
    takeSuppressed() {
      const count = suppressed;
      suppressed = 0;
      return count;
    },
  };
}

/** How many internal errors are stored. */
export interface ErrorQuotaLimits {
  readonly perAddressAndHour: number;
  readonly perHour: number;
}

/** The kind of an error: its name and the place that threw it. Messages may contain what the client sent. */
function kindOf(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause;
  const place = /^ +at .*$/m.exec(cause.stack ?? '')?.[0] ?? cause.message.slice(0, 100);
  return `${cause.name} ${place.trim()}`;
}
