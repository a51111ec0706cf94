import { cached } from '../figure/cached-answer.graphql.ts';
import { builder, enumeration } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { costs } from '../../platform/read/field-extensions.ts';
import { rejectQuery } from '../../platform/read/query-error.ts';
import { onePerTick } from '../../platform/scheduling/fair-scheduler.ts';
import { USERS } from '../../platform/rules/access.ts';
import { executionArguments, timeZoneArgument } from '../figure/figure.graphql.ts';
import { clocksOf } from '../period/period.graphql.ts';
import { figurePeriod } from '../period/period.rules.ts';
import { compareUnits } from './commonality.loaders.ts';
import {
  COMMONALITY_FACTORS,
  COMMONALITY_ROWS,
  COMPARED_UNITS,
  type CommonCause,
  commonCauses,
  factorsFit,
  hasRoomForUnits,
  NAMED_UNITS,
  USUAL_P_VALUE,
} from './commonality.rules.ts';
import { AskCommonality } from './commonality.shapes.ts';

const Factor = enumeration('CommonalityFactor', COMMONALITY_FACTORS, 'What units may have in common.', {
  LOT: 'The lot that the unit belongs to, by its number.',
  COMPONENT_LOT: 'The lot of a component that was ever built into the unit or its lot, by its number.',
  EXTERNAL_LOT: 'The supplier lot of a component that was ever built into the unit or its lot, by its number.',
  PROCESS: 'A step, by its code.',
  EQUIPMENT: 'A machine, by its code.',
  OPERATOR: 'A person, by their username.',
  STATION: 'A station, by its code.',
  HOUR: 'The hour of a step in the time zone: `2026-11-02T14`.',
  SHIFT: 'The shift of a step by the day on which it began: `2026-11-02 NIGHT`.',
  DAY: 'The day of a step in the time zone: `2026-11-02`.',
});

const Cause = builder.objectRef<CommonCause>('CommonCause').implement({
  description: 'Something that bad units met more often than good ones.',
  fields: (t) => ({
    factor: t.expose('factor', { type: Factor, description: 'What kind of thing.' }),
    key: t.exposeString('key', { description: 'Its code, number, name or time.' }),
    exposedBad: t.exposeInt('exposedBad', { description: 'Bad units that met it.' }),
    exposedCount: t.exposeInt('exposedCount', { description: 'All units that met it.' }),
    unexposedBad: t.exposeInt('unexposedBad', { description: 'Bad units that did not.' }),
    unexposedCount: t.exposeInt('unexposedCount', { description: 'All units that did not.' }),
    exposedRatio: t.exposeFloat('exposedRatio', { description: 'Bad ÷ all units that met it.' }),
    unexposedRatio: t.exposeFloat('unexposedRatio', { description: 'Bad ÷ all units that did not.' }),
    lift: t.exposeFloat('lift', { description: 'The exposed ratio ÷ the ratio of all compared units.' }),
    pValue: t.exposeFloat('pValue', {
      description:
        'Fisher’s exact test, two-sided: how likely such a difference, or a rarer one, is by chance. It is not corrected for the number of keys that were tested.',
    }),
  }),
});

interface Found {
  readonly bad: number;
  readonly good: number;
  readonly tested: number;
  readonly rows: readonly CommonCause[];
}

const Commonality = builder.objectRef<Found>('Commonality').implement({
  description: 'What bad units have in common that good ones have not.',
  fields: (t) => ({
    badCount: t.exposeInt('bad', { description: 'How many units are bad.' }),
    goodCount: t.exposeInt('good', { description: 'How many units they are compared with.' }),
    testedCount: t.exposeInt('tested', {
      description: 'How many keys at least one bad unit met. The more there are, the more of them differ by chance.',
    }),
    rows: t.field({ type: [Cause], description: 'By lift, then by the smaller p.', resolve: ({ rows }) => [...rows] }),
  }),
});

const FailureInput = builder.inputType('CommonalityFailureInput', {
  description: 'What makes a unit bad: an execution in the period and the scope for which all of it holds.',
  fields: (t) => ({
    defectCode: t.string({ description: 'It failed with this defect, in any case.' }),
    outOfSpecCode: t.string({
      description: 'It has a reading OUT_OF_SPEC under this code, in any case; then it need not have failed.',
    }),
  }),
});

/** A document may ask four times: each compares up to thousands of units by Fisher's test. */
const COMMONALITY_COST = 10_000;

builder.queryField('commonality', (t) =>
  t.field({
    type: Commonality,
    nullable: true,
    description: `The lots, components, machines, people, stations and times that bad units met more often than good ones. A unit is an item with the serial that it became; at most ${COMPARED_UNITS} are compared, by their first attempts in the period (CCA-1).`,
    authScopes: { may: USERS },
    extensions: costs(COMMONALITY_COST),
    args: {
      units: t.arg.idList({
        description: `The bad units: ids of items or serials, at most ${NAMED_UNITS}. Default: those with a failure.`,
      }),
      failure: t.arg({
        type: FailureInput,
        description: 'What makes a unit bad. Default: an execution that ended with FAIL.',
      }),
      against: t.arg.idList({
        description: `The good units, at most ${NAMED_UNITS}. Default: all others with a finished execution in the period and the scope.`,
      }),
      ...executionArguments(t),
      by: t.arg({ type: [Factor], description: 'What they may have in common. Default: everything.' }),
      timeZone: timeZoneArgument(t),
      maxPValue: t.arg.float({ description: `Only rows with a p of at most this. Default: ${USUAL_P_VALUE}.` }),
      first: t.arg.int({
        description: `How many rows: ${COMMONALITY_ROWS.min} to ${COMMONALITY_ROWS.max}. Default: ${COMMONALITY_ROWS.default}.`,
      }),
    },
    resolve: cached(async (_root, args, context) => {
      const { period, timeZone, maxPValue, first, ...query } = parseArguments(AskCommonality, args);
      const refused = factorsFit(query);
      if (refused !== undefined) return rejectQuery([refused]);
      const { bad, good, exposures } = await compareUnits(context.db, {
        ...query,
        period: figurePeriod(period, context.now),
        clocks: clocksOf(context.services, timeZone),
      });
      const tooMany = hasRoomForUnits(bad + good);
      if (tooMany !== undefined) return rejectQuery([tooMany]);
      // Fisher's test of every exposure takes a few milliseconds; a document may ask twenty times.
      await onePerTick();
      return {
        bad,
        good,
        tested: exposures.length,
        rows: commonCauses(exposures, { bad, good, maxPValue }).slice(0, first),
      };
    }),
  }),
);
