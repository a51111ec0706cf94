/** Works off batches of results, each item by a transaction of its own (BGJ-1, BGJ-2). */
import {
  type ClaimedJob,
  failOrphanedJob,
  JOB_QUEUE,
  refuseItem,
  succeedJob,
  type WaitingItem,
  waitingItems,
  workOffItem,
} from '../../operation/background-job/job-work.commands.ts';
import { leaseOf } from '../../platform/command/lease.ts';
import { run } from '../../platform/command/run.ts';
import type { Services } from '../../platform/request/context.ts';
import type { Viewer } from '../../platform/rules/access.ts';
import { viewerOfPrincipal } from '../files/principal.ts';
import { contextFor } from '../request/context.ts';
import { progressAnnouncer } from './job-runner.ts';

/** So many items are read at once. */
const ITEMS_AT_ONCE = 100;

/** Works off the items of the job that wait, in their order. */
export async function completeBatch(services: Services, job: ClaimedJob, ending: AbortSignal): Promise<void> {
  const { database } = services;
  const requester = await viewerOfPrincipal(database.reader(), `USER ${job.requestedById}`);
  if (requester === undefined) return void (await database.transaction((tx) => failOrphanedJob(tx, job)));
  const announce = progressAnnouncer(services);
  let last = -1;
  for (;;) {
    const items = await waitingItems(database.reader(), job.id, last, ITEMS_AT_ONCE);
    if (items.length === 0) return void (await database.transaction((tx) => succeedJob(tx, job)));
    for (const item of items) {
      if (ending.aborted) return;
      const outcome = await workOff(services, job, { item, requester });
      if (outcome === 'LOST') return;
      if (outcome === 'REQUESTER_GONE') return void (await database.transaction((tx) => failOrphanedJob(tx, job)));
      last = item.index;
      await announce();
    }
  }
}

/** Records the result of an item, or notes why it is refused. The audit trail names the job as the request of both. */
async function workOff(
  services: Services,
  job: ClaimedJob,
  { item: { index, input }, requester }: { readonly item: WaitingItem; readonly requester: Viewer },
): Promise<'DONE' | 'LOST' | 'REQUESTER_GONE'> {
  const lease = leaseOf(JOB_QUEUE, job);
  const context = contextFor(services, requester, job.id);
  const { output, errors } = await run(workOffItem, { lease, index, item: input }, context);
  if (output !== null) return output.outcome;
  // The schema may have become stricter since the item was submitted; its paths begin with `item` then.
  const own = errors.map((each) => (each.path[0] === 'item' ? { ...each, path: each.path.slice(1) } : each));
  const isMine = await services.database.transaction((tx) => refuseItem(tx, lease, { index, errors: own }));
  return isMine ? 'DONE' : 'LOST';
}
