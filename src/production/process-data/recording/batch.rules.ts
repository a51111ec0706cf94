/** PD-19: what happens to a batch when one of its records is rejected. */
export const BATCH_POLICIES = ['REJECT_EVERYTHING', 'IGNORE_FAILED'] as const;
/** One of the policies. */
export type BatchPolicy = (typeof BATCH_POLICIES)[number];
