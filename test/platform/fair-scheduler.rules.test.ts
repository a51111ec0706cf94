import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Database } from '../../src/platform/postgres/client.ts';
import { runBulk, yieldToEventLoop, noteRequest, onePerTick } from '../../src/platform/scheduling/fair-scheduler.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** Work that ends when the test says so, of requests that bring much. */
function working() {
  const database = {} as Database;
  const begun: string[] = [];
  const ends = new Map<string, { readonly well: () => void; readonly badly: () => void }>();
  const bring = (name: string): Promise<string> => {
    noteRequest(database);
    return runBulk(database, () => {
      begun.push(name);
      return new Promise((resolve, reject) =>
        ends.set(name, { well: () => resolve(name), badly: () => reject(new Error(name)) }),
      );
    });
  };
  return { begun, bring, askForLittle: () => noteRequest(database), end: (name: string) => ends.get(name) };
}

/** All that can go on has gone on. */
async function settled(): Promise<void> {
  for (let round = 0; round < 5; round += 1) await yieldToEventLoop();
}

/** So much time goes by, between what could go on before and what can go on then. */
async function passed(milliseconds: number): Promise<void> {
  await settled();
  vi.advanceTimersByTime(milliseconds);
  await settled();
}

test('who brings much begins at once when nobody else asks for anything', async () => {
  const { begun, bring } = working();
  void bring('a');
  void bring('b');
  void bring('c');
  await settled();
  expect(begun).toEqual(['a', 'b', 'c']);
});

test('as long as others ask for little, who brings much waits for all who did before, however that ended', async () => {
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

test('behind work that brought much nothing of it is under way for as long as it took, as long as others are expected', async () => {
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

test('work that took long, because it waited for somebody perhaps, has a pause of 200 ms behind it', async () => {
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

test('others who have asked for nothing for a while make nobody wait any more, and those who ask again do', async () => {
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

test('whoever brings much lets those in who have come meanwhile', async () => {
  const { begun, bring } = working();
  const order: string[] = [];
  setImmediate(() => order.push('who came before'));
  void bring('a');
  await Promise.resolve();
  expect(begun).toEqual([]);
  await settled();
  expect([order, begun]).toEqual([['who came before'], ['a']]);
});

test('of those who come to it at the same time one goes on for each turn of the event loop, and whoever comes alone at once', async () => {
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
