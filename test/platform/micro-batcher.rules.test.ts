import { expect, test, vi } from 'vitest';
import { microBatcher } from '../../src/platform/scheduling/micro-batcher.ts';

const MAXIMUM_WAIT = 200;

/** Queries that are answered when the test says so. */
function startedBatcher() {
  const questions: { readonly keys: readonly string[]; readonly answer: () => void; readonly fail: () => void }[] = [];
  const ask = microBatcher<string, string>(
    (keys) =>
      new Promise((resolve, reject) =>
        questions.push({
          keys,
          answer: () => resolve(keys.map((key) => key.toUpperCase())),
          fail: () => reject(new Error('no answer')),
        }),
      ),
    MAXIMUM_WAIT,
  );
  return { questions, ask, asked: () => questions.map(({ keys }) => keys.join()) };
}

/** Waits until all callers that can continue have continued. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a single key is requested at once, and keys that arrive meanwhile share the next query', async () => {
  const { questions, ask, asked } = startedBatcher();
  const first = ask('a');
  await settled();
  expect(asked()).toEqual(['a']);

  const others = [ask('b'), ask('c'), ask('b')];
  await settled();
  expect(asked()).toEqual(['a']);
  questions[0]?.answer();
  await settled();

  expect(asked()).toEqual(['a', 'b,c,b']);
  questions[1]?.answer();
  expect(await Promise.all([first, ...others])).toEqual(['A', 'B', 'C', 'B']);
});

test('the next query is sent before the callers of the answered one continue', async () => {
  const sent: string[] = [];
  const ask = microBatcher<string, string>(async (keys) => {
    // Like a connection, this sends everything requested in the same tick together.
    await new Promise<void>((leave) => process.nextTick(leave));
    sent.push(keys.join());
    await settled();
    return keys;
  }, MAXIMUM_WAIT);
  const sentWhenFirstGoesOn = ask('a').then(() => [...sent]);
  await new Promise<void>((resolve) => process.nextTick(resolve));
  const second = ask('b');

  expect(await sentWhenFirstGoesOn).toEqual(['a', 'b']);
  await second;
});

test('a query that waits for more keys is sent with all keys that have arrived by then', async () => {
  const asked: string[] = [];
  const ask = microBatcher<string, string>(async (keys) => (asked.push(keys.join()), keys), MAXIMUM_WAIT, settled);
  const first = ask('a');
  await new Promise<void>((resolve) => process.nextTick(resolve));
  const second = ask('b');

  expect(await Promise.all([first, second])).toEqual(['a', 'b']);
  expect(asked).toEqual(['a,b']);
});

test('a query that fails rejects its own callers only, and the next query is sent', async () => {
  const { questions, ask, asked } = startedBatcher();
  const first = ask('a');
  await settled();
  const second = ask('b');
  questions[0]?.fail();
  await expect(first).rejects.toThrow('no answer');
  await settled();

  expect(asked()).toEqual(['a', 'b']);
  questions[1]?.answer();
  expect(await second).toBe('B');
});

test('a query without an answer delays the next one by the maximum wait only', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const { questions, ask, asked } = startedBatcher();
    void ask('a');
    await settled();
    const second = ask('b');
    await settled();
    expect(asked()).toEqual(['a']);

    vi.advanceTimersByTime(MAXIMUM_WAIT);
    await settled();

    expect(asked()).toEqual(['a', 'b']);
    questions[1]?.answer();
    expect(await second).toBe('B');
  } finally {
    vi.useRealTimers();
  }
});

test('more than a hundred keys take more than one query', async () => {
  const { questions, ask } = startedBatcher();
  const all = Array.from({ length: 150 }, (_, index) => ask(`k${index}`));
  await settled();
  for (const { answer } of questions) answer();
  await settled();
  for (const { answer } of questions) answer();

  expect(questions.map(({ keys }) => keys.length)).toEqual([100, 50]);
  expect((await Promise.all(all))[149]).toBe('K149');
});
