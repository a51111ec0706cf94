import { equipmentTable } from '../../catalog/equipment/equipment.loaders.ts';
import type { EquipmentStatus } from '../../catalog/equipment/equipment.rules.ts';
import { matchesReference } from '../../platform/command/row-lock.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { present } from '../../platform/values/assert.ts';
import type { Period } from '../../quality/report/report.rules.ts';
import { type EquipmentWork, type Oee, oeeOf, type StatusSeconds } from './oee.rules.ts';

/** What the effectiveness is asked of. */
export interface OeeQuestion {
  readonly equipment: Reference;
  readonly period: Period;
  readonly plannedBusySeconds: number | undefined;
}

/** OEE-1: The effectiveness of a piece of equipment, by two statements; null when there is no such equipment. */
export async function loadOee(db: Reader, { equipment, period, plannedBusySeconds }: OeeQuestion): Promise<Oee | null> {
  const { from, to } = period;
  const isIt = matchesReference(equipmentTable, equipment);
  const [statuses, [work]] = await Promise.all([
    db.query<{ readonly code: string; readonly status: EquipmentStatus | null; readonly seconds: number | null }>(sql`
      SELECT t.code, p.status, sum(extract(epoch FROM least(coalesce(p.ended_at, now()), ${to}::timestamptz) - greatest(p.started_at, ${from}::timestamptz)))::float8 AS seconds
      FROM equipment t LEFT JOIN equipment_status_periods p ON p.equipment_id = t.id AND p.started_at < least(${to}::timestamptz, now()) AND coalesce(p.ended_at, now()) > ${from}::timestamptz
      WHERE ${isIt} GROUP BY 1, 2`),
    db.query<EquipmentWork>(sql`
      WITH run AS (
        SELECT d.completed_at, d.result, s.planned_seconds, greatest(d.started_at, ${from}::timestamptz) AS begun, least(coalesce(d.completed_at, now()), ${to}::timestamptz) AS ended
        FROM process_data d JOIN processes s ON s.id = d.process_id
        WHERE d.equipment_id = (SELECT t.id FROM equipment t WHERE ${isIt}) AND d.started_at < ${to}::timestamptz AND (d.completed_at >= ${from}::timestamptz OR d.completed_at IS NULL)
      ), produced AS (SELECT * FROM run WHERE completed_at < ${to}::timestamptz)
      SELECT coalesce((SELECT sum(extract(epoch FROM upper(span) - lower(span)))
                       FROM unnest((SELECT range_agg(tstzrange(begun, ended)) FROM run WHERE begun < ended)) AS span), 0)::float8 AS "actualProductionSeconds",
             count(*)::int AS "producedCount", count(*) FILTER (WHERE result = 'PASS')::int AS "goodCount",
             coalesce(sum(planned_seconds), 0)::float8 AS "plannedSum", count(*) FILTER (WHERE planned_seconds IS NULL)::int AS "unplannedCount"
      FROM produced`),
  ]);
  const [first] = statuses;
  if (first === undefined) return null;
  const known = statuses.flatMap(({ status, seconds }): StatusSeconds[] =>
    status === null || seconds === null ? [] : [{ status, seconds }],
  );
  const loadingSeconds = (Date.parse(to) - Date.parse(from)) / 1000;
  return oeeOf(
    { equipment: first.code, loadingSeconds },
    known,
    present(work, 'The work on equipment'),
    plannedBusySeconds,
  );
}
