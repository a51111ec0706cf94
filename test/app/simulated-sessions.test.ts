import { describe, expect, test } from 'vitest';
import { ArchiveProblem, checkArchive } from '../../src/platform/file-store/archive.ts';
import { manifestFits, PACKAGE_LIMITS } from '../../src/catalog/test-program/test-program.rules.ts';
import { manifestIn } from '../../src/catalog/test-program/test-program.shapes.ts';
import { present } from '../../src/platform/values/assert.ts';
import { simulatedPlant, UNTIL } from './simulated-plant.ts';

const plant = simulatedPlant();
const { rows } = plant;

describe('the process sessions of a simulated factory', () => {
  test('are open and closed, and are the batch runs of lots (SES-1)', async () => {
    const sessions = await rows<{ status: string; count: number }>`
      SELECT s.status::text AS status, count(*)::int AS count FROM process_sessions s JOIN lots l ON l.number = s.batch_code
      GROUP BY 1 ORDER BY 1`;
    expect(sessions.map(({ status }) => status)).toEqual(['CLOSED', 'OPEN']);
    expect(sessions.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(10);
  });

  test('have all executions of their step on the serials of the lot, within their time (SES-5)', async () => {
    const wrong = await rows`
      SELECT d.id FROM process_data d JOIN lots l ON l.id = d.lot_id
        JOIN process_sessions s ON s.process_id = d.process_id AND s.batch_code = l.number
      WHERE d.process_session_id IS DISTINCT FROM s.id OR d.started_at < s.opened_at OR d.completed_at > s.closed_at
         OR d.completed_at IS NULL AND s.status <> 'OPEN' OR greatest(s.opened_at, s.closed_at) > ${UNTIL}::timestamptz`;
    expect(wrong).toEqual([]);
  });

  test('never share a slot at the same time (SES-2)', async () => {
    const shared = await rows`
      SELECT a.id FROM process_sessions a JOIN process_sessions b ON a.station_id = b.station_id AND a.slot = b.slot AND a.id < b.id
      WHERE tstzrange(a.opened_at, a.closed_at) && tstzrange(b.opened_at, b.closed_at)`;
    expect(shared).toEqual([]);
  });

  test('run the version of the test program that was the current one (TPG-3)', async () => {
    const versions = await rows<{ version: string }>`
      SELECT DISTINCT v.version FROM process_sessions s JOIN test_program_versions v ON v.id = s.test_program_version_id
      WHERE v.created_at <= s.opened_at ORDER BY 1`;
    expect(versions.map(({ version }) => version)).toEqual(['1.0.0', '1.0.1']);
    const [without] = await rows<{ count: number }>`
      SELECT count(*)::int AS count FROM process_sessions WHERE test_program_version_id IS NULL`;
    expect(without).toEqual({ count: 0 });
  });
});

describe('the test program of a simulated factory', () => {
  test('has two versions and its deployments to two stations (TPG-2, TPG-4)', async () => {
    const { data } = await plant.api.ask(
      '{ testProgramByName(name: "function-test") { process { code } currentVersion { version } versions { nodes { version } } deployments { nodes { status station { code } testProgramVersion { version } } } } }',
    );
    const { deployments, ...program } = data.testProgramByName;
    expect(program).toEqual({
      process: { code: 'FUNCTION_TEST' },
      currentVersion: { version: '1.0.1' },
      versions: { nodes: [{ version: '1.0.1' }, { version: '1.0.0' }] },
    });
    expect(deployments.nodes.map(({ status }: { readonly status: string }) => status).toSorted()).toEqual([
      'DEPLOYED',
      'PENDING',
    ]);
  });

  test('has packages that an upload would take, and that the file store keeps (TPG-2)', async () => {
    const { files, config } = plant.api.services;
    const versions = await rows<{ key: string; size: string }>`
      SELECT storage_key AS key, size_bytes AS size FROM test_program_versions`;
    expect(versions).toHaveLength(2);
    for (const { key, size } of versions) {
      const opened = present(await files.open(key), 'A package');
      expect(String(opened.sizeBytes)).toBe(size);
      const received = await files.receive(opened.content, config.fileLimit);
      const archive = await checkArchive(received.file, {
        mostEntries: PACKAGE_LIMITS.entries,
        mostBytes: PACKAGE_LIMITS.unpackedBytes,
        wanted: { name: 'manifest.json', mostBytes: PACKAGE_LIMITS.manifestBytes },
      });
      if (archive instanceof ArchiveProblem) throw archive;
      expect(manifestFits(manifestIn(archive.text), 'function-test', archive.names)).toBeUndefined();
      await received.discard();
    }
  });
});
