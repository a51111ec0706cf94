import { userTarget } from '../../identity/user/user.loaders.ts';
import { declareFileReferences } from '../../platform/file-store/references.ts';
import { sql, type Sql } from '../../platform/postgres/sql.ts';
import { type Row, table } from '../../platform/postgres/table.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId, type Loader } from '../../platform/read/loader.ts';
import { referenceFilter } from '../../platform/read/relation-filter.ts';
import type { Context } from '../../platform/request/context.ts';
import type { Viewer } from '../../platform/rules/access.ts';
import { EXPORT_DAYS } from './export.rules.ts';
import { JOB_KINDS, JOB_STATUSES, maySeeJob, seesAllJobs } from './background-job.rules.ts';

/** The table of background jobs. */
export const backgroundJobs = table('BackgroundJob', 'background_jobs');
/** The table of the items of batches. */
export const backgroundJobItems = table('BackgroundJobItem', 'background_job_items');

// An expired file is no longer referred to, so the sweep removes it.
declareFileReferences(
  'BackgroundJob',
  'background_jobs',
  sql`SELECT id, storage_key AS key, 'PRIMARY' AS location, size_bytes FROM background_jobs WHERE storage_key IS NOT NULL AND finished_at > now() - make_interval(days => ${EXPORT_DAYS})`,
);

/** The channel that announces a new job, and the progress of others. */
export const JOBS_CHANNEL = 'lotgraph_background_jobs';

/** Loads background jobs by id, also those that the viewer may not see. */
export const backgroundJobById = byId(backgroundJobs);

/** Loads background jobs by id; null for a job that the viewer may not see. */
export const visibleJobById: Loader<string, Row<'BackgroundJob'> | null> = {
  load: async (context, id) => visibleTo(context, await backgroundJobById.load(context, id)),
  loadMany: async (context, ids) =>
    (await backgroundJobById.loadMany(context, ids)).map((job) => visibleTo(context, job)),
};

function visibleTo({ viewer }: Context, job: Row<'BackgroundJob'> | null): Row<'BackgroundJob'> | null {
  return job !== null && maySeeJob(job, viewer) ? job : null;
}

/** The condition, on the alias `t`, that the viewer may see a job: the rule `maySeeJob` in SQL. */
export function isVisible(viewer: Viewer | null): Sql {
  if (viewer === null) return sql`FALSE`;
  if (seesAllJobs(viewer)) return sql`TRUE`;
  return viewer.kind === 'USER' ? sql`t.requested_by_id = ${viewer.id}::uuid` : sql`FALSE`;
}

const { column } = backgroundJobs;

/** The list of background jobs, with its filter and orders. */
export const backgroundJobList = connection({
  table: backgroundJobs,
  filter: {
    kind: filter.enumFilter(JOB_KINDS, column('kind'), 'What it does.'),
    status: filter.enumFilter(JOB_STATUSES, column('status'), 'How far it is.'),
    requestedBy: referenceFilter(userTarget, column('requestedById'), 'The person who submitted it.'),
    queuedAt: filter.instantFilter(column('queuedAt'), 'When it was submitted (UTC).'),
  },
  orders: {
    QUEUED_AT: order('By when the job was submitted.', {
      field: 'queuedAt',
      column: column('queuedAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'QUEUED_AT', direction: 'DESC' }],
});

const item = backgroundJobItems.column;

/** The list of the items of a batch, with its filter and orders. */
export const backgroundJobItemList = connection({
  table: backgroundJobItems,
  filter: {
    index: filter.integerFilter(item('index'), 'Its place in the batch, from 0.'),
    isFinished: filter.booleanFilter(sql`${item('finishedAt')} IS NOT NULL`, 'Whether it was worked off.'),
    isRefused: filter.booleanFilter(sql`${item('errors')} <> '[]'`, 'Whether it was refused.'),
  },
  orders: {
    INDEX: order('By the place in the batch.', { field: 'index', column: item('index'), cast: 'int' }),
  },
  defaultOrder: [{ field: 'INDEX', direction: 'ASC' }],
});
