/**
 * The file store in a bucket of an S3 server: objects `<location>/sha256/<aa>/<bb>/<SHA-256>`. The bucket belongs to one
 * database: the sweep removes what that database does not refer to.
 *
 * 1. A content is received into a file of this machine first. Its key is its SHA-256, which is known at its end, and an
 *    object cannot be renamed; what is refused never leaves the machine; and a part that was lost is sent again from the
 *    file. The price is room on the disk for what is under way.
 * 2. It is sent in parts, each signed with its SHA-256, so that the server refuses a part that was changed. The object is
 *    there when the last part was, as a whole, and replaces an equal one, which then counts as stored now.
 * 3. Then it is read back. It is kept only if it has the SHA-256 of its key: not every server checks what it stores.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { present } from '../values/assert.ts';
import type { BucketAddress } from '../values/file-store-address.ts';
import { STORAGE_LOCATIONS, type StorageLocation } from '../values/storage-location.ts';
import { type FileStore, FileStoreUnavailable, type OpenedFile, type ReceivedFile } from './file-store.ts';
import { keepReceived, receiveInto, removeOlder, type IncomingFile, unlinkIfThere } from './incoming.ts';
import { DIRECTORIES, isKey, keyOf, sha256OfKey } from './key.ts';
import { abortOlder } from './s3-unfinished.ts';
import { storeFailureOf, orFailure, orUndefined, s3Client, unusableBucket } from './s3-client.ts';

/** The sizes from which a content is sent and copied in another way. Tests make them small. */
export interface S3Sizes {
  /** The bytes of a part, which are held in memory. A content of at most one part is sent by one request. */
  readonly partBytes: number;
  /** Up to this size, the server copies an object itself. */
  readonly copyBytes: number;
}

const MEBIBYTE = 1_048_576;
/** Amazon's limits: a part has at least 5 MiB, and what the server copies at most 5 GiB. */
const SIZES: S3Sizes = { partBytes: 8 * MEBIBYTE, copyBytes: 5 * 1_024 * MEBIBYTE };
/** How often a content is stored that is not there afterwards. */
const ATTEMPTS = 3;
/** Amazon's limit of parts. */
const MOST_PARTS = 10_000;

/** Opens the file store in a bucket. What arrives is received into files of the directory `incoming`. */
export function s3Store(
  address: BucketAddress,
  incoming: string,
  { partBytes, copyBytes }: S3Sizes = SIZES,
): FileStore {
  const { bucket: Bucket } = address;
  const client = s3Client(address);
  const place = (key: string, location: StorageLocation) => {
    sha256OfKey(key);
    return { Bucket, Key: `${DIRECTORIES[location]}/${key}` };
  };

  const sizeOf = async (key: string, location: StorageLocation): Promise<number | undefined> => {
    const head = await orUndefined(client.send(new HeadObjectCommand(place(key, location))));
    return head && present(head.ContentLength, 'The size of an object');
  };

  const openObject = async (key: string, location: StorageLocation): Promise<OpenedFile | undefined> => {
    const object = await orUndefined(client.send(new GetObjectCommand(place(key, location))));
    if (object === undefined) return undefined;
    const sizeBytes = present(object.ContentLength, 'The size of an object');
    // An empty object may be answered without a body.
    if (!(object.Body instanceof Readable)) return { sizeBytes, content: Readable.from([]) };
    return { sizeBytes, content: readableOf(object.Body) };
  };

  const remove = async (key: string, location: StorageLocation): Promise<boolean> => {
    if ((await sizeOf(key, location)) === undefined) return false;
    await orFailure(client.send(new DeleteObjectCommand(place(key, location))));
    return true;
  };

  const send = async ({ file, sizeBytes }: IncomingFile, key: string, location: StorageLocation): Promise<void> => {
    const object = place(key, location);
    const sizeOfPart = Math.max(partBytes, Math.ceil(sizeBytes / MOST_PARTS));
    if (sizeBytes <= sizeOfPart) {
      for await (const Body of partsOf(file, sizeOfPart))
        await orFailure(client.send(new PutObjectCommand({ ...object, Body })));
      return;
    }
    const { UploadId } = await orFailure(client.send(new CreateMultipartUploadCommand(object)));
    try {
      const Parts: { ETag: string | undefined; PartNumber: number }[] = [];
      for await (const Body of partsOf(file, sizeOfPart)) {
        const PartNumber = Parts.length + 1;
        const { ETag } = await orFailure(client.send(new UploadPartCommand({ ...object, UploadId, PartNumber, Body })));
        Parts.push({ ETag, PartNumber });
      }
      await orFailure(
        client.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts } })),
      );
    } catch (error) {
      // If the server does not answer now, the sweep ends the upload later.
      await client.send(new AbortMultipartUploadCommand({ ...object, UploadId })).catch(() => undefined);
      throw error;
    }
  };

  /** Reads an object back. One that is not what its key says is removed. */
  const verify = async (key: string, location: StorageLocation): Promise<'WHOLE' | 'DAMAGED' | 'MISSING'> => {
    const stored = await openObject(key, location);
    if (stored === undefined) return 'MISSING';
    const hash = createHash('sha256');
    for await (const chunk of stored.content) hash.update(chunk);
    if (hash.digest('hex') === sha256OfKey(key)) return 'WHOLE';
    await remove(key, location);
    return 'DAMAGED';
  };

  const keep = async (received: IncomingFile, location: StorageLocation): Promise<string> => {
    const key = keyOf(received.sha256);
    let found: Awaited<ReturnType<typeof verify>> = 'MISSING';
    // The sweep may take an old content that nothing refers to, just when it is stored again.
    for (let attempt = 0; found === 'MISSING' && attempt < ATTEMPTS; attempt += 1) {
      await send(received, key, location);
      found = await verify(key, location);
    }
    if (found !== 'WHOLE') throw new FileStoreUnavailable(`What the S3 server has stored as ${key} is ${found}.`);
    return key;
  };

  const receive = async (content: AsyncIterable<Uint8Array>, mostBytes: number): Promise<ReceivedFile> => {
    const received = await receiveInto(incoming, content, mostBytes);
    const { file, sha256, sizeBytes } = received;
    return {
      sha256,
      sizeBytes,
      file,
      keep: async () => ({ key: await keep(received, 'PRIMARY'), sha256, sizeBytes }),
      async discard() {
        await unlinkIfThere(file);
      },
    };
  };

  /** Copies what the server does not copy itself. False when the copy would be damaged. */
  const copyThrough = async (source: OpenedFile, key: string, to: StorageLocation): Promise<boolean> => {
    const received = await receiveInto(incoming, source.content, Infinity);
    try {
      if (received.sha256 !== sha256OfKey(key)) return false;
      await keep(received, to);
      return true;
    } finally {
      await unlinkIfThere(received.file);
    }
  };

  return {
    async check() {
      try {
        await client.send(new HeadBucketCommand({ Bucket }));
      } catch (error) {
        throw unusableBucket(address, error);
      }
    },
    receive,
    put: async (content, mostBytes = Infinity) => keepReceived(await receive(content, mostBytes)),
    open: async (key, location = 'PRIMARY') => openObject(key, location),
    exists: async (key, location = 'PRIMARY') => (await sizeOf(key, location)) !== undefined,
    remove: async (key, location = 'PRIMARY') => remove(key, location),
    async copy(key, from, to) {
      const sizeBytes = await sizeOf(key, from);
      if (sizeBytes === undefined) return false;
      let isWhole: boolean;
      if (sizeBytes > copyBytes) {
        const source = await openObject(key, from);
        if (source === undefined) return false;
        isWhole = await copyThrough(source, key, to);
      } else {
        const CopySource = `${Bucket}/${place(key, from).Key}`;
        const copied = await orUndefined(client.send(new CopyObjectCommand({ ...place(key, to), CopySource })));
        if (copied === undefined) return false;
        isWhole = (await verify(key, to)) === 'WHOLE';
      }
      if (!isWhole) throw new Error(`The stored file ${key} is damaged; it was not copied.`);
      return true;
    },
    async *list() {
      for (const location of STORAGE_LOCATIONS) {
        const Prefix = `${DIRECTORIES[location]}/sha256/`;
        try {
          for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix }))
            for (const { Key = '', Size, LastModified } of Contents) {
              const key = Key.slice(DIRECTORIES[location].length + 1);
              if (isKey(key) && Size !== undefined && LastModified !== undefined)
                yield { key, location, sizeBytes: Size, storedAtMilliseconds: LastModified.getTime() };
            }
        } catch (error) {
          throw storeFailureOf(error);
        }
      }
    },
    removeUnfinished: async (beforeMilliseconds) =>
      (await removeOlder(incoming, beforeMilliseconds)) + (await abortOlder(client, Bucket, beforeMilliseconds)),
  };
}

/** A file in parts. Each is valid until the next one is read. An empty file is one empty part. */
async function* partsOf(file: string, sizeOfPart: number): AsyncGenerator<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const part = Buffer.allocUnsafe(sizeOfPart);
    for (let count = 0; ; count += 1) {
      let filled = 0;
      for (let read = -1; read !== 0 && filled < sizeOfPart; filled += read)
        read = (await handle.read(part, filled, sizeOfPart - filled)).bytesRead;
      if (filled > 0 || count === 0) yield part.subarray(0, filled);
      if (filled < sizeOfPart) return;
    }
  } finally {
    await handle.close();
  }
}

/** The body of an answer. Its errors are those of the gateway; when it is destroyed, the connection is given up. */
function readableOf(body: Readable): Readable {
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      throw storeFailureOf(error);
    }
  };
  const content = Readable.from(chunks(), { objectMode: false });
  return content.once('close', () => body.destroy());
}
