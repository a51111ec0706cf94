/**
 * Fair scheduling between bulk work and other requests, so that no request waits for all of the bulk work, neither in
 * Node nor in PostgreSQL. While other requests are active, bulk work runs one after the other, yields between its
 * stages, and is throttled to half of the time. Without other requests, bulk work runs immediately.
 */
import { setImmediate } from 'node:timers/promises';
import type { Database } from '../postgres/client.ts';

/** Counts a request on the database, bulk or not. */
export function noteRequest(database: Database): void {
  trafficOf(database).requests += 1;
}

/**
 * Runs the bulk work of a request, which has this many records: immediately, or after all earlier bulk work and its
 * pause.
 */
export async function runBulk<T>(database: Database, work: () => Promise<T>, records = 1): Promise<T> {
  const traffic = trafficOf(database);
  // One of the requests is the bulk request itself.
  if (traffic.requests > 1) expectOthers(traffic);
  traffic.requests = 0;
  let startedAt = 0;
  const start = traffic.others === undefined ? yieldToEventLoop() : traffic.previous.then(yieldToEventLoop);
  const running = start.then(() => {
    startedAt = performance.now();
    return work();
  });
  traffic.previous = Promise.allSettled([traffic.previous, running]).then(() =>
    traffic.others === undefined ? undefined : pause(performance.now() - startedAt, records),
  );
  return running;
}

/** Lets everything that is ready on the event loop run first. */
export function yieldToEventLoop(): Promise<void> {
  return setImmediate();
}

/**
 * Lets one of all simultaneous callers continue per tick of the event loop, so that incoming network traffic does not
 * wait for all of them.
 */
export function onePerTick(): Promise<void> {
  const mine = lastInLine;
  lastInLine = mine.then(yieldToEventLoop);
  return mine;
}

let lastInLine = Promise.resolve();

/** Pauses as long as the work took, but at most WHILE_MILLISECONDS per hundred records: it may have waited for a lock. */
function pause(milliseconds: number, records: number): Promise<void> {
  const most = Math.max(1, records / 100) * WHILE_MILLISECONDS;
  return new Promise((resolve) => setTimeout(resolve, Math.min(milliseconds, most)));
}

/** Expects other requests for WHILE_MILLISECONDS; after that, unless others arrive again, for no longer. */
function expectOthers(traffic: Traffic): void {
  clearTimeout(traffic.others);
  traffic.others = setTimeout(() => (traffic.others = undefined), WHILE_MILLISECONDS).unref();
}

const WHILE_MILLISECONDS = 200;

interface Traffic {
  /** The number of requests since the last bulk request. */
  requests: number;
  /** A timer that runs while other requests are expected. */
  others?: NodeJS.Timeout | undefined;
  /** Resolves at the end of all earlier bulk work, and of the pause after it. */
  previous: Promise<void>;
}

function trafficOf(database: Database): Traffic {
  const known = traffics.get(database) ?? { requests: 0, previous: Promise.resolve() };
  traffics.set(database, known);
  return known;
}

const traffics = new WeakMap<Database, Traffic>();
