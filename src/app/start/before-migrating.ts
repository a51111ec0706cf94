/** MIG-2: In production, a plant that has data is backed up before its schema changes. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { takeBackup } from '../../platform/file-store/backup/base-backup.ts';
import { dumpDatabase } from '../../platform/file-store/backup/dump.ts';
import { withPlant } from '../../platform/file-store/backup/plant.ts';
import type { MigrationState } from '../../platform/migrations/runner.ts';
import type { Config } from '../../platform/process/config.ts';
import { AppError } from '../../platform/values/assert.ts';
import { VERSION } from './version.ts';

const HINT = 'Or make one by other means, and say --no-backup.';

/** Takes a backup, unless nothing is pending, the database is empty, or this is not production. Fails without one. */
export async function backUpBeforeMigrating(
  config: Config,
  migrations: readonly MigrationState[],
  report: (message: string) => void,
): Promise<void> {
  const pending = migrations.filter(({ state }) => state === 'PENDING');
  const [first] = pending;
  if (config.environment !== 'production' || first === undefined || pending.length === migrations.length) return;
  const { backups, databaseUrl } = config;
  if (backups === undefined)
    throw new AppError(
      `MIG-2: ${pending.length} migrations are pending, and there is no place for a backup before them: set LOTGRAPH_BACKUPS. ${HINT}`,
    );
  report(`Taking a backup before ${first.name}.`);
  if (databaseUrl === undefined) {
    const { id } = await withPlant(config, report, (plant) =>
      takeBackup({ ...plant, appVersion: VERSION, progress: () => undefined }),
    );
    return report(`Backup ${id} was taken.`);
  }
  const file = path.join(backups, `before-${first.name}-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.dump`);
  await mkdir(backups, { recursive: true });
  const problem = await dumpDatabase(config.ownerDatabaseUrl ?? databaseUrl, file);
  if (problem !== undefined)
    throw new AppError(`MIG-2: the backup before the migration failed, and nothing was changed: ${problem} ${HINT}`);
  return report(`Wrote ${file}; pg_restore reads it. The file store is not in it: it is only added to.`);
}
