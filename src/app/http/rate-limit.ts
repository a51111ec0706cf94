/** Requests a second by token bucket: each caller has a bucket that holds a burst and fills at a steady rate. */
import { lruCache } from '../../platform/values/lru-cache.ts';

export interface RateLimit {
  /** Takes one token of the caller. Answers the seconds to wait when there is none, and 0 when it was taken. */
  take(caller: string, nowMilliseconds: number): number;
}

export interface RateOptions {
  /** 0 turns the limit off. */
  readonly perSecond: number;
  readonly burst: number;
  /**
   * How many callers are remembered. The one that was quiet for the longest is forgotten first, and starts with a full
   * bucket again.
   */
  readonly remembered: number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

export function rateLimit({ perSecond, burst, remembered }: RateOptions): RateLimit {
  const buckets = lruCache<Bucket>(remembered);
  return {
    take(caller, now) {
      if (perSecond === 0) return 0;
      const bucket = buckets.get(caller) ?? { tokens: burst, filledAt: now };
      // A clock that is set back fills nothing and takes nothing away.
      const seconds = Math.max(now - bucket.filledAt, 0) / 1_000;
      bucket.tokens = Math.min(burst, bucket.tokens + seconds * perSecond);
      bucket.filledAt = now;
      buckets.set(caller, bucket);
      if (bucket.tokens < 1) return Math.max(Math.ceil((1 - bucket.tokens) / perSecond), 1);
      bucket.tokens -= 1;
      return 0;
    },
  };
}
