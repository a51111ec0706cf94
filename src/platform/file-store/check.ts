/** Reads contents again, to find those that are not what they were. */
import { createHash } from 'node:crypto';
import type { StorageLocation } from '../values/storage-location.ts';
import type { FileStore } from './file-store.ts';

/** What is found when a content is read again. */
export interface FoundContent {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Reads a content from its beginning to its end; undefined when there is none of this key. */
export async function readAgain(
  files: FileStore,
  key: string,
  location: StorageLocation,
): Promise<FoundContent | undefined> {
  const opened = await files.open(key, location);
  if (opened === undefined) return undefined;
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of opened.content) {
    sizeBytes += chunk.length;
    hash.update(chunk);
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}
