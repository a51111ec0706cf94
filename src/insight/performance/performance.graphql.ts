import { cached } from '../figure/cached-answer.graphql.ts';
import { User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { builder } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { reference } from '../../platform/read/field.ts';
import { allows, AUDIT, CREW_AND_AUDITORS, USERS } from '../../platform/rules/access.ts';
import { countedBy, executionArguments, resultCountFields, STEP_OF_ROW } from '../figure/figure.graphql.ts';
import { pictureFields } from '../picture/picture.graphql.ts';
import { cycleTimePicture, cycleTimeSpec } from './cycle-time-picture.rules.ts';
import { loadCycleTimes, loadOperatorPerformance, loadProcessPerformance } from './performance.loaders.ts';
import {
  type CycleTimes as Times,
  type OperatorPerformance as OfOperator,
  operatorsShown,
  type Performance,
  type ProcessPerformance as OfProcesses,
  type StepPerformance,
  type UnitTimes as TimesOfUnits,
} from './performance.rules.ts';
import { AskPerformance } from './performance.shapes.ts';

const ProcessPerformanceRow = builder.objectRef<StepPerformance>('ProcessPerformanceRow').implement({
  description: 'What one step did in the period.',
  fields: (t) => ({
    process: t.field(STEP_OF_ROW),
    ...resultCountFields(t),
    openCount: t.exposeInt('openCount', { description: 'Executions that are open now, whatever the period.' }),
    passRatio: t.exposeFloat('passRatio', {
      nullable: true,
      description: 'passCount ÷ executions, 0 to 1; null without executions.',
    }),
    meanDurationSeconds: t.exposeFloat('meanDurationSeconds', {
      nullable: true,
      description: 'The mean of their whole seconds; null without executions.',
    }),
    plannedSeconds: t.exposeInt('plannedSeconds', {
      nullable: true,
      description: 'The planned seconds of the step; null without a plan.',
    }),
    durationRatio: t.exposeFloat('durationRatio', {
      nullable: true,
      description: 'meanDurationSeconds ÷ plannedSeconds; null without executions or without a plan.',
    }),
  }),
});

const OverallPerformance = builder.objectRef<Performance>('OverallPerformance').implement({
  description: 'What all steps did in the period.',
  fields: (t) => ({
    ...resultCountFields(t),
    openCount: t.exposeInt('openCount', { description: 'Executions that are open now, whatever the period.' }),
    passRatio: t.exposeFloat('passRatio', {
      nullable: true,
      description: 'passCount ÷ executions, 0 to 1; null without executions.',
    }),
    meanDurationSeconds: t.exposeFloat('meanDurationSeconds', {
      nullable: true,
      description: 'The mean of the whole seconds of all executions; null without executions.',
    }),
  }),
});

const ProcessPerformance = builder.objectRef<OfProcesses>('ProcessPerformance').implement({
  description: 'What the steps did in the period (KPI-9).',
  fields: (t) => ({
    rows: t.field({
      type: [ProcessPerformanceRow],
      description: 'The active steps, and others with executions, by number.',
      resolve: ({ rows }) => [...rows],
    }),
    overall: t.field({ type: OverallPerformance, description: 'All of them.', resolve: ({ overall }) => overall }),
  }),
});

const CycleTimeRow = builder.objectRef<Times['byProcess'][number]>('CycleTimeRow').implement({
  description: 'How long the executions of one step took.',
  fields: (t) => ({
    process: t.field(STEP_OF_ROW),
    count: t.exposeInt('count', { description: 'Finished executions.' }),
    meanSeconds: t.exposeFloat('meanSeconds', { nullable: true, description: 'The mean of their whole seconds.' }),
    medianSeconds: t.exposeFloat('medianSeconds', { description: 'The median of their whole seconds.' }),
    p95Seconds: t.exposeFloat('p95Seconds', {
      description: 'The least whole seconds that 95 percent of them do not exceed (nearest rank).',
    }),
    plannedSeconds: t.exposeInt('plannedSeconds', {
      nullable: true,
      description: 'The planned seconds of the step; null without a plan.',
    }),
  }),
});

const UnitTimes = builder.objectRef<TimesOfUnits>('UnitTimes').implement({
  description: 'How long the WIP items took that were completed in the period.',
  fields: (t) => ({
    count: t.exposeInt('count', {
      description: 'The items; those that were completed without an execution do not count.',
    }),
    meanLeadSeconds: t.exposeFloat('meanLeadSeconds', {
      nullable: true,
      description: 'The mean of the whole seconds from first start to completion; null without items.',
    }),
    medianLeadSeconds: t.exposeFloat('medianLeadSeconds', {
      nullable: true,
      description: 'The median of the whole seconds from first start to completion; null without items.',
    }),
    meanTouchSeconds: t.exposeFloat('meanTouchSeconds', {
      nullable: true,
      description: 'The mean of the seconds of finished work on an item; null without items.',
    }),
    flowRatio: t.exposeFloat('flowRatio', {
      nullable: true,
      description: 'All seconds of work ÷ all seconds from start to completion; null without items.',
    }),
  }),
});

const CycleTimes = builder.objectRef<Times>('CycleTimes').implement({
  description: 'How long executions and items took (KPI-10).',
  fields: (t) => ({
    byProcess: t.field({
      type: [CycleTimeRow],
      description: 'The steps with finished executions, by number.',
      resolve: ({ byProcess }) => [...byProcess],
    }),
    units: t.field({ type: UnitTimes, description: 'The items.', resolve: ({ units }) => units }),
    ...pictureFields<Times>(t, { svg: cycleTimePicture, vegaLite: cycleTimeSpec }),
  }),
});

const OperatorPerformanceRow = builder.objectRef<OfOperator>('OperatorPerformanceRow').implement({
  description: 'What one person did in the period.',
  fields: (t) => ({
    operator: t.field({
      type: User,
      description: 'The person who ran the steps.',
      ...reference(userById, 'operatorId', 'The operator of a figure'),
    }),
    ...resultCountFields(t),
    passRatio: t.exposeFloat('passRatio', { nullable: true, description: 'passCount ÷ executions, 0 to 1.' }),
    meanDurationSeconds: t.exposeFloat('meanDurationSeconds', {
      nullable: true,
      description: 'The mean of their whole seconds.',
    }),
    touchSeconds: t.exposeFloat('durationSum', { description: 'Their whole seconds together.' }),
  }),
});

const OperatorPerformance = builder
  .objectRef<{ readonly rows: readonly OfOperator[] }>('OperatorPerformance')
  .implement({
    description: 'What people did in the period (KPI-13).',
    fields: (t) => ({
      rows: t.field({
        type: [OperatorPerformanceRow],
        description: 'The people with finished executions, those with the most first, then by username.',
        resolve: ({ rows }) => [...rows],
      }),
    }),
  });

builder.queryField('processPerformance', (t) =>
  t.field({
    type: ProcessPerformance,
    nullable: true,
    description: 'What the steps did in the period, and what is open at them (KPI-9).',
    authScopes: { may: USERS },
    args: executionArguments(t),
    resolve: cached((_root, args, context) =>
      loadProcessPerformance(context.db, countedBy(context, parseArguments(AskPerformance, args))),
    ),
  }),
);

builder.queryField('cycleTimes', (t) =>
  t.field({
    type: CycleTimes,
    nullable: true,
    description: 'How long executions and items took (KPI-10).',
    authScopes: { may: USERS },
    args: executionArguments(t),
    resolve: cached((_root, args, context) =>
      loadCycleTimes(context.db, countedBy(context, parseArguments(AskPerformance, args))),
    ),
  }),
);

builder.queryField('operatorPerformance', (t) =>
  t.field({
    type: OperatorPerformance,
    nullable: true,
    description:
      'What people did in the period (KPI-13). ADMIN, MANAGER and AUDITOR see everybody; ENGINEER, INSPECTOR and OPERATOR see themselves.',
    authScopes: { may: CREW_AND_AUDITORS },
    args: executionArguments(t),
    async resolve(_root, args, context) {
      const { scope, ...given } = parseArguments(AskPerformance, args);
      const own = allows(AUDIT, context.viewer) ? undefined : context.viewer?.id;
      const operators = operatorsShown(scope.operators, own);
      const counted = countedBy(context, { ...given, scope: { ...scope, operators } });
      return { rows: await loadOperatorPerformance(context.db, counted) };
    },
  }),
);
