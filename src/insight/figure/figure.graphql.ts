/** What the figures have in common in the schema: their arguments. */
import type { ObjectFieldBuilder } from '@pothos/core';
import type { SchemaTypes } from '../../platform/graphql/builder.ts';
import type { Context } from '../../platform/request/context.ts';
import { reference } from '../../platform/read/field.ts';
import type { Period } from '../../quality/report/report.rules.ts';
import { Process } from '../../catalog/process/process.graphql.ts';
import { processById } from '../../catalog/process/process.loaders.ts';
import { PeriodInput, PERIOD_ARGUMENT, TIME_ZONE_ARGUMENT } from '../period/period.graphql.ts';
import { figurePeriod } from '../period/period.rules.ts';
import { SCOPE_ARGUMENT, ScopeInput, UNIT_SCOPE_ARGUMENT } from '../scope/scope.graphql.ts';
import type { Scope } from '../scope/scope.rules.ts';
import type { Counted, ResultCounts } from './execution.loaders.ts';

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

/** The fields of the numbers of executions by their results. */
export function resultCountFields<Row extends ResultCounts>(t: ObjectFieldBuilder<SchemaTypes, Row>) {
  return {
    executions: t.int({ description: 'Finished executions.', resolve: ({ executions }) => executions }),
    passCount: t.int({ description: 'Those with a PASS.', resolve: ({ passCount }) => passCount }),
    failCount: t.int({ description: 'Those with a FAIL.', resolve: ({ failCount }) => failCount }),
    reworkCount: t.int({ description: 'Those with a REWORK.', resolve: ({ reworkCount }) => reworkCount }),
  };
}
