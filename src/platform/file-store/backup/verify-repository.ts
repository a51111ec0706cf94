/** Reads everything of a repository again, and removes what is not needed any more. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { namesIn } from '../incoming.ts';
import type { Instant } from '../../values/time.ts';
import { errorMessageOf } from '../../values/system-error.ts';
import { readContainer } from './container.ts';
import type { BackupManifest } from './manifest.shapes.ts';
import { forgetBackup, listBackups, readContent, removeContents, type Repository, walFile } from './repository.ts';
import { expiredBackups } from './retention.rules.ts';
import { gapsIn, isArchived, isNeededFrom } from './wal.rules.ts';

/** What a verification has read, and everything that is wrong, in sentences. */
export interface RepositoryCheck {
  readonly backups: number;
  readonly contents: number;
  readonly segments: number;
  readonly problems: readonly string[];
}

/** Reads each content of each backup, and each segment of the write-ahead log, and finds segments that are missing. */
export async function verifyRepository(repository: Repository): Promise<RepositoryCheck> {
  const backups = await listBackups(repository);
  const problems: string[] = [];
  const attempt = async (content: AsyncIterable<Uint8Array>): Promise<void> => {
    try {
      // Nothing is done with the bytes: reading them to the end is the check.
      for await (const _chunk of content);
    } catch (error) {
      problems.push(errorMessageOf(error));
    }
  };
  const contents = contentsOf(backups);
  for (const sha256 of contents) await attempt(readContent(repository, { sha256 }));
  const segments = (await namesIn(path.join(repository.folder, 'wal'))).filter(isArchived);
  for (const name of segments) await attempt(readContainer(walFile(repository, name), repository.key));
  for (const { id, firstSegment, lastSegment } of backups) {
    const gaps = gapsIn(firstSegment, lastSegment, segments);
    if (gaps.length > 0)
      problems.push(
        `Backup ${id} lacks ${gaps.length} segments of the write-ahead log from ${gaps[0]}: changes after it cannot be restored.`,
      );
  }
  return { backups: backups.length, contents: contents.size, segments: segments.length, problems };
}

/** What was removed. */
export interface Pruned {
  readonly backups: readonly string[];
  readonly contents: number;
  readonly bytes: number;
  readonly segments: number;
}

/** Removes the backups that no instant of the last days needs, with their contents and segments. Call it `exclusively`. */
export async function pruneRepository(repository: Repository, keepDays: number, now: Instant): Promise<Pruned> {
  const backups = await listBackups(repository);
  const expired = expiredBackups(backups, keepDays, now);
  const kept = backups.filter((backup) => !expired.includes(backup));
  const [oldest] = kept;
  if (oldest === undefined || expired.length === 0) return { backups: [], contents: 0, bytes: 0, segments: 0 };
  for (const { id } of expired) await forgetBackup(repository, id);
  // What was stored since the oldest backup began may be a file of an instant between two backups.
  const { count, bytes } = await removeContents(repository, contentsOf(kept), oldest.startedAt);
  const segments = (await namesIn(path.join(repository.folder, 'wal'))).filter(
    (name) => !isArchived(name) || !isNeededFrom(oldest.firstSegment, name),
  );
  for (const name of segments) await rm(walFile(repository, name));
  return { backups: expired.map(({ id }) => id), contents: count, bytes, segments: segments.length };
}

function contentsOf(backups: readonly BackupManifest[]): ReadonlySet<string> {
  return new Set(backups.flatMap(({ database, files }) => [...database, ...files].map(({ sha256 }) => sha256)));
}
