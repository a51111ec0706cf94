/**
 * Asks for all that want to know the same kind of thing at the same time. Whoever comes while a question is under way is answered by the
 * next one, which begins when that has ended, or says that it may: so nobody waits for others when there are none, no answer is older
 * than its question, and the busier the server, the fewer questions for each who asks.
 */
import DataLoader from 'dataloader';

/** `goOn`: the next question need not wait any longer for the end of this one. */
export type AskAll<Key, Answer> = (keys: readonly Key[], goOn: () => void) => Promise<readonly Answer[]>;

export function gathered<Key, Answer>(askAll: AskAll<Key, Answer>): (key: Key) => Promise<Answer> {
  let turn: Promise<void> = Promise.resolve();
  const ask = (keys: readonly Key[]): Promise<readonly Answer[]> => {
    let answers: Promise<readonly Answer[]> = Promise.resolve([]);
    turn = new Promise((resolve) => {
      answers = askAll(keys, resolve).finally(resolve);
    });
    return answers;
  };
  const loader = new DataLoader(ask, { cache: false, maxBatchSize: MOST, batchScheduleFn: (send) => void turn.then(send) });
  return (key) => loader.load(key);
}

const MOST = 100;
