/** The readings of finished executions as rows of SQL. */
import type { Period } from '../../quality/report/report.rules.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import { allOf, sql, type Sql } from '../../platform/postgres/sql.ts';
import { isInPeriod } from '../period/bucket.loaders.ts';
import { executionInScope } from '../scope/scope.loaders.ts';
import type { Scope } from '../scope/scope.rules.ts';

/** Which executions: finished ones of a step, by when they ended. */
export interface ExecutionQuery {
  readonly process: Reference | undefined;
  readonly period: Period;
  readonly scope: Scope;
  readonly firstAttemptsOnly: boolean;
}

/** The condition that an execution, on the alias `t`, is one of these; `step` is the id of the step as SQL. */
export function isAskedFor({ process, period, scope, firstAttemptsOnly }: ExecutionQuery, step: Sql): Sql {
  return allOf([
    sql`t.result IS NOT NULL`,
    isInPeriod(sql`t.completed_at`, period),
    executionInScope('t', scope),
    ...(process === undefined ? [] : [sql`t.process_id = ${step}`]),
    ...(firstAttemptsOnly ? [sql`t.attempt = 1`] : []),
  ]);
}

/** The readings of executions `t`, as `r.reading` with its place from 1. */
export const READINGS: Sql = sql`
  process_data t CROSS JOIN LATERAL jsonb_array_elements(t.measurements) WITH ORDINALITY AS r(reading, position)`;

/** The number of a reading; null for a text. */
export const VALUE: Sql = sql`(r.reading ->> 'value')::numeric`;

/** The condition that a reading has a code. */
export function hasCode(code: string): Sql {
  return sql`r.reading ->> 'code' = ${code}`;
}

/** The step that a reference names, as one row with the columns `id` and `quality_criteria`, or none. */
export function stepSql({ key, value }: Reference): Sql {
  const column = key === 'id' ? sql`p.id` : key === 'code' ? sql`p.code` : sql`p.number`;
  return sql`SELECT p.id, p.code, p.quality_criteria FROM processes p WHERE ${column} = ${value}`;
}

/** The limits that a reading was judged by; null for none. */
export const LOWER_LIMIT: Sql = sql`(r.reading ->> 'lowerLimit')::numeric`;
/** The upper one of the limits. */
export const UPPER_LIMIT: Sql = sql`(r.reading ->> 'upperLimit')::numeric`;

/** PD-10: The verdict about a value with the limits it was judged by. */
export function verdictSql(value: Sql, lower: Sql, upper: Sql): Sql {
  return sql`
    CASE WHEN ${value} < ${lower} OR ${value} > ${upper} THEN 'OUT_OF_SPEC'
         WHEN ${value} IS NOT NULL AND coalesce(${lower}, ${upper}) IS NOT NULL THEN 'IN_SPEC'
         ELSE 'NOT_JUDGED' END`;
}

/** PD-10: The verdict about a reading with the limits it was judged by. */
export const VERDICT: Sql = verdictSql(VALUE, LOWER_LIMIT, UPPER_LIMIT);

/** A sum of numerics as a whole number of 1e-10, or of 1e-20 for squares: nothing is rounded. */
export function exactSum(values: Sql, power: 1 | 2 = 1): Sql {
  return power === 1
    ? sql`trunc(coalesce(sum(${values}), 0) * 1e10)::text`
    : sql`trunc(coalesce(sum(${values} * ${values}), 0) * 1e20)::text`;
}

/** The id of the step of a query; NULL when it is about all steps. */
export function stepIdOf({ process }: ExecutionQuery): Sql {
  return process === undefined ? sql`NULL` : sql`(SELECT step.id FROM (${stepSql(process)}) AS step)`;
}
