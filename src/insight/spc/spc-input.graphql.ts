/** The input that a chart and capability have in common. */
import type { InputFieldBuilder } from '@pothos/core';
import { ProcessRef } from '../../catalog/process/process.graphql.ts';
import { enumeration, type SchemaTypes } from '../../platform/graphql/builder.ts';
import { PERIOD_ARGUMENT, PeriodInput, TIME_ZONE_ARGUMENT } from '../period/period.graphql.ts';
import { SCOPE_ARGUMENT, ScopeInput } from '../scope/scope.graphql.ts';
import { CONSTANT_SETS, SUBGROUP_SIZES } from './constants.rules.ts';
import { ATTRIBUTE_SIZE, BASELINE, SUBGROUPINGS, SUBGROUPS_MOST, USUAL_SIZE } from './spc.rules.ts';
import { SIGMA_ESTIMATORS } from './subgroup.rules.ts';

export const SigmaEstimatorType = enumeration(
  'SigmaEstimator',
  SIGMA_ESTIMATORS,
  'How the standard deviation σ of a process is estimated (SPC-2).',
  {
    RBAR_D2: 'Mean of range ÷ d2 of each subgroup.',
    SBAR_C4: 'Mean of sample standard deviation ÷ c4 of each subgroup.',
    MRBAR_D2: 'Mean moving range of two readings ÷ d2(2).',
    POOLED: 'Root of the pooled variance within subgroups, without bias correction.',
    OVERALL: 'Sample standard deviation of all readings, without bias correction.',
  },
);

export const ConstantSetType = enumeration(
  'SpcConstants',
  CONSTANT_SETS,
  'Where the constants d2, d3 and c4 of charts come from (SPC-3).',
  { EXACT: 'Computed.', TABLE: 'd2 and d3 with three decimals and c4 with four, as printed tables have them.' },
);

const SubgroupBy = enumeration('SubgroupBy', SUBGROUPINGS, 'How readings or executions are put together.', {
  SIZE: 'So many that follow each other.',
  LOT: 'Those of a lot.',
  SESSION: 'Those of a process session; executions without one are left out.',
  HOUR: 'Those of an hour.',
  SHIFT: 'Those of a shift.',
  DAY: 'Those of a day.',
});

/** The fields of the input that a chart and capability have in common. */
export function spcInputFields(t: InputFieldBuilder<SchemaTypes, 'InputObject'>) {
  return {
    process: t.field({ type: ProcessRef, required: true, description: 'The step.' }),
    period: t.field({ type: PeriodInput, description: PERIOD_ARGUMENT }),
    scope: t.field({ type: ScopeInput, description: SCOPE_ARGUMENT }),
    subgroupBy: t.field({
      type: SubgroupBy,
      description:
        'How they are put together. Default: SIZE for X̄ charts, DAY for P, NP, C and U; capability and I_MR take single readings.',
    }),
    subgroupSize: t.int({
      description: `For SIZE: ${SUBGROUP_SIZES.min} to ${SUBGROUP_SIZES.max} readings, ${USUAL_SIZE} unless given; up to ${ATTRIBUTE_SIZE.max} executions in P, NP, C and U.`,
    }),
    sigma: t.field({
      type: SigmaEstimatorType,
      description:
        'How σ is estimated. Default: RBAR_D2 for XBAR_R and capability with subgroups, SBAR_C4 for XBAR_S, MRBAR_D2 for single readings.',
    }),
    constants: t.field({ type: ConstantSetType, description: 'Where the constants come from. Default: EXACT.' }),
    baselineSubgroups: t.int({
      description: `The first so many subgroups give centre and σ: ${BASELINE.min} to ${SUBGROUPS_MOST}. Default: all.`,
    }),
    firstAttemptsOnly: t.boolean({
      description: 'Whether only the first attempt of each unit counts. Default: false.',
    }),
    timeZone: t.string({ description: TIME_ZONE_ARGUMENT }),
  };
}
