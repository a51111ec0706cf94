import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sweep, type SweepReport } from '../../src/app/jobs/file-sweep.ts';
import { checkFiles } from '../../src/platform/file-store/check.ts';
import { startApi, type Api } from '../support/api.ts';
import { type Identified, makeInspection, makeLine, makeLot, makeModel, uuidOf } from '../support/build.ts';
import { done } from '../support/expect.ts';
import { BACKENDS } from '../support/file-stores.ts';
import { upload } from '../support/upload.ts';

describe.each(BACKENDS)('with files in $name,', ({ open }) => {
  let api: Api;
  let inspection: Identified;
  let completed: Identified;
  beforeAll(async () => {
    api = await startApi({}, open);
    await makeModel(api);
    await makeLine(api);
    const lot = await makeLot(api);
    inspection = await makeInspection(api, lot);
    completed = await makeInspection(api, lot, { type: 'OPTICAL' });
  });
  afterAll(() => api.close());

  const placeOf = (content: string, location = 'primary'): string => {
    const hash = createHash('sha256').update(content).digest('hex');
    return `${location}/sha256/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
  };
  const stored = async () => [...(await api.store.stored()), ...(await api.store.unfinished())].toSorted();
  /** The sweep of a server whose clock is ahead. */
  async function sweepAfter(hours: number): Promise<SweepReport> {
    const { now } = Date;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + hours * 3_600_000);
    try {
      return await sweep(api.services);
    } finally {
      clock.mockRestore();
    }
  }
  async function kept(fileName: string, of = inspection): Promise<Identified> {
    const { artifact, errors } = await upload(
      api,
      { inspection: of.id, type: 'IMAGE', fileName },
      { content: fileName },
    );
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
      expect(await sweepAfter(23)).toMatchObject({ removedFiles: 0, removedUnfinished: 0, keptFiles: 3 });
      expect(await sweepAfter(25)).toEqual({
        removedFiles: 2,
        removedBytes: 'deleted.png'.length + 'orphan'.length,
        removedUnfinished: 1,
        keptFiles: 1,
        releasedArtifacts: 0,
      });
      expect(await stored()).toEqual([placeOf('kept.png')]);
      expect(await sweepAfter(25)).toMatchObject({ removedFiles: 0, removedUnfinished: 0, keptFiles: 1 });
    });

    test('takes no content from an upload that is under way', async () => {
      for (let round = 0; round < 20; round += 1) {
        await api.services.files.put(chunk(`contested ${round}`));
        await api.store.age(placeOf(`contested ${round}`), new Date(Date.now() - 25 * 3_600_000));
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
      expect((await sweepAfter(25)).releasedArtifacts).toBe(1);
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
    const bytes = await api.store.read(placeOf('flipped.png'));
    bytes[3] = (bytes[3] ?? 0) ^ 0x10;
    await api.store.write(placeOf('flipped.png'), bytes);
    await api.store.remove(placeOf('missing.png'));
    await api.store.write(placeOf('cut.png'), 'cu');
    const found = await checkFiles(api.services);
    expect(found.isIntact).toBe(false);
    expect(found.damaged.map(({ type, id, problem }) => [type, id, problem])).toEqual(
      made
        .map((artifact, index) => ['Artifact', uuidOf(artifact), ['WRONG_CHECKSUM', 'MISSING', 'WRONG_SIZE'][index]])
        .toSorted((a, b) => String(a[1]).localeCompare(String(b[1]))),
    );
    expect(found.checkedFiles).toBeLessThanOrEqual(found.checkedRecords);
  });
});
