/** What is special about a bucket as file store: parts, copies, and a server that fails or lies. */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FileStore, FileStoreFull, FileStoreUnavailable } from '../../src/platform/file-store/file-store.ts';
import { openFileStore } from '../../src/platform/file-store/open-file-store.ts';
import { s3Store } from '../../src/platform/file-store/s3-store.ts';
import type { TestStore } from '../support/file-stores.ts';
import { addressOf, BUCKET, openBucket } from '../support/s3-server.ts';

const MEBIBYTE = 1_048_576;

/** A request on its way to the server: its URL and body may be changed, and what is returned is answered instead. */
interface Passing {
  readonly method: string;
  url: string;
  readonly headers: IncomingMessage['headers'];
  body: Buffer;
}
type Fault = (passing: Passing) => { readonly status: number; readonly body?: string } | undefined;

let bucket: TestStore;
let endpoint: string;
let between: Server;
let seen: Passing[];
let fault: Fault;
let files: FileStore;

beforeAll(async () => {
  bucket = await openBucket();
  const target = String(new URL(String(bucket.environment['LOTGRAPH_FILES'])).searchParams.get('endpoint'));
  between = createServer((request, response) => void forward(request, response, target));
  await new Promise<void>((resolve) => {
    between.listen(0, '127.0.0.1', resolve);
  });
  endpoint = `http://127.0.0.1:${(between.address() as AddressInfo).port}`;
});
beforeEach(async () => {
  seen = [];
  fault = () => undefined;
  files = await openFileStore({ files: addressOf(endpoint), dataDirectory: dataDirectory() });
});
afterEach(async () => {
  for (const place of await bucket.stored()) await bucket.remove(place);
  expect(await bucket.unfinished()).toEqual([]);
});
afterAll(async () => {
  between.closeAllConnections();
  between.close();
  await bucket.close();
});

const dataDirectory = () => String(bucket.environment['LOTGRAPH_DATA']);

async function forward(request: IncomingMessage, response: ServerResponse, target: string): Promise<void> {
  const { method = '', url = '', headers } = request;
  const passing: Passing = { method, url, headers, body: await buffer(request) };
  seen.push({ ...passing });
  const instead = fault(passing);
  if (instead !== undefined) {
    response.writeHead(instead.status, { 'content-type': 'application/xml' }).end(instead.body);
    return;
  }
  const { connection: _one, host: _two, 'content-length': _three, expect: _six, ...rest } = headers;
  const answer = await fetch(`${target}${passing.url}`, {
    method,
    headers: rest as Record<string, string>,
    ...(method === 'GET' || method === 'HEAD' ? {} : { body: new Uint8Array(passing.body) }),
  });
  const { connection: _four, 'transfer-encoding': _five, ...answered } = Object.fromEntries(answer.headers);
  response.writeHead(answer.status, answered).end(Buffer.from(await answer.arrayBuffer()));
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

async function* chunksOf(content: Buffer, size = 100_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

const requests = () =>
  seen.map(({ method, url }) => `${method} ${url.replace(/^[^?]*\??/, '').replaceAll(/=[^&]*/g, '')}`);

describe('a content', () => {
  test('of one part is sent by one request, signed with its checksum and without frames, and read back', async () => {
    const content = randomBytes(300_000);
    const { key } = await files.put(chunksOf(content));
    expect(requests()).toEqual(['PUT x-id', 'GET x-id']);
    expect(seen[0]?.headers).toMatchObject({ 'content-length': '300000', 'x-amz-content-sha256': sha256(content) });
    expect(seen[0]?.headers['content-encoding']).toBeUndefined();
    expect((await bucket.read(`primary/${key}`)).equals(content)).toBe(true);
  });

  test('of more is sent in parts, each signed with its checksum, and is one object then', async () => {
    const content = randomBytes(20 * MEBIBYTE + 1);
    const { key, sizeBytes } = await files.put(chunksOf(content));
    expect(sizeBytes).toBe(content.length);
    expect(requests()).toEqual([
      'POST uploads',
      ...Array(3).fill('PUT partNumber&uploadId&x-id'),
      'POST uploadId',
      'GET x-id',
    ]);
    expect(seen.slice(1, 4).map(({ headers }) => headers['x-amz-content-sha256'])).toEqual(
      [0, 8, 16].map((at) => sha256(content.subarray(at * MEBIBYTE, (at + 8) * MEBIBYTE))),
    );
    expect(sha256(await bucket.read(`primary/${key}`))).toBe(sha256(content));
  });

  test('whose last part cannot be sent is given up, and nothing of it is there', async () => {
    fault = ({ url }) => (url.includes('partNumber=2') ? { status: 503 } : undefined);
    await expect(files.put(chunksOf(randomBytes(9 * MEBIBYTE)))).rejects.toThrow(FileStoreUnavailable);
    expect(requests().at(-1)).toBe('DELETE uploadId&x-id');
    expect(await bucket.stored()).toEqual([]);
  });

  test('is sent again when the server was busy', async () => {
    let failures = 0;
    fault = ({ method }) => (method === 'PUT' && (failures += 1) < 3 ? { status: 503 } : undefined);
    const { key } = await files.put(chunksOf(randomBytes(1_000)));
    expect(await bucket.stored()).toEqual([`primary/${key}`]);
  });

  test.each([1_000, 9 * MEBIBYTE])(
    'of %i bytes that the server stores wrongly is refused and removed',
    async (size) => {
      fault = (passing) => {
        if (passing.method === 'PUT') passing.body[10] = (passing.body[10] ?? 0) ^ 1;
        return undefined;
      };
      await expect(files.put(chunksOf(randomBytes(size)))).rejects.toThrow('is DAMAGED');
      expect(await bucket.stored()).toEqual([]);
    },
  );

  test('that the server confirms and does not have is stored again, three times at most', async () => {
    fault = ({ method }) => (method === 'PUT' ? { status: 200 } : undefined);
    await expect(files.put(chunksOf(randomBytes(1_000)))).rejects.toThrow('is MISSING');
    expect(requests()).toEqual(['PUT x-id', 'GET x-id', 'PUT x-id', 'GET x-id', 'PUT x-id', 'GET x-id']);
  });

  test('for which the server has no room is an error like that of a full disk', async () => {
    fault = ({ method }) => (method === 'PUT' ? { status: 507 } : undefined);
    const failed = files.put(chunksOf(randomBytes(1_000)));
    await expect(failed).rejects.toThrow(FileStoreFull);
    await expect(failed).rejects.toMatchObject({ code: 'ENOSPC' });
  });
});

describe('a copy', () => {
  test('is made by the server, and read back', async () => {
    const { key } = await files.put(chunksOf(randomBytes(1_000)));
    seen = [];
    expect(await files.copy(key, 'PRIMARY', 'ARCHIVE')).toBe(true);
    expect(requests()).toEqual(['HEAD ', 'PUT x-id', 'GET x-id']);
    expect(seen[1]?.headers['x-amz-copy-source']).toBe(`${BUCKET}/primary/${key}`);
  });

  test('of a damaged content is refused and removed', async () => {
    const { key } = await files.put(chunksOf(randomBytes(1_000)));
    await bucket.write(`primary/${key}`, 'damaged');
    await expect(files.copy(key, 'PRIMARY', 'ARCHIVE')).rejects.toThrow('is damaged; it was not copied');
    expect(await bucket.stored()).toEqual([`primary/${key}`]);
  });

  test('of what is too large for the server goes through this machine, unless it is damaged', async () => {
    const address = { bucket: BUCKET, endpoint, region: 'eu-central-1' };
    const small = s3Store(address, path.join(dataDirectory(), 'incoming'), { partBytes: 8 * MEBIBYTE, copyBytes: 999 });
    const content = randomBytes(1_000);
    const { key } = await small.put(chunksOf(content));
    expect(await small.copy(key, 'PRIMARY', 'COLD_STORAGE')).toBe(true);
    expect((await bucket.read(`cold-storage/${key}`)).equals(content)).toBe(true);
    expect(seen.some(({ headers }) => headers['x-amz-copy-source'] !== undefined)).toBe(false);
    await bucket.write(`primary/${key}`, content.subarray(1).toString('latin1'));
    await expect(small.copy(key, 'PRIMARY', 'ARCHIVE')).rejects.toThrow('is damaged; it was not copied');
    expect((await bucket.stored()).filter((place) => place.startsWith('archive'))).toEqual([]);
  });
});

test('the list has the contents of all pages', async () => {
  const places: string[] = [];
  for (let number = 0; number < 5; number += 1)
    places.push(`primary/${(await files.put(chunksOf(Buffer.from(String(number))))).key}`);
  await bucket.write('primary/sha256/readme.txt', 'passed over');
  seen = [];
  fault = (passing) => {
    passing.url += '&max-keys=2';
    return undefined;
  };
  const listed: string[] = [];
  for await (const { key, location } of files.list()) listed.push(`${location.toLowerCase()}/${key}`);
  expect(listed.toSorted()).toEqual(places.toSorted());
  expect(seen.filter(({ url }) => url.includes('prefix=primary'))).toHaveLength(3);
});

test('uploads in parts that were begun long ago and never completed are ended', async () => {
  const upload = (key: string, id: string, day: number) =>
    `<Upload><Key>primary/${key}</Key><UploadId>${id}</UploadId><Initiated>2026-11-${day}T00:00:00.000Z</Initiated></Upload>`;
  const page = (uploads: string, more: string) => ({
    status: 200,
    body: `<?xml version="1.0"?><ListMultipartUploadsResult>${uploads}${more}</ListMultipartUploadsResult>`,
  });
  fault = ({ method, url }) => {
    if (method === 'DELETE') return { status: 204 };
    if (!url.includes('uploads')) return undefined;
    return url.includes('key-marker=a')
      ? page(upload('b', 'two', 11), '<IsTruncated>false</IsTruncated>')
      : page(
          `${upload('a', 'one', 10)}${upload('a', 'new', 20)}`,
          '<IsTruncated>true</IsTruncated><NextKeyMarker>a</NextKeyMarker><NextUploadIdMarker>new</NextUploadIdMarker>',
        );
  };
  expect(await files.removeUnfinished(Date.parse('2026-11-15T00:00:00Z'))).toBe(2);
  expect(seen.filter(({ method }) => method === 'DELETE').map(({ url }) => url)).toEqual([
    `/${BUCKET}/primary/a?uploadId=one&x-id=AbortMultipartUpload`,
    `/${BUCKET}/primary/b?uploadId=two&x-id=AbortMultipartUpload`,
  ]);
});

test('a server that does not answer is an error of the gateway, without headers and keys', async () => {
  fault = () => ({
    status: 403,
    body: '<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>plant</AWSAccessKeyId><StringToSign>x</StringToSign></Error>',
  });
  for (const failing of [
    () => files.put(chunksOf(randomBytes(10))),
    () => files.open(`sha256/00/00/${'0'.repeat(64)}`),
    () => files.copy(`sha256/00/00/${'0'.repeat(64)}`, 'PRIMARY', 'ARCHIVE'),
    () => files.remove(`sha256/00/00/${'0'.repeat(64)}`),
    () => files.list()[Symbol.asyncIterator]().next(),
    () => files.removeUnfinished(0),
  ]) {
    const error = await failing().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(FileStoreUnavailable);
    expect(Object.keys(error as object)).toEqual(['name']);
    expect(String((error as Error).message)).toMatch(
      /^The S3 server did not do what was asked \((?:SignatureDoesNotMatch|\w+), HTTP 403\)\.$/,
    );
  }
});
