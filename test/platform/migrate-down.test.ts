import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import {
  migrateDown,
  migrateUp,
  readMigrationHistory,
  migrationStatus,
  resetDatabase,
  validateMigrations,
} from '../../src/platform/migrations/runner.ts';
import { checksumOf } from '../../src/platform/migrations/files.ts';
import { demandsTls } from '../../src/platform/migrations/connection.ts';
import type { MigrateOptions } from '../../src/platform/migrations/options.ts';
import { MIGRATIONS } from '../support/cluster.ts';
import { wholeCatalogue } from './catalogue.ts';
import { contents, linesOf, migrationWorld, TEST_RUN, historyOf, TWO, writeMigration } from './migrations.ts';

const world = migrationWorld();

describe('going down (MIG-2)', () => {
  test('and up again gives equal catalogues, keeps the data of the other tables, and stores a history of all runs', async () => {
    const options = await world.given(TWO);
    await migrateUp(options);
    const before = await wholeCatalogue(world.url);
    await world.run('INSERT INTO shelves VALUES (3)');

    expect(await migrateDown(options)).toEqual({ done: ['0002_boxes'] });
    expect(await world.tables()).toEqual(['_prisma_migrations', 'migration_history', 'shelves']);
    expect(await migrateUp(options)).toEqual({ done: ['0002_boxes'] });
    expect(await migrateDown(options, { to: '0001_shelves' })).toEqual({ done: ['0002_boxes'] });
    expect(await migrateUp(options)).toEqual({ done: ['0002_boxes'] });

    expect(await wholeCatalogue(world.url)).toEqual(before);
    expect(await linesOf(world.url, 'SELECT id::text AS line FROM shelves ORDER BY id')).toEqual(['1', '2', '3']);
    expect(await historyOf(options)).toEqual([
      '0001_shelves SUCCEEDED',
      '0002_boxes/undone/1 SUCCEEDED',
      '0002_boxes/down/1 SUCCEEDED',
      '0002_boxes/undone/2 SUCCEEDED',
      '0002_boxes/down/2 SUCCEEDED',
      '0002_boxes SUCCEEDED',
    ]);
  });

  test('changes nothing when a down script fails', async () => {
    const options = await world.given({
      ...TWO,
      '0002_boxes': [TWO['0002_boxes'][0], 'DROP TABLE boxes;\nDROP TABLE nothing;'],
    });
    await migrateUp(options);

    await expect(migrateDown(options)).rejects.toThrow(
      '0002_boxes/down/1 failed and changed nothing: table "nothing" does not exist.',
    );

    expect(await world.tables()).toContain('boxes');
    expect(await migrationStatus(options)).toMatchObject({ isCurrent: true });
    expect((await historyOf(options)).at(-1)).toBe('0002_boxes/down/1 FAILED');
  });

  test('is refused when a down script of an applied migration was changed, which validate reports', async () => {
    const options = await world.given(TWO);
    await migrateUp(options, '1');
    const [up] = TWO['0001_shelves'];
    await writeMigration(options.folder, '0001_shelves', up, 'DROP TABLE shelves CASCADE;');
    await writeMigration(options.folder, '0002_boxes', TWO['0002_boxes'][0], 'DROP TABLE IF EXISTS boxes;');
    const changed = '0001_shelves/down.sql was changed after its migration was applied; put it back.';
    const before = await contents(world.url);

    expect(await validateMigrations(options)).toEqual([changed]);
    await expect(migrateDown(options)).rejects.toThrow(`MIG-1: nothing is undone. ${changed}`);
    expect(await contents(world.url)).toEqual(before);
    expect(await historyOf(options)).toEqual(['0001_shelves SUCCEEDED']);

    // Going up does not need the script; 0002 was changed before it was applied, which is in order.
    expect(await migrateUp(options)).toEqual({ done: ['0002_boxes'] });
    await writeMigration(options.folder, '0001_shelves', ...TWO['0001_shelves']);
    expect(await validateMigrations(options)).toEqual([]);
    expect(await migrateDown(options, { to: '0' })).toEqual({ done: ['0002_boxes', '0001_shelves'] });
  });

  test('records the checksum of a down script again when its migration is applied again', async () => {
    const options = await world.given(TWO);
    await migrateUp(options);
    await migrateDown(options);
    await writeMigration(options.folder, '0002_boxes', TWO['0002_boxes'][0], 'DROP TABLE IF EXISTS boxes;');
    await migrateUp(options);

    expect(await validateMigrations(options)).toEqual([]);
    expect(
      await linesOf(
        world.url,
        `SELECT concat_ws(' ', name, down_checksum) AS line FROM migration_history ORDER BY started_at, id`,
      ),
    ).toEqual([
      `0001_shelves ${checksumOf(TWO['0001_shelves'][1])}`,
      `0002_boxes/undone/1 ${checksumOf(TWO['0002_boxes'][1])}`,
      '0002_boxes/down/1',
      `0002_boxes ${checksumOf('DROP TABLE IF EXISTS boxes;')}`,
    ]);
  });

  test('does not judge down scripts of runs that were recorded without their checksum', async () => {
    const options = await world.given(TWO);
    await migrateUp(options);
    await world.run('ALTER TABLE migration_history DROP COLUMN down_checksum');
    await writeMigration(options.folder, '0002_boxes', TWO['0002_boxes'][0], 'DROP TABLE IF EXISTS boxes;');

    expect(await validateMigrations(options)).toEqual([]);
    expect(await migrateDown(options)).toEqual({ done: ['0002_boxes'] });
    expect(await migrateUp(options)).toEqual({ done: ['0002_boxes'] });
  });

  test('is refused in PRODUCTION, like a reset, before the database is queried', async () => {
    const options = await world.given(TWO);
    await migrateUp({ ...options, environment: 'PRODUCTION', isEmbedded: true });
    const before = await contents(world.url);

    await expect(migrateDown({ ...options, environment: 'PRODUCTION', isEmbedded: true })).rejects.toThrow(
      'MIG-2: a down script is never run in PRODUCTION.',
    );
    await expect(resetDatabase({ ...options, environment: 'PRODUCTION', isEmbedded: true })).rejects.toThrow(
      'MIG-2: a database in PRODUCTION is never reset.',
    );

    expect(await contents(world.url)).toEqual(before);
    expect(await historyOf(options)).toEqual(['0001_shelves SUCCEEDED', '0002_boxes SUCCEEDED']);
  });

  test('in PRODUCTION needs a URL with TLS, except for the built-in server', async () => {
    const options = await world.given(TWO, { environment: 'PRODUCTION' });

    await expect(migrateUp(options)).rejects.toThrow(
      'MIG-2: in PRODUCTION the database URL must demand TLS: add sslmode=require, verify-ca or verify-full.',
    );
    expect(await world.tables()).toEqual([]);
    const url = (query: string): string => `postgres://u:p@db.example/lotgraph${query}`;
    expect(
      ['', '?sslmode=disable', '?sslmode=allow', '?sslmode=prefer', '?ssl=true'].map((query) => demandsTls(url(query))),
    ).toEqual([false, false, false, false, false]);
    expect(
      ['?sslmode=require', '?sslmode=verify-ca', '?a=b&sslmode=verify-full'].map((query) => demandsTls(url(query))),
    ).toEqual([true, true, true]);
  });

  test('by a reset leaves an empty database', async () => {
    const options = await world.given(TWO);
    await migrateUp(options);
    await world.run(
      'CREATE TYPE stray AS ENUM (); CREATE FUNCTION stray() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;',
    );

    await resetDatabase(options);

    expect(await wholeCatalogue(world.url)).toEqual([]);
    expect(await migrationStatus(options)).toMatchObject({ isCurrent: false });
    expect(await readMigrationHistory(options)).toEqual([]);
    expect(await migrateUp(options)).toEqual({ done: ['0001_shelves', '0002_boxes'] });
  });
});

describe('the real migrations', () => {
  const real = (): MigrateOptions => ({ ...TEST_RUN, url: world.url, folder: MIGRATIONS });

  test('are valid', async () => {
    expect(await validateMigrations(real())).toEqual([]);
  });

  test('go down and up one by one, with equal catalogues and equal data', async () => {
    const names = (await readdir(MIGRATIONS)).filter((name) => /^\d{4}_/.test(name)).toSorted();
    const stages: { catalogue: readonly string[]; contents: readonly string[] }[] = [];
    const look = async () => ({ catalogue: await wholeCatalogue(world.url), contents: await contents(world.url) });
    await migrateUp(real(), names[0]);
    await migrateDown(real());
    stages.push(await look());
    for (const name of names) {
      await migrateUp(real(), name);
      if (name.endsWith('_identity'))
        await world.run(`INSERT INTO users (username, full_name, password_hash) VALUES ('kept', 'Kept', 'x')`);
      stages.push(await look());
    }

    for (const index of names.keys()) {
      expect(await migrateDown(real())).toEqual({ done: [names[names.length - 1 - index]] });
      const expected = stages[names.length - 1 - index];
      if (index < names.length - 1) expect(await look()).toEqual(expected);
      else expect((await look()).catalogue).toEqual(expected?.catalogue);
    }
    await migrateUp(real());

    expect((await look()).catalogue).toEqual(stages.at(-1)?.catalogue);
  });
});
