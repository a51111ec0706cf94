import { cached } from '../figure/cached-answer.graphql.ts';
import { Process } from '../../catalog/process/process.graphql.ts';
import { processById } from '../../catalog/process/process.loaders.ts';
import { builder } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { optionalReference } from '../../platform/read/field.ts';
import { USERS } from '../../platform/rules/access.ts';
import { STEP_OF_ROW } from '../figure/figure.graphql.ts';
import { ScopeInput } from '../scope/scope.graphql.ts';
import { AskWipByProcess } from './performance.shapes.ts';
import { loadWipByProcess } from './wip.loaders.ts';
import type { StepWip, WipByProcess as Wip } from './wip.rules.ts';

const WipByProcessRow = builder.objectRef<StepWip>('WipByProcessRow').implement({
  description: 'The WIP items at one step: those with an open execution there, and those whose next step it is.',
  fields: (t) => ({
    process: t.field(STEP_OF_ROW),
    inProgressCount: t.exposeInt('inProgressCount', { description: 'Items with an open execution here.' }),
    waitingCount: t.exposeInt('waitingCount', {
      description: 'Items that wait for this step, those that FAILED not among them.',
    }),
    failedCount: t.exposeInt('failedCount', { description: 'Items that FAILED and whose next step this is.' }),
    heldCount: t.exposeInt('heldCount', { description: 'Of all these, those of a held lot.' }),
    loadCount: t.exposeInt('loadCount', { description: 'inProgressCount + waitingCount.' }),
    estimatedQueueSeconds: t.exposeFloat('estimatedQueueSeconds', {
      nullable: true,
      description: 'loadCount × the planned seconds of the step; null without a plan.',
    }),
  }),
});

const WipByProcess = builder.objectRef<Wip>('WipByProcess').implement({
  description: 'Where the WIP items are (KPI-11).',
  fields: (t) => ({
    rows: t.field({
      type: [WipByProcessRow],
      description: 'The active steps of items, and inactive ones with items, by number.',
      resolve: ({ rows }) => [...rows],
    }),
    bottleneck: t.field({
      type: Process,
      nullable: true,
      description: 'The step with the greatest loadCount, the lowest number of several; null when all are 0.',
      ...optionalReference(processById, 'bottleneckId'),
    }),
    withoutStepCount: t.exposeInt('withoutStepCount', {
      description: 'COMPLETED items that wait for no step, because their route has no active conversion.',
    }),
  }),
});

builder.queryField('wipByProcess', (t) =>
  t.field({
    type: WipByProcess,
    nullable: true,
    description:
      'Where the WIP items are now that are not CONVERTED, of lots that are CREATED or IN_PROGRESS, and the bottleneck (KPI-11).',
    authScopes: { may: USERS },
    args: {
      scope: t.arg({
        type: ScopeInput,
        description:
          'What the figure is narrowed to. Default: nothing. Steps mean the rows; equipment and operators mean items with an execution for which they hold.',
      }),
    },
    resolve: cached((_root, args, context) =>
      loadWipByProcess(context.db, parseArguments(AskWipByProcess, args).scope),
    ),
  }),
);
