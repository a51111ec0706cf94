import { actorTarget } from '../../catalog/station/station.loaders.ts';
import { referenceFilter } from '../../platform/read/relation-filter.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { table } from '../../platform/postgres/table.ts';
import { connection, type Match } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId } from '../../platform/read/loader.ts';
import type { Instant } from '../../platform/values/time.ts';

/** The table of internal errors. */
const errorEntries = table('ErrorEntry', 'error_entries');

/** Loads internal errors by id. */
export const errorEntryById = byId(errorEntries);

const { column } = errorEntries;

/** How many internal errors of a whole list have one code, or happened in one hour. */
export type ErrorCount =
  | { readonly kind: 'CODE'; readonly code: string; readonly hour: null; readonly count: number }
  | { readonly kind: 'HOUR'; readonly code: null; readonly hour: Instant; readonly count: number };

function errorCounts(
  db: Reader,
  { from, where, parent }: Match,
): Promise<readonly (ErrorCount & { readonly parent: string | null })[]> {
  return db.sql`
    WITH match AS MATERIALIZED (SELECT ${parent} AS parent, t.code, date_trunc('hour', t.created_at) AS hour FROM ${from} WHERE ${where})
    SELECT parent, CASE WHEN code IS NOT NULL THEN 'CODE' ELSE 'HOUR' END AS kind, code, hour, count(*)::int AS count
    FROM match GROUP BY GROUPING SETS ((parent, code), (parent, hour))
    ORDER BY kind, hour DESC, count DESC, code`;
}

/** The list of internal errors, with its filter, orders and statistics. */
export const errorEntryList = connection({
  table: errorEntries,
  filter: {
    requestId: filter.textFilter(sql`${column('requestId')}::text`, 'The request that met the fault.'),
    code: filter.textFilter(column('code'), 'What kind of fault it was.'),
    operationName: filter.textFilter(column('operationName'), 'The name that the caller gave to the operation.'),
    actor: referenceFilter(actorTarget, column('actorId'), 'The user, station or service that asked.'),
    createdAt: filter.instantFilter(column('createdAt'), 'When it happened (UTC).'),
  },
  orders: {
    CREATED_AT: order('By when the error happened.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'CREATED_AT', direction: 'DESC' }],
  summarize: errorCounts,
});
