/** Kills servers while files are uploaded, and then looks at every file. */
import { createHash, randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import '../../src/app/schema.ts';
import { checkFiles, readAgain } from '../../src/platform/file-store/check.ts';
import { folderStore } from '../../src/platform/file-store/folder-store.ts';
import { startApi, type Api } from '../support/api.ts';
import { type Identified, makeInspection, makeLine, makeLot, makeModel } from '../support/build.ts';
import { startLotgraph } from '../support/command-line.ts';
import { makeScratchDirectory } from '../support/scratch.ts';
import { uploadForm } from '../support/upload.ts';
import { rounds } from './rounds.ts';

const ROUNDS = rounds(20, 2);
const CLIENTS = 6;

let api: Api;
let inspection: Identified;
let folder: string;
beforeAll(async () => {
  api = await startApi();
  folder = await makeScratchDirectory();
  await makeModel(api);
  await makeLine(api);
  inspection = await makeInspection(api, await makeLot(api));
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

test(`a server that is killed while files arrive leaves every confirmed file whole, and serves no half of one; ${ROUNDS} rounds (ART-2)`, {
  timeout: 1_800_000,
}, async () => {
  const files = folderStore(folder);
  const confirmed = new Map<string, string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const server = await startLotgraph({ DATABASE_URL: api.databaseUrl, LOTGRAPH_FILES: folder });
    let sent = 0;
    const client = async (): Promise<void> => {
      for (;;) {
        const fileName = `round-${round}-${(sent += 1)}.png`;
        const content = randomBytes(1 + Math.floor(Math.random() * 2_000_000));
        const form = uploadForm({ inspection: inspection.id, type: 'IMAGE', fileName }, { content });
        const headers = { authorization: `Bearer ${server.token}`, 'x-lotgraph-upload': '1' };
        const response = await fetch(server.url, { method: 'POST', headers, body: form });
        const { data } = (await response.json()) as { data: { payload: { artifact: Identified | null } } };
        if (data.payload.artifact !== null) confirmed.set(fileName, createHash('sha256').update(content).digest('hex'));
        if (confirmed.size >= (round + 1) * 20) server.child.kill('SIGKILL');
      }
    };
    // Each client ends with the connection to the killed server.
    await Promise.allSettled(Array.from({ length: CLIENTS }, client));
    expect((await server.ended).code).toBeNull();
  }

  const rows = await api.database.reader().sql<{ name: string; checksum: string }>`
    SELECT file_name AS name, checksum_sha256 AS checksum FROM artifacts`;
  const stored = new Map(rows.map(({ name, checksum }) => [name, checksum]));
  for (const [name, checksum] of confirmed) expect([name, stored.get(name)]).toEqual([name, checksum]);
  const check = await checkFiles({ database: api.database, files });
  expect([check.damaged, check.checkedRecords]).toEqual([[], rows.length]);
  // What no row refers to is whole, too: a later upload of the same content relies on it.
  for await (const { key, location } of files.list())
    expect(key.endsWith((await readAgain(files, key, location))?.sha256 ?? '')).toBe(true);
});
