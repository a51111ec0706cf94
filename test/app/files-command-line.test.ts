/** `lotgraph files`: checks and sweeps the file store. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi, type Api } from '../support/api.ts';
import { type Identified, makeInspection, makeLine, makeLot, makeModel, uuidOf } from '../support/build.ts';
import { type Ended, lotgraph } from '../support/command-line.ts';
import { upload } from '../support/upload.ts';

let api: Api;
let artifact: Identified & { readonly checksumSha256: string };
beforeAll(async () => {
  api = await startApi();
  await makeModel(api);
  await makeLine(api);
  const inspection = await makeInspection(api, await makeLot(api));
  const input = { inspection: inspection.id, type: 'IMAGE', fileName: 'edge.png' };
  artifact = (await upload(api, input, { content: 'the edge' }))['artifact'];
});
afterAll(() => api.close());

const files = (...args: readonly string[]): Promise<Ended> =>
  lotgraph(['files', ...args], { DATABASE_URL: api.databaseUrl, LOTGRAPH_FILES: api.filesFolder, NODE_ENV: 'test' });

test('files verify reads every file; a flipped bit is named, and the exit code is 1 (ART-2)', async () => {
  const intact = await files('verify', '--json');
  expect([intact.code, JSON.parse(intact.stdout)]).toEqual([
    0,
    { isIntact: true, checkedRecords: 1, checkedFiles: 1, checkedBytes: 8, damaged: [] },
  ]);
  const hash = artifact.checksumSha256;
  const key = `sha256/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
  const file = path.join(api.filesFolder, 'primary', key);
  const bytes = await readFile(file);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  await writeFile(file, bytes);
  const damaged = await files('verify', '--json');
  expect([damaged.code, JSON.parse(damaged.stdout).damaged]).toEqual([
    1,
    [{ type: 'Artifact', id: uuidOf(artifact), key, location: 'PRIMARY', problem: 'WRONG_CHECKSUM' }],
  ]);
  const said = await files('verify');
  expect([said.code, said.stdout]).toEqual([1, expect.stringMatching(/WRONG_CHECKSUM[\s\S]*1 are damaged\.\n$/)]);
});

test('files sweep says what it removed and what it kept', async () => {
  const swept = await files('sweep', '--json');
  expect([swept.code, JSON.parse(swept.stdout)]).toEqual([
    0,
    { releasedArtifacts: 0, removedFiles: 0, removedBytes: 0, removedUnfinished: 0, keptFiles: 1 },
  ]);
  expect((await files('sweep')).stdout).toMatch(/^Removed 0 files \(0 bytes\) and 0 unfinished ones; kept 1\./);
});
