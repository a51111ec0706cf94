import type { Tx } from '../postgres/client.ts';
import { present } from '../values/assert.ts';

/**
 * LOT-2, WIP-2, RTE-1: Takes the next numbers of a scope and returns the first of them. The row of the counter stays locked
 * until the transaction ends: the next transaction waits and continues from there, and a transaction that is rolled
 * back returns its numbers. Nothing is locked after the counter.
 */
export async function takeNumbers(
  tx: Tx,
  scope: `${'LOT' | 'WIP' | 'ROUTE'}/${string}`,
  quantity: number,
): Promise<number> {
  const [counter] = await tx.sql<{ last: number }>`
    INSERT INTO number_counters (scope, last_value) VALUES (${scope}, ${quantity})
    ON CONFLICT (scope) DO UPDATE SET last_value = number_counters.last_value + excluded.last_value
    RETURNING last_value AS last`;
  return present(counter, 'The counter that was written').last - quantity + 1;
}
