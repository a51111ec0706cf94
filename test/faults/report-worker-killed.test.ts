import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { reportReaper } from '../../src/app/jobs/report-work.ts';
import { makeNextReport } from '../../src/app/reports/make-report.ts';
import { type Api, startApi } from '../support/api.ts';
import { makeLine, makeLot, makeModel } from '../support/build.ts';
import { spawnLotgraph } from '../support/command-line.ts';
import { done } from '../support/expect.ts';
import { downloadedReport } from '../support/report.ts';
import { chanceOf, rounds } from './rounds.ts';

const KILLS = rounds(40, 2);
/** So many rows that a PDF of them takes longer than the longest wait before a kill. */
const ROWS = 2_000;
const LONGEST_WAIT_MILLISECONDS = 300;
const RUNNING = new AbortController().signal;

test('a worker is killed while it makes a report: other workers finish the report once, with one file and one entry (RPT-2)', {
  timeout: 1_800_000,
}, async () => {
  await using api = await startApi();
  await makeModel(api);
  await makeLine(api);
  await makeLot(api);
  await inspectMany(api);
  const chance = chanceOf('workers of reports are killed');

  for (let kill = 1; kill <= KILLS; kill += 1) {
    const { report } = await done(api, 'requestReport', { ...REPORT, title: `Report ${kill}` }, 'report { id }');
    const { child, ended } = spawnLotgraph(['worker'], {
      DATABASE_URL: api.databaseUrl,
      ...api.store.environment,
    });
    await expect.poll(() => newest(api), { timeout: 60_000, interval: 5 }).toMatchObject({ status: 'GENERATING' });
    await sleep(chance.between(0, LONGEST_WAIT_MILLISECONDS));
    child.kill('SIGKILL');
    await ended;
    expect(await newest(api)).toMatchObject({ status: 'GENERATING', attempts: 1, storageKey: null });

    // As if a minute had passed.
    await api.database.reader()
      .sql`UPDATE reports SET locked_until = now() - interval '1 millisecond' WHERE status = 'GENERATING'`;
    await reportReaper.run(api.services, RUNNING);
    const made = await Promise.all([1, 2, 3].map(() => makeNextReport(api.services, RUNNING)));
    expect(made.filter(Boolean)).toHaveLength(1);

    const { status, attempts, sha256 } = await newest(api);
    expect({ status, attempts }).toEqual({ status: 'COMPLETED', attempts: 2 });
    const file = await downloadedReport(api, report.id);
    expect([
      file.subarray(0, 5).toString(),
      file.subarray(-6).toString().trim(),
      createHash('sha256').update(file).digest('hex'),
    ]).toEqual(['%PDF-', '%%EOF', sha256]);
  }

  expect(
    await api.database.reader().sql`
      SELECT action, count(*)::int AS entries, count(DISTINCT record_id)::int AS reports FROM audit_entries
      WHERE entity = 'reports' AND operation IN ('INSERT', 'UPDATE') GROUP BY action ORDER BY action`,
  ).toEqual([
    { action: 'report.completed', entries: KILLS, reports: KILLS },
    { action: 'report.failed', entries: KILLS, reports: KILLS },
    { action: 'report.requested', entries: KILLS, reports: KILLS },
    { action: 'report.started', entries: 2 * KILLS, reports: KILLS },
  ]);
});

const REPORT = {
  type: 'INSPECTION_SUMMARY',
  format: 'PDF',
  period: { from: '2026-11-01T00:00:00Z', to: '2026-11-08T00:00:00Z' },
};

interface State {
  readonly status: string;
  readonly attempts: number;
  readonly storageKey: string | null;
  readonly sha256: string | null;
}

async function newest(api: Api): Promise<State> {
  const [state] = await api.database.reader().sql<State>`
    SELECT status, attempts, storage_key AS "storageKey", checksum_sha256 AS sha256 FROM reports ORDER BY created_at DESC, id DESC LIMIT 1`;
  if (state === undefined) throw new Error('There is no report.');
  return state;
}

async function inspectMany(api: Api): Promise<void> {
  await api.database.reader().sql`
    INSERT INTO inspections (lot_id, sample_code, type, status, started_at, completed_at, verdict, quality_score, confidence)
    SELECT lot.id, 'TRAY-' || n, 'VISUAL', 'COMPLETED', at, at, 'PASS', 1, 1
    FROM lots lot, generate_series(1, ${ROWS}::int) AS n, LATERAL (SELECT timestamptz '2026-11-01' + n * interval '1 minute' AS at) AS time`;
}
