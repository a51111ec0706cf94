/** PD-19: what becomes of a batch of which a record is refused. */
export const BATCH_POLICIES = ['REJECT_EVERYTHING', 'IGNORE_FAILED'] as const;
export type BatchPolicy = (typeof BATCH_POLICIES)[number];
