import { cached } from '../figure/cached-answer.graphql.ts';
import { Process, ProcessRef } from '../../catalog/process/process.graphql.ts';
import { processById } from '../../catalog/process/process.loaders.ts';
import { builder, enumeration } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { costs } from '../../platform/read/field-extensions.ts';
import { rejectQuery } from '../../platform/read/query-error.ts';
import { USERS } from '../../platform/rules/access.ts';
import { present } from '../../platform/values/assert.ts';
import { executionArguments, timeZoneArgument } from '../figure/figure.graphql.ts';
import { clocksOf, PERIOD_ARGUMENT, PeriodInput } from '../period/period.graphql.ts';
import { figurePeriod } from '../period/period.rules.ts';
import {
  CODES_MOST,
  dimensionsDiffer,
  hasRoomForRows,
  MEASUREMENT_DIMENSIONS,
  SUMMARY_LIMITS,
} from './dimension.rules.ts';
import { AskCodes, AskSummary } from './measurement.shapes.ts';
import { meanOf, type Readings, standardDeviationOf } from './reading.rules.ts';
import { type CodeRow, codesRead, summarise, type SummaryRow } from './summary.loaders.ts';

const Dimension = enumeration('MeasurementDimension', MEASUREMENT_DIMENSIONS, 'What readings are divided by.', {
  PRODUCT_MODEL: 'The product model, by its code.',
  PRODUCTION_LINE: 'The production line, by its code.',
  PROCESS: 'The step, by its code.',
  LOT: 'The lot, by its number.',
  EQUIPMENT: 'The equipment, by its code; null for executions without one.',
  OPERATOR: 'The person, by their username.',
  HOUR: 'The hour in the time zone: `2026-11-02T14`.',
  SHIFT: 'The shift by the day on which it began: `2026-11-02 NIGHT`.',
  DAY: 'The day in the time zone: `2026-11-02`.',
  WEEK: 'The ISO week in the time zone: `2026-W45`.',
  MONTH: 'The month in the time zone: `2026-11`.',
});

const Code = builder.objectRef<CodeRow>('MeasurementCode').implement({
  description: 'A code under which something was read.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'The code.' }),
    units: t.stringList({
      description: 'The units of measure that were given, each once.',
      resolve: ({ units }) => [...units],
    }),
    readingCount: t.exposeInt('readingCount', { description: 'How many readings, numbers and texts.' }),
    processes: t.field({
      type: [Process],
      description: 'The steps at which it was read.',
      resolve: async ({ processIds }, _args, context, info) =>
        Promise.all(processIds.map(async (id) => present(await processById.load(context, id, info), 'The step'))),
    }),
  }),
});

const SummaryLine = builder.objectRef<SummaryRow>('MeasurementSummaryRow').implement({
  description: 'The figures of a group of readings.',
  fields: (t) => ({
    key: t.string({
      nullable: true,
      description: 'The keys of the group, joined by ` / `, with `-` for none; null for all readings together.',
      resolve: ({ keys }) => (keys.length === 0 ? null : keys.map((key) => key ?? '-').join(' / ')),
    }),
    keys: t.field({
      type: t.listRef('String', { nullable: true }),
      description: 'The key of each dimension, in the order of `by`; null where executions have none.',
      resolve: ({ keys }) => [...keys],
    }),
    count: t.exposeInt('count', { description: 'How many readings with a number.' }),
    mean: t.float({
      nullable: true,
      description: 'Their mean, exact before it is rounded to a double; null without any.',
      resolve: (row) => meanOf(readingsOf(row)),
    }),
    standardDeviation: t.float({
      nullable: true,
      description: 'Their sample standard deviation (n − 1), from exact sums; null for less than 2.',
      resolve: (row) => standardDeviationOf(readingsOf(row)),
    }),
    min: t.expose('min', { type: 'Decimal', nullable: true, description: 'The smallest; null without any.' }),
    max: t.expose('max', { type: 'Decimal', nullable: true, description: 'The largest; null without any.' }),
    median: t.exposeFloat('median', {
      nullable: true,
      description: 'The middle one, or the mean of the two in the middle; null without any.',
    }),
    inSpecCount: t.exposeInt('inSpecCount', { description: 'Readings IN_SPEC by the limits they were judged by.' }),
    outOfSpecCount: t.exposeInt('outOfSpecCount', {
      description: 'Readings OUT_OF_SPEC by the limits they were judged by.',
    }),
    notJudgedCount: t.exposeInt('notJudgedCount', { description: 'Readings NOT_JUDGED: without limits, or texts.' }),
  }),
});

const Summary = builder.objectRef<{ readonly rows: readonly SummaryRow[] }>('MeasurementSummary').implement({
  description: 'The figures of readings, in groups.',
  fields: (t) => ({
    rows: t.field({
      type: [SummaryLine],
      description: `One row for each group that has readings, at most ${SUMMARY_LIMITS.rows}, in the order of the keys; without \`by\` exactly one.`,
      resolve: ({ rows }) => [...rows],
    }),
  }),
});

builder.queryField('measurementCodes', (t) =>
  t.field({
    type: [Code],
    nullable: true,
    description: `The codes under which something was read, by code, at most ${CODES_MOST} (KPI-16).`,
    authScopes: { may: USERS },
    extensions: costs(CODES_MOST),
    args: {
      process: t.arg({ type: ProcessRef, description: 'Of this step only.' }),
      search: t.arg.string({ description: 'A part of the code, in any case.' }),
      period: t.arg({ type: PeriodInput, description: PERIOD_ARGUMENT }),
    },
    resolve: cached(async (_root, args, context) => {
      const { process, search, period } = parseArguments(AskCodes, args);
      const query = { process, scope: {}, firstAttemptsOnly: false, period: figurePeriod(period, context.now) };
      const codes = await codesRead(context.db, { ...query, search: search?.toUpperCase() }, CODES_MOST);
      return codes.slice(0, CODES_MOST);
    }),
  }),
);

builder.queryField('measurementSummary', (t) =>
  t.field({
    type: Summary,
    nullable: true,
    description:
      'Count, mean, standard deviation, extremes and verdicts of the readings of a code, by the end of their executions (KPI-16).',
    authScopes: { may: USERS },
    extensions: costs(SUMMARY_LIMITS.rows),
    args: {
      process: t.arg({ type: ProcessRef, description: 'Of this step only. Default: of all steps.' }),
      code: t.arg.string({ required: true, description: 'What was read, in any case.' }),
      ...executionArguments(t),
      by: t.arg({
        type: [Dimension],
        description: `What the readings are divided by: at most ${SUMMARY_LIMITS.dimensions}, each once. Default: nothing.`,
      }),
      timeZone: timeZoneArgument(t),
    },
    resolve: cached(async (_root, args, context) => {
      const { period, timeZone, ...query } = parseArguments(AskSummary, args);
      refuse(dimensionsDiffer(query.by));
      const rows = await summarise(context.db, {
        ...query,
        firstAttemptsOnly: false,
        period: figurePeriod(period, context.now),
        clocks: clocksOf(context.services, timeZone),
      });
      refuse(hasRoomForRows(rows.length));
      return { rows };
    }),
  }),
);

function readingsOf({ count, sum, squares }: SummaryRow): Readings {
  return { count, sum: BigInt(sum), squares: BigInt(squares) };
}

function refuse(answer: ReturnType<typeof hasRoomForRows>): void {
  if (answer !== undefined) rejectQuery([answer]);
}
