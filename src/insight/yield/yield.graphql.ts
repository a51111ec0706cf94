import { cached } from '../figure/cached-answer.graphql.ts';
import { builder, enumeration } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { USERS } from '../../platform/rules/access.ts';
import {
  countedBy,
  executionArguments,
  resultCountFields,
  STEP_OF_ROW,
  timeZoneArgument,
  unitArguments,
} from '../figure/figure.graphql.ts';
import { clocksOf } from '../period/period.graphql.ts';
import { pictureFields } from '../picture/picture.graphql.ts';
import { loadSerialYield, loadYieldReport } from './yield.loaders.ts';
import { yieldPicture, yieldSpec } from './yield-picture.rules.ts';
import {
  type RolledYield as Rolled,
  type SerialYield as SerialFigures,
  YIELD_DIMENSIONS,
  type YieldReport as Report,
  type YieldRow as RowOfYield,
} from './yield.rules.ts';
import { AskSerialYield, AskYieldReport } from './yield.shapes.ts';

export const YieldDimension = enumeration(
  'YieldDimension',
  YIELD_DIMENSIONS,
  'What a figure is divided by. Hours, shifts, days, weeks and months are those in which executions were completed, by the clocks of the time zone.',
  {
    PRODUCT_MODEL: 'What is made; the key is its code.',
    PRODUCTION_LINE: 'Where the lot is made; the key is the code of the line.',
    LOT: 'The lot; the key is its number.',
    EQUIPMENT: 'What the step was run on; the key is its code, or null without equipment.',
    OPERATOR: 'Who ran the step; the key is the username.',
    HOUR: 'The hour, such as `2026-11-02T14`. An hour that comes twice is one.',
    SHIFT: 'The shift, with the day on which it began: `2026-11-02 NIGHT`.',
    DAY: 'The day, such as `2026-11-02`.',
    WEEK: 'The week of ISO 8601, from Monday, such as `2026-W45`.',
    MONTH: 'The month of the calendar, such as `2026-11`.',
  },
);

export const SerialYield = builder.objectRef<SerialFigures>('SerialYield').implement({
  description:
    'The yield of the serials that reached their end in the period: PASSED, or FAILED with no rework left (KPI-1).',
  fields: (t) => ({
    terminalCount: t.exposeInt('terminalCount', { description: 'Serials that reached their end.' }),
    passedCount: t.exposeInt('passedCount', { description: 'Those that PASSED.' }),
    failedCount: t.exposeInt('failedCount', { description: 'Those that FAILED with no rework left.' }),
    passedFirstTimeCount: t.exposeInt('passedFirstTimeCount', { description: 'Those that PASSED without rework.' }),
    reworkedCount: t.exposeInt('reworkedCount', { description: 'Those that were reworked, whatever became of them.' }),
    passRatio: t.exposeFloat('passRatio', {
      nullable: true,
      description: 'passedCount ÷ terminalCount, 0 to 1; null without serials.',
    }),
    firstTimeRatio: t.exposeFloat('firstTimeRatio', {
      nullable: true,
      description: 'passedFirstTimeCount ÷ terminalCount, 0 to 1; null without serials.',
    }),
    reworkRatio: t.exposeFloat('reworkRatio', {
      nullable: true,
      description: 'reworkedCount ÷ terminalCount, 0 to 1; null without serials.',
    }),
  }),
});

const YieldRow = builder.objectRef<RowOfYield>('YieldRow').implement({
  description: 'The yield of one step, and of one key where the report is divided.',
  fields: (t) => ({
    process: t.field(STEP_OF_ROW),
    key: t.exposeString('key', {
      nullable: true,
      description:
        'What the row is about (YieldDimension); null where the report is not divided, and without equipment.',
    }),
    firstAttempts: t.exposeInt('firstAttempts', {
      description: 'Finished executions that were the first of their unit.',
    }),
    firstPasses: t.exposeInt('firstPasses', { description: 'Those of them with a PASS. A REWORK is none.' }),
    firstPassYield: t.exposeFloat('firstPassYield', {
      nullable: true,
      description: 'firstPasses ÷ firstAttempts, 0 to 1 (ISO 22400-2: first pass yield); null without first attempts.',
    }),
    units: t.exposeInt('units', { description: 'Units with a finished execution.' }),
    unitsPassed: t.exposeInt('unitsPassed', { description: 'Units with a PASS.' }),
    finalYield: t.exposeFloat('finalYield', {
      nullable: true,
      description: 'unitsPassed ÷ units, 0 to 1. Null without units.',
    }),
    ...resultCountFields(t),
    defectQuantity: t.exposeFloat('defectQuantity', { description: 'The quantities of their defects together.' }),
    defectsPerUnit: t.exposeFloat('defectsPerUnit', {
      nullable: true,
      description: 'defectQuantity ÷ units; null without units.',
    }),
  }),
});

const RolledYield = builder.objectRef<Rolled>('RolledYield').implement({
  description: 'The rolled throughput yield of one key.',
  fields: (t) => ({
    key: t.exposeString('key', { nullable: true, description: 'The key (YieldDimension); null without equipment.' }),
    value: t.exposeFloat('value', {
      nullable: true,
      description:
        'The product of its first pass yields, 0 to 1 (KPI-3); null without first attempts at manufacturing steps of items and serials.',
    }),
  }),
});

const YieldReport = builder.objectRef<Report>('YieldReport').implement({
  description: 'First pass yield, final yield and rolled throughput yield of the steps (KPI-2, KPI-3).',
  fields: (t) => ({
    rolledThroughputYield: t.exposeFloat('rolledThroughputYield', {
      nullable: true,
      description:
        'The product of the first pass yields of the manufacturing steps of items and serials that have first attempts, 0 to 1; null when none has.',
    }),
    rows: t.field({
      type: [YieldRow],
      description: 'One for each step and key with finished executions, by step number, then key, null last.',
      resolve: ({ rows }) => [...rows],
    }),
    rolledThroughputYields: t.field({
      type: [RolledYield],
      description: 'One for each key, in their order; empty where the report is not divided.',
      resolve: ({ rolledThroughputYields }) => [...rolledThroughputYields],
    }),
    ...pictureFields<Report>(t, { svg: yieldPicture, vegaLite: yieldSpec }),
  }),
});

builder.queryField('serialYield', (t) =>
  t.field({
    type: SerialYield,
    nullable: true,
    description: 'The yield of serials (KPI-1).',
    authScopes: { may: USERS },
    args: unitArguments(t),
    resolve: cached((_root, args, context) =>
      loadSerialYield(context.db, countedBy(context, parseArguments(AskSerialYield, args))),
    ),
  }),
);

builder.queryField('yieldReport', (t) =>
  t.field({
    type: YieldReport,
    nullable: true,
    description: 'The yield of steps, from the executions that were completed in the period (KPI-2, KPI-3).',
    authScopes: { may: USERS },
    args: {
      ...executionArguments(t),
      by: t.arg({
        type: YieldDimension,
        description: 'What rows are divided by, in addition to the step. Default: nothing.',
      }),
      timeZone: timeZoneArgument(t),
    },
    resolve: cached((_root, args, context) => {
      const { by, timeZone, ...given } = parseArguments(AskYieldReport, args);
      return loadYieldReport(context.db, countedBy(context, given), by, clocksOf(context.services, timeZone));
    }),
  }),
);
