import type { Rejection } from '../../../platform/rules/rejection.ts';

/** PD-19: what happens to a batch when one of its records is rejected. */
export const BATCH_POLICIES = ['REJECT_EVERYTHING', 'IGNORE_FAILED'] as const;
/** One of the policies. */
export type BatchPolicy = (typeof BATCH_POLICIES)[number];

/** PD-19: the rejections of the records of a batch, by the place of the record, in the order of the input. */
export function rejectionsByRecord(rejections: readonly Rejection[]): ReadonlyMap<number, readonly Rejection[]> {
  const byRecord = new Map<number, Rejection[]>();
  for (const rejected of rejections) {
    const [list, place] = rejected.path;
    if (list !== 'items' || place === undefined) continue;
    const own = byRecord.get(Number(place)) ?? [];
    own.push(rejected);
    byRecord.set(Number(place), own);
  }
  return new Map([...byRecord].toSorted(([one], [other]) => one - other));
}
