/** What the figures have in common in the schema: their arguments. */
import type { SchemaTypes } from '../../platform/graphql/builder.ts';
import { parseInput } from '../../platform/input/parse.ts';
import { rejectQuery } from '../../platform/read/query-error.ts';
import type { Context } from '../../platform/request/context.ts';
import { reference } from '../../platform/read/field.ts';
import type { Period } from '../../quality/report/report.rules.ts';
import { Process } from '../../catalog/process/process.graphql.ts';
import { processById } from '../../catalog/process/process.loaders.ts';
import { PeriodInput, PERIOD_ARGUMENT, TIME_ZONE_ARGUMENT } from '../period/period.graphql.ts';
import { figurePeriod } from '../period/period.rules.ts';
import { SCOPE_ARGUMENT, ScopeInput, UNIT_SCOPE_ARGUMENT } from '../scope/scope.graphql.ts';
import type { Scope } from '../scope/scope.rules.ts';
import type { Counted } from './execution.loaders.ts';

type RootFields = PothosSchemaTypes.QueryFieldBuilder<SchemaTypes, SchemaTypes['Root']>;

/** The arguments of a figure of executions. */
export function executionArguments(t: RootFields) {
  return {
    period: t.arg({ type: PeriodInput, description: PERIOD_ARGUMENT }),
    scope: t.arg({ type: ScopeInput, description: SCOPE_ARGUMENT }),
  };
}

/** The arguments of a figure of lots, items, serials or inspections. */
export function unitArguments(t: RootFields) {
  return {
    period: t.arg({ type: PeriodInput, description: PERIOD_ARGUMENT }),
    scope: t.arg({ type: ScopeInput, description: UNIT_SCOPE_ARGUMENT }),
  };
}

/** The argument that names a time zone. */
export function timeZoneArgument(t: RootFields) {
  return t.arg.string({ description: TIME_ZONE_ARGUMENT });
}

/** The arguments in their canonical form; the query is refused when something is wrong with them. */
export function asked<Value>(shape: Parameters<typeof parseInput<Value>>[0], args: unknown): Value {
  const parsed = parseInput(shape, args);
  return 'rejections' in parsed ? rejectQuery(parsed.rejections) : parsed.value;
}

/** The executions that a figure counts by its arguments. */
export function countedBy(
  { now }: Context,
  { period, scope }: { readonly period?: Period | undefined; readonly scope: Scope },
): Counted {
  return { period: figurePeriod(period, now), scope };
}

/** The step of a row of a figure. */
export const STEP_OF_ROW = {
  type: Process,
  description: 'The step.',
  ...reference(processById, 'processId', 'The step of a figure'),
} as const;
