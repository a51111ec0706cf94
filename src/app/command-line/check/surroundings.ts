/** What lotgraph depends on: connections, clock, disk, and how large the tables are. */
import { statfs } from 'node:fs/promises';
import type { Reader } from '../../../platform/postgres/client.ts';
import { present } from '../../../platform/values/assert.ts';
import { failed, type CheckFinding, passed, skipped } from './finding.ts';

/** From which share of used connections and used disk a check fails, and by how much clocks may differ. */
export interface SurroundingLimits {
  readonly connectionShare: number;
  readonly diskShare: number;
  readonly clockMilliseconds: number;
}

/** The limits unless a caller has others. */
export const SURROUNDING_LIMITS: SurroundingLimits = {
  connectionShare: 0.8,
  diskShare: 0.9,
  clockMilliseconds: 2_000,
};

/** Judges the surroundings. `directory` is where the data are on this machine; undefined when they are elsewhere. */
export async function surroundingFindings(
  db: Reader,
  directory: string | undefined,
  limits: SurroundingLimits,
): Promise<readonly CheckFinding[]> {
  const before = Date.now();
  const [server] = await db.sql<{ used: number; most: number; milliseconds: number }>`
    SELECT (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
      current_setting('max_connections')::int AS most, extract(epoch FROM clock_timestamp())::float8 * 1000 AS milliseconds`;
  const after = Date.now();
  const { used, most, milliseconds } = present(server, 'The state of the database server');
  const isUsedUp = used / most >= limits.connectionShare;
  // The database looked at its clock at some moment between the two.
  const difference = Math.round(Math.max(before - milliseconds, milliseconds - after, 0));
  return [
    (isUsedUp ? failed('connections', used, `${used} of ${most} connections are open`) : undefined) ??
      passed('connections', `${used} of ${most} connections are open`),
    difference > limits.clockMilliseconds
      ? failed('clock', 1, `the clocks of this machine and of the database differ by ${difference} ms`)
      : passed('clock', `the clocks differ by at most ${Math.max(difference, after - before)} ms`),
    await diskFinding(directory, limits.diskShare),
  ];
}

async function diskFinding(directory: string | undefined, mostUsed: number): Promise<CheckFinding> {
  if (directory === undefined) return skipped('disk', 'the database runs elsewhere: look after its disk there');
  const { blocks, bavail, bsize } = await statfs(directory);
  const text = `${Math.floor((bavail * bsize) / 1_048_576)} MiB of ${Math.floor((blocks * bsize) / 1_048_576)} MiB are free`;
  return 1 - bavail / blocks >= mostUsed ? failed('disk', 1, text) : passed('disk', text);
}

/** How large a table is. */
export interface TableSize {
  readonly name: string;
  readonly rows: number;
  readonly tableBytes: number;
  readonly indexBytes: number;
}

/** The sizes of all tables. Rows are counted, not estimated. */
export function tableSizes(db: Reader): Promise<readonly TableSize[]> {
  return db.sql<TableSize>`
    SELECT c.relname AS name, pg_table_size(c.oid)::float8 AS "tableBytes", pg_indexes_size(c.oid)::float8 AS "indexBytes",
      (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %I', c.relname), false, true, '')))[1]::text::float8 AS rows
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1`;
}
