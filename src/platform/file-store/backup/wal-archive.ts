/**
 * The write-ahead log on its way into the repository. PostgreSQL copies each finished segment into a folder next to its
 * data (`walFolder`), which needs nothing but a shell; from there it is moved into the repository, as soon as that can be
 * reached. A segment is finished after 16 MiB, or after a minute with a change.
 */
import { createReadStream } from 'node:fs';
import { chown, mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from 'pg';
import { fileExists } from '../../embedded-postgres/data-directory.ts';
import { walFolder } from '../../embedded-postgres/server.ts';
import type { FileStore } from '../file-store.ts';
import { namesIn } from '../incoming.ts';
import { sha256OfKey } from '../key.ts';
import { AppError } from '../../values/assert.ts';
import { writeContainer } from './container.ts';
import type { BackupManifest } from './manifest.shapes.ts';
import { addContent, hasContent, type Repository, walFile } from './repository.ts';
import { isArchived } from './wal.rules.ts';

/** How long a change may wait until its segment is finished: the most that is lost when the machine is lost. */
const FINISHED_AFTER_SECONDS = 60;

/** The advisory lock of the process that writes into the repository. */
const TURN = 5_073_124_411;

/** Does something that writes into the repository, when no other process does. */
export async function exclusively<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('SELECT pg_advisory_lock($1)', [TURN]);
  try {
    return await work();
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [TURN]);
  }
}

/** Whether PostgreSQL copies its write-ahead log. A restored plant does not, until its first backup. */
export function isArchiving(directory: string): Promise<boolean> {
  return fileExists(walFolder(directory));
}

/** From now on PostgreSQL copies its write-ahead log. `client` is a connection of the superuser. */
export async function startArchiving(client: Client, directory: string): Promise<void> {
  const { rows } = await client.query<{ mode: string }>(`SELECT current_setting('archive_mode') AS mode`);
  if (rows[0]?.mode !== 'on')
    throw new AppError(
      'The built-in PostgreSQL was started by an older lotgraph. Stop all its users, and start again.',
    );
  const folder = walFolder(directory);
  if ((await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined) {
    const { uid, gid } = await stat(path.join(directory, 'data'));
    await chown(folder, uid, gid);
  }
  await client.query(`ALTER SYSTEM SET archive_timeout = ${FINISHED_AFTER_SECONDS}`);
  await client.query('SELECT pg_reload_conf()');
}

/** Moves the finished segments of the write-ahead log into the repository. */
export async function shipSegments(repository: Repository, directory: string): Promise<void> {
  const folder = walFolder(directory);
  for (const name of (await namesIn(folder)).toSorted()) {
    // PostgreSQL is writing it.
    if (name.startsWith('draft-')) continue;
    const file = path.join(folder, name);
    if (isArchived(name)) await writeContainer(walFile(repository, name), createReadStream(file), repository.key);
    // Notes about backups, and the unfinished segment of a timeline that has ended, are not needed.
    await rm(file);
  }
}

/** Copies the new contents of the file store into the repository, and returns all that it has, by location and key. */
export async function shipFiles(repository: Repository, files: FileStore): Promise<BackupManifest['files']> {
  const contents: BackupManifest['files'] = [];
  for await (const { key, location, sizeBytes } of files.list()) {
    const sha256 = sha256OfKey(key);
    if (!(await hasContent(repository, sha256))) {
      const opened = await files.open(key, location);
      // It was removed meanwhile: nothing refers to it.
      if (opened === undefined) continue;
      await addContent(repository, opened.content);
    }
    contents.push({ path: `${location}/${key}`, sizeBytes, sha256 });
  }
  return contents;
}
