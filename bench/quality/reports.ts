/**
 * How long a worker makes a report of many rows, and how much memory it needs.
 *
 * 1. The worker is a new process for each format (`lotgraph worker`) and does all of its other work, too.
 * 2. The seconds are those between `startedAt` and `completedAt` of the report.
 * 3. The memory is the highest resident set of the process since its start (`VmHWM` of the kernel), with all threads.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnLotgraph } from '../../test/support/command-line.ts';
import type { QualityPlant } from './plant.ts';

const REQUEST = `mutation ($format: ReportFormat!, $period: ReportPeriodInput!) { payload: requestReport(input: { type: INSPECTION_SUMMARY, title: "Many", format: $format, period: $period }) { report { id } errors { code message } } }`;
const STATE = `query ($id: ID!) { payload: node(id: $id) { ... on Report { status startedAt completedAt sizeBytes errorMessage } } }`;
const INSPECTIONS = `
  INSERT INTO inspections (lot_id, sample_code, type, status, started_at, completed_at, verdict, quality_score, confidence)
  SELECT $1::uuid, 'ROW-' || n, 'VISUAL', 'COMPLETED', at, at + interval '10 seconds', 'PASS', 0.95, 0.9
  FROM generate_series(1, $2::int) n, LATERAL (SELECT timestamptz '2026-01-01' + n * interval '1 minute' AS at) AS time`;
const PERIOD = { from: '2026-01-01T00:00:00Z', to: '2026-12-31T00:00:00Z' };
const POLL_MILLISECONDS = 100;

/** Makes the report in both formats, and prints seconds, memory and size. */
export async function measureReports(plant: QualityPlant, rows: number): Promise<void> {
  const owner = await plant.connect();
  await owner.query(INSPECTIONS, [plant.lotId, rows]);
  const table: Record<string, object> = {};
  for (const format of ['EXCEL', 'PDF']) {
    const { child, ended, words } = spawnLotgraph(['worker'], plant.environment);
    while (!words().includes('works in the background')) await sleep(POLL_MILLISECONDS);
    const idle = await peakMebibytes(child.pid);
    const { report } = await plant.ask(REQUEST, { format, period: PERIOD });
    let state = await plant.ask(STATE, { id: report.id });
    while (state.status === 'QUEUED' || state.status === 'GENERATING') {
      await sleep(POLL_MILLISECONDS);
      state = await plant.ask(STATE, { id: report.id });
    }
    if (state.status !== 'COMPLETED') throw new Error(state.errorMessage);
    table[format] = {
      rows,
      seconds: ((Date.parse(state.completedAt) - Date.parse(state.startedAt)) / 1_000).toFixed(1),
      'memory, MiB': `${await peakMebibytes(child.pid)} (${idle} before)`,
      'file, kB': Math.round(Number(state.sizeBytes) / 1_000),
    };
    child.kill('SIGTERM');
    await ended;
  }
  console.log('Reports: made by a worker process.');
  console.table(table);
}

async function peakMebibytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1_024);
}
