/** What the figures of executions have in common, as SQL on the alias `d` of `process_data`. */
import { allOf, identifier, sql, type Sql } from '../../platform/postgres/sql.ts';
import type { Period } from '../../quality/report/report.rules.ts';
import { isInPeriod } from '../period/bucket.loaders.ts';
import { executionInScope } from '../scope/scope.loaders.ts';
import type { Scope } from '../scope/scope.rules.ts';

/** Which executions a figure counts: the finished ones, by when they were completed. */
export interface Counted {
  readonly period: Period;
  readonly scope: Scope;
}

/** The condition that an execution was completed in the period and is in the scope. Open ones have no completion. */
export function isCounted({ period, scope }: Counted, alias = 'd'): Sql {
  return allOf([isInPeriod(identifier(`${alias}.completed_at`), period), executionInScope(alias, scope)]);
}

/** The numbers of executions by their results. */
export const RESULT_COUNTS: Sql = sql`
  count(*)::int AS executions, count(*) FILTER (WHERE d.result = 'PASS')::int AS "passCount",
  count(*) FILTER (WHERE d.result = 'FAIL')::int AS "failCount", count(*) FILTER (WHERE d.result = 'REWORK')::int AS "reworkCount"`;

/** The columns of RESULT_COUNTS. */
export interface ResultCounts {
  readonly executions: number;
  readonly passCount: number;
  readonly failCount: number;
  readonly reworkCount: number;
}

/** The sum of the quantities of all defects. Only a FAIL and a REWORK have any. */
export const DEFECT_QUANTITY_SUM: Sql = sql`
  coalesce(sum((SELECT sum((defect ->> 'quantity')::bigint) FROM jsonb_array_elements(d.defects) AS defect))
    FILTER (WHERE d.result IN ('FAIL', 'REWORK')), 0)::float8 AS "defectQuantity"`;

/** The sum of the durations in whole seconds. */
export const DURATION_SUM: Sql = sql`coalesce(sum(d.duration_seconds), 0)::float8 AS "durationSum"`;
