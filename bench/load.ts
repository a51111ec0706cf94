/**
 * One slice: a number of connections send one question to one contender, and the processor time of Node.js and
 * PostgreSQL is measured.
 */
import autocannon from 'autocannon';
import { familyMilliseconds, machineTicks } from './process-time.ts';
import { answerOf, type BenchRequest } from './questions/question.ts';

/** How a contender is loaded. */
export interface LoadOptions {
  readonly connections: number;
  readonly seconds: number;
  readonly warmSeconds: number;
  readonly postmaster: number;
}

/** The figures of one slice. Milliseconds of processor time, statements and bytes are per request. */
export interface Slice {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly nodeMilliseconds: number;
  readonly postgresMilliseconds: number;
  readonly statements: number;
  readonly bytes: number;
  /** The share of the busy time of Node.js that went into garbage collection. */
  readonly collectingRatio: number;
  readonly megabytes: number;
  /** The share of processor time that the host of the virtual machine gave to other machines. */
  readonly stolenRatio: number;
  /** How often the slice was repeated because too much processor time was stolen. */
  readonly again: number;
}

const ENDLESS_SECONDS = 3_600;
/** More records than any contender creates. The warm-up ends with the next whole second. */
const WARM_REQUESTS_PER_SECOND = 2_500;

/** The load of other machines on the same host says nothing about a contender. */
const MAX_STOLEN_RATIO = 0.05;
const MAX_REPETITIONS = 2;

/**
 * Measures a slice. It is repeated if too much processor time was stolen; after the last repetition the slice with the
 * least stolen time counts.
 */
export async function slice(request: BenchRequest, options: LoadOptions): Promise<Slice> {
  let calmest = await oneSlice(request, options);
  let again = 0;
  for (; again < MAX_REPETITIONS && calmest.stolenRatio > MAX_STOLEN_RATIO; again += 1) {
    const other = await oneSlice(request, options);
    if (other.stolenRatio < calmest.stolenRatio) calmest = other;
  }
  return { ...calmest, again };
}

/**
 * Measures a fixed number of requests, so that all of them are finished at the end and the next slice does not pay for
 * any.
 */
async function oneSlice(
  request: BenchRequest,
  { connections, seconds, warmSeconds, postmaster }: LoadOptions,
): Promise<Omit<Slice, 'again'>> {
  const headers = await request.contender.headers();
  await request.reserve(Math.ceil(warmSeconds + 1) * WARM_REQUESTS_PER_SECOND);
  const warm = await fire(request, headers, connections, { duration: warmSeconds });
  // The requests that the warm-up left unanswered are finished when a later one is answered.
  await answerOf(request);
  const amount = Math.max(connections, Math.ceil((warm.requests.total / warm.seconds) * seconds));
  // Each connection keeps one request ready.
  await request.reserve(amount + connections);
  const before = [await request.contender.probe(), familyMilliseconds(postmaster), machineTicks()] as const;
  const result = await fire(request, headers, connections, { amount });
  const after = [await request.contender.probe(), familyMilliseconds(postmaster), machineTicks()] as const;
  const { total } = result.requests;
  const processor = after[0].processor - before[0].processor;
  return {
    requests: total,
    requestsPerSecond: total / result.seconds,
    p50: result.latency.p50,
    p99: result.latency.p99,
    nodeMilliseconds: processor / total,
    postgresMilliseconds: (after[1] - before[1]) / total,
    statements: (after[0].statements - before[0].statements) / total,
    bytes: result.throughput.total / total,
    collectingRatio: (after[0].collecting - before[0].collecting) / (after[0].busy - before[0].busy),
    megabytes: after[0].megabytes,
    stolenRatio: (after[2].stolen - before[2].stolen) / (after[2].all - before[2].all),
  };
}

/** A number of seconds, or of requests, or until other work has ended. */
type Until = { readonly duration: number } | { readonly amount: number } | { readonly end: Promise<unknown> };

/** `seconds` ends with the last answer; autocannon's own duration ends with the next whole second. */
type Fired = autocannon.Result & { readonly seconds: number };

/** Sends requests over so many connections, and fails unless every one of them is answered. */
export async function fire(
  request: BenchRequest,
  headers: Readonly<Record<string, string>>,
  connections: number,
  until: Until,
): Promise<Fired> {
  const { contender, body, isConstant, isDone } = request;
  let rejection = '';
  const isAccepted = (answer: string): boolean => {
    const isGood = isDone?.(answer) ?? true;
    if (!isGood) rejection = answer.slice(0, 1_000);
    return isGood;
  };
  const startedAt = performance.now();
  let answeredAt = startedAt;
  const running = autocannon({
    url: contender.url,
    method: 'POST',
    headers: { ...headers },
    connections,
    timeout: 60,
    ...('end' in until ? { duration: ENDLESS_SECONDS } : until),
    ...(isConstant ? { body: body() } : { requests: [{ setupRequest: (next) => ({ ...next, body: body() }) }] }),
    ...(isDone === undefined ? {} : { verifyBody: (answer) => isAccepted(String(answer)) }),
  }) as Promise<autocannon.Result> & Pick<autocannon.Instance, 'stop' | 'on'>;
  running.on('response', () => (answeredAt = performance.now()));
  if ('end' in until) {
    const stop = (): void => running.stop();
    until.end.then(stop, stop);
  }
  const result = await running;
  const failures = {
    answered: result.non2xx,
    errors: result.errors,
    timeouts: result.timeouts,
    refused: result.mismatches,
  };
  if (Object.values(failures).some((count) => count > 0))
    throw new Error(`${contender.name} did not answer every request: ${JSON.stringify(failures)} ${rejection}`);
  return { ...result, seconds: (answeredAt - startedAt) / 1_000 };
}
