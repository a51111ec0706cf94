import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  migrateDown,
  migrateUp,
  readMigrationHistory,
  migrationStatus,
  validateMigrations,
} from '../../src/platform/migrations/runner.ts';
import { checksumOf } from '../../src/platform/migrations/files.ts';
import { withConnection } from '../support/database.ts';
import { startChild } from './child.ts';
import { linesOf, migrationWorld, historyOf, TWO, writeMigration } from './migrations.ts';
import { deployWithPrisma } from './prisma-engine.ts';

const world = migrationWorld();

describe('a migration is applied once, in order, unchanged (MIG-1)', () => {
  test('up applies pending migrations and records them for Prisma and in the history', async () => {
    const options = await world.given(TWO);
    const progress: string[] = [];

    expect(await migrateUp({ ...options, report: (line) => progress.push(line) })).toEqual({
      done: ['0001_shelves', '0002_boxes'],
    });

    expect(progress).toEqual(['Applying migration 1 of 2: 0001_shelves.', 'Applying migration 2 of 2: 0002_boxes.']);
    expect(
      await linesOf(
        world.url,
        `SELECT concat_ws(' ', migration_name, checksum, applied_steps_count, logs, rolled_back_at, finished_at >= started_at) AS line FROM _prisma_migrations ORDER BY 1`,
      ),
    ).toEqual([
      `0001_shelves ${checksumOf(TWO['0001_shelves'][0])} 1 t`,
      `0002_boxes ${checksumOf(TWO['0002_boxes'][0])} 1 t`,
    ]);
    const [newest] = await readMigrationHistory(options);
    expect(newest).toEqual({
      name: '0002_boxes',
      checksum: checksumOf(TWO['0002_boxes'][0]),
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      finishedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      durationMs: expect.any(Number),
      outcome: 'SUCCEEDED',
      errorMessage: null,
      postgresVersion: expect.stringMatching(/^\d+\.\d+/),
      environment: 'TESTING',
      appVersion: '1.2.3',
      appliedBy: 'tests',
    });
    expect(await migrateUp(options)).toEqual({ done: [] });
    expect(await historyOf(options)).toEqual(['0001_shelves SUCCEEDED', '0002_boxes SUCCEEDED']);
  });

  test('up stops at the migration given by name or number', async () => {
    const options = await world.given(TWO);

    expect(await migrateUp(options, '1')).toEqual({ done: ['0001_shelves'] });
    expect(await migrateUp(options, '0001_shelves')).toEqual({ done: [] });
    await expect(migrateUp(options, '3')).rejects.toThrow('There is no migration 3.');
    expect(await migrateUp(options, '0002_boxes')).toEqual({ done: ['0002_boxes'] });
  });

  test.each([2, 5])('%i runners at once apply each migration once', async (count) => {
    const options = await world.given({
      '0001_slow': ['SELECT pg_sleep(0.2); CREATE TABLE shelves ();', 'DROP TABLE shelves;'],
      '0002_boxes': ['CREATE TABLE boxes ();', 'DROP TABLE boxes;'],
    });

    const runs = await Promise.all(Array.from({ length: count }, () => migrateUp(options)));

    expect(runs.map(({ done }) => done.length).toSorted()).toEqual([...Array.from({ length: count - 1 }, () => 0), 2]);
    expect(await historyOf(options)).toEqual(['0001_slow SUCCEEDED', '0002_boxes SUCCEEDED']);
    expect(await world.isLockFree()).toBe(true);
  });

  test('a runner gives up after its maximum wait and changes nothing', async () => {
    const options = await world.given(TWO, { lockTimeoutMilliseconds: 200 });
    await withConnection(world.url, async (other) => {
      await other.query('SELECT pg_advisory_lock(72707369)');
      const progress: string[] = [];

      await expect(migrateUp({ ...options, report: (line) => progress.push(line) })).rejects.toThrow(
        'MIG-1: another runner has been migrating this database for 0.2 s. Nothing was done; try again when it has finished.',
      );
      expect(progress).toEqual(['Waiting for another runner to finish.']);
      expect(await world.tables()).toEqual([]);
    });
    expect(await migrateUp(options)).toEqual({ done: ['0001_shelves', '0002_boxes'] });
  });

  test('a failure leaves schema and data unchanged, a FAILED row, and a free lock', async () => {
    const options = await world.given({
      ...TWO,
      '0003_wrong': ['CREATE TABLE wrong ();\nDELETE FROM shelves;\nSELECT nothing FROM wrong;', 'SELECT 1;'],
    });

    await expect(migrateUp(options)).rejects.toThrow(
      '0003_wrong failed and changed nothing: column "nothing" does not exist (line 3).',
    );

    expect(await world.tables()).toEqual(['_prisma_migrations', 'boxes', 'migration_history', 'shelves']);
    expect(await linesOf(world.url, 'SELECT count(*) AS line FROM shelves')).toEqual(['2']);
    expect(await historyOf(options)).toEqual(['0001_shelves SUCCEEDED', '0002_boxes SUCCEEDED', '0003_wrong FAILED']);
    expect((await readMigrationHistory(options))[0]).toMatchObject({
      outcome: 'FAILED',
      errorMessage: 'column "nothing" does not exist (line 3)',
    });
    expect(await linesOf(world.url, 'SELECT migration_name AS line FROM _prisma_migrations ORDER BY 1')).toEqual([
      '0001_shelves',
      '0002_boxes',
    ]);
    expect(await world.isLockFree()).toBe(true);

    await writeMigration(options.folder, '0003_wrong', 'CREATE TABLE repaired ();', 'DROP TABLE repaired;');
    expect(await migrateUp(options)).toEqual({ done: ['0003_wrong'] });
  });

  test('a failure at the very end, when deferred constraints are checked, changes nothing either', async () => {
    const options = await world.given({
      '0001_late': [
        'CREATE TABLE a (id int PRIMARY KEY, other int REFERENCES a DEFERRABLE INITIALLY DEFERRED); INSERT INTO a VALUES (1, 2);',
        'DROP TABLE a;',
      ],
    });

    await expect(migrateUp(options)).rejects.toThrow('0001_late failed and changed nothing');

    expect(await world.tables()).toEqual(['_prisma_migrations', 'migration_history']);
    expect(await historyOf(options)).toEqual(['0001_late FAILED']);
  });

  test('a killed run leaves nothing behind; the next run marks it as interrupted and does its work', async () => {
    await world.run('CREATE TABLE slowness AS SELECT 60 AS seconds');
    const options = await world.given({
      '0001_slow': ['CREATE TABLE halfway ();\nSELECT pg_sleep(seconds) FROM slowness;', 'DROP TABLE halfway;'],
    });
    const child = startChild('migrate-child.ts', options);
    expect(await child.next()).toEqual({ progress: 'Applying migration 1 of 1: 0001_slow.' });
    await expect
      .poll(() => linesOf(world.url, `SELECT wait_event AS line FROM pg_stat_activity WHERE wait_event = 'PgSleep'`))
      .toEqual(['PgSleep']);
    await child.kill();
    await world.run('UPDATE slowness SET seconds = 0');
    expect(await historyOf(options)).toEqual(['0001_slow RUNNING']);

    const progress: string[] = [];
    expect(await migrateUp({ ...options, report: (line) => progress.push(line) })).toEqual({ done: ['0001_slow'] });

    expect(progress).toContain('An earlier run of 0001_slow was interrupted; it left nothing behind.');
    expect(await historyOf(options)).toEqual(['0001_slow FAILED', '0001_slow SUCCEEDED']);
    expect((await readMigrationHistory(options))[1]).toMatchObject({
      outcome: 'FAILED',
      errorMessage: 'interrupted: the run was ended from outside',
    });
  });

  test('an edited file of an applied migration stops the run', async () => {
    const options = await world.given(TWO);
    await migrateUp(options, '1');
    await writeMigration(options.folder, '0001_shelves', 'CREATE TABLE shelves (id bigint);', 'DROP TABLE shelves;');
    const changed =
      '0001_shelves/migration.sql was changed after it was applied; put it back and write a new migration.';

    await expect(migrateUp(options)).rejects.toThrow(`MIG-1: the migrations cannot be run. ${changed}`);
    await expect(migrateDown(options)).rejects.toThrow(changed);
    expect(await validateMigrations(options)).toEqual([changed]);
    expect((await migrationStatus(options)).migrations.map(({ name, state }) => `${name} ${state}`)).toEqual([
      '0001_shelves CHANGED',
      '0002_boxes PENDING',
    ]);
    expect(await world.tables()).toEqual(['_prisma_migrations', 'migration_history', 'shelves']);
  });

  test('a missing file of an applied migration, and one inserted before it, stop the run', async () => {
    const options = await world.given(TWO);
    await migrateUp(options);
    await rm(path.join(options.folder, '0002_boxes'), { recursive: true });

    await expect(migrateUp(options)).rejects.toThrow('0002_boxes is applied but its file is missing.');
    expect((await migrationStatus(options)).migrations.at(-1)).toMatchObject({ name: '0002_boxes', state: 'MISSING' });

    await writeMigration(options.folder, '0002_aaa', 'SELECT 1;', 'SELECT 1;');
    expect(await validateMigrations(options)).toEqual([
      '0002_boxes is applied but its file is missing.',
      '0002_aaa is not applied, but the later 0002_boxes is.',
    ]);
  });

  test('validate reports invalid files before anything runs', async () => {
    const options = await world.given({
      '0001_good': ['SELECT 1;', 'SELECT 1;'],
      '0003_Late': ['SELECT 1;', 'SELECT 1;'],
      '0004_after_gap': ['BEGIN;\nSELECT 1;\nCOMMIT;', 'SELECT 1;'],
    });
    await rm(path.join(options.folder, '0001_good', 'down.sql'));
    const wrong = [
      '0001_good has no down.sql.',
      '0003_Late is no migration name; it must read like 0001_what_it_does.',
      '0004_after_gap is out of sequence; its number must be 0003.',
      '0004_after_gap/migration.sql says BEGIN; the runner opens and ends its transaction.',
    ];

    expect(await validateMigrations(options)).toEqual(wrong);
    await expect(migrateUp(options)).rejects.toThrow(`MIG-1: the migrations cannot be run. ${wrong.join(' ')}`);
  });

  test('a name succeeds once, even when other programs write the history, and an end fits its outcome', async () => {
    const options = await world.given(TWO);
    await migrateUp(options);

    await expect(
      world.run(
        `INSERT INTO migration_history SELECT gen_random_uuid(), now(), name, checksum, started_at, finished_at, duration_ms, outcome, error_message, postgres_version, app_version, environment, applied_by FROM migration_history`,
      ),
    ).rejects.toMatchObject({
      constraint: 'puq_migration_history_mig_1_applied_once',
    });
    for (const change of [
      "outcome = 'RUNNING'",
      "outcome = 'FAILED'",
      'finished_at = NULL',
      'duration_ms = NULL',
      "error_message = 'x'",
    ]) {
      await expect(world.run(`UPDATE migration_history SET ${change}`)).rejects.toMatchObject({
        constraint: 'ck_migration_history_mig_1_end_fits_outcome',
      });
    }
  });

  test('a migration that requires it runs outside a transaction, statement by statement', async () => {
    const up = `-- lotgraph: no transaction\nCREATE INDEX CONCURRENTLY ix_one ON shelves (id); -- a; comment\nCREATE INDEX CONCURRENTLY ix_two ON shelves (id);`;
    const options = await world.given({
      '0001_shelves': TWO['0001_shelves'],
      '0002_indexes': [
        up,
        '-- lotgraph: no transaction\nDROP INDEX CONCURRENTLY ix_one;\nDROP INDEX CONCURRENTLY ix_two;',
      ],
    });

    expect(await migrateUp(options)).toEqual({ done: ['0001_shelves', '0002_indexes'] });
    const indexes = `SELECT indexname AS line FROM pg_indexes WHERE indexname IN ('ix_one', 'ix_two') ORDER BY 1`;
    expect(await linesOf(world.url, indexes)).toEqual(['ix_one', 'ix_two']);

    expect(await migrateDown(options)).toEqual({ done: ['0002_indexes'] });
    expect(await linesOf(world.url, indexes)).toEqual([]);
  });

  test('an interrupted migration without a transaction counts as unfinished for Prisma and can be run again', async () => {
    const up = '-- lotgraph: no transaction\nCREATE TABLE IF NOT EXISTS one ();\nSELECT 1/divisor FROM divisors;';
    const options = await world.given({ '0001_parts': [up, 'DROP TABLE one;'] });
    await world.run('CREATE TABLE divisors AS SELECT 0 AS divisor');

    await expect(migrateUp(options)).rejects.toThrow(
      '0001_parts failed and may have done a part of its work: division by zero.',
    );
    expect(
      await linesOf(
        world.url,
        `SELECT concat_ws(' ', migration_name, finished_at IS NULL, rolled_back_at IS NULL) AS line FROM _prisma_migrations`,
      ),
    ).toEqual(['0001_parts t t']);
    await world.run('UPDATE divisors SET divisor = 1');

    expect(await migrateUp(options)).toEqual({ done: ['0001_parts'] });
    expect(
      await linesOf(
        world.url,
        `SELECT concat_ws(' ', finished_at IS NULL, rolled_back_at IS NULL) AS line FROM _prisma_migrations ORDER BY started_at`,
      ),
    ).toEqual(['t f', 'f t']);
  });

  test('Prisma continues after our runner, and our runner after Prisma', async () => {
    const options = await world.given(TWO);
    await migrateUp(options, '1');

    expect((await deployWithPrisma(world.url, options.folder)).applied).toEqual(['0002_boxes']);
    expect(await migrationStatus(options)).toMatchObject({ isCurrent: true });
    expect(await migrateDown(options, { to: '0' })).toEqual({ done: ['0002_boxes', '0001_shelves'] });
    expect((await deployWithPrisma(world.url, options.folder)).applied).toEqual(['0001_shelves', '0002_boxes']);
  });
});
