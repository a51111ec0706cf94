/** Restores a backup of the built-in PostgreSQL into a new directory, to the newest archived change or to an instant. */
import { appendFile, chown, mkdir, open, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { openDataDirectory } from '../../embedded-postgres/data-directory.ts';
import { startEmbeddedServer } from '../../embedded-postgres/server.ts';
import { namesIn, writeAll } from '../incoming.ts';
import { AppError } from '../../values/assert.ts';
import { errorMessageOf } from '../../values/system-error.ts';
import type { Instant } from '../../values/time.ts';
import { readContainer } from './container.ts';
import type { BackupManifest } from './manifest.shapes.ts';
import { readContent, type Repository, walFile } from './repository.ts';
import { gapsIn, isArchived, isNeededFrom } from './wal.rules.ts';

/** What is restored, and to where. */
export interface RestoreOptions {
  readonly repository: Repository;
  readonly manifest: BackupManifest;
  /** A directory that is empty or missing; the restored server lives there. */
  readonly directory: string;
  /** Changes that were committed later are left out. Undefined: everything that was archived. */
  readonly until: Instant | undefined;
  readonly log: (message: string) => void;
  readonly progress: (done: number, total: number) => void;
}

/** What was restored. */
export interface Restored {
  /** The real directory, which may be another one when this process is root. */
  readonly directory: string;
  /** When the newest change was committed that the restored database has; null when it is that of the backup. */
  readonly recoveredTo: Instant | null;
}

/** Restores the database. The contents of the file store are restored by `restoreFiles`. */
export async function restoreDatabase(options: RestoreOptions): Promise<Restored> {
  const { repository, manifest, until, log } = options;
  if (until !== undefined && until < manifest.endedAt)
    throw new AppError(`Backup ${manifest.id} ended at ${manifest.endedAt}, after the instant that is wanted.`);
  if ((await namesIn(options.directory)).length > 0)
    throw new AppError(`${options.directory} is not empty; a backup is restored into a new directory.`);
  const { directory, data, account } = await openDataDirectory(options.directory, 'postgres', log);
  await writeDatabase(options, directory);
  const names = (await namesIn(path.join(repository.folder, 'wal'))).filter(
    (name) => isArchived(name) && isNeededFrom(manifest.firstSegment, name),
  );
  const [gap] = gapsIn(manifest.firstSegment, manifest.lastSegment, names);
  if (gap !== undefined && isNeededFrom(gap, manifest.lastSegment))
    throw new AppError(
      `Backup ${manifest.id} cannot be restored: the segment ${gap} of the write-ahead log is missing.`,
    );
  if (gap !== undefined) log(`The segment ${gap} of the write-ahead log is missing: the restore ends before it.`);
  const wal = path.join(directory, 'restore');
  await mkdir(wal);
  for (const name of names)
    await writeSparse(path.join(wal, name), readContainer(walFile(repository, name), repository.key));
  await appendFile(path.join(data, 'postgresql.auto.conf'), recoverySettings(wal, until));
  await writeFile(path.join(data, 'recovery.signal'), '');
  if (account !== undefined) await giveTo(account, [data, wal]);
  const recoveredTo = await recover(directory, log);
  await rm(wal, { recursive: true });
  return { directory, recoveredTo };
}

async function writeDatabase({ repository, manifest, progress }: RestoreOptions, directory: string): Promise<void> {
  for (const folder of manifest.folders) await mkdir(inside(directory, folder), { recursive: true, mode: 0o700 });
  const total = manifest.database.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let done = 0;
  for (const { path: name, sha256, sizeBytes } of manifest.database) {
    await writeSparse(inside(directory, name), readContent(repository, { sha256 }));
    done += sizeBytes;
    progress(done, total);
  }
}

/** The path of a file of the manifest, which never leads out of the directory. */
function inside(directory: string, name: string): string {
  const file = path.resolve(directory, name);
  if (!file.startsWith(`${directory}${path.sep}`))
    throw new AppError(`The manifest names ${name}, outside of the directory.`);
  return file;
}

const BLOCK_BYTES = 65_536;

/**
 * Writes a content, which PostgreSQL flushes to the disk before it recovers. Long runs of zeros take no room: most
 * segments are finished by time, and nearly empty.
 */
async function writeSparse(file: string, content: AsyncIterable<Buffer>): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    let position = 0;
    for await (const chunk of content) {
      for (let start = 0; start < chunk.length; start += BLOCK_BYTES) {
        const block = chunk.subarray(start, start + BLOCK_BYTES);
        if (block.some((byte) => byte !== 0)) await writeAll(handle, block, position + start);
      }
      position += chunk.length;
    }
    await handle.truncate(position);
  } finally {
    await handle.close();
  }
}

/** The settings of PostgreSQL for a recovery. It takes an instant with an offset, and none with a Z. */
function recoverySettings(wal: string, until: Instant | undefined): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  const folder = wal.replaceAll('%', '%%').replaceAll("'", String.raw`'\''`);
  const settings = {
    restore_command: `cp '${folder}/%f' "%p"`,
    recovery_target_action: 'promote',
    ...(until === undefined ? {} : { recovery_target_time: `${until.slice(0, -1)}+00` }),
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${quoted(value)}\n`)
    .join('');
}

async function giveTo(
  { uid, gid }: { readonly uid: number; readonly gid: number },
  folders: readonly string[],
): Promise<void> {
  for (const folder of folders) {
    await chown(folder, uid, gid);
    for (const entry of await readdir(folder, { recursive: true })) await chown(path.join(folder, entry), uid, gid);
  }
}

const POLL_MILLISECONDS = 100;

/** Starts the server, waits until it has applied the write-ahead log and accepts changes, and stops it. */
async function recover(directory: string, log: (message: string) => void): Promise<Instant | null> {
  try {
    const server = await startEmbeddedServer({ directory, log });
    try {
      return await untilRecovered(server.url);
    } finally {
      await server.stop();
    }
  } catch (error) {
    const lines = (await readFile(path.join(directory, 'postgres.log'), 'utf8').catch(() => '')).split('\n');
    // While PostgreSQL starts, it refuses connections with FATAL, too.
    const reason = lines.findLast((line) => line.includes('FATAL:') && !line.includes('system is starting up'));
    throw new AppError(
      `The restored PostgreSQL in ${directory} did not recover: ${reason?.replace(/^.*FATAL:\s*/, '') ?? errorMessageOf(error)}.`,
      { cause: error },
    );
  }
}

async function untilRecovered(url: string): Promise<Instant | null> {
  const client = new Client({ connectionString: url });
  // A lost connection fails the query that waits for it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    for (;;) {
      const { rows } = await client.query<{ isRecovering: boolean; at: Date | null }>(
        'SELECT pg_is_in_recovery() AS "isRecovering", pg_last_xact_replay_timestamp() AS at',
      );
      if (rows[0]?.isRecovering === false) {
        for (const name of ['restore_command', 'recovery_target_action', 'recovery_target_time', 'archive_timeout'])
          await client.query(`ALTER SYSTEM RESET ${name}`);
        return rows[0].at?.toISOString() ?? null;
      }
      await sleep(POLL_MILLISECONDS);
    }
  } finally {
    await client.end().catch(() => undefined);
  }
}
