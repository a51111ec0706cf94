import { createHash } from 'node:crypto';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sweep } from '../../src/app/jobs/file-sweep.ts';
import { checkFiles } from '../../src/platform/file-store/check.ts';
import { startApi, type Api } from '../support/api.ts';
import { type Identified, makeInspection, makeLine, makeLot, makeModel, uuidOf } from '../support/build.ts';
import { done } from '../support/expect.ts';
import { upload } from '../support/upload.ts';

let api: Api;
let inspection: Identified;
let completed: Identified;
beforeAll(async () => {
  api = await startApi();
  await makeModel(api);
  await makeLine(api);
  const lot = await makeLot(api);
  inspection = await makeInspection(api, lot);
  completed = await makeInspection(api, lot, { type: 'OPTICAL' });
});
afterAll(() => api.close());

const DAYS_AGO = 9 * 24 * 3_600;
const placeOf = (content: string, location = 'primary'): string => {
  const hash = createHash('sha256').update(content).digest('hex');
  return `${location}/sha256/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
};
async function stored(): Promise<readonly string[]> {
  const entries = await readdir(api.filesFolder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(api.filesFolder, path.join(entry.parentPath, entry.name)))
    .toSorted();
}
async function age(file: string): Promise<void> {
  const then = Date.now() / 1_000 - DAYS_AGO;
  await utimes(path.join(api.filesFolder, file), then, then);
}
async function ageAll(): Promise<void> {
  await Promise.all((await stored()).map(age));
}
async function kept(fileName: string, of = inspection): Promise<Identified> {
  const { artifact, errors } = await upload(api, { inspection: of.id, type: 'IMAGE', fileName }, { content: fileName });
  expect(errors).toEqual([]);
  return artifact;
}
async function* chunk(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

describe('the sweep', () => {
  test('removes what nothing refers to for a day, and nothing else', async () => {
    await kept('kept.png');
    const deleted = await kept('deleted.png');
    await done(api, 'deleteArtifact', { id: deleted.id, reason: 'Blurred' }, '');
    await api.services.files.put(chunk('orphan'));
    await api.services.files.receive(chunk('unfinished'), 100);
    expect(await sweep(api.services)).toMatchObject({ removedFiles: 0, removedUnfinished: 0, keptFiles: 3 });
    await ageAll();
    await api.services.files.put(chunk('orphan'));
    expect(await sweep(api.services)).toEqual({
      removedFiles: 1,
      removedBytes: 'deleted.png'.length,
      removedUnfinished: 1,
      keptFiles: 2,
      releasedArtifacts: 0,
    });
    expect(await stored()).toEqual([placeOf('kept.png'), placeOf('orphan')].toSorted());
    await ageAll();
    expect(await sweep(api.services)).toMatchObject({ removedFiles: 1, keptFiles: 1 });
    expect(await sweep(api.services)).toMatchObject({ removedFiles: 0, keptFiles: 1 });
  });

  test('takes no content from an upload that is under way', async () => {
    for (let round = 0; round < 20; round += 1) {
      await api.services.files.put(chunk(`contested ${round}`));
      await ageAll();
      const [{ errors }] = await Promise.all([
        upload(
          api,
          { inspection: inspection.id, type: 'IMAGE', fileName: `contested-${round}.png` },
          { content: `contested ${round}` },
        ),
        sweep(api.services),
      ]);
      // The rare upload whose content was taken in between is refused, and says so.
      for (const { code, path: at } of errors) expect([code, at]).toEqual(['CONFLICT', ['file']]);
    }
    expect((await checkFiles(api.services)).damaged).toEqual([]);
  });

  test('lets go of a content at TEMPORARY after 7 days, except evidence of a COMPLETED inspection (ART-5, ART-6)', async () => {
    const brief = await kept('brief.png');
    const proof = await kept('proof.png', completed);
    const input = await kept('input.png');
    for (const { id } of [brief, proof, input])
      await done(api, 'moveArtifact', { id, storageLocation: 'TEMPORARY' }, '');
    await api.database.transaction(async (tx) => {
      await tx.sql`
        UPDATE inspections SET status = 'COMPLETED', completed_at = now(), verdict = 'PASS', quality_score = 1, confidence = 1
        WHERE id = ${uuidOf(completed)}::uuid`;
      await tx.sql`
        INSERT INTO inference_jobs (inspection_id, model_name, model_version, input_artifact_ids)
        VALUES (${uuidOf(inspection)}::uuid, 'blob', '1', ${JSON.stringify([uuidOf(input)])}::jsonb)`;
    });
    expect((await sweep(api.services)).releasedArtifacts).toBe(0);
    await api.database.transaction(async (tx) => {
      await tx.sql`SET LOCAL session_replication_role = replica`;
      await tx.sql`UPDATE artifacts SET updated_at = now() - interval '7 days' WHERE storage_location = 'TEMPORARY'`;
    });
    await ageAll();
    expect((await sweep(api.services)).releasedArtifacts).toBe(1);
    const temporary = (await stored()).filter((file) => file.startsWith('temporary'));
    expect(temporary).toEqual([placeOf('proof.png', 'temporary'), placeOf('input.png', 'temporary')].toSorted());
    const { data } = await api.ask(
      `{ node(id: "${brief.id}") { ... on Artifact { fileName sizeBytes isStored downloadUrl history { nodes { action actorKind } } } } }`,
    );
    expect(data.node).toMatchObject({ fileName: 'brief.png', sizeBytes: '9', isStored: true, downloadUrl: null });
    expect(data.node.history.nodes[0]).toEqual({ action: 'artifact.contentRemoved', actorKind: 'SYSTEM' });
  });
});

test('a check of all files finds the flipped bit, the missing file and the cut one (ART-2)', async () => {
  const names = ['flipped.png', 'missing.png', 'cut.png'];
  const made = await Promise.all(names.map((name) => kept(name)));
  const files = names.map((name) => path.join(api.filesFolder, placeOf(name)));
  const [flipped = '', missing = '', cut = ''] = files;
  const bytes = await readFile(flipped);
  bytes[3] = (bytes[3] ?? 0) ^ 0x10;
  await writeFile(flipped, bytes);
  await api.services.files.remove(path.relative(path.join(api.filesFolder, 'primary'), missing));
  await writeFile(cut, 'cu');
  const found = await checkFiles(api.services);
  expect(found.isIntact).toBe(false);
  expect(found.damaged.map(({ type, id, problem }) => [type, id, problem])).toEqual(
    made
      .map((artifact, index) => ['Artifact', uuidOf(artifact), ['WRONG_CHECKSUM', 'MISSING', 'WRONG_SIZE'][index]])
      .toSorted((a, b) => String(a[1]).localeCompare(String(b[1]))),
  );
  expect(found.checkedFiles).toBeLessThanOrEqual(found.checkedRecords);
});
