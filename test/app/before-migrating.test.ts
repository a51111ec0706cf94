import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backUpBeforeMigrating } from '../../src/app/start/before-migrating.ts';
import { readConfig, type Config } from '../../src/platform/process/config.ts';
import { lotgraph, type Ended } from '../support/command-line.ts';
import { MIGRATIONS } from '../support/cluster.ts';
import { makeScratchDirectory } from '../support/scratch.ts';

let directory: string;
beforeAll(async () => {
  directory = await makeScratchDirectory();
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const run = (args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  lotgraph(args, {
    LOTGRAPH_ENVIRONMENT: 'production',
    LOTGRAPH_DATA: path.join(directory, 'data'),
    LOTGRAPH_TOKEN_SECRET: 'a-secret-of-the-plant-with-forty-characters',
    LOTGRAPH_ADMIN_PASSWORD: 'Forty-2-Lots',
    ...more,
  });
const backups = (): Readonly<Record<string, string>> => ({ LOTGRAPH_BACKUPS: path.join(directory, 'backups') });

describe('in production, a plant is backed up before its schema changes (MIG-2)', () => {
  test('an empty database needs no backup; later ones need a place for it, or --no-backup', async () => {
    const names = (await readdir(MIGRATIONS)).filter((name) => /^\d/.test(name)).toSorted();
    const [third = '', second = '', last = ''] = names.slice(-3);
    expect(await run(['db', 'up', '--to', third])).toMatchObject({ code: 0 });

    const refused = await run(['db', 'up', '--to', second]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('MIG-2: 2 migrations are pending, and there is no place for a backup before them');
    expect((await run(['db', 'status'])).stdout).toMatch(new RegExp(`${second} +PENDING`));

    expect(await run(['db', 'up', '--to', second, '--no-backup'])).toMatchObject({ code: 0 });

    const done = await run(['db', 'up'], backups());
    expect([done.code, done.stderr]).toEqual([0, expect.stringContaining(`Taking a backup before ${last}.`)]);
    const listed = JSON.parse((await run(['backup', 'list', '--json'], backups())).stdout) as readonly object[];
    expect(listed).toMatchObject([{ migration: second }]);
  });

  test('nothing is backed up in staging, or when nothing is pending', async () => {
    const reports: string[] = [];
    const report = (message: string): number => reports.push(message);
    const migrations = [
      { name: '0001_first', state: 'APPLIED', appliedAt: null },
      { name: '0002_second', state: 'PENDING', appliedAt: null },
    ] as const;
    await backUpBeforeMigrating(configOf({ LOTGRAPH_ENVIRONMENT: 'staging' }), migrations, report);
    await backUpBeforeMigrating(configOf({}), migrations.slice(0, 1), report);
    expect(reports).toEqual([]);
  });

  test('a PostgreSQL of its own that cannot be dumped stops the upgrade, and no password is shown', async () => {
    const config = configOf({
      LOTGRAPH_BACKUPS: path.join(directory, 'dumps'),
      DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:9/lots?sslmode=require',
    });
    const migrations = [
      { name: '0001_first', state: 'APPLIED', appliedAt: null },
      { name: '0002_second', state: 'PENDING', appliedAt: null },
    ] as const;
    const outcome = await backUpBeforeMigrating(config, migrations, () => undefined).catch(
      (error: Error) => error.message,
    );
    expect(outcome).toContain('MIG-2: the backup before the migration failed, and nothing was changed');
    expect(outcome).not.toContain('hunter2');
  });
});

function configOf(variables: Readonly<Record<string, string>>): Config {
  const reading = readConfig({ LOTGRAPH_ENVIRONMENT: 'production', ...variables });
  if ('problems' in reading) throw new Error(reading.problems.join('\n'));
  return reading.config;
}
