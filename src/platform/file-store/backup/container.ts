/**
 * How a content is kept in a backup: compressed, and encrypted when there is a key.
 *
 * 1. A container begins with five bytes, `LGB1` and `0` or `1` for a container with encryption. The rest is gzip.
 * 2. With encryption, the rest is preceded by a salt, from which the key of this container is derived (HKDF-SHA256), and
 *    is divided into frames of at most a mebibyte, each sealed by AES-256-GCM. The nonce of a frame is its number and
 *    whether it is the last one, so frames can be neither exchanged nor left out. This is the STREAM construction of
 *    Hoang, Reyhanitabar, Rogaway and Vizár (CRYPTO 2015).
 * 3. A container is flushed to the disk before it gets its name.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { AppError } from '../../values/assert.ts';
import { errorCodeOf } from '../../values/system-error.ts';

const MAGIC = 'LGB1';
const SALT_BYTES = 16;
const TAG_BYTES = 16;
const FRAME_BYTES = 1_048_576;

/** The key of a repository: any number of bytes that nobody can guess. */
export type BackupKey = Buffer | undefined;

/** What was written: the SHA-256 and the size of the content, and the size of its container. */
export interface Contained {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly storedBytes: number;
}

/** Writes a content into a container. When it fails, no file of this name is there. */
export async function writeContainer(
  file: string,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  key: BackupKey,
): Promise<Contained> {
  const draft = path.join(path.dirname(file), `draft-${randomUUID()}`);
  await mkdir(path.dirname(file), { recursive: true });
  const handle = await open(draft, 'wx', 0o600);
  try {
    const hash = createHash('sha256');
    let [sizeBytes, storedBytes] = [0, 0];
    const read = async function* (): AsyncIterable<Uint8Array> {
      for await (const chunk of content) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        yield chunk;
      }
    };
    for await (const chunk of contained(Readable.from(read()), key)) {
      storedBytes += chunk.length;
      await handle.writeFile(chunk);
    }
    await handle.sync();
    await rename(draft, file);
    return { sha256: hash.digest('hex'), sizeBytes, storedBytes };
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/** The content of a container. Fails when the container was altered or cut, or has another key. */
export async function* readContainer(file: string, key: BackupKey): AsyncIterable<Buffer> {
  const gunzip = createGunzip();
  const body = Readable.from(uncontained(file, key));
  body.on('error', (error) => gunzip.destroy(error));
  try {
    yield* body.pipe(gunzip) as AsyncIterable<Buffer>;
  } catch (error) {
    if (error instanceof AppError || errorCodeOf(error) === 'ENOENT') throw error;
    throw damaged(file, error);
  }
}

async function* contained(content: Readable, key: BackupKey): AsyncIterable<Uint8Array> {
  yield Buffer.from(`${MAGIC}${key === undefined ? 0 : 1}`);
  const gzip = createGzip({ level: 1 });
  content.on('error', (error) => gzip.destroy(error));
  const compressed = content.pipe(gzip) as AsyncIterable<Buffer>;
  if (key === undefined) return yield* compressed;
  const salt = randomBytes(SALT_BYTES);
  yield salt;
  const own = keyOf(key, salt);
  let number = 0;
  for await (const { bytes, isLast } of framed(compressed, FRAME_BYTES)) {
    const cipher = createCipheriv('aes-256-gcm', own, nonceOf(number, isLast));
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    number += 1;
  }
}

async function* uncontained(file: string, key: BackupKey): AsyncIterable<Buffer> {
  const handle = await open(file, 'r');
  const head = Buffer.alloc(MAGIC.length + 1);
  const salt = Buffer.alloc(SALT_BYTES);
  try {
    await handle.read(head, 0, head.length, 0);
    await handle.read(salt, 0, salt.length, head.length);
  } finally {
    await handle.close();
  }
  const kind = head.toString('latin1');
  if (kind === `${MAGIC}0`) return yield* createReadStream(file, { start: head.length }) as AsyncIterable<Buffer>;
  if (kind !== `${MAGIC}1`) throw damaged(file);
  if (key === undefined) throw new AppError(`${file} is encrypted; set LOTGRAPH_BACKUP_KEY.`);
  const own = keyOf(key, salt);
  const sealed = createReadStream(file, { start: head.length + SALT_BYTES }) as AsyncIterable<Buffer>;
  let number = 0;
  for await (const { bytes, isLast } of framed(sealed, FRAME_BYTES + TAG_BYTES)) {
    if (bytes.length < TAG_BYTES) throw damaged(file);
    const decipher = createDecipheriv('aes-256-gcm', own, nonceOf(number, isLast));
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
    yield Buffer.concat([decipher.update(bytes.subarray(0, bytes.length - TAG_BYTES)), decipher.final()]);
    number += 1;
  }
}

/** The bytes in pieces of one size; the last piece may be smaller, and is the only one that is known to be the last. */
async function* framed(
  chunks: AsyncIterable<Buffer>,
  size: number,
): AsyncIterable<{ readonly bytes: Buffer; readonly isLast: boolean }> {
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    length += chunk.length;
    if (length <= size) continue;
    let bytes = Buffer.concat(waiting);
    for (; bytes.length > size; bytes = bytes.subarray(size)) yield { bytes: bytes.subarray(0, size), isLast: false };
    waiting = [bytes];
    length = bytes.length;
  }
  yield { bytes: Buffer.concat(waiting), isLast: true };
}

function keyOf(key: Buffer, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, 'lotgraph backup container', 32));
}

function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(number, 7);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return nonce;
}

function damaged(file: string, cause?: unknown): AppError {
  return new AppError(`${file} is damaged, or was made with another key.`, { cause });
}
