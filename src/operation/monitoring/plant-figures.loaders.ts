import type { Reader } from '../../platform/postgres/client.ts';
import { present } from '../../platform/values/assert.ts';

/** MON-3: What the metrics say of the plant: counts now, and shares, which are null where there is nothing to divide by. */
export interface PlantFigures {
  /** What waits for workers, by kind. */
  readonly queues: Readonly<Record<'inference' | 'report' | 'background' | 'webhook', number>>;
  readonly pendingInspectionCount: number;
  /** Alerts that are not archived, by severity. */
  readonly openAlerts: Readonly<Record<'LOW' | 'MEDIUM' | 'HIGH', number>>;
  readonly unsealedEntryCount: number;
  /** FAILs among the executions that ended within the last hour. */
  readonly defectRatio: number | null;
  /** Reviewed ones among the findings of the last 24 hours. */
  readonly reviewRatio: number | null;
  /** False positives among the reviewed findings of the last 24 hours. */
  readonly falsePositiveRatio: number | null;
}

/** Of more unsealed entries, only so many are counted: the sealer has stopped long ago then. */
const MOST_UNSEALED = 100_000;

/** MON-3: The figures of the plant. One statement. */
export async function plantFigures(db: Reader): Promise<PlantFigures> {
  const [figures] = await db.sql<PlantFigures>`
    SELECT
      json_build_object(
        'inference', (SELECT count(*) FROM inference_jobs WHERE status = 'QUEUED'),
        'report', (SELECT count(*) FROM reports WHERE status = 'QUEUED'),
        'background', (SELECT count(*) FROM background_jobs WHERE status = 'QUEUED'),
        'webhook', (SELECT count(*) FROM webhook_deliveries WHERE status = 'PENDING')
      ) AS queues,
      (SELECT count(*)::int FROM inspections WHERE status = 'PENDING') AS "pendingInspectionCount",
      (SELECT json_build_object(
          'LOW', count(*) FILTER (WHERE severity = 'LOW'),
          'MEDIUM', count(*) FILTER (WHERE severity = 'MEDIUM'),
          'HIGH', count(*) FILTER (WHERE severity = 'HIGH')
        ) FROM alerts WHERE status <> 'ARCHIVED') AS "openAlerts",
      (SELECT count(*)::int FROM (
        SELECT FROM audit_entries e
        WHERE e.seq > coalesce((SELECT horizon FROM audit_blocks ORDER BY number DESC LIMIT 1), 0)
          AND (SELECT p.position FROM audit_positions p WHERE p.audit_entry_id = e.id) IS NULL
        LIMIT ${MOST_UNSEALED}) AS unsealed) AS "unsealedEntryCount",
      (SELECT (count(*) FILTER (WHERE result = 'FAIL'))::float8 / nullif(count(*), 0) FROM process_data
        WHERE completed_at > now() - interval '1 hour' AND completed_at <= now()) AS "defectRatio",
      finding.reviewed::float8 / nullif(finding.total, 0) AS "reviewRatio",
      finding.wrong::float8 / nullif(finding.reviewed, 0) AS "falsePositiveRatio"
    FROM (
      SELECT count(*) AS total, count(*) FILTER (WHERE review_status NOT IN ('PENDING', 'NEEDS_REVIEW')) AS reviewed,
        count(*) FILTER (WHERE review_status = 'FALSE_POSITIVE') AS wrong
      FROM defects WHERE created_at > now() - interval '24 hours'
    ) AS finding`;
  return present(figures, 'The figures of the plant');
}
