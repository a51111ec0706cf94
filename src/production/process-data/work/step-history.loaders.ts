/** What was done on units so far, step by step. */
import type { StepName } from '../../../catalog/process/route.rules.ts';
import type { Reader } from '../../../platform/postgres/client.ts';
import { arrayParameter, sql, type Sql } from '../../../platform/postgres/sql.ts';
import type { Instant } from '../../../platform/values/time.ts';

/** What was done on a unit in one step. */
export interface StepHistory extends StepName {
  /** The id of the lot, item or serial. */
  readonly unitId: string;
  readonly isPassed: boolean;
  readonly finishedAttempts: number;
  readonly lastAttempt: number;
  /** The open execution, of which there is at most one (PD-5); null when none is open, and so are the next two. */
  readonly openId: string | null;
  readonly openStartedAt: Instant | null;
  /** The username of the operator of the open execution. */
  readonly openOperator: string | null;
}

/** The history of each of the units, one statement. PostgreSQL plans for one unit in another way than for many. */
export async function stepHistoryOf(db: Reader, unitIds: readonly string[]): Promise<readonly StepHistory[]> {
  const [unitId, ...more] = unitIds;
  const condition = more.length === 0 ? sql`= ${unitId}::uuid` : sql`= ANY(${arrayParameter('uuid', unitIds)})`;
  return db.prepared(stepHistorySql(condition));
}

/**
 * A query for one row per unit and step that was ever started, in number order. `units` completes the condition on the
 * unit's id.
 */
export function stepHistorySql(units: Sql): Sql {
  return sql`
    SELECT d.unit_id AS "unitId", step.id, step.number, step.code, bool_or(d.result IS NOT DISTINCT FROM 'PASS') AS "isPassed",
           count(d.completed_at)::int AS "finishedAttempts", max(d.attempt) AS "lastAttempt",
           max(d.id::text) FILTER (WHERE d.completed_at IS NULL) AS "openId",
           max(d.started_at) FILTER (WHERE d.completed_at IS NULL) AS "openStartedAt",
           max(operator.username) FILTER (WHERE d.completed_at IS NULL) AS "openOperator"
    FROM process_data d JOIN processes step ON step.id = d.process_id JOIN users operator ON operator.id = d.operator_id
    WHERE d.unit_id ${units}
    GROUP BY d.unit_id, step.id ORDER BY step.number`;
}
