import { readFileSync } from 'node:fs';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { workOnce } from '../../examples/inference-worker.ts';
import { startApi, type Api } from '../support/api.ts';
import { type Identified, makeInspection, makeLine, makeLot, makeModel } from '../support/build.ts';
import { queueJob } from '../support/inference.ts';
import { upload } from '../support/upload.ts';

let api: Api;
let inspection: Identified;
beforeAll(async () => {
  api = await startApi();
  await makeModel(api);
  await makeLine(api);
  inspection = await makeInspection(api, await makeLot(api));
});
afterAll(() => api.close());

const WIDTH = 120;
const HEIGHT = 80;

/** A grey plate with a dark void of 12 × 10 pixels, a bright scratch of 60 × 2, and a speck of one pixel. */
function plate(): Buffer {
  const pixels = Buffer.alloc(WIDTH * HEIGHT, 150);
  const fill = (x: number, y: number, width: number, height: number, level: number): void => {
    for (let row = y; row < y + height; row += 1) pixels.fill(level, row * WIDTH + x, row * WIDTH + x + width);
  };
  fill(20, 10, 12, 10, 0);
  fill(40, 50, 60, 2, 252);
  fill(5, 70, 1, 1, 0);
  return pixels;
}

const pgm = (): Buffer => Buffer.concat([Buffer.from(`P5\n# a plate\n${WIDTH} ${HEIGHT}\n255\n`), plate()]);

/** The plate as a PNG image, whose rows have all five filters in turn. */
function png(): Buffer {
  const pixels = plate();
  const at = (x: number, y: number): number => (x < 0 || y < 0 ? 0 : (pixels[y * WIDTH + x] ?? 0));
  const paeth = (a: number, b: number, c: number): number => {
    const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
  };
  const rows = Array.from({ length: HEIGHT }, (_row, y) => {
    const filter = y % 5;
    const bytes = Array.from({ length: WIDTH }, (_pixel, x) => {
      const [a, b, c] = [at(x - 1, y), at(x, y - 1), at(x - 1, y - 1)];
      return (at(x, y) - ([0, a, b, (a + b) >> 1, paeth(a, b, c)][filter] ?? 0)) & 255;
    });
    return Buffer.from([filter, ...bytes]);
  });
  const chunk = (type: string, data: Buffer): Buffer => {
    const typed = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    checksum.writeUInt32BE(crc32(typed));
    return Buffer.concat([length, typed, checksum]);
  };
  const size = Buffer.alloc(8);
  size.writeUInt32BE(WIDTH, 0);
  size.writeUInt32BE(HEIGHT, 4);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', Buffer.concat([size, Buffer.from([8, 0, 0, 0, 0])])),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

async function uploaded(fileName: string, contentType: string, content: Buffer): Promise<string> {
  const payload = await upload(api, { inspection: inspection.id, type: 'IMAGE' }, { fileName, contentType, content });
  expect(payload.errors).toEqual([]);
  return payload['artifact'].id;
}

const connection = async () => ({ url: api.url, token: await api.tokenOf('ENGINEER'), worker: 'EXAMPLE' });

async function jobOf({ id }: Identified) {
  const { data } = await api.ask(
    'query ($id: ID!) { node(id: $id) { ... on InferenceJob { status errorMessage performanceMetrics discardedCount defects(orderBy: { field: CREATED_AT }) { nodes { type severity confidence location description } } } } }',
    { id },
  );
  return data.node;
}

test('the example reads PGM and PNG images from the file store, and its findings become defects (JOB-5)', async () => {
  const inputArtifacts = [
    await uploaded('plate.pgm', 'image/x-portable-graymap', pgm()),
    await uploaded('plate.png', 'image/png', png()),
  ];
  const job = await queueJob(api, inspection, { inputArtifacts });

  expect(await workOnce(await connection())).toBe(1);
  expect(await workOnce(await connection())).toBe(0);

  const { defects, ...done } = await jobOf(job);
  expect(done).toEqual({
    status: 'COMPLETED',
    errorMessage: null,
    performanceMetrics: { images: 2 },
    discardedCount: 0,
  });
  const found = (image: string) => [
    {
      type: 'VOID',
      severity: 'MEDIUM',
      confidence: '1.0000',
      location: { x: 20, y: 10, width: 12, height: 10, image },
      description: '120 pixels differ from the background.',
    },
    {
      type: 'SCRATCH',
      severity: 'MEDIUM',
      confidence: '0.9000',
      location: { x: 40, y: 50, width: 60, height: 2, image },
      description: '120 pixels differ from the background.',
    },
  ];
  expect(defects.nodes).toHaveLength(4);
  expect(defects.nodes).toEqual(expect.arrayContaining([...found('plate.pgm'), ...found('plate.png')]));
});

test('the example fails a job for good whose image no attempt can read (JOB-4)', async () => {
  const inputArtifacts = [await uploaded('broken.png', 'image/png', png().subarray(0, 60))];
  const job = await queueJob(api, inspection, { inputArtifacts });

  expect(await workOnce(await connection())).toBe(1);

  const { status, errorMessage } = await jobOf(job);
  expect(status).toBe('FAILED');
  expect(errorMessage).toMatch(/^broken\.png: /);
});

test('the examples of docs/inference.md run in their order (JOB-2 to JOB-6)', async () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/inference.md'), 'utf8');
  const [queue, claim, heartbeat, complete, fail, metrics] = [...page.matchAll(/^```graphql\n([\s\S]*?)^```/gm)].map(
    ([, example = '']) => example,
  );
  const ask = async (document: string | undefined, variables: object = {}) => {
    const { data, errors } = await api.ask(document ?? '', variables);
    expect(errors).toEqual([]);
    return data;
  };
  const claimed = async () => (await ask(claim)).claimInferenceJobs.inferenceJobs[0];

  await ask(queue, { inspection: inspection.id, images: [] });
  const { id, attempts: attempt } = await claimed();
  expect((await ask(heartbeat, { id, attempt })).heartbeatInferenceJob.errors).toEqual([]);
  const findings = [
    { type: 'VOID', severity: 'LOW', confidence: '0.9', location: { x: 0, y: 0, width: 1, height: 1 } },
  ];
  expect((await ask(complete, { id, attempt, findings })).completeInferenceJob).toMatchObject({
    inferenceJob: { status: 'COMPLETED' },
    defects: [{ confidence: '0.9000' }],
    errors: [],
  });

  const other = await queueJob(api, inspection);
  expect((await claimed()).id).toBe(other.id);
  expect((await ask(fail, { id: other.id, attempt: 1 })).failInferenceJob).toMatchObject({
    inferenceJob: { status: 'QUEUED', attemptsLeft: 2 },
    errors: [],
  });
  expect((await ask(metrics)).inferenceMetrics.queueDepth).toBe(1);
});
