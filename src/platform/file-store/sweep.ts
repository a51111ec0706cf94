/**
 * The sweep: removes contents that no row refers to, and what interrupted uploads have left.
 *
 * 1. A content is removed a day after it was stored, or was found to be there when it was stored again: a request that is
 *    under way may be about to write the row.
 * 2. It is removed under a lock of its key, after its references were read once more. A command that writes a row holds
 *    this lock and looks whether the content is there (`holdContent`), so no row ever refers to a content that was swept.
 */
import type { Database } from '../postgres/client.ts';
import type { StorageLocation } from '../values/storage-location.ts';
import type { FileStore, ListedFile } from './file-store.ts';
import { assertAllDeclared, referredKeys, removeUnreferred } from './references.ts';

/** Unreferenced contents are kept for this long. */
export const UNREFERENCED_HOURS = 24;

/** What a sweep has done. */
export interface Swept {
  /** Contents that no row referred to. */
  readonly removedFiles: number;
  readonly removedBytes: number;
  /** Files of interrupted uploads. */
  readonly removedUnfinished: number;
  /** Contents that are kept. */
  readonly keptFiles: number;
}

/** How a sweep runs. */
export interface SweepOptions {
  readonly nowMilliseconds: number;
  /** When it is aborted, the sweep ends after the content at hand. */
  readonly stopping?: AbortSignal;
}

/** Sweeps the file store once. Several sweeps at a time do no harm. */
export async function sweepFiles(
  { database, files }: { readonly database: Database; readonly files: FileStore },
  { nowMilliseconds, stopping }: SweepOptions,
): Promise<Swept> {
  const before = nowMilliseconds - UNREFERENCED_HOURS * 3_600_000;
  await assertAllDeclared(database.reader());
  const removedUnfinished = await files.removeUnfinished(before);
  let [removedFiles, removedBytes, keptFiles] = [0, 0, 0];
  for await (const { location, batch } of batchesOf(files)) {
    if (stopping?.aborted === true) break;
    const old = batch.filter(({ storedAtMilliseconds }) => storedAtMilliseconds < before);
    const referred = await referredKeys(
      database.reader(),
      location,
      old.map(({ key }) => key),
    );
    keptFiles += batch.length;
    for (const { key, sizeBytes } of old.filter((file) => !referred.has(file.key))) {
      const isRemoved = await database.transaction((tx) => removeUnreferred(tx, files, { key, location }));
      if (!isRemoved) continue;
      keptFiles -= 1;
      removedFiles += 1;
      removedBytes += sizeBytes;
    }
  }
  return { removedFiles, removedBytes, removedUnfinished, keptFiles };
}

/** The contents of the store in batches of one location each, so that their references are read together. */
async function* batchesOf(
  files: FileStore,
): AsyncIterable<{ readonly location: StorageLocation; readonly batch: readonly ListedFile[] }> {
  let batch: ListedFile[] = [];
  for await (const file of files.list()) {
    const [first] = batch;
    if (first !== undefined && (first.location !== file.location || batch.length >= BATCH)) {
      yield { location: first.location, batch };
      batch = [];
    }
    batch.push(file);
  }
  const [first] = batch;
  if (first !== undefined) yield { location: first.location, batch };
}

const BATCH = 500;
