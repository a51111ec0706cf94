/**
 * Receives contents into files of a directory, under random names. A file gets its SHA-256 while it is written, and is
 * flushed to the disk before its name is returned.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rm, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { errorCodeOf } from '../values/system-error.ts';
import { FileTooLarge, type ReceivedFile, type StoredFile } from './file-store.ts';

/** A complete content in a file of its own. */
export interface IncomingFile {
  readonly file: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Writes a content to a new file of the directory. When it fails, the file is gone. */
export async function receiveInto(
  directory: string,
  content: AsyncIterable<Uint8Array>,
  mostBytes: number,
): Promise<IncomingFile> {
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, randomUUID());
  const handle = await open(file, 'wx');
  try {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for await (const chunk of content) {
      sizeBytes += chunk.length;
      if (sizeBytes > mostBytes) throw new FileTooLarge(`The content has more than ${mostBytes} bytes.`);
      hash.update(chunk);
      await writeAll(handle, chunk);
    }
    await handle.sync();
    return { file, sha256: hash.digest('hex'), sizeBytes };
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/** Keeps a received content in its store; what was received is gone then, also when it could not be kept. */
export async function keepReceived(received: ReceivedFile): Promise<StoredFile> {
  try {
    return await received.keep();
  } finally {
    await received.discard();
  }
}

/** Removes the files of the directory that were not written to since this instant; returns their number. */
export async function removeOlder(directory: string, beforeMilliseconds: number): Promise<number> {
  let removed = 0;
  for (const name of await namesIn(directory)) {
    const file = path.join(directory, name);
    const isOld = await stat(file).then(
      ({ mtimeMs }) => mtimeMs < beforeMilliseconds,
      () => false,
    );
    if (isOld && (await unlinkIfThere(file))) removed += 1;
  }
  return removed;
}

/** Removes a file; false when there was none. */
export async function unlinkIfThere(file: string): Promise<boolean> {
  try {
    await unlink(file);
    return true;
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** The names in a directory; none when there is no such directory. */
export async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Writes all bytes, at a position or at the end of what was written. A write may take only a part of the bytes, for example
 * when the disk is nearly full.
 */
export async function writeAll(
  handle: Awaited<ReturnType<typeof open>>,
  chunk: Uint8Array,
  position?: number,
): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    const place = position === undefined ? null : position + written;
    written += (await handle.write(chunk, written, chunk.length - written, place)).bytesWritten;
  }
}
