/**
 * Who brings much at once lets others in: as long as anybody asks for little, work that brings much goes one after the
 * other and pauses between its stages, so that nobody waits behind all of it, neither for node nor for PostgreSQL; and
 * half of the time nothing of it is under way. When nobody else is there, nobody waits.
 */
import { setImmediate } from 'node:timers/promises';
import type { Database } from '../postgres/client.ts';

/** Notes that somebody asks for something, whether much or little. */
export function noteRequest(database: Database): void {
  trafficOf(database).asked += 1;
}

/** Carries out the work of a request that brings much: at once, or when all such work before it has ended. */
export async function runBulk<T>(database: Database, work: () => Promise<T>): Promise<T> {
  const traffic = trafficOf(database);
  // Without the one whose work this is.
  if (traffic.asked > 1) expectOthers(traffic);
  traffic.asked = 0;
  let begunAt = 0;
  const turn = (traffic.others === undefined ? yieldToEventLoop() : traffic.before.then(yieldToEventLoop)).then(() => {
    begunAt = performance.now();
    return work();
  });
  traffic.before = Promise.allSettled([traffic.before, turn]).then(() =>
    traffic.others === undefined ? undefined : pause(performance.now() - begunAt),
  );
  return turn;
}

/** Whatever has come meanwhile goes first. */
export function yieldToEventLoop(): Promise<void> {
  return setImmediate();
}

/**
 * Of those who come to this at the same time, one goes on for each turn of the event loop: whatever the network brings
 * meanwhile does not wait for all of them.
 */
export function onePerTick(): Promise<void> {
  const mine = last;
  last = mine.then(yieldToEventLoop);
  return mine;
}

let last = Promise.resolve();

/** As long as the work took, but no longer than a while: it may have waited for somebody. */
function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.min(milliseconds, WHILE_MILLISECONDS)));
}

/** For a while: then, unless others come again, nobody else is expected any more. */
function expectOthers(traffic: Traffic): void {
  clearTimeout(traffic.others);
  traffic.others = setTimeout(() => (traffic.others = undefined), WHILE_MILLISECONDS).unref();
}

const WHILE_MILLISECONDS = 200;

interface Traffic {
  /** The requests since the last one that brought much. */
  asked: number;
  /** Runs as long as others are expected. */
  others?: NodeJS.Timeout | undefined;
  /** The end of all work in turn so far, and of the pause behind it. */
  before: Promise<void>;
}

function trafficOf(database: Database): Traffic {
  const known = traffics.get(database) ?? { asked: 0, before: Promise.resolve() };
  traffics.set(database, known);
  return known;
}

const traffics = new WeakMap<Database, Traffic>();
