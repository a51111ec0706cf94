import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Database } from '../../src/platform/postgres/client.ts';
import { runBulk, yieldToEventLoop, noteRequest, onePerTick } from '../../src/platform/scheduling/fair-scheduler.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** Bulk work that ends when the test says so. */
function working() {
  const database = {} as Database;
  const begun: string[] = [];
  const ends = new Map<string, { readonly well: () => void; readonly badly: () => void }>();
  const bring = (name: string, records?: number): Promise<string> => {
    noteRequest(database);
    const work = (): Promise<string> => {
      begun.push(name);
      return new Promise((resolve, reject) =>
        ends.set(name, { well: () => resolve(name), badly: () => reject(new Error(name)) }),
      );
    };
    return runBulk(database, work, records);
  };
  return { begun, bring, askForLittle: () => noteRequest(database), end: (name: string) => ends.get(name) };
}

/** Waits until all work that may start has started. */
async function settled(): Promise<void> {
  for (let round = 0; round < 5; round += 1) await yieldToEventLoop();
}

/** Lets this much time pass, and lets work start before and after it. */
async function passed(milliseconds: number): Promise<void> {
  await settled();
  vi.advanceTimersByTime(milliseconds);
  await settled();
}

test('bulk work starts at once while no other requests arrive', async () => {
  const { begun, bring } = working();
  void bring('a');
  void bring('b');
  void bring('c');
  await settled();
  expect(begun).toEqual(['a', 'b', 'c']);
});

test('while other requests arrive, bulk work runs one after another, also when an earlier one fails', async () => {
  const { begun, bring, askForLittle, end } = working();
  askForLittle();
  const [a, b, c] = [bring('a'), bring('b'), bring('c')];
  await settled();
  expect(begun).toEqual(['a']);
  end('a')?.badly();
  await expect(a).rejects.toThrow('a');
  await passed(1);
  expect(begun).toEqual(['a', 'b']);
  end('b')?.well();
  expect(await b).toBe('b');
  await passed(1);
  expect(begun).toEqual(['a', 'b', 'c']);
  end('c')?.well();
  expect(await c).toBe('c');
});

test('while other requests arrive, bulk work is followed by a pause of the same length', async () => {
  const { begun, bring, askForLittle, end } = working();
  askForLittle();
  void bring('a');
  void bring('b');
  await settled();
  vi.advanceTimersByTime(150);
  end('a')?.well();
  await passed(149);
  expect(begun).toEqual(['a']);
  await passed(1);
  expect(begun).toEqual(['a', 'b']);
});

test('the pause after long bulk work, which may have waited for a lock, is at most 200 ms', async () => {
  const { begun, bring, askForLittle, end } = working();
  askForLittle();
  void bring('a');
  await settled();
  vi.advanceTimersByTime(150);
  askForLittle();
  void bring('b');
  vi.advanceTimersByTime(150);
  end('a')?.well();
  await passed(199);
  expect(begun).toEqual(['a']);
  await passed(1);
  expect(begun).toEqual(['a', 'b']);
});

test.each([
  { records: 1_000, took: 1_650, pause: 1_650 },
  { records: 1_000, took: 5_000, pause: 2_000 },
  { records: 150, took: 5_000, pause: 300 },
])(
  'the pause after $records records that took $took ms is $pause ms: at most 200 ms for every hundred',
  async ({ records, took, pause }) => {
    const { begun, bring, askForLittle, end } = working();
    askForLittle();
    void bring('a', records);
    await settled();
    vi.advanceTimersByTime(took - 150);
    askForLittle();
    void bring('b');
    vi.advanceTimersByTime(150);
    end('a')?.well();
    await passed(pause - 1);
    expect(begun).toEqual(['a']);
    await passed(1);
    expect(begun).toEqual(['a', 'b']);
  },
);

test('other requests stop slowing bulk work down after a while without requests, and slow it down again when they return', async () => {
  const { begun, bring, askForLittle } = working();
  askForLittle();
  void bring('a');
  await settled();
  vi.advanceTimersByTime(201);
  void bring('b');
  await settled();
  expect(begun).toEqual(['a', 'b']);
  askForLittle();
  void bring('c');
  await settled();
  expect(begun).toEqual(['a', 'b']);
});

test('bulk work lets requests that have already arrived go first', async () => {
  const { begun, bring } = working();
  const order: string[] = [];
  setImmediate(() => order.push('who came before'));
  void bring('a');
  await Promise.resolve();
  expect(begun).toEqual([]);
  await settled();
  expect([order, begun]).toEqual([['who came before'], ['a']]);
});

test('of simultaneous callers one continues per tick of the event loop, and a single caller continues at once', async () => {
  const gone: string[] = [];
  const come = (name: string): void => void onePerTick().then(() => gone.push(name));
  come('a');
  come('b');
  come('c');
  await Promise.resolve();
  expect(gone).toEqual(['a']);
  setImmediate(() => gone.push('the network'));
  await settled();
  expect(gone).toEqual(['a', 'b', 'the network', 'c']);
  come('d');
  await Promise.resolve();
  expect(gone.at(-1)).toBe('d');
});
