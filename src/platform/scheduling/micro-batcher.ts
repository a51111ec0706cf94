/**
 * Batches simultaneous calls for values of one kind, on top of DataLoader.
 *
 * 1. Calls that arrive while a batch is running are served by the next one, which starts when that batch has ended. So a
 *    single call never waits for others, no result is older than its call, and the busier the server is, the fewer
 *    batches run per call.
 * 2. The callers of a batch continue after the next batch was sent, so that PostgreSQL works meanwhile.
 * 3. A batch that gets no answer (for example on a dead connection) delays the next one by at most `maxWaitMs`.
 */
import DataLoader from 'dataloader';
import { yieldToEventLoop } from './fair-scheduler.ts';

/** Returns the values of the keys, in their order. The keys may contain duplicates. */
export type BatchFunction<Key, Value> = (keys: readonly Key[]) => Promise<readonly Value[]>;

/**
 * A function that loads the value of a key in batches of at most 100 keys. It rejects when the batch rejects.
 *
 * - `maxWaitMs`: the number of milliseconds after which the next batch no longer waits for the end of a running one.
 * - `coalesceWhile`: called when the next batch may start; more calls join it until the returned promise resolves.
 */
export function microBatcher<Key, Value>(
  loadBatch: BatchFunction<Key, Value>,
  maxWaitMs: number,
  coalesceWhile: () => Promise<void> | undefined = DO_NOT_WAIT,
): (key: Key) => Promise<Value> {
  let previous: Promise<void> = Promise.resolve();
  const load = async (keys: readonly Key[]): Promise<readonly Value[]> => {
    let values: Promise<readonly Value[]> = Promise.resolve([]);
    previous = new Promise((resolve) => {
      const timeout = setTimeout(resolve, maxWaitMs);
      values = loadBatch(keys).finally(() => {
        clearTimeout(timeout);
        resolve();
      });
    });
    return values.finally(yieldToEventLoop);
  };
  const loader = new DataLoader(load, {
    cache: false,
    maxBatchSize: MAX_BATCH_SIZE,
    batchScheduleFn: (send) => void previous.then(coalesceWhile).then(send),
  });
  return (key) => loader.load(key);
}

const MAX_BATCH_SIZE = 100;

const DO_NOT_WAIT = (): undefined => undefined;
