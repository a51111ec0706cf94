/** Reads contents again, to find those that are not what they were. */
import { createHash } from 'node:crypto';
import type { Database } from '../postgres/client.ts';
import type { StorageLocation } from '../values/storage-location.ts';
import type { FileStore } from './file-store.ts';
import { sha256OfKey } from './key.ts';
import { fileReferences } from './references.ts';

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

/** A row whose content is not what the row says. */
export interface DamagedFile {
  readonly type: string;
  readonly id: string;
  readonly key: string;
  readonly location: StorageLocation;
  readonly problem: 'MISSING' | 'WRONG_SIZE' | 'WRONG_CHECKSUM';
}

/** What a check of all contents has found. */
export interface FilesCheck {
  readonly isIntact: boolean;
  /** How many rows refer to contents, and how many contents were read: some rows share one. */
  readonly checkedRecords: number;
  readonly checkedFiles: number;
  readonly checkedBytes: number;
  readonly damaged: readonly DamagedFile[];
}

/** Reads every content that a row refers to, once, and compares it with the row. */
export async function checkFiles({
  database,
  files,
}: {
  readonly database: Database;
  readonly files: FileStore;
}): Promise<FilesCheck> {
  const read = new Map<string, FoundContent | undefined>();
  const damaged: DamagedFile[] = [];
  let [checkedRecords, checkedFiles, checkedBytes] = [0, 0, 0];
  let after = FIRST_ID;
  for (;;) {
    const references = await fileReferences(database.reader(), after, BATCH);
    for (const { type, id, key, location, sizeBytes } of references) {
      const place = `${location} ${key}`;
      if (!read.has(place)) {
        const found = await readAgain(files, key, location);
        read.set(place, found);
        checkedFiles += 1;
        checkedBytes += found?.sizeBytes ?? 0;
      }
      const problem = problemOf(read.get(place), key, sizeBytes);
      if (problem !== undefined) damaged.push({ type, id, key, location, problem });
      after = id;
      checkedRecords += 1;
    }
    if (references.length < BATCH)
      return { isIntact: damaged.length === 0, checkedRecords, checkedFiles, checkedBytes, damaged };
  }
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const BATCH = 500;

function problemOf(
  found: FoundContent | undefined,
  key: string,
  sizeBytes: string,
): DamagedFile['problem'] | undefined {
  if (found === undefined) return 'MISSING';
  if (String(found.sizeBytes) !== sizeBytes) return 'WRONG_SIZE';
  return found.sha256 === sha256OfKey(key) ? undefined : 'WRONG_CHECKSUM';
}
