import { ProcessRef } from '../../catalog/process/process.graphql.ts';
import { builder } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { USERS } from '../../platform/rules/access.ts';
import { present } from '../../platform/values/assert.ts';
import { ProcessData } from '../../production/process-data/execution/process-data.graphql.ts';
import { processDataById } from '../../production/process-data/execution/process-data.loaders.ts';
import { Verdict } from '../../production/process-data/result/measurement.graphql.ts';
import { PERIOD_ARGUMENT, PeriodInput } from '../period/period.graphql.ts';
import { figurePeriod } from '../period/period.rules.ts';
import { SCOPE_ARGUMENT, ScopeInput } from '../scope/scope.graphql.ts';
import { AskReadings } from './measurement.shapes.ts';
import { type ReadingPage, readingPage, type ReadingRow } from './reading-page.loaders.ts';

const Reading = builder.objectRef<ReadingRow>('MeasurementReading').implement({
  description: 'A reading of a finished execution.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'What was read.' }),
    value: t.expose('value', { type: 'Decimal', nullable: true, description: 'The number read; null for a text.' }),
    text: t.exposeString('text', { nullable: true, description: 'The text read; null for a number.' }),
    unit: t.exposeString('unit', { nullable: true, description: 'The unit of measure; null when none was given.' }),
    lowerLimit: t.expose('lowerLimit', {
      type: 'Decimal',
      nullable: true,
      description: 'The lowest good value when it was judged; null for none.',
    }),
    upperLimit: t.expose('upperLimit', {
      type: 'Decimal',
      nullable: true,
      description: 'The highest good value when it was judged; null for none.',
    }),
    target: t.expose('target', {
      type: 'Decimal',
      nullable: true,
      description: 'The value aimed at when it was judged; null for none.',
    }),
    verdict: t.expose('verdict', { type: Verdict, description: 'What the limits said about it (PD-10).' }),
    position: t.exposeInt('position', { description: 'Its place among the readings of its execution, from 1.' }),
    completedAt: t.expose('completedAt', { type: 'DateTime', description: 'When its execution ended (UTC).' }),
    unitNumber: t.exposeString('unitNumber', { description: 'The number of the lot, the item or the serial.' }),
    processData: t.field({
      type: ProcessData,
      description: 'The execution that it belongs to.',
      resolve: async ({ processDataId }, _args, context, info) =>
        present(await processDataById.load(context, processDataId, info), 'The execution'),
    }),
  }),
});

const Edge = builder
  .objectRef<{ readonly row: ReadingRow; readonly page: ReadingPage }>('MeasurementReadingEdge')
  .implement({
    description: 'A reading in a list, with its place.',
    fields: (t) => ({
      cursor: t.string({
        description: 'Opaque place in the list; give it to `after`.',
        resolve: ({ row, page }) => page.cursorOf(row),
      }),
      node: t.field({ type: Reading, description: 'The reading.', resolve: ({ row }) => row }),
    }),
  });

const Page = builder.objectRef<ReadingPage>('MeasurementReadingConnection').implement({
  description: 'A page of readings.',
  fields: (t) => ({
    edges: t.field({
      type: [Edge],
      description: 'The readings with their places.',
      resolve: (page) => page.rows.map((row) => ({ row, page })),
    }),
    nodes: t.field({ type: [Reading], description: 'The readings.', resolve: ({ rows }) => [...rows] }),
    pageInfo: t.field({
      type: builder.pageInfoRef(),
      description: 'Where the page begins and ends, and whether there is more.',
      resolve: ({ rows, cursorOf, hasNextPage, hasPreviousPage }) => {
        const [first, last] = [rows[0], rows.at(-1)];
        return {
          hasNextPage,
          hasPreviousPage,
          startCursor: first === undefined ? null : cursorOf(first),
          endCursor: last === undefined ? null : cursorOf(last),
        };
      },
    }),
    totalCount: t.int({
      description: 'How many readings match the filter, on all pages. Counted only when selected.',
      resolve: (page) => page.count(),
    }),
  }),
});

const Filter = builder.inputType('MeasurementReadingFilter', {
  description: 'Which readings. All that is given must hold.',
  fields: (t) => ({
    process: t.field({ type: ProcessRef, description: 'Read at this step.' }),
    code: t.string({ description: 'Read under this code, in any case.' }),
    period: t.field({ type: PeriodInput, description: PERIOD_ARGUMENT }),
    scope: t.field({ type: ScopeInput, description: SCOPE_ARGUMENT }),
    verdict: t.field({ type: Verdict, description: 'With this verdict.' }),
  }),
});

builder.queryField('measurementReadings', (t) =>
  t.field({
    type: Page,
    nullable: true,
    description: 'Readings of finished executions, those of the latest execution first (KPI-16).',
    authScopes: { may: USERS },
    args: {
      filter: t.arg({ type: Filter, description: 'Which readings. Default: all of the 30 days before now.' }),
      first: t.arg.int({ description: 'How many: 1 to 100. Default: 20.' }),
      after: t.arg.string({ description: 'After this cursor.' }),
    },
    async resolve(_root, { filter, first, after }, context) {
      const { period, ...query } = parseArguments(AskReadings, filter ?? {});
      return readingPage(
        context.db,
        { ...query, firstAttemptsOnly: false, period: figurePeriod(period, context.now) },
        { first, after },
        context.services.config,
      );
    },
  }),
);
