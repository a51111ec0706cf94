import { sql, type Sql } from '../../platform/postgres/sql.ts';
import type { Bucket } from './bucket.rules.ts';

/** How SQL names the key of an instant: `number` is an expression, and `keys` has the key of each of its values. */
export interface BucketNumbers {
  readonly number: Sql;
  readonly keys: readonly string[];
}

/**
 * The place of an instant among the parts of a period, as SQL: its `number` is 0 for `keys[0]`. Parts with the same key,
 * such as the hour that comes twice, have the same number. The instant must not be earlier than the first part.
 */
export function bucketNumbers(instant: Sql, buckets: readonly Bucket[]): BucketNumbers {
  const keys = [...new Set(buckets.map(({ key }) => key))];
  const places = new Map(keys.map((key, index) => [key, index]));
  const numbers = buckets.map(({ key }) => places.get(key) ?? 0);
  const starts = sql`${buckets.map(({ start }) => start)}::timestamptz[]`;
  const bucket = sql`width_bucket(${instant}, ${starts})`;
  const isDistinct = keys.length === buckets.length;
  return { number: isDistinct ? sql`(${bucket} - 1)` : sql`((${numbers}::int[])[${bucket}])`, keys };
}

/** The condition that an instant is in a half-open period. */
export function isInPeriod(instant: Sql, { from, to }: { readonly from: string; readonly to: string }): Sql {
  return sql`(${instant} >= ${from}::timestamptz AND ${instant} < ${to}::timestamptz)`;
}
