import type { Tx } from '../../platform/postgres/client.ts';

/**
 * Cancels the jobs of an inspection that are QUEUED or PROCESSING: nobody wants their answers any more. The inspection is
 * locked for update, so that none is queued meanwhile. Returns how many there were.
 */
export async function cancelOpenJobs(tx: Tx, inspectionId: string): Promise<number> {
  const { count } = await tx.inferenceJob.updateMany({
    where: { inspectionId, status: { in: ['QUEUED', 'PROCESSING'] } },
    data: { status: 'CANCELLED', workerCode: null, leaseUntil: null },
  });
  return count;
}
