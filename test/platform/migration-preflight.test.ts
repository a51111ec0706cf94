import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { migrateDown, migrateUp } from '../../src/platform/migrations/runner.ts';
import { unsafeReasons } from '../../src/platform/migrations/preflight.ts';
import { withConnection } from '../support/database.ts';
import { linesOf, migrationWorld, historyOf, TWO } from './migrations.ts';

const world = migrationWorld();

describe('no session waits for a table that a migration locks (MIG-3)', () => {
  const ALTER = {
    ...TWO,
    '0003_wider': ['ALTER TABLE shelves ADD COLUMN width int;', 'ALTER TABLE shelves DROP COLUMN width;'],
  } as const;

  test('a session that waits for the table stops the run', async () => {
    const options = await world.given(ALTER);
    await migrateUp(options, '2');
    await withConnection(world.url, (holder) =>
      withConnection(world.url, async (waiter) => {
        await holder.query('BEGIN; LOCK TABLE shelves IN ROW EXCLUSIVE MODE');
        const waiting = waiter.query('BEGIN; LOCK TABLE shelves IN ACCESS EXCLUSIVE MODE');
        await expect
          .poll(() => linesOf(world.url, 'SELECT count(*) AS line FROM pg_locks WHERE NOT granted'))
          .toEqual(['1']);

        await expect(migrateUp(options)).rejects.toThrow(
          /^MIG-3: 0003_wider is not safe to run now: session \d+ is waiting for the table shelves\. Nothing was changed/,
        );
        expect(await historyOf(options)).toEqual(['0001_shelves SUCCEEDED', '0002_boxes SUCCEEDED']);

        await holder.query('ROLLBACK');
        await waiting;
        await waiter.query('ROLLBACK');
      }),
    );
    expect(await migrateUp(options)).toEqual({ done: ['0003_wider'] });
  });

  test('a transaction that has held the table for long stops the run, also while it is idle', async () => {
    const options = await world.given(ALTER, { longTransactionSeconds: 0 });
    await migrateUp(options, '2');
    await withConnection(world.url, async (holder) => {
      await holder.query('BEGIN; SELECT * FROM shelves');

      await expect(migrateUp(options)).rejects.toThrow(
        /^MIG-3: 0003_wider is not safe to run now: session \d+ has held the table shelves in a transaction for \d+ s\./,
      );
    });
    expect(await world.tables()).toContain('boxes');
  });

  test('dropping a table also locks the tables of its foreign keys', async () => {
    const options = await world.given(TWO, { longTransactionSeconds: 0 });
    await migrateUp(options);
    await withConnection(world.url, async (holder) => {
      await holder.query('BEGIN; SELECT * FROM shelves');

      await expect(migrateDown(options)).rejects.toThrow(
        /^MIG-3: 0002_boxes is not safe to run now: session \d+ has held the table shelves/,
      );
    });
  });

  test('a lock taken after the check delays the run by the maximum wait only; then the run stops without changes', async () => {
    const options = await world.given(ALTER, { lockTimeoutMilliseconds: 200, longTransactionSeconds: 60 });
    await migrateUp(options, '2');
    await withConnection(world.url, async (holder) => {
      await holder.query('BEGIN; SELECT * FROM shelves');

      await expect(migrateUp(options)).rejects.toThrow(
        '0003_wider failed and changed nothing: canceling statement due to lock timeout',
      );
    });
    expect((await historyOf(options)).at(-1)).toBe('0003_wider FAILED');
    expect(await migrateUp(options)).toEqual({ done: ['0003_wider'] });
  });

  test('a check that fails counts as unsafe', async () => {
    const client = new Client({ connectionString: world.url });
    await client.connect();
    await client.end();

    expect(await unsafeReasons(client, 'ALTER TABLE shelves ADD COLUMN width int', 5)).toEqual([
      expect.stringMatching(/^The check for waiting sessions failed: /),
    ]);
  });

  test('a script that locks no table needs no check', async () => {
    expect(await unsafeReasons(new Client(), 'CREATE TABLE fresh (id int)', 5)).toEqual([]);
  });
});
