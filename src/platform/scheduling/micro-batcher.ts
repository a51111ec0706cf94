/**
 * Asks for all that want to know the same kind of thing at the same time. Whoever comes while a question is under way
 * is answered by the next one, which begins when that has ended: so nobody waits for others when there are none, no
 * answer is older than its question, and the busier the server, the fewer questions for each who asks. Those who were
 * answered go on when the next question has been sent, so that PostgreSQL has something to do meanwhile. A question
 * that gets no answer in time, on a connection that is dead perhaps, holds up the next one no longer.
 */
import DataLoader from 'dataloader';
import { yieldToEventLoop } from './fair-scheduler.ts';

export type BatchFunction<Key, Answer> = (keys: readonly Key[]) => Promise<readonly Answer[]>;

/**
 * `patience`: after how many milliseconds the next question waits no longer for the end of one. `company`: what a
 * question that may be sent waits for, if anything, so that more come along.
 */
export function microBatcher<Key, Answer>(
  askAll: BatchFunction<Key, Answer>,
  patience: number,
  company: () => Promise<void> | undefined = NONE,
): (key: Key) => Promise<Answer> {
  let turn: Promise<void> = Promise.resolve();
  const ask = async (keys: readonly Key[]): Promise<readonly Answer[]> => {
    let answers: Promise<readonly Answer[]> = Promise.resolve([]);
    turn = new Promise((resolve) => {
      const impatient = setTimeout(resolve, patience);
      answers = askAll(keys).finally(() => {
        clearTimeout(impatient);
        resolve();
      });
    });
    return answers.finally(yieldToEventLoop);
  };
  const loader = new DataLoader(ask, {
    cache: false,
    maxBatchSize: MOST,
    batchScheduleFn: (send) => void turn.then(company).then(send),
  });
  return (key) => loader.load(key);
}

const MOST = 100;

const NONE = (): undefined => undefined;
