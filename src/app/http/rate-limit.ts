/**
 * Limits the requests per second by token buckets: each caller has one that holds a burst and fills at a steady rate.
 */
import { lruCache } from '../../platform/values/lru-cache.ts';
import { networkOf } from '../../platform/values/ip-address.ts';
import type { Config } from '../../platform/process/config.ts';
import { LIMITS } from '../../platform/process/limits.ts';
import type { Origin } from '../../platform/request/context.ts';
import type { Viewer } from '../../platform/rules/access.ts';

/** The token buckets of one kind of caller. */
export interface RateLimit {
  /** Takes one token of the caller. Returns 0, or the seconds to wait if there is none. */
  take(caller: string, nowMilliseconds: number): number;
}

/** The rate, the burst and the number of token buckets. */
export interface RateOptions {
  /** 0 turns the limit off. */
  readonly perSecond: number;
  readonly burst: number;
  /**
   * The number of callers that are remembered. The least recently active one is forgotten first, and starts with a full
   * bucket again.
   */
  readonly remembered: number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** Creates the token buckets of one kind of caller. */
export function rateLimit({ perSecond, burst, remembered }: RateOptions): RateLimit {
  const buckets = lruCache<Bucket>(remembered);
  return {
    take(caller, now) {
      if (perSecond === 0) return 0;
      const bucket = buckets.get(caller) ?? { tokens: burst, filledAt: now };
      // A clock that is set back neither fills nor drains a bucket.
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

/** Counts a request, by its viewer or else by the network of its address. Returns the seconds to wait, 0 for none. */
export type TakeRequest = (viewer: Viewer | null, origin: Origin) => number;

/** Creates the limits of a server process: one for viewers, a lower one for requests without valid credentials. */
export function requestRateLimits({ requestsPerSecond, anonymousRequestsPerSecond }: Config): TakeRequest {
  const { burstSeconds, remembered } = LIMITS.rate;
  const limitOf = (perSecond: number): RateLimit =>
    rateLimit({ perSecond, burst: burstSeconds * perSecond, remembered });
  const viewers = limitOf(requestsPerSecond);
  const networks = limitOf(anonymousRequestsPerSecond);
  return (viewer, { ip }) =>
    viewer === null
      ? networks.take(networkOf(ip ?? ''), Date.now())
      : viewers.take(`${viewer.kind}:${viewer.id}`, Date.now());
}
