import type { Tx } from '../../platform/postgres/client.ts';
import { present } from '../../platform/values/assert.ts';

/**
 * Takes the next numbers of a scope and answers the first of them. The counter's row stays locked until the end of the
 * transaction: who comes next waits and goes on from there, and a transaction that is rolled back gives its numbers
 * back. Nothing is locked after it.
 */
export async function takeNumbers(tx: Tx, scope: `LOT/${string}` | `WIP/${string}`, quantity: number): Promise<number> {
  const [counter] = await tx.sql<{ last: number }>`
    INSERT INTO number_counters (scope, last_value) VALUES (${scope}, ${quantity})
    ON CONFLICT (scope) DO UPDATE SET last_value = number_counters.last_value + excluded.last_value
    RETURNING last_value AS last`;
  return present(counter, 'The counter that was written').last - quantity + 1;
}
