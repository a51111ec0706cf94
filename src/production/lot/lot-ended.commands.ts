import { occurrence } from '../../platform/command/reaction.ts';

/** A lot that became COMPLETED or CLOSED. */
export interface LotEnd {
  readonly lotId: string;
  readonly number: string;
  readonly status: 'COMPLETED' | 'CLOSED';
}

/** LOT-8, LOT-9, LOT-10: A lot became COMPLETED or CLOSED. */
export const lotEnded = occurrence<LotEnd>('lot.ended');
