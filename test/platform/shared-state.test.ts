/** A state that listeners share: computed once, only while somebody listens, sent when it is different. */
import { describe, expect, test } from 'vitest';
import { sharedState } from '../../src/platform/graphql/shared-state.ts';

const INTERVAL = 60_000;
const FRESH = 5_000;

/** A shared state whose time passes when the test says so. */
function world() {
  const pauses = new Set<{ readonly milliseconds: number; readonly end: () => void }>();
  const made = { computations: 0, value: 'first', failure: undefined as unknown };
  const state = sharedState<string>({
    intervalSeconds: INTERVAL / 1_000,
    async compute() {
      made.computations += 1;
      await Promise.resolve();
      if (made.failure !== undefined) throw made.failure;
      return made.value;
    },
    textOf: (value) => value,
    pause: (milliseconds, signal) =>
      new Promise((resolve) => {
        const pause = {
          milliseconds,
          end() {
            pauses.delete(pause);
            resolve();
          },
        };
        pauses.add(pause);
        signal.addEventListener('abort', pause.end, { once: true });
      }),
  });
  return {
    made,
    state,
    waiting: () => [...pauses].map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b),
    async pass(milliseconds: number) {
      await settled();
      for (const pause of [...pauses].filter((each) => each.milliseconds === milliseconds)) pause.end();
      await settled();
    },
  };
}

/** All that can happen without time passing has happened. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Takes states as they come. */
function listen(state: ReturnType<typeof world>['state']) {
  const stop = new AbortController();
  const heard: { values: string[]; isOver: boolean; error: unknown } = { values: [], isOver: false, error: undefined };
  void (async () => {
    try {
      for await (const value of state.follow(stop.signal)) heard.values.push(value);
    } catch (error) {
      heard.error = error;
    }
    heard.isOver = true;
  })();
  return { heard, leave: () => stop.abort() };
}

describe('a shared state', () => {
  test('is computed once for twenty listeners, and sent to each when it is different (KPI-15)', async () => {
    const { made, state, pass } = world();
    const listeners = Array.from({ length: 20 }, () => listen(state));
    await settled();
    expect(made.computations).toBe(1);
    made.value = 'second';
    await pass(INTERVAL);
    expect(made.computations).toBe(2);
    await pass(INTERVAL);
    expect(made.computations).toBe(3);
    for (const { heard } of listeners) expect(heard.values).toEqual(['first', 'second']);
  });

  test('is sent at once to who comes later: the last one while it is fresh, else a new one (KPI-15)', async () => {
    const { made, state, pass } = world();
    listen(state);
    await settled();
    made.value = 'second';
    const soon = listen(state);
    await settled();
    expect([soon.heard.values, made.computations]).toEqual([['first'], 1]);
    await pass(FRESH);
    const late = [listen(state), listen(state)];
    await settled();
    expect(made.computations).toBe(2);
    for (const { heard } of late) expect(heard.values).toEqual(['second']);
  });

  test('is not computed any more when the last listener has left, and begins again with the next (KPI-15)', async () => {
    const { made, state, waiting, pass } = world();
    const [one, other] = [listen(state), listen(state)];
    await settled();
    one.leave();
    await pass(INTERVAL);
    expect([one.heard.isOver, other.heard.isOver, made.computations]).toEqual([true, false, 2]);
    other.leave();
    await settled();
    expect([other.heard.isOver, waiting()]).toEqual([true, []]);
    const next = listen(state);
    await settled();
    expect([next.heard.values, made.computations]).toEqual([['first'], 3]);
    await pass(INTERVAL);
    expect(made.computations).toBe(4);
  });

  test('skips what a slow listener has missed, and goes on with what is fresh (KPI-15)', async () => {
    const { made, state, pass } = world();
    const quick = listen(state);
    const slow = state.follow(new AbortController().signal);
    expect((await slow.next()).value).toBe('first');
    for (const value of ['second', 'third']) {
      made.value = value;
      await pass(INTERVAL);
    }
    expect((await slow.next()).value).toBe('third');
    expect(quick.heard.values).toEqual(['first', 'second', 'third']);
    await slow.return();
    quick.leave();
  });

  test('is tried again while the database is unavailable; any other failure ends the streams', async () => {
    const { made, state, pass } = world();
    const { heard } = listen(state);
    await settled();
    made.failure = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    await pass(INTERVAL);
    expect([heard.values, heard.isOver]).toEqual([['first'], false]);
    made.failure = undefined;
    made.value = 'second';
    await pass(INTERVAL);
    expect(heard.values).toEqual(['first', 'second']);
    made.failure = new Error('broken');
    await pass(INTERVAL);
    expect([heard.isOver, heard.error]).toEqual([true, made.failure]);
  });
});
