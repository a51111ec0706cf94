/** `lotgraph backup`: takes, lists, checks, removes and restores backups of the built-in PostgreSQL and the file store. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { takeBackup } from '../../../platform/file-store/backup/base-backup.ts';
import type { BackupManifest } from '../../../platform/file-store/backup/manifest.shapes.ts';
import { listBackups, type Repository } from '../../../platform/file-store/backup/repository.ts';
import { backupFor } from '../../../platform/file-store/backup/retention.rules.ts';
import { pruneRepository, verifyRepository } from '../../../platform/file-store/backup/verify-repository.ts';
import { AppError, present } from '../../../platform/values/assert.ts';
import { type Instant, instantOf } from '../../../platform/values/time.ts';
import { repositoryOf, withPlant } from '../../../platform/file-store/backup/plant.ts';
import type { RestoredPlant } from './restore-plant.ts';
import { validConfig } from '../../start/runtime.ts';
import { VERSION } from '../../start/version.ts';
import { answer, formatTable, progress, report } from '../output.ts';

interface JsonOption {
  readonly json?: boolean;
}

interface RestoreOption extends JsonOption {
  readonly to: string;
  readonly until?: string;
}

/** Adds `lotgraph backup` with its subcommands. */
export function addBackup(program: Command): void {
  const backup = program
    .command('backup')
    .description('Take, check and restore backups of the built-in PostgreSQL and the file store, in LOTGRAPH_BACKUPS.');

  backup
    .command('create')
    .description('Take a backup now, while the server works. The worker does it every day by itself.')
    .option('--json', 'answer as JSON')
    .action(async ({ json }: JsonOption) => {
      const manifest = await withPlant(validConfig(), report, (plant) =>
        takeBackup({ ...plant, appVersion: VERSION, progress: percent('Backup') }),
      );
      const row = rowOf(manifest);
      answer(row, `Backup ${row.id}: ${row.databaseBytes} bytes of the database, ${row.files} files.`, json === true);
    });

  backup
    .command('list')
    .description('List the backups, from the oldest to the newest.')
    .option('--json', 'answer as JSON')
    .action(async ({ json }: JsonOption) => {
      const rows = (await listBackups(await repositoryOf(validConfig()))).map(rowOf);
      answer(rows, formatTable(rows), json === true);
    });

  backup
    .command('verify')
    .description('Read every content of all backups and the write-ahead log again; exit code 1 when one is damaged.')
    .option('--json', 'answer as JSON')
    .action(async ({ json }: JsonOption) => {
      const check = await verifyRepository(await repositoryOf(validConfig()));
      const summary = `${check.backups} backups, ${check.contents} contents and ${check.segments} segments were read: ${check.problems.length === 0 ? 'all are as they were.' : `${check.problems.length} problems.`}`;
      answer(check, [...check.problems, summary].join('\n'), json === true);
      if (check.problems.length > 0) process.exitCode = 1;
    });

  backup
    .command('prune')
    .description('Remove backups that are older than LOTGRAPH_BACKUP_DAYS, as the worker does after each backup.')
    .option('--json', 'answer as JSON')
    .action(async ({ json }: JsonOption) => {
      const config = validConfig();
      const pruned = await withPlant(config, report, ({ repository }) =>
        pruneRepository(repository, config.backupDays, new Date().toISOString()),
      );
      const text = `Removed ${pruned.backups.length} backups, ${pruned.contents} contents (${pruned.bytes} bytes) and ${pruned.segments} segments.`;
      answer(pruned, text, json === true);
    });

  backup
    .command('restore')
    .description(
      'Restore into a new directory, which LOTGRAPH_DATA names afterwards, and verify the audit trail there.',
    )
    .argument('[id]', 'the backup; the newest one before the instant if absent')
    .requiredOption('--to <directory>', 'an empty or missing directory')
    .option('--until <instant>', 'leave out what was committed later, for example 2026-12-01T14:05:00Z')
    .option('--json', 'answer as JSON')
    .action((id: string | undefined, { to, until, json }: RestoreOption) =>
      restoreAndAnswer({ id, directory: path.resolve(to), until, json }),
    );

  backup
    .command('rehearse')
    .description('Restore the newest backup into a scratch directory, verify it, and report how long it took.')
    .option('--json', 'answer as JSON')
    .action(async ({ json }: JsonOption) => {
      const directory = await mkdtemp(path.join(tmpdir(), 'lotgraph-rehearsal-'));
      try {
        await restoreAndAnswer({ id: undefined, directory, until: undefined, json });
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    });
}

function rowOf({ id, startedAt, endedAt, database, files, appVersion, migration }: BackupManifest) {
  return {
    id,
    startedAt,
    endedAt,
    databaseBytes: database.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    files: files.length,
    appVersion,
    migration,
  };
}

async function chosen(
  repository: Repository,
  id: string | undefined,
  until: Instant | undefined,
): Promise<BackupManifest> {
  const backups = await listBackups(repository);
  const found = id === undefined ? backupFor(backups, until) : backups.find((backup) => backup.id === id);
  const which = id === undefined ? (until === undefined ? '' : ` that had ended at ${until}`) : ` ${id}`;
  if (found === undefined) throw new AppError(`There is no backup${which} in ${repository.folder}.`);
  return found;
}

interface Wanted {
  readonly id: string | undefined;
  readonly directory: string;
  readonly until: string | undefined;
  readonly json: boolean | undefined;
}

async function restoreAndAnswer({ id, directory, until: text, json }: Wanted): Promise<void> {
  const config = validConfig();
  const repository = await repositoryOf(config);
  const until =
    text === undefined ? undefined : present(instantOf(text), `An instant such as 2026-12-01T14:05:00Z after --until`);
  const manifest = await chosen(repository, id, until);
  // The whole program is needed for it, and only for it.
  const { restorePlant } = await import('./restore-plant.ts');
  const options = { repository, manifest, directory, until, progress: percent('Restore') };
  const restored = await restorePlant(config, options, report);
  answer(restored, textOf(restored), json === true);
  if (restored.problems.length > 0) process.exitCode = 1;
}

function textOf({ backup, directory, recoveredTo, files, seconds, problems }: RestoredPlant): string {
  const point = recoveredTo === null ? 'with no change after it' : `with all changes until ${recoveredTo}`;
  return [
    `Restored backup ${backup} into ${directory} in ${seconds} s, ${point}, with ${files} files.`,
    ...(problems.length === 0 ? ['The audit trail is intact.'] : problems),
  ].join('\n');
}

function percent(label: string): (done: number, total: number) => void {
  let show: ((done: number) => void) | undefined;
  return (done, total) => (show ??= progress(label, total))(done);
}
