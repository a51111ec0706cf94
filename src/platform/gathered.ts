/**
 * Asks for all that want to know the same kind of thing at the same time. Whoever comes while a question is under way is answered by the
 * next one, which begins when that has ended: so nobody waits for others when there are none, no answer is older than its question, and
 * the busier the server, the fewer questions for each who asks.
 */
import DataLoader from 'dataloader';

export function gathered<Key, Answer>(askAll: (keys: readonly Key[]) => Promise<readonly Answer[]>): (key: Key) => Promise<Answer> {
  let underWay: Promise<unknown> = Promise.resolve();
  const ask = (keys: readonly Key[]): Promise<readonly Answer[]> => {
    const answers = askAll(keys);
    underWay = answers.catch(() => undefined);
    return answers;
  };
  const loader = new DataLoader(ask, { cache: false, maxBatchSize: MOST, batchScheduleFn: (send) => void underWay.then(send) });
  return (key) => loader.load(key);
}

const MOST = 100;
