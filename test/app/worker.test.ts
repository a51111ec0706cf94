import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type BackgroundWork, exclusive, startBackgroundWork } from '../../src/app/jobs/background-work.ts';
import { BACKGROUND_WORK } from '../../src/app/jobs/work-list.ts';
import { startApi, type Api } from '../support/api.ts';
import { lotgraph, spawnLotgraph, startLotgraph } from '../support/command-line.ts';
import { freshDatabase } from '../support/database.ts';

const NAMES = BACKGROUND_WORK.map(({ name }) => name);

describe('background work', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  test('has names that differ, because the name is the key of its lock', () => {
    expect(new Set(NAMES).size).toBe(NAMES.length);
    expect(NAMES.filter((name) => !/^[a-z]+(?:-[a-z]+)*$/.test(name))).toEqual([]);
  });

  test('that is exclusive is done by one process at a time; another one does nothing and does not wait', async () => {
    const { opened: isDoing, open: begins } = gate();
    const { opened: mayEnd, open: letItEnd } = gate();
    let runs = 0;
    const work = exclusive({
      name: 'test',
      pauseMilliseconds: 0,
      async run() {
        runs += 1;
        begins();
        await mayEnd;
        return true;
      },
    });
    const { signal } = new AbortController();
    const first = work.run(api.services, signal);
    await isDoing;

    expect(await work.run(api.services, signal)).toBe(false);
    expect(runs).toBe(1);

    letItEnd();
    expect(await first).toBe(true);
    expect(await work.run(api.services, signal)).toBe(true);
    expect(runs).toBe(2);
  });

  test('of another kind goes on meanwhile', async () => {
    const { signal } = new AbortController();
    const inner = exclusive({ name: 'inner', pauseMilliseconds: 0, run: async () => true });
    const outer = exclusive({ name: 'outer', pauseMilliseconds: 0, run: () => inner.run(api.services, signal) });

    expect(await outer.run(api.services, signal)).toBe(true);
  });

  test('that fails is tried again and stops no other; the first failure is a warning, the end of the failures is said', async () => {
    const said: (readonly string[])[] = [];
    const note =
      (level: string) =>
      ({ event, work }: { readonly event: string; readonly work: string }) => {
        said.push([level, event, work]);
      };
    const log = { ...api.services.log, warn: note('warn'), info: note('info'), debug: note('debug') };
    let failures = 0;
    let others = 0;
    const works: readonly BackgroundWork[] = [
      {
        name: 'failing',
        pauseMilliseconds: 0,
        async run() {
          failures += 1;
          if (failures <= 3) throw new Error('not yet');
          return false;
        },
      },
      {
        name: 'other',
        pauseMilliseconds: 0,
        async run() {
          others += 1;
          return false;
        },
      },
    ];

    const job = startBackgroundWork({ ...api.services, log: log as never }, works);
    await vi.waitFor(() => expect(failures > 3 && others > 3).toBe(true), 10_000);
    await job.stop();

    expect(said.filter(([level]) => level !== 'debug')).toEqual([
      ['warn', 'work.failed', 'failing'],
      ['info', 'work.recovered', 'failing'],
    ]);
  });
});

test('`lotgraph worker` works in the background without listening, until it is asked to stop', async () => {
  const database = await freshDatabase();
  const { child, ended, words } = spawnLotgraph(['worker'], { DATABASE_URL: database.url });
  await vi.waitFor(() => expect(words()).toContain(`works in the background: ${NAMES.join(', ')}.`), 30_000);

  child.kill('SIGTERM');

  const { code, stderr } = await ended;
  expect(code).toBe(0);
  expect(stderr).toContain('SIGTERM: finishing what is under way.');
  expect(stderr).not.toContain('listens on');
  await database.drop();
});

test('a worker that cannot reach its database says so and ends with exit code 1', async () => {
  const { code, stderr } = await lotgraph(['worker'], { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' });

  expect(code).toBe(1);
  expect(stderr).not.toContain('works in the background');
});

test('`lotgraph start` does background work, too, unless LOTGRAPH_WORKER is off', async () => {
  const database = await freshDatabase();
  const settings = { DATABASE_URL: database.url, LOTGRAPH_LOG_LEVEL: 'debug', LOTGRAPH_LOG_FORMAT: 'json' };
  const on = await startLotgraph(settings);
  await vi.waitFor(() => expect(on.words()).toContain('"work.started"'), 30_000);
  on.child.kill('SIGTERM');
  expect((await on.ended).code).toBe(0);

  const off = await startLotgraph({ ...settings, LOTGRAPH_WORKER: 'off' });
  off.child.kill('SIGTERM');
  expect((await off.ended).stderr).not.toContain('"work.started"');
  await database.drop();
});

function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
