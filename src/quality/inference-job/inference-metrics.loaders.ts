import type { Reader } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { JobGroup } from './inference-metrics.rules.ts';

interface Queue {
  readonly status: 'QUEUED';
  readonly count: number;
}

/** The jobs that ended in the last minutes by status and latency, and how many wait in the queue; by one statement. */
export async function jobGroups(
  db: Reader,
  windowMinutes: number,
): Promise<{ readonly finished: readonly JobGroup[]; readonly queueDepth: number }> {
  const groups = await db.query<JobGroup | Queue>(sql`
    SELECT t.status, CASE t.status WHEN 'COMPLETED' THEN (extract(epoch FROM t.completed_at - t.started_at) * 1000)::float8 END AS "latencyMilliseconds",
           count(*)::int AS count
    FROM inference_jobs t WHERE t.completed_at BETWEEN now() - make_interval(mins => ${windowMinutes}::int) AND now() GROUP BY 1, 2
    UNION ALL SELECT 'QUEUED', NULL, count(*)::int FROM inference_jobs t WHERE t.status = 'QUEUED'`);
  return {
    finished: groups.filter((group) => group.status !== 'QUEUED'),
    queueDepth: groups.find(({ status }) => status === 'QUEUED')?.count ?? 0,
  };
}

/**
 * The mean of the confidences that the findings of the jobs of the last minutes state, half up to 4 decimals; null when
 * none states one.
 */
export async function meanConfidence(db: Reader, windowMinutes: number): Promise<string | null> {
  const [mean] = await db.query<{ confidence: string | null }>(sql`
    SELECT round(avg(defect.confidence), 4)::text AS confidence
    FROM inference_jobs t JOIN defects defect ON defect.inference_job_id = t.id
    WHERE t.completed_at BETWEEN now() - make_interval(mins => ${windowMinutes}::int) AND now()`);
  return mean?.confidence ?? null;
}
