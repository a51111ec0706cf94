/**
 * The backends of the file store, each as its operator knows it: its settings, and what they see and do there without
 * lotgraph. A place is `<location>/<key>`. The tests of files run against all of them.
 */
import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { FileStore } from '../../src/platform/file-store/file-store.ts';
import { openFileStore } from '../../src/platform/file-store/open-file-store.ts';
import { makeScratchDirectory } from './scratch.ts';

export interface TestStore {
  readonly files: FileStore;
  /** The variables of a process that has this store. */
  readonly environment: Readonly<Record<string, string>>;
  /** The places of all contents, sorted. */
  stored(): Promise<readonly string[]>;
  /** The files of what is being received, or was received and is not kept. */
  unfinished(): Promise<readonly string[]>;
  read(place: string): Promise<Buffer>;
  /** Makes or replaces what is at the place, as a fault of the disk or a mistake of the operator does. */
  write(place: string, content: Buffer | string): Promise<void>;
  remove(place: string): Promise<void>;
  /** Makes a content one that was stored at this time. */
  age(place: string, storedAt: Date): Promise<void>;
  close(): Promise<void>;
}

export interface Backend {
  readonly name: string;
  open(): Promise<TestStore>;
}

/** The default backend. A test that needs a disk of its own gives its directory. */
export async function openFolder(folder?: string): Promise<TestStore> {
  const root = folder ?? (await makeScratchDirectory());
  const environment = { LOTGRAPH_FILES: root };
  return {
    files: await openFileStore({ files: root, dataDirectory: root }),
    environment,
    stored: async () => (await filesBelow(root)).filter((file) => !file.includes('incoming')),
    unfinished: async () => (await filesBelow(root)).filter((file) => file.includes('incoming')),
    read: (place) => readFile(path.join(root, place)),
    write: (place, content) => writeFile(path.join(root, place), content),
    remove: (place) => rm(path.join(root, place)),
    age: (place, storedAt) => utimes(path.join(root, place), storedAt, storedAt),
    close: () => rm(root, { recursive: true, force: true }),
  };
}

/** All backends. Those that most tests do not need are imported when they are opened. */
export const BACKENDS: readonly Backend[] = [
  { name: 'a folder', open: () => openFolder() },
  { name: 'a bucket of an S3 server', open: async () => (await import('./s3-server.ts')).openBucket() },
];

/** The files below a directory, as sorted paths. */
export async function filesBelow(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .toSorted();
}
