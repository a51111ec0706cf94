import { builder, enumeration } from '../../platform/graphql/builder.ts';
import type { DurationSummary } from '../../platform/process/monitoring/durations.ts';
import type {
  OperationFault as Fault,
  OperationFigures,
} from '../../platform/process/monitoring/operation-statistics.ts';
import type {
  SlowStatement as SlowRun,
  StatementFigures,
} from '../../platform/process/monitoring/statement-statistics.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { OPS } from '../../platform/rules/access.ts';
import { STATEMENT_ORDERS, STATEMENTS_ASKED } from './monitoring.rules.ts';
import { AskStatementStatistics } from './monitoring.shapes.ts';

const StatementOrder = enumeration('StatementOrder', STATEMENT_ORDERS, 'By what statements are ordered.', {
  TOTAL: 'By the time that all runs took together, most first.',
  MEAN: 'By the mean time of a run, most first.',
  COUNT: 'By the number of runs, most first.',
});

const Durations = builder.interfaceRef<DurationSummary>('Durations').implement({
  description:
    'How long something took, in milliseconds: counted since the process that answers has started; the percentiles are those of the newest 1,000 runs, by the nearest rank.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'How often it ran.' }),
    meanMilliseconds: t.exposeFloat('meanMilliseconds', { description: 'The mean of all runs.' }),
    minMilliseconds: t.exposeFloat('minMilliseconds', { description: 'The shortest run.' }),
    maxMilliseconds: t.exposeFloat('maxMilliseconds', { description: 'The longest run.' }),
    p50: t.exposeFloat('p50', { description: 'Half of the newest runs took at most this.' }),
    p75: t.exposeFloat('p75', { description: '75 % of the newest runs took at most this.' }),
    p90: t.exposeFloat('p90', { description: '90 % of the newest runs took at most this.' }),
    p95: t.exposeFloat('p95', { description: '95 % of the newest runs took at most this.' }),
    p99: t.exposeFloat('p99', { description: '99 % of the newest runs took at most this.' }),
  }),
});

const StatementStatistics = builder.objectRef<StatementFigures>('StatementStatistics').implement({
  description:
    'How a normalised SQL statement ran, or several that a transaction sent together and whose answers came together. Parameters are never kept.',
  interfaces: [Durations],
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'statement' in value,
  fields: (t) => ({
    statement: t.exposeString('statement', {
      description: 'The statement, with `?` for values, cut after 2,000 characters.',
    }),
    errorCount: t.exposeInt('errorCount', { description: 'How often it failed.' }),
    slowCount: t.exposeInt('slowCount', {
      description: 'How often it took longer than LOTGRAPH_SLOW_STATEMENT_MILLISECONDS.',
    }),
    totalMilliseconds: t.exposeFloat('totalMilliseconds', { description: 'What all runs took together.' }),
  }),
});

const SlowStatement = builder.objectRef<SlowRun>('SlowStatement').implement({
  description: 'One run of a statement that took longer than LOTGRAPH_SLOW_STATEMENT_MILLISECONDS.',
  fields: (t) => ({
    statement: t.exposeString('statement', { description: 'The normalised statement, without values.' }),
    milliseconds: t.exposeFloat('milliseconds', { description: 'How long it took.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it ended (UTC), by the clock of the server.' }),
    operationName: t.exposeString('operationName', {
      nullable: true,
      description: 'The name of the operation for which it ran; null for none, and when it ran for several at once.',
    }),
    requestId: t.exposeString('requestId', {
      nullable: true,
      description: 'The request for which it ran; null for none, and when it ran for several at once.',
    }),
  }),
});

const OperationFault = builder.objectRef<Fault>('OperationFault').implement({
  description: 'A request that met a fault.',
  fields: (t) => ({
    requestId: t.exposeString('requestId', { description: 'The request, as it was answered; see `errorEntries`.' }),
    code: t.exposeString('code', { description: 'INTERNAL or UNAVAILABLE.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it was answered (UTC).' }),
  }),
});

const OperationStatistics = builder.objectRef<OperationFigures>('OperationStatistics').implement({
  description: 'How the operations of one name were answered.',
  interfaces: [Durations],
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'operationName' in value,
  fields: (t) => ({
    operationName: t.exposeString('operationName', {
      description:
        'The name that clients give, cut after 64 characters; `unnamed` for none. 200 names are kept apart, those of trusted documents first; all others count as `other`.',
    }),
    refusalCount: t.exposeInt('refusalCount', { description: 'How many were refused, wholly or in part.' }),
    faultCount: t.exposeInt('faultCount', { description: 'How many met a fault of the program or its surroundings.' }),
    statementCountMean: t.exposeFloat('statementCountMean', {
      description: 'The mean number of statements that read for one answer.',
    }),
    faults: t.field({
      type: [OperationFault],
      description: 'The newest faults, at most 10, the newest first.',
      resolve: ({ faults }) => [...faults],
    }),
  }),
});

const OF_PROCESS = 'Of the process that answers, since it started.';

builder.queryFields((t) => ({
  statementStatistics: t.field({
    type: [StatementStatistics],
    nullable: true,
    description: `The SQL statements: how often they ran and how long they took. ${OF_PROCESS} 500 statements are kept apart; one that took little time gives its place to a new one.`,
    authScopes: { may: OPS },
    args: {
      order: t.arg({ type: StatementOrder, defaultValue: 'TOTAL', description: 'Which statements come first.' }),
      first: t.arg.int({
        defaultValue: STATEMENTS_ASKED.default,
        description: `How many: 1 to ${STATEMENTS_ASKED.most}.`,
      }),
    },
    resolve: (_root, args, { services }) => {
      const { order, first } = parseArguments(AskStatementStatistics, args);
      return [...services.monitor.statements.list(order, first)];
    },
  }),
  slowStatements: t.field({
    type: [SlowStatement],
    nullable: true,
    description: `The newest slow statements, at most 100, the newest first. ${OF_PROCESS}`,
    authScopes: { may: OPS },
    resolve: (_root, _args, { services }) => [...services.monitor.statements.slow()],
  }),
  operationStatistics: t.field({
    type: [OperationStatistics],
    nullable: true,
    description: `The operations by name, those that took most time in total first. Streams are not counted. ${OF_PROCESS}`,
    authScopes: { may: OPS },
    resolve: (_root, _args, { services }) => [...services.monitor.operations.list()],
  }),
}));
