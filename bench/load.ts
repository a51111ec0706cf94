/** One slice: so many connections ask the same of one contender, and what that took of node and of PostgreSQL. */
import autocannon from 'autocannon';
import { familyMilliseconds, machineTicks } from './process-time.ts';
import { answerTo, type Ask } from './questions/question.ts';

export interface LoadOptions {
  readonly connections: number;
  readonly seconds: number;
  readonly warmSeconds: number;
  readonly postmaster: number;
}

/** Milliseconds of processor time, statements and bytes are of one request. */
export interface Slice {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly nodeMilliseconds: number;
  readonly postgresMilliseconds: number;
  readonly statements: number;
  readonly bytes: number;
  /** Of the time in which node was busy. */
  readonly collectingRatio: number;
  readonly megabytes: number;
  /** Of the time of all processors: what the host of a virtual machine gave to others meanwhile. */
  readonly stolenRatio: number;
  /** How often it was asked again because too much was stolen. */
  readonly again: number;
}

const ENDLESS_SECONDS = 3_600;
/** More records than any contender makes. The warm-up ends with the next whole second. */
const WARM_REQUESTS_PER_SECOND = 2_500;

/** What others do on the same host says nothing of a contender. */
const STOLEN_AT_MOST = 0.05;
const AGAIN_AT_MOST = 2;

/**
 * Asked again while too much of the processors' time was stolen, whoever the contender is; when that does not end, the
 * slice of which the least was stolen.
 */
export async function slice(ask: Ask, options: LoadOptions): Promise<Slice> {
  let calmest = await oneSlice(ask, options);
  let again = 0;
  for (; again < AGAIN_AT_MOST && calmest.stolenRatio > STOLEN_AT_MOST; again += 1) {
    const other = await oneSlice(ask, options);
    if (other.stolenRatio < calmest.stolenRatio) calmest = other;
  }
  return { ...calmest, again };
}

/**
 * The measured requests are counted out beforehand, so that all of them are finished and none is paid for by the next
 * slice.
 */
async function oneSlice(
  ask: Ask,
  { connections, seconds, warmSeconds, postmaster }: LoadOptions,
): Promise<Omit<Slice, 'again'>> {
  const headers = await ask.contender.headers();
  await ask.reserve(Math.ceil(warmSeconds + 1) * WARM_REQUESTS_PER_SECOND);
  const warm = await fire(ask, headers, connections, { duration: warmSeconds });
  // What the warm-up left unanswered is over when a request after it is answered.
  await answerTo(ask);
  const amount = Math.max(connections, Math.ceil((warm.requests.total / warm.seconds) * seconds));
  // Each connection holds one request ready.
  await ask.reserve(amount + connections);
  const before = [await ask.contender.probe(), familyMilliseconds(postmaster), machineTicks()] as const;
  const result = await fire(ask, headers, connections, { amount });
  const after = [await ask.contender.probe(), familyMilliseconds(postmaster), machineTicks()] as const;
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

/** Seconds, or requests, or until something has ended. */
type Until = { readonly duration: number } | { readonly amount: number } | { readonly end: Promise<unknown> };

/** `seconds`: until the last answer. What autocannon calls the duration ends with the next whole second. */
type Fired = autocannon.Result & { readonly seconds: number };

export async function fire(
  ask: Ask,
  headers: Readonly<Record<string, string>>,
  connections: number,
  until: Until,
): Promise<Fired> {
  const { contender, body, isConstant, isDone } = ask;
  let rejection = '';
  const isAccepted = (answer: string): boolean => {
    const isGood = isDone?.(answer) ?? true;
    if (!isGood) rejection = answer.slice(0, 1_000);
    return isGood;
  };
  const begun = performance.now();
  let answered = begun;
  const running = autocannon({
    url: contender.url,
    method: 'POST',
    headers: { ...headers },
    connections,
    timeout: 60,
    ...('end' in until ? { duration: ENDLESS_SECONDS } : until),
    ...(isConstant ? { body: body() } : { requests: [{ setupRequest: (request) => ({ ...request, body: body() }) }] }),
    ...(isDone === undefined ? {} : { verifyBody: (answer) => isAccepted(String(answer)) }),
  }) as Promise<autocannon.Result> & Pick<autocannon.Instance, 'stop' | 'on'>;
  running.on('response', () => (answered = performance.now()));
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
  return { ...result, seconds: (answered - begun) / 1_000 };
}
