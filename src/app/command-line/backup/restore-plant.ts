/** Restores a plant into a new directory: its database, the contents of its file store, and the proof of its audit trail. */
import path from 'node:path';
import { verify } from '../../../operation/audit/verify.loaders.ts';
import { restoreDatabase, type RestoreOptions } from '../../../platform/file-store/backup/restore.ts';
import { restoreFiles } from '../../../platform/file-store/backup/restore-files.ts';
import type { Config } from '../../../platform/process/config.ts';
import type { Instant } from '../../../platform/values/time.ts';
import { openRuntime, type Report } from '../../start/runtime.ts';
// The entities with files declare them when they are imported.
import '../../schema.ts';

/** A restored plant. */
export interface RestoredPlant {
  readonly backup: string;
  readonly directory: string;
  /** When the newest change was committed that the restored database has; null when it is as the backup began. */
  readonly recoveredTo: Instant | null;
  readonly files: number;
  /** How long it took, until everything was verified. */
  readonly seconds: number;
  readonly checkedBlocks: number;
  /** What is not as it was, in sentences. */
  readonly problems: readonly string[];
}

/** Restores and verifies a plant. A server on it needs LOTGRAPH_DATA, and no LOTGRAPH_FILES. */
export async function restorePlant(
  config: Config,
  options: Omit<RestoreOptions, 'log'>,
  report: Report,
): Promise<RestoredPlant> {
  const startedAt = performance.now();
  const { repository, manifest } = options;
  const { directory, recoveredTo } = await restoreDatabase({ ...options, log: report });
  const restoredConfig: Config = {
    ...config,
    databaseUrl: undefined,
    ownerDatabaseUrl: undefined,
    dataDirectory: directory,
    files: path.join(directory, 'files'),
  };
  const runtime = await openRuntime(restoredConfig, report, { mayUpgrade: false, needsFiles: true });
  try {
    const { database, files } = runtime.services;
    const restored = await restoreFiles(database.reader(), repository, files);
    const { anchor } = manifest;
    const audit = await verify(database.reader(), { anchors: anchor === null ? [] : [anchor] });
    const problems = [
      ...restored.missing.map((key) => `The content ${key} is in no backup.`),
      ...(audit.firstBreak === null ? [] : [`The audit trail is broken: ${audit.firstBreak.message}`]),
    ];
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
    const { checkedBlocks } = audit;
    return { backup: manifest.id, directory, recoveredTo, files: restored.count, seconds, checkedBlocks, problems };
  } finally {
    await runtime.close();
  }
}
