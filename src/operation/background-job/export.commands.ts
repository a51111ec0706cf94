import { command } from '../../platform/command/declaration.ts';
import { enforce } from '../../platform/command/rejection.ts';
import type { JsonObject } from '../../platform/input/json-schemas.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { personsOf, REPORTERS, userViewerOf } from '../../platform/rules/access.ts';
import { filterProblems } from '../filter-target/filter-target.loaders.ts';
import { announceJobs } from './background-job.commands.ts';
import type { ExportParams } from './export.rules.ts';
import { SubmitExport } from './background-job.shapes.ts';

/** BGJ-1, AUD-6: Submits an export, which a worker writes into a file. */
export const submitExport = command({
  name: 'submitExport',
  action: 'backgroundJob.submitted',
  description:
    'Submits an export of a list into a file of JSON lines or comma-separated values. `result` of the job has its address when it has SUCCEEDED (BGJ-1, AUD-6).',
  access: personsOf(REPORTERS),
  input: SubmitExport,
  async run({ tx, viewer, context }, { target, filter = null, format }) {
    enforce(await filterProblems({ ...context, db: tx, loaders: new Map() }, target, filter));
    const id = await addExport(tx, { target, filter, format }, userViewerOf(viewer).id);
    return { backgroundJob: id };
  },
});

/** What is exported. */
export interface NewExport extends ExportParams {
  readonly filter: JsonObject | null;
}

/** A step: puts an export into the queue of the workers, whose filter was judged. Returns the id of the job. */
export async function addExport(tx: Tx, params: NewExport, requestedById: string): Promise<string> {
  const { target, filter, format } = params;
  const { id } = await tx.backgroundJob.create({
    data: { kind: 'DATA_EXPORT', params: { target, filter, format }, requestedById },
  });
  announceJobs(tx);
  return id;
}
