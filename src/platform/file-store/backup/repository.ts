/**
 * Where backups are: a folder, best on another machine.
 *
 *   repository.json                 whether it is encrypted, and a keyed hash that shows a wrong key
 *   objects/ab/ab01…                each content once, named after its SHA-256; with a key, after a keyed hash of it
 *   wal/00000001…                   segments of the write-ahead log
 *   backups/20261201T020000Z.json   a manifest for each backup
 *
 * A content that is the same in several backups is stored once, so a daily backup of a large plant takes the room of
 * what has changed. Only one process writes at a time (`exclusively` of wal-archive.ts).
 */
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileExists } from '../../embedded-postgres/data-directory.ts';
import { namesIn } from '../incoming.ts';
import { AppError } from '../../values/assert.ts';
import type { Instant } from '../../values/time.ts';
import { errorCodeOf, errorMessageOf } from '../../values/system-error.ts';
import { type BackupKey, readContainer, writeContainer } from './container.ts';
import { type BackupManifest, readManifest } from './manifest.shapes.ts';

/** The folder of backups, with its key. */
export interface Repository {
  readonly folder: string;
  readonly key: BackupKey;
}

/** A content of the repository. */
export interface StoredContent {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Opens a repository, and makes it when the folder is empty or missing. Fails with a wrong key. */
export async function openRepository(folder: string, secret: string | undefined): Promise<Repository> {
  const repository: Repository = { folder, key: secret === undefined ? undefined : Buffer.from(secret) };
  const file = path.join(folder, 'repository.json');
  const expected = JSON.stringify({ format: 1, key: secret === undefined ? null : keyedHash(secret, 'repository') });
  try {
    if ((await namesIn(folder)).length === 0) await writeContainer(file, [Buffer.from(expected)], undefined);
    const found = await text(Readable.from(readContainer(file, undefined)));
    if (found === expected) return repository;
  } catch (error) {
    const reason = errorCodeOf(error) === 'ENOENT' ? 'it has other files' : errorMessageOf(error);
    throw new AppError(`LOTGRAPH_BACKUPS: ${folder} is no folder of backups: ${reason}.`, { cause: error });
  }
  throw new AppError(
    `LOTGRAPH_BACKUP_KEY is not the key of the backups in ${folder}. A folder keeps its first key, or that it has none.`,
  );
}

/** Whether the repository has a content. */
export function hasContent(repository: Repository, sha256: string): Promise<boolean> {
  return fileExists(contentFile(repository, sha256));
}

/**
 * Stores a content, unless it is there. It is read once to find out whether it is there, and again to store it; it may
 * change between the two.
 */
export async function storeContent(
  repository: Repository,
  open: () => AsyncIterable<Uint8Array>,
): Promise<StoredContent> {
  const before = await digestOf(open());
  return (await hasContent(repository, before.sha256)) ? before : addContent(repository, open());
}

/** Stores a content that is not there. */
export async function addContent(repository: Repository, content: AsyncIterable<Uint8Array>): Promise<StoredContent> {
  const draft = path.join(repository.folder, 'objects/incoming', randomUUID());
  const { sha256, sizeBytes } = await writeContainer(draft, content, repository.key);
  const file = contentFile(repository, sha256);
  await mkdir(path.dirname(file), { recursive: true });
  await rename(draft, file);
  return { sha256, sizeBytes };
}

/** Reads a content. Fails when it is missing, or is not what it was. */
export async function* readContent(
  repository: Repository,
  { sha256 }: Pick<StoredContent, 'sha256'>,
): AsyncIterable<Buffer> {
  const file = contentFile(repository, sha256);
  const hash = createHash('sha256');
  try {
    for await (const chunk of readContainer(file, repository.key)) {
      hash.update(chunk);
      yield chunk;
    }
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') throw new AppError(`${file} is missing.`, { cause: error });
    throw error;
  }
  if (hash.digest('hex') !== sha256) throw new AppError(`${file} is damaged: its SHA-256 is another one.`);
}

/** The manifests of all backups, from the oldest to the newest. */
export async function listBackups(repository: Repository): Promise<readonly BackupManifest[]> {
  const manifests: BackupManifest[] = [];
  for (const name of await manifestNames(repository)) manifests.push(await manifestOf(repository, name));
  return manifests;
}

/** The manifest of the newest backup; undefined when there is none. */
export async function newestBackup(repository: Repository): Promise<BackupManifest | undefined> {
  const name = (await manifestNames(repository)).at(-1);
  return name === undefined ? undefined : manifestOf(repository, name);
}

/** The names of the manifests, which begin with the instant of the backup. */
async function manifestNames({ folder }: Repository): Promise<readonly string[]> {
  return (await namesIn(path.join(folder, 'backups'))).filter((name) => name.endsWith('.json')).toSorted();
}

async function manifestOf({ folder, key }: Repository, name: string): Promise<BackupManifest> {
  const file = path.join(folder, 'backups', name);
  const manifest = readManifest(await text(Readable.from(readContainer(file, key))));
  if (manifest === undefined) throw new AppError(`${file} is no manifest of a backup that this version can read.`);
  return manifest;
}

/** Writes the manifest of a backup, which exists from now on. */
export async function saveManifest({ folder, key }: Repository, manifest: BackupManifest): Promise<void> {
  const json = Buffer.from(JSON.stringify(manifest));
  await writeContainer(path.join(folder, 'backups', `${manifest.id}.json`), [json], key);
}

/** Removes the manifest of a backup. Its contents stay until `removeContents`. */
export async function forgetBackup({ folder }: Repository, id: string): Promise<void> {
  await rm(path.join(folder, 'backups', `${id}.json`), { force: true });
}

/** Removes the contents that were stored before the instant and are not to be kept; returns their number and bytes. */
export async function removeContents(
  repository: Repository,
  keep: ReadonlySet<string>,
  before: Instant,
): Promise<{ readonly count: number; readonly bytes: number }> {
  const kept = new Set([...keep].map((sha256) => contentFile(repository, sha256)));
  const removed = { count: 0, bytes: 0 };
  for (const first of await namesIn(path.join(repository.folder, 'objects')))
    for (const name of await namesIn(path.join(repository.folder, 'objects', first))) {
      const file = path.join(repository.folder, 'objects', first, name);
      const { mtime, size } = await stat(file);
      if (kept.has(file) || mtime.toISOString() >= before) continue;
      await rm(file);
      removed.count += 1;
      removed.bytes += size;
    }
  return removed;
}

/** The path of a file of the write-ahead log. */
export function walFile({ folder }: Repository, name: string): string {
  return path.join(folder, 'wal', name);
}

function contentFile({ folder, key }: Repository, sha256: string): string {
  const name = key === undefined ? sha256 : keyedHash(key, sha256);
  return path.join(folder, 'objects', name.slice(0, 2), name);
}

function keyedHash(key: Buffer | string, value: string): string {
  return createHmac('sha256', key).update(value).digest('hex');
}

async function digestOf(content: AsyncIterable<Uint8Array>): Promise<StoredContent> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of content) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}
