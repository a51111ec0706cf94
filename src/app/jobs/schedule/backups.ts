/** Keeps the backups up to date: moves the write-ahead log every few seconds, and takes a backup every day. */
import path from 'node:path';
import { alertOfBackup } from '../../../operation/alert/process-alert.rules.ts';
import { raiseSystemAlerts } from '../../../operation/alert/raise.commands.ts';
import { takeBackup } from '../../../platform/file-store/backup/base-backup.ts';
import { newestBackup } from '../../../platform/file-store/backup/repository.ts';
import { pruneRepository } from '../../../platform/file-store/backup/verify-repository.ts';
import { isArchiving, shipFiles, shipSegments } from '../../../platform/file-store/backup/wal-archive.ts';
import { walFolder } from '../../../platform/embedded-postgres/server.ts';
import type { Services } from '../../../platform/request/context.ts';
import { withPlant } from '../../../platform/file-store/backup/plant.ts';
import type { BackgroundWork } from '../background-work.ts';

const PAUSE_MILLISECONDS = 10_000;
const BACKUP_EVERY_MILLISECONDS = 24 * 3_600_000;

/** The backups of a plant that has set LOTGRAPH_BACKUPS. Any number of processes take turns. */
export const backups: BackgroundWork = {
  name: 'backups',
  pauseMilliseconds: PAUSE_MILLISECONDS,
  async run(services, stopping) {
    if (services.config.backups === undefined) await warnOfForgottenSegments(services);
    else await keepOrComplain(services, stopping);
    return false;
  },
};

/** A failure is an event and an alert, once until a run succeeds. */
async function keepOrComplain(services: Services, stopping: AbortSignal): Promise<void> {
  try {
    await keepUpToDate(services, stopping);
    failing.delete(services);
  } catch (error) {
    if (!stopping.aborted && !failing.has(services)) {
      failing.add(services);
      const message = `The backup failed: ${error instanceof Error ? error.message : String(error)}`;
      services.events.note({ level: 'ERROR', event: 'backup.failed', message });
      await services.database.transaction((tx) => raiseSystemAlerts(tx, [alertOfBackup(message)]));
    }
    throw error;
  }
}

const failing = new WeakSet<object>();

async function keepUpToDate({ config, log, events, version }: Services, stopping: AbortSignal): Promise<void> {
  await withPlant(
    config,
    () => undefined,
    async (plant) => {
      const isFirst = !(await isArchiving(plant.directory));
      await shipSegments(plant.repository, plant.directory);
      await shipFiles(plant.repository, plant.files);
      const newest = await newestBackup(plant.repository);
      const isDue =
        isFirst ||
        newest === undefined ||
        Date.now() - new Date(newest.startedAt).getTime() >= BACKUP_EVERY_MILLISECONDS;
      if (!isDue) return;
      const { id } = await takeBackup({ ...plant, appVersion: version, progress: () => stopping.throwIfAborted() });
      const pruned = await pruneRepository(plant.repository, config.backupDays, new Date().toISOString());
      events.note({ level: 'INFO', event: 'backup.taken', message: `Backup ${id} was taken.` });
      log.info({ event: 'backup.taken', backup: id, removed: pruned.backups }, 'a backup was taken');
    },
  );
}

const warned = new WeakSet<object>();

/** Backups were made once: PostgreSQL copies its log until the folder is removed, and nobody takes the copies away. */
async function warnOfForgottenSegments({ config, log }: Services): Promise<void> {
  if (config.databaseUrl !== undefined || warned.has(config)) return;
  warned.add(config);
  if (await isArchiving(path.resolve(config.dataDirectory)))
    log.warn(
      { event: 'backup.off', folder: walFolder(path.resolve(config.dataDirectory)) },
      'PostgreSQL copies its log for backups, and LOTGRAPH_BACKUPS is not set: set it, or remove the folder',
    );
}
