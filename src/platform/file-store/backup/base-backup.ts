/**
 * A backup of the running built-in PostgreSQL by its functions for low-level backups (PostgreSQL documentation,
 * "Continuous Archiving and Point-in-Time Recovery"): the files are copied while they change, and a restore applies the
 * write-ahead log from the beginning of the backup, which makes them consistent.
 */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { fileExists } from '../../embedded-postgres/data-directory.ts';
import type { FileStore } from '../file-store.ts';
import { AppError } from '../../values/assert.ts';
import { errorCodeOf } from '../../values/system-error.ts';
import type { BackupManifest } from './manifest.shapes.ts';
import { newestBackup, saveManifest, type Repository, storeContent, walFile } from './repository.ts';
import { shipFiles, shipSegments, startArchiving } from './wal-archive.ts';

/** What a backup is taken of, and where it goes. */
export interface BackupSource {
  readonly repository: Repository;
  /** A connection of the superuser to the database. */
  readonly client: Client;
  /** The directory of the built-in server. */
  readonly directory: string;
  readonly files: FileStore;
  readonly appVersion: string;
  /** Is called with how many of how many bytes of the database are copied. */
  readonly progress: (done: number, total: number) => void;
}

/** How long PostgreSQL may take to copy the last segment. */
const ARCHIVE_SECONDS = 120;
const POLL_MILLISECONDS = 50;

/** Takes a backup, and returns its manifest when everything that it needs is in the repository. Call it `exclusively`. */
export async function takeBackup(source: BackupSource): Promise<BackupManifest> {
  const { client, repository, directory, files } = source;
  const startedAt = new Date();
  await assertNoTablespaces(client);
  await startArchiving(client, directory);
  const facts = await factsOf(client);
  const before = await newestBackup(repository);
  if (before !== undefined && before.systemIdentifier !== facts.systemIdentifier)
    throw new AppError(
      `The backups in ${repository.folder} are of another database. Restore one of them, or name another folder.`,
    );
  const id = startedAt.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const { rows: starts } = await client.query<{ segment: string }>(
    'SELECT pg_walfile_name(pg_backup_start($1, true)) AS segment',
    [`lotgraph ${id}`],
  );
  const copied = await copyData(source);
  const { rows: stops } = await client.query<{ segment: string; label: string }>(
    'SELECT pg_walfile_name(lsn) AS segment, labelfile AS label FROM pg_backup_stop(false)',
  );
  const [start, stop] = [starts[0], stops[0]];
  if (start === undefined || stop === undefined) throw new AppError('PostgreSQL did not confirm the backup.');
  const label = await storeContent(repository, () => contentOf(stop.label));
  await shipLastSegment(source, stop.segment);
  const stored = await shipFiles(repository, files);
  const manifest: BackupManifest = {
    format: 1,
    id,
    startedAt: startedAt.toISOString(),
    endedAt: new Date().toISOString(),
    appVersion: source.appVersion,
    ...facts,
    firstSegment: start.segment,
    lastSegment: stop.segment,
    database: [...copied.files, { path: 'data/backup_label', ...label }],
    folders: copied.folders,
    files: stored,
  };
  await saveManifest(repository, manifest);
  return manifest;
}

/** Files and folders of PostgreSQL whose content belongs to the running server, or that it makes again. */
const LEFT_OUT =
  /^(?:postmaster\.(?:pid|opts)|backup_label|tablespace_map|recovery\.signal|standby\.signal)$|^(?:pg_wal|pg_replslot|pg_dynshmem|pg_notify|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans)\/.*|(?:^|\/)(?:pgsql_tmp[^/]*|pg_internal\.init[^/]*)$/;

/** How many files are copied at once. Each waits for the disk, because it is flushed. */
const AT_ONCE = 8;

interface Copied {
  readonly files: readonly { readonly path: string; readonly sizeBytes: number; readonly sha256: string }[];
  readonly folders: string[];
}

async function copyData({ repository, directory, progress }: BackupSource): Promise<Copied> {
  const data = path.join(directory, 'data');
  const folders = ['data', 'data/pg_wal/archive_status'];
  const found: { readonly name: string; readonly size: number }[] = [];
  for (const entry of await readdir(data, { recursive: true, withFileTypes: true })) {
    const name = path.relative(data, path.join(entry.parentPath, entry.name)).split(path.sep).join('/');
    if (LEFT_OUT.test(name)) continue;
    if (entry.isDirectory()) folders.push(`data/${name}`);
    else if (entry.isFile()) found.push({ name, size: (await sizeOf(path.join(data, name))) ?? 0 });
  }
  const total = found.reduce((sum, { size }) => sum + size, 0);
  const password = await storeContent(repository, () => bytesOf(path.join(directory, 'password')));
  const files = [{ path: 'password', ...password }];
  let done = 0;
  const waiting = found.values();
  const copy = async (): Promise<void> => {
    for (const { name, size } of waiting) {
      const file = path.join(data, name);
      try {
        files.push({ path: `data/${name}`, ...(await storeContent(repository, () => bytesOf(file))) });
      } catch (error) {
        // A table was dropped meanwhile; the write-ahead log says so.
        if (errorCodeOf(error) !== 'ENOENT') throw error;
      }
      done += size;
      progress(done, total);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, copy));
  return { files, folders };
}

/** The bytes that a file has now. What is appended while it is read comes from the write-ahead log. */
async function* bytesOf(file: string): AsyncIterable<Uint8Array> {
  const { size } = await stat(file);
  if (size > 0) yield* createReadStream(file, { end: size - 1 }) as AsyncIterable<Buffer>;
}

async function* contentOf(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text);
}

async function shipLastSegment({ repository, directory }: BackupSource, segment: string): Promise<void> {
  const end = performance.now() + ARCHIVE_SECONDS * 1_000;
  while (performance.now() < end) {
    await shipSegments(repository, directory);
    if (await fileExists(walFile(repository, segment))) return;
    await sleep(POLL_MILLISECONDS);
  }
  throw new AppError(
    `PostgreSQL did not copy the segment ${segment} of its log; see postgres.log in ${directory}. Without it the backup is of no use.`,
  );
}

async function factsOf(
  client: Client,
): Promise<Pick<BackupManifest, 'migration' | 'serverVersion' | 'systemIdentifier' | 'anchor'>> {
  const { rows } = await client.query<{ server: string; identifier: string; isMigrated: boolean }>(
    `SELECT current_setting('server_version') AS server, (SELECT system_identifier::text FROM pg_control_system()) AS identifier, to_regclass('public.migration_history') IS NOT NULL AS "isMigrated"`,
  );
  const server = { serverVersion: rows[0]?.server ?? '', systemIdentifier: rows[0]?.identifier ?? '' };
  if (rows[0]?.isMigrated !== true) return { ...server, migration: null, anchor: null };
  const { rows: migrations } = await client.query<{ name: string }>(
    `SELECT name FROM migration_history WHERE outcome = 'SUCCEEDED' ORDER BY name DESC LIMIT 1`,
  );
  const { rows: blocks } = await client.query<{ number: number; hash: string }>(
    'SELECT number::int AS number, hash FROM audit_blocks ORDER BY number DESC LIMIT 1',
  );
  return { ...server, migration: migrations[0]?.name ?? null, anchor: blocks[0] ?? null };
}

async function assertNoTablespaces(client: Client): Promise<void> {
  const { rowCount } = await client.query(
    `SELECT 1 FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global')`,
  );
  if (rowCount !== 0) throw new AppError('The database has tablespaces elsewhere, which this backup does not copy.');
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
