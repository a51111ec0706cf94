import { describe, expect, test } from 'vitest';
import { CompleteProcess } from '../../src/production/process-data/execution/process-data.shapes.ts';
import { simulatedPlant, UNTIL } from './simulated-plant.ts';

const plant = simulatedPlant();
const { rows } = plant;

describe('the labels of a simulated factory', () => {
  test('are those of lots and of serials, with failures that were printed again, and all within the simulated time (LBL-1)', async () => {
    const kinds = await rows<{ type: string; status: string }>`
      SELECT DISTINCT label_type::text AS type, status::text AS status FROM label_prints ORDER BY 1, 2`;
    expect(kinds).toEqual([
      { type: 'LOT_LABEL', status: 'SUCCESS' },
      { type: 'SERIAL_LABEL', status: 'FAILED' },
      { type: 'SERIAL_LABEL', status: 'SUCCESS' },
    ]);
    const [again] = await rows<{ failed: number; damaged: number }>`
      SELECT (count(*) FILTER (WHERE first.status = 'FAILED'))::int AS failed, (count(*) FILTER (WHERE first.status = 'SUCCESS'))::int AS damaged
      FROM label_prints first JOIN label_prints later ON later.serial_id = first.serial_id AND later.created_at > first.created_at
      WHERE later.status = 'SUCCESS' AND later.printed_by_id IS NOT NULL`;
    expect([Number(again?.failed) > 0, Number(again?.damaged) > 0]).toEqual([true, true]);
    const wrong = await rows`
      SELECT p.id FROM label_prints p LEFT JOIN lots l ON l.id = p.lot_id LEFT JOIN serials s ON s.id = p.serial_id
        LEFT JOIN process_data d ON d.id = p.process_data_id
      WHERE p.text <> coalesce(s.number, l.number) OR p.created_at < coalesce(s.created_at, l.created_at) OR p.created_at > ${UNTIL}::timestamptz
         OR d.id IS NOT NULL AND (d.result <> 'PASS' OR d.completed_at > p.created_at OR d.wip_item_id <> s.wip_item_id)`;
    expect(wrong).toEqual([]);
  });
});

describe('the alerts of a simulated factory', () => {
  test('are in every status, raised by the server and by hand, and read after they were raised (ALT-1, ALT-3, KPI-17)', async () => {
    const statuses = await rows<{ status: string }>`SELECT DISTINCT status::text AS status FROM alerts ORDER BY 1`;
    const types = await rows<{ type: string }>`SELECT DISTINCT type::text AS type FROM alerts ORDER BY 1`;
    expect(statuses.map(({ status }) => status)).toEqual(['ARCHIVED', 'READ', 'UNREAD']);
    expect(types.map(({ type }) => type)).toEqual([
      'DEFECT_DETECTED',
      'LOT_CLOSED',
      'LOT_COMPLETED',
      'MANUAL',
      'QUALITY_THRESHOLD',
      'REWORK_REQUEST',
    ]);
    const wrong = await rows`
      SELECT id FROM alerts WHERE greatest(created_at, read_at, archived_at, updated_at) > ${UNTIL}::timestamptz OR read_at < created_at OR archived_at < read_at
         OR version <> 1 + num_nonnulls(read_at, archived_at) OR updated_at <> greatest(created_at, read_at, archived_at)`;
    expect(wrong).toEqual([]);
  });

  test('are all that the newest lots give cause for (KPI-17)', async () => {
    const missing = await rows`
      SELECT d.id FROM process_data d WHERE d.lot_id IN (SELECT lot_id FROM alerts)
        AND (d.result = 'REWORK' OR d.result = 'FAIL' AND d.defects @? '$[*] ? (@.severity == "HIGH" || @.severity == "CRITICAL")')
        AND NOT EXISTS (SELECT FROM alerts a WHERE a.process_data_id = d.id AND a.created_at = d.completed_at)`;
    expect(missing).toEqual([]);
  });
});

describe('the batch of a simulated factory', () => {
  test('was worked off: its results were recorded by it, and the one that was sent twice was refused (BGJ-2)', async () => {
    const jobs = await rows<{ id: string }>`
      SELECT id FROM background_jobs WHERE status = 'SUCCEEDED' AND failed_count = 1 AND done_count > 2 AND finished_at <= ${UNTIL}::timestamptz`;
    expect(jobs.length).toBeGreaterThan(0);
    const items = await rows<{ input: Record<string, unknown>; errors: readonly object[]; isRecorded: boolean }>`
      SELECT i.input, i.errors, d.updated_at = i.finished_at AND d.completed_at < j.queued_at AND d.completed_at = (i.input ->> 'completedAt')::timestamptz
        AND d.result::text = i.input ->> 'result' AS "isRecorded"
      FROM background_job_items i JOIN background_jobs j ON j.id = i.background_job_id LEFT JOIN process_data d ON d.id = i.process_data_id`;
    expect(items.map(({ input }) => CompleteProcess.safeParse(input).error)).toEqual(items.map(() => undefined));
    const [refused, recorded] = [true, false].map((is) => items.filter(({ errors }) => errors.length > 0 === is));
    expect(recorded?.filter(({ isRecorded }) => !isRecorded)).toEqual([]);
    expect(refused?.map(({ errors }) => errors)).toEqual(
      jobs.map(() => [expect.objectContaining({ code: 'RULE_VIOLATED', rule: 'PD-4', path: ['processData'] })]),
    );
  });

  test('recorded nothing that a later execution of the serial could not wait for (PD-8)', async () => {
    const early = await rows`
      SELECT d.id FROM background_job_items i JOIN process_data d ON d.id = i.process_data_id JOIN process_data later ON later.unit_id = d.unit_id
      WHERE later.started_at < i.finished_at AND later.started_at > d.started_at`;
    expect(early).toEqual([]);
  });
});

describe('the saved filters of a simulated factory', () => {
  test('are applied to their lists by those who may see them, and by nobody else (FLT-2, FLT-3)', async () => {
    const filters = await rows<{ id: string; target: string; isShared: boolean; role: 'MANAGER' }>`
      SELECT f.id, f.target::text AS target, f.is_shared AS "isShared", u.role::text AS role FROM saved_filters f JOIN users u ON u.id = f.owner_id`;
    expect(filters.map(({ target, isShared }) => `${target} ${isShared}`).toSorted()).toEqual([
      'ALERTS false',
      'ALERTS true',
      'LOTS false',
      'LOTS true',
    ]);
    const { data } = await plant.api.ask('{ savedFilters { nodes { id target filter orderBy name } } }');
    expect(data.savedFilters.nodes).toHaveLength(2);
    for (const { id, target } of data.savedFilters.nodes) {
      const list = String(target).toLowerCase();
      const answer = await plant.api.ask(`query ($id: ID!) { ${list}(savedFilter: $id) { totalCount } }`, { id });
      expect(answer.data[list].totalCount).toBeGreaterThan(0);
    }
  });

  test('that are private have a form that their lists take (FLT-3)', async () => {
    const own = await rows<{ target: string; filter: object }>`
      SELECT target::text AS target, filter FROM saved_filters WHERE NOT is_shared`;
    for (const { target, filter } of own) {
      const [list, type] = target === 'LOTS' ? ['lots', 'LotFilter'] : ['alerts', 'AlertFilter'];
      const answer = await plant.api.ask(`query ($filter: ${type}) { ${list}(filter: $filter) { totalCount } }`, {
        filter,
      });
      expect(answer.errors).toEqual([]);
    }
  });
});
