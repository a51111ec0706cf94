import { cached } from '../figure/cached-answer.graphql.ts';
import { builder, enumeration } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { costs } from '../../platform/read/field-extensions.ts';
import { rejectQuery } from '../../platform/read/query-error.ts';
import type { Context } from '../../platform/request/context.ts';
import { USERS } from '../../platform/rules/access.ts';
import { clocksOf } from '../period/period.graphql.ts';
import { pictureFields } from '../picture/picture.graphql.ts';
import { figurePeriod } from '../period/period.rules.ts';
import { type CapabilityAnswer, capabilityFacts, capabilityWith, drawnCapability } from './capability.loaders.ts';
import {
  CAPABILITY_ADVICE,
  CAPABILITY_VERDICTS,
  type CapabilityIndex,
  CONFIDENCE,
  INDEX_REASONS,
  type IndexName,
} from './capability.rules.ts';
import { histogramPicture, histogramSpec } from './histogram-picture.rules.ts';
import { ConstantSetType, SigmaEstimatorType, spcInputFields } from './spc-input.graphql.ts';
import type { HistogramBin } from './histogram.rules.ts';
import {
  capabilityEstimator,
  capabilityGrouping,
  LIMIT_SOURCES,
  limitsAreInOrder,
  limitSource,
  type Measured,
  unknownStep,
} from './spc.rules.ts';
import { AskCapability } from './spc.shapes.ts';

const Reason = enumeration('CapabilityReason', INDEX_REASONS, 'Why a capability index has no value.', {
  NO_LIMITS: 'There is neither a lower nor an upper limit.',
  ONE_SIDED: 'It needs a limit that does not exist.',
  NO_TARGET: 'There is no target.',
  TOO_FEW_READINGS: 'There are less than 2 readings, or there is no subgroup of 2.',
  ZERO_VARIATION: 'The readings do not vary.',
});

const VerdictType = enumeration('CapabilityVerdict', CAPABILITY_VERDICTS, 'What a process is capable of, by its cpk.', {
  CAPABLE: '1.33 or more.',
  MARGINAL: '1.00 or more.',
  NOT_CAPABLE: 'Less than 1.00.',
});

const AdviceType = enumeration('CapabilityAdvice', CAPABILITY_ADVICE, 'What could be done about a process.', {
  REDUCE_VARIATION: 'Reduce its variation: cpk is less than 1.33.',
  CENTRE_PROCESS: 'Centre it: the mean misses the middle of the limits by more than a tenth of the tolerance.',
});

const Source = enumeration('CapabilityLimits', LIMIT_SOURCES, 'Where the limits of an index come from.', {
  INPUT: 'From the input; what it leaves out, from the characteristic of the step.',
  CHARACTERISTIC: 'From the characteristic of the step.',
  NONE: 'There are none.',
});

const Index = builder.objectRef<CapabilityIndex>('CapabilityIndex').implement({
  description: 'A capability index.',
  fields: (t) => ({
    value: t.exposeFloat('value', { nullable: true, description: 'The index; null with a reason.' }),
    lower: t.exposeFloat('lower', {
      nullable: true,
      description: 'The lower end of its confidence interval; null without one, which only cp, pp, cpk and ppk have.',
    }),
    upper: t.exposeFloat('upper', {
      nullable: true,
      description: 'The upper end of its confidence interval; null without one.',
    }),
    reason: t.expose('reason', {
      type: Reason,
      nullable: true,
      description: 'Why it has no value; null with a value.',
    }),
  }),
});

const Bin = builder.objectRef<HistogramBin>('HistogramBin').implement({
  description: 'A column of a histogram.',
  fields: (t) => ({
    from: t.exposeFloat('from', { description: 'The smallest value in it.' }),
    to: t.exposeFloat('to', { description: 'The value where the next one begins; the last one includes it.' }),
    count: t.exposeInt('count', { description: 'How many readings.' }),
  }),
});

/** The capability of a step as the graph has it. */
export interface Capability extends CapabilityAnswer {
  readonly measured: Measured & { readonly code: string };
  readonly limitsFrom: (typeof LIMIT_SOURCES)[number];
}

const DESCRIPTIONS: Readonly<Record<IndexName, string>> = {
  cp: '(USL − LSL) ÷ 6σ, with σ within subgroups.',
  cpu: '(USL − mean) ÷ 3σ, with σ within subgroups.',
  cpl: '(mean − LSL) ÷ 3σ, with σ within subgroups.',
  cpk: 'The smaller one of cpu and cpl, or the one that exists.',
  cpm: 'cp with the distance from the target as part of the variation.',
  pp: 'cp with σ of all readings.',
  ppu: 'cpu with σ of all readings.',
  ppl: 'cpl with σ of all readings.',
  ppk: 'cpk with σ of all readings.',
  cpmOverall: 'cpm with σ of all readings.',
};

export const CapabilityObject = builder.objectRef<Capability>('ProcessCapability').implement({
  description: 'How well the spread of readings fits their limits (SPC-5).',
  fields: (t) => {
    const index = (name: IndexName) =>
      t.field({ type: Index, description: DESCRIPTIONS[name], resolve: ({ indices }) => indices[name] });
    return {
      readingCount: t.int({ description: 'How many readings.', resolve: ({ row }) => row.count }),
      discardedReadings: t.int({
        description: 'Readings in no subgroup: an incomplete last one, or one of less than 2 or more than 25 readings.',
        resolve: ({ row }) => row.discarded,
      }),
      mean: t.exposeFloat('mean', { nullable: true, description: 'Their mean; null without readings.' }),
      sigmaWithin: t.exposeFloat('sigmaWithin', {
        nullable: true,
        description: 'σ within subgroups, by `sigmaEstimator`; null with too few readings.',
      }),
      sigmaOverall: t.exposeFloat('sigmaOverall', {
        nullable: true,
        description: 'The sample standard deviation of all readings; null for less than 2.',
      }),
      sigmaEstimator: t.expose('estimator', { type: SigmaEstimatorType, description: 'How σ within was estimated.' }),
      constants: t.expose('constants', { type: ConstantSetType, description: 'Where its constants came from.' }),
      confidence: t.exposeFloat('confidence', {
        description: 'The probability with which an interval covers the true index.',
      }),
      lowerLimit: t.field({
        type: 'Decimal',
        nullable: true,
        description: 'The lower specification limit (LSL) of the indices; null for none.',
        resolve: ({ row }) => row.lowerLimit,
      }),
      upperLimit: t.field({
        type: 'Decimal',
        nullable: true,
        description: 'The upper specification limit (USL) of the indices; null for none.',
        resolve: ({ row }) => row.upperLimit,
      }),
      target: t.field({
        type: 'Decimal',
        nullable: true,
        description: 'The target of cpm; null for none.',
        resolve: ({ row }) => row.target,
      }),
      limitsFrom: t.expose('limitsFrom', { type: Source, description: 'Where these limits come from.' }),
      otherLimitsCount: t.int({
        description: 'Readings that were judged by other limits when they were made.',
        resolve: ({ row }) => row.otherLimitsCount,
      }),
      cp: index('cp'),
      cpu: index('cpu'),
      cpl: index('cpl'),
      cpk: index('cpk'),
      cpm: index('cpm'),
      pp: index('pp'),
      ppu: index('ppu'),
      ppl: index('ppl'),
      ppk: index('ppk'),
      cpmOverall: index('cpmOverall'),
      verdict: t.expose('verdict', { type: VerdictType, nullable: true, description: 'By cpk; null without it.' }),
      advice: t.field({ type: [AdviceType], description: 'What could be done.', resolve: ({ advice }) => [...advice] }),
      histogram: t.field({
        type: [Bin],
        description: 'The readings in columns of equal width from the smallest to the largest; none without readings.',
        resolve: ({ histogram }) => [...histogram],
      }),
      ...pictureFields<Capability>(t, {
        svg: (capability, look) => histogramPicture(drawnCapability(capability, capability.measured.code), look),
        vegaLite: (capability) => histogramSpec(drawnCapability(capability, capability.measured.code)),
      }),
    };
  },
});

const CapabilityInput = builder.inputType('CapabilityInput', {
  description: 'What capability is computed from (SPC-5).',
  fields: (t) => ({
    ...spcInputFields(t),
    code: t.string({ required: true, description: 'What was read, in any case.' }),
    lowerLimit: t.field({ type: 'Decimal', description: 'The LSL. Default: that of the step’s characteristic.' }),
    upperLimit: t.field({ type: 'Decimal', description: 'The USL. Default: that of the step’s characteristic.' }),
    target: t.field({ type: 'Decimal', description: 'The target. Default: that of the step’s characteristic.' }),
    confidence: t.float({
      description: `The probability with which an interval covers the true index: ${CONFIDENCE.min} to ${CONFIDENCE.max}. Default: ${CONFIDENCE.usual}.`,
    }),
  }),
});

/** As much as a chart of the most subgroups. */
const CAPABILITY_COST = 1_000;

builder.queryField('processCapability', (t) =>
  t.field({
    type: CapabilityObject,
    nullable: true,
    description: 'How well the spread of the readings of a step fits their limits (SPC-5).',
    authScopes: { may: USERS },
    extensions: costs(CAPABILITY_COST),
    args: { input: t.arg({ type: CapabilityInput, required: true, description: 'What it is computed from.' }) },
    resolve: cached(async (_root, { input }, context) => resolveCapability(input, context)),
  }),
);

async function resolveCapability(input: unknown, context: Context): Promise<Capability> {
  const { period, timeZone, sigma, constants, confidence, baselineSubgroups, lowerLimit, upperLimit, target, ...rest } =
    parseArguments(AskCapability, input);
  const grouping = capabilityGrouping(rest);
  if ('code' in grouping) return rejectQuery([grouping]);
  const estimator = capabilityEstimator(grouping, sigma);
  if (typeof estimator !== 'string') return rejectQuery([estimator]);
  const limits = { lowerLimit: lowerLimit ?? null, upperLimit: upperLimit ?? null, target: target ?? null };
  const row = await capabilityFacts(context.db, {
    ...rest,
    grouping,
    limits,
    baseline: baselineSubgroups ?? null,
    period: figurePeriod(period, context.now),
    clocks: clocksOf(context.services, timeZone),
  });
  if (row === undefined) return rejectQuery([unknownStep('process')]);
  const disorder = limitsAreInOrder(row);
  if (disorder !== undefined) return rejectQuery([disorder]);
  const isGiven = lowerLimit !== undefined || upperLimit !== undefined;
  return {
    ...capabilityWith(row, { estimator, constants, confidence }),
    measured: { step: row.step, code: rest.code, unit: row.unit },
    limitsFrom: limitSource(isGiven, row.lowerLimit !== null || row.upperLimit !== null),
  };
}
