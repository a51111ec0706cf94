/** A real S3 server for tests, in this process: the package fauxqs, which keeps its objects in memory. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { vi } from 'vitest';
import { openFileStore } from '../../src/platform/file-store/open-file-store.ts';
import { filesBelow, type TestStore } from './file-stores.ts';
import { makeScratchDirectory } from './scratch.ts';

export const BUCKET = 'lotgraph';
export const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'AKIA-OF-THE-TESTS', AWS_SECRET_ACCESS_KEY: 'never-in-a-log' };

/** Starts a server with one bucket, on a free port. */
export async function startS3(): Promise<{ readonly server: FauxqsServer; readonly endpoint: string }> {
  const server = await startFauxqs({ port: 0, logger: false });
  server.createBucket(BUCKET);
  return { server, endpoint: `http://127.0.0.1:${server.port}` };
}

export const addressOf = (endpoint: string): string => `s3://${BUCKET}?endpoint=${endpoint}&region=eu-central-1`;

export async function openBucket(): Promise<TestStore> {
  const { server, endpoint } = await startS3();
  Object.assign(process.env, CREDENTIALS);
  const dataDirectory = await makeScratchDirectory();
  const address = addressOf(endpoint);
  const client = new S3Client({ endpoint, region: 'eu-central-1', forcePathStyle: true });
  const place = (Key: string) => ({ Bucket: BUCKET, Key });
  const read = async (key: string): Promise<Buffer> => {
    const { Body } = await client.send(new GetObjectCommand(place(key)));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  const write = async (key: string, content: Buffer | string): Promise<void> => {
    await client.send(new PutObjectCommand({ ...place(key), Body: Buffer.from(content) }));
  };
  return {
    files: await openFileStore({ files: address, dataDirectory }),
    environment: { ...CREDENTIALS, LOTGRAPH_FILES: address, LOTGRAPH_DATA: dataDirectory },
    async stored() {
      const keys: string[] = [];
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: BUCKET }))
        keys.push(...Contents.map(({ Key = '' }) => Key));
      return keys.toSorted();
    },
    unfinished: async () => (await filesBelow(dataDirectory)).filter((file) => path.dirname(file) === 'incoming'),
    read,
    write,
    async remove(key) {
      await client.send(new DeleteObjectCommand(place(key)));
    },
    async age(key, storedAt) {
      const content = await read(key);
      // The server is in this process, and its objects get the time of its clock.
      vi.useFakeTimers({ toFake: ['Date'], now: storedAt });
      try {
        await write(key, content);
      } finally {
        vi.useRealTimers();
      }
    },
    async close() {
      client.destroy();
      await server.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}
