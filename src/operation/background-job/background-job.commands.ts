import { command } from '../../platform/command/declaration.ts';
import { enforce, found, isCurrent } from '../../platform/command/rejection.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { ENG, personsOf, USERS, userViewerOf } from '../../platform/rules/access.ts';
import { backgroundJobs, JOBS_CHANNEL } from './background-job.loaders.ts';
import { JOB_ITEMS_MAX, mayCancelJob } from './background-job.rules.ts';
import { CancelBackgroundJob, SubmitBatchCompletion } from './background-job.shapes.ts';

/** BGJ-1, BGJ-2: Submits results to be recorded in the background. */
export const submitBatchCompletion = command({
  name: 'submitBatchCompletion',
  action: 'backgroundJob.submitted',
  description: `Submits 1 to ${JOB_ITEMS_MAX.toLocaleString('en')} results of open executions. They are recorded in the background, one after the other, each judged as \`completeProcess\` judges it (BGJ-1, BGJ-2).`,
  access: personsOf(ENG),
  input: SubmitBatchCompletion,
  bulkSize: ({ items }) => items.length,
  async run({ tx, viewer }, { items }) {
    const { id } = await tx.backgroundJob.create({
      data: { kind: 'BATCH_COMPLETION', totalCount: items.length, requestedById: userViewerOf(viewer).id },
    });
    tx.send(sql`
      INSERT INTO background_job_items (background_job_id, index, input)
      SELECT ${id}::uuid, item.place - 1, item.input FROM jsonb_array_elements(${JSON.stringify(items)}::jsonb) WITH ORDINALITY AS item (input, place)`);
    announceJobs(tx);
    return { backgroundJob: id };
  },
});

/** BGJ-3: Cancels a job that is not finished. Its finished items stay. */
export const cancelBackgroundJob = command({
  name: 'cancelBackgroundJob',
  action: 'backgroundJob.cancelled',
  description:
    'Cancels a background job that is QUEUED or RUNNING; for who submitted it, and for LEADS. The items that were worked off stay as they are (BGJ-3).',
  access: USERS,
  input: CancelBackgroundJob,
  async run({ tx, now, viewer }, { id, expectedVersion }) {
    const job = found(await lockJob(tx, id), 'id', 'The background job with this id');
    enforce(mayCancelJob(job, viewer));
    enforce(isCurrent(job, expectedVersion, { backgroundJob: id }));
    await tx.backgroundJob.update({
      where: { id },
      data: { status: 'CANCELLED', finishedAt: now, lockedBy: null, lockedUntil: null },
    });
    announceJobs(tx);
    return { backgroundJob: id };
  },
});

/** Announces a new job to workers, and a change to subscribers, once the transaction is committed. */
export function announceJobs(tx: Tx): void {
  tx.send(sql`SELECT pg_notify(${JOBS_CHANNEL}, '')`);
}

async function lockJob(tx: Tx, id: string): Promise<Row<'BackgroundJob'> | undefined> {
  const [job] = await tx.query<Row<'BackgroundJob'>>(
    sql`SELECT ${backgroundJobs.columns} FROM background_jobs t WHERE t.id = ${id}::uuid FOR NO KEY UPDATE`,
  );
  return job;
}
