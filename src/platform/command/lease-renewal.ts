/** Keeps a lease valid while its holder works. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { AppError } from '../values/assert.ts';

/** The name of this process among the workers: no other process has it. */
export const WORKER = `${hostname().slice(0, 60)}/${process.pid}/${randomUUID().slice(0, 8)}`;

/**
 * Works while the lease is renewed every third of its time. The signal of the work is aborted when the lease is not valid
 * any more, and when the process stops. A renewal that fails is repeated by the next one: two may fail.
 */
export async function whileLeased<Result>(
  {
    seconds,
    renew,
    failed,
    stopping,
  }: {
    readonly seconds: number;
    /** Renews the lease; false when it is not valid any more. */
    readonly renew: () => Promise<boolean>;
    /** Hears of a renewal that could not be sent. */
    readonly failed: (error: unknown) => void;
    /** Aborted when the process stops. */
    readonly stopping: AbortSignal;
  },
  work: (ending: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const ending = new AbortController();
  const stop = (): void => ending.abort(new AppError('The worker stops.'));
  const check = async (): Promise<void> => {
    if (!(await renew())) ending.abort(new AppError('The work is not wanted any more.'));
  };
  stopping.addEventListener('abort', stop, { once: true });
  if (stopping.aborted) stop();
  const renewal = setInterval(() => void check().catch(failed), (seconds * 1000) / 3);
  try {
    return await work(ending.signal);
  } finally {
    clearInterval(renewal);
    stopping.removeEventListener('abort', stop);
  }
}
