/** `lotgraph files`: checks and sweeps the file store. */
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../support/api.ts';
import { type Identified, makeInspection, makeLine, makeLot, makeModel, uuidOf } from '../support/build.ts';
import { type Ended, lotgraph } from '../support/command-line.ts';
import { BACKENDS } from '../support/file-stores.ts';
import { upload } from '../support/upload.ts';

/** Loaded into a process first: its clock is 25 hours ahead. */
const A_DAY_LATER = `--import data:text/javascript,const{now}=Date;Date.now=()=>now()%2B${25 * 3_600_000}`;

describe.each(BACKENDS)('files in $name:', ({ open }) => {
  let api: Api;
  let artifact: Identified & { readonly checksumSha256: string };
  beforeAll(async () => {
    api = await startApi({}, open);
    await makeModel(api);
    await makeLine(api);
    const inspection = await makeInspection(api, await makeLot(api));
    const input = { inspection: inspection.id, type: 'IMAGE', fileName: 'edge.png' };
    artifact = (await upload(api, input, { content: 'the edge' }))['artifact'];
  });
  afterAll(() => api.close());

  const files = (args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ended> =>
    lotgraph(['files', ...args], {
      DATABASE_URL: api.databaseUrl,
      NODE_ENV: 'test',
      ...api.store.environment,
      ...more,
    });

  test('files verify reads every file; a flipped bit is named, and the exit code is 1 (ART-2)', async () => {
    const intact = await files(['verify', '--json']);
    expect([intact.code, JSON.parse(intact.stdout)]).toEqual([
      0,
      { isIntact: true, checkedRecords: 1, checkedFiles: 1, checkedBytes: 8, damaged: [] },
    ]);
    const hash = artifact.checksumSha256;
    const key = `sha256/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
    const bytes = await api.store.read(`primary/${key}`);
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    await api.store.write(`primary/${key}`, bytes);
    const damaged = await files(['verify', '--json']);
    expect([damaged.code, JSON.parse(damaged.stdout).damaged]).toEqual([
      1,
      [{ type: 'Artifact', id: uuidOf(artifact), key, location: 'PRIMARY', problem: 'WRONG_CHECKSUM' }],
    ]);
    const said = await files(['verify']);
    expect([said.code, said.stdout]).toEqual([1, expect.stringMatching(/WRONG_CHECKSUM[\s\S]*1 are damaged\.\n$/)]);
  });

  test('files sweep says what it removed and what it kept; a day later it removes what nothing refers to', async () => {
    const orphan = await api.services.files.put(Readable.from([Buffer.from('orphan')]));
    await api.services.files.receive(Readable.from([Buffer.from('unfinished')]), 100);
    const nothing = { releasedArtifacts: 0, removedFiles: 0, removedBytes: 0, removedUnfinished: 0 };
    const swept = await files(['sweep', '--json']);
    expect([swept.code, JSON.parse(swept.stdout)]).toEqual([0, { ...nothing, keptFiles: 2 }]);

    const later = await files(['sweep', '--json'], { NODE_OPTIONS: A_DAY_LATER });
    expect([later.code, JSON.parse(later.stdout)]).toEqual([
      0,
      { ...nothing, removedFiles: 1, removedBytes: 6, removedUnfinished: 1, keptFiles: 1 },
    ]);
    expect(await api.store.stored()).not.toContain(`primary/${orphan.key}`);
    expect(await api.store.unfinished()).toEqual([]);
    expect((await files(['sweep'])).stdout).toMatch(/^Removed 0 files \(0 bytes\) and 0 unfinished ones; kept 1\./);
  });
});
