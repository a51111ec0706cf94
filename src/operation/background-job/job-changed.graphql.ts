import { builder } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { clearLoaders } from '../../platform/read/loader.ts';
import { rejectQuery } from '../../platform/read/query-error.ts';
import type { Context } from '../../platform/request/context.ts';
import { USERS } from '../../platform/rules/access.ts';
import { rejection } from '../../platform/rules/rejection.ts';
import { present } from '../../platform/values/assert.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { BackgroundJob } from './background-job.graphql.ts';
import { JOBS_CHANNEL, visibleJobById } from './background-job.loaders.ts';
import { isOver } from './background-job.rules.ts';
import { BackgroundJobChangedArguments } from './background-job.shapes.ts';

builder.subscriptionField('backgroundJobChanged', (t) =>
  t.field({
    type: BackgroundJob,
    description:
      'A background job each time that its status or progress has changed, beginning with its present state, until it is finished. For who submitted it, and for LEADS (BGJ-1).',
    authScopes: { may: USERS },
    args: { id: t.arg.id({ required: true, description: 'The id of the job.' }) },
    subscribe: async (_root, args, context) => {
      const { id } = parseArguments(BackgroundJobChangedArguments, args);
      const first = await visibleJobById.load(context, id);
      return first === null ? rejectQuery([UNKNOWN]) : followJob(context, first);
    },
    resolve: (job) => job,
  }),
);

const UNKNOWN = rejection('NOT_FOUND', 'id', 'The background job with this id does not exist.');

/**
 * The states of a job, the present one first. States that followed each other quickly are one event: the last one.
 */
async function* followJob(context: Context, first: Row<'BackgroundJob'>): AsyncGenerator<Row<'BackgroundJob'>, void> {
  const { signal } = present(context.stream, 'The stream').closed;
  const notifications = context.services.database.notifications(JOBS_CHANNEL);
  let sent = '';
  for (let job: Row<'BackgroundJob'> | null = first; job !== null && !signal.aborted; ) {
    const state = stateOf(job);
    if (state !== sent) yield job;
    sent = state;
    if (isOver(job.status)) return;
    const { sequence } = notifications;
    clearLoaders(context);
    job = await visibleJobById.load(context, job.id);
    if (job !== null && stateOf(job) === sent) {
      await notifications.waitAfter(sequence, signal);
      clearLoaders(context);
      job = await visibleJobById.load(context, job.id);
    }
  }
}

function stateOf({ version, totalCount, doneCount, failedCount }: Row<'BackgroundJob'>): string {
  return [version, totalCount, doneCount, failedCount].join(' ');
}
