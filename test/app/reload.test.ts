import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningStart, startLotgraph } from '../support/command-line.ts';
import { freshDatabase } from '../support/database.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'lotgraph-reload-'));
const file = path.join(folder, 'settings.env');
let database: Awaited<ReturnType<typeof freshDatabase>>;
let server: RunningStart;
beforeAll(async () => {
  database = await freshDatabase();
  writeFileSync(file, 'LOTGRAPH_SLOW_STATEMENT_MILLISECONDS=60000\n');
  server = await startLotgraph({
    DATABASE_URL: database.url,
    LOTGRAPH_SETTINGS: file,
    LOTGRAPH_FILES: folder,
    LOTGRAPH_LOG_FORMAT: 'json',
    LOTGRAPH_WORKER: 'off',
  });
});
afterAll(async () => {
  server.child.kill('SIGTERM');
  await server.ended;
  await database.drop();
});

const said = (event: string): number => server.words().split(`"event":"${event}"`).length - 1;

test('SIGHUP reads thresholds and the level of the log from the file again; a file with a mistake changes nothing', async () => {
  const health = (): Promise<Response> => fetch(new URL('/health', server.url));
  await health();
  expect(said('database.slow_statement')).toBe(0);

  writeFileSync(file, 'LOTGRAPH_SLOW_STATEMENT_MILLISECONDS=0\n');
  server.child.kill('SIGHUP');
  await expect.poll(() => said('config.reloaded'), { timeout: 60_000 }).toBe(1);
  await expect
    .poll(async () => (await health()).status === 200 && said('database.slow_statement') > 0, { timeout: 60_000 })
    .toBe(true);

  writeFileSync(file, 'LOTGRAPH_SLOW_STATEMENT_MILLISECONDS=never\n');
  server.child.kill('SIGHUP');
  await expect.poll(() => said('config.not_reloaded'), { timeout: 60_000 }).toBe(1);
  expect(server.words()).toContain('LOTGRAPH_SLOW_STATEMENT_MILLISECONDS must be a number');

  writeFileSync(file, 'LOTGRAPH_LOG_LEVEL=error\n');
  server.child.kill('SIGHUP');
  const lines = server.words().split('\n').length;
  expect((await health()).status).toBe(200);
  expect(server.words().split('\n').length - lines).toBeLessThan(3);
});
