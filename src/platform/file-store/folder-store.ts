/**
 * The file store in a folder: `<folder>/<location>/sha256/<aa>/<bb>/<SHA-256>`, and next to it `<location>/incoming` for
 * what is being written. Each location may be a disk of its own.
 *
 * 1. A content is written under a random name and flushed. Then `link` gives it its final name, which fails if there is
 *    one already: no content is ever overwritten, and of several equal ones at once exactly one is linked.
 * 2. The random name is removed, and the folders whose entries changed are flushed, too: after a power cut, what was
 *    confirmed is there.
 * 3. A content that was there already counts as stored now, so that the sweep does not take it from the new row.
 */
import { access, constants, link, mkdir, open, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../values/assert.ts';
import { STORAGE_LOCATIONS, type StorageLocation } from '../values/storage-location.ts';
import { errorCodeOf, isDiskFull } from '../values/system-error.ts';
import type { FileStore, ListedFile, OpenedFile, ReceivedFile } from './file-store.ts';
import { keepReceived, namesIn, receiveInto, removeOlder, unlinkIfThere } from './incoming.ts';
import { DIRECTORIES, isKey, keyOf, sha256OfKey } from './key.ts';

/** Opens the file store in a folder. It is made when the first content is stored. */
export function folderStore(folder: string): FileStore {
  const fileOf = (key: string, location: StorageLocation): string => {
    sha256OfKey(key);
    return path.join(folder, DIRECTORIES[location], key);
  };
  const incomingOf = (location: StorageLocation): string => path.join(folder, DIRECTORIES[location], 'incoming');

  const receive = async (content: AsyncIterable<Uint8Array>, mostBytes: number): Promise<ReceivedFile> => {
    const { file, sha256, sizeBytes } = await receiveInto(incomingOf('PRIMARY'), content, mostBytes);
    return {
      sha256,
      sizeBytes,
      file,
      async keep() {
        const key = keyOf(sha256);
        await linkTo(file, fileOf(key, 'PRIMARY'));
        return { key, sha256, sizeBytes };
      },
      async discard() {
        await unlinkIfThere(file);
      },
    };
  };

  const copyOver = async (key: string, from: string, to: StorageLocation): Promise<boolean> => {
    const source = await openFile(from);
    if (source === undefined) return false;
    const copied = await receiveInto(incomingOf(to), source.content, Infinity);
    try {
      if (copied.sha256 !== sha256OfKey(key)) throw new Error(`The stored file ${key} is damaged; it was not copied.`);
      await linkTo(copied.file, fileOf(key, to));
      return true;
    } finally {
      await unlinkIfThere(copied.file);
    }
  };

  return {
    async check() {
      try {
        await mkdir(incomingOf('PRIMARY'), { recursive: true });
        await access(incomingOf('PRIMARY'), constants.W_OK);
      } catch (error) {
        if (isDiskFull(error)) throw error;
        throw new AppError(
          `LOTGRAPH_FILES: nothing can be stored in the folder ${folder} (${errorCodeOf(error)}); give the user of this process the right to write there, or name another folder.`,
        );
      }
    },
    receive,
    put: async (content, mostBytes = Infinity) => keepReceived(await receive(content, mostBytes)),
    open: (key, location = 'PRIMARY') => openFile(fileOf(key, location)),
    exists: async (key, location = 'PRIMARY') => (await entryOf(fileOf(key, location))) !== undefined,
    async remove(key, location = 'PRIMARY') {
      const file = fileOf(key, location);
      const isRemoved = await unlinkIfThere(file);
      if (isRemoved) await flushFolder(path.dirname(file));
      return isRemoved;
    },
    async copy(key, from, to) {
      const source = fileOf(key, from);
      try {
        await linkTo(source, fileOf(key, to));
        return true;
      } catch (error) {
        if (errorCodeOf(error) === 'ENOENT') return false;
        // The locations are on different disks.
        if (errorCodeOf(error) === 'EXDEV') return copyOver(key, source, to);
        throw error;
      }
    },
    async *list() {
      for (const location of STORAGE_LOCATIONS) yield* filesAt(path.join(folder, DIRECTORIES[location]), location);
    },
    async removeUnfinished(beforeMilliseconds) {
      const removed = await Promise.all(
        STORAGE_LOCATIONS.map((location) => removeOlder(incomingOf(location), beforeMilliseconds)),
      );
      return removed.reduce((sum, count) => sum + count, 0);
    },
  };
}

/** Gives a complete file its final name, unless there is one of this name already, which then has the same content. */
async function linkTo(source: string, file: string): Promise<void> {
  const directory = path.dirname(file);
  const firstMade = await mkdir(directory, { recursive: true });
  while (!(await isLinked(source, file)) && !(await isTouched(file)));
  await flushFolder(directory);
  if (firstMade === undefined) return;
  for (let made = directory; made.length >= firstMade.length; made = path.dirname(made))
    await flushFolder(path.dirname(made));
}

async function isLinked(source: string, file: string): Promise<boolean> {
  try {
    await link(source, file);
    return true;
  } catch (error) {
    if (errorCodeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Notes that a file is stored now; false when it was removed meanwhile. */
async function isTouched(file: string): Promise<boolean> {
  try {
    const now = new Date();
    await utimes(file, now, now);
    return true;
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Flushes the entries of a folder to the disk. */
async function flushFolder(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function openFile(file: string): Promise<OpenedFile | undefined> {
  try {
    const handle = await open(file, 'r');
    const { size } = await handle.stat();
    return { sizeBytes: size, content: handle.createReadStream() };
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function entryOf(file: string): Promise<{ readonly size: number; readonly mtimeMs: number } | undefined> {
  try {
    return await stat(file);
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The contents of one location. Other files are passed over. */
async function* filesAt(directory: string, location: StorageLocation): AsyncIterable<ListedFile> {
  for (const first of await namesIn(path.join(directory, 'sha256')))
    for (const second of await namesIn(path.join(directory, 'sha256', first)))
      for (const name of await namesIn(path.join(directory, 'sha256', first, second))) {
        const key = `sha256/${first}/${second}/${name}`;
        const entry = isKey(key) ? await entryOf(path.join(directory, key)) : undefined;
        if (entry !== undefined)
          yield { key, location, sizeBytes: entry.size, storedAtMilliseconds: Math.floor(entry.mtimeMs) };
      }
}
