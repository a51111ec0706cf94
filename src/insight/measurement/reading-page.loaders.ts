/** KPI-16: Readings, newest first, page by page. One statement. */
import type { Reader } from '../../platform/postgres/client.ts';
import { allOf, sql, type Sql } from '../../platform/postgres/sql.ts';
import { type PageRange, rangeOf, type RangeArguments } from '../../platform/read/page-range.ts';
import { rejectQuery } from '../../platform/read/query-error.ts';
import { rejection } from '../../platform/rules/rejection.ts';
import { signCursor, verifyCursor } from '../../platform/security/signed-cursor.ts';
import type { TokenSecrets } from '../../platform/security/token-secrets.ts';
import type { Instant } from '../../platform/values/time.ts';
import type { Verdict } from '../../production/process-data/result/measurement.rules.ts';
import { type ExecutionQuery, hasCode, isAskedFor, READINGS, stepIdOf, VERDICT } from './reading.loaders.ts';

/** A reading with the execution that it belongs to. */
export interface ReadingRow {
  readonly processDataId: string;
  /** Its place among the readings of the execution, from 1. */
  readonly position: number;
  readonly code: string;
  readonly value: string | null;
  readonly text: string | null;
  readonly unit: string | null;
  readonly lowerLimit: string | null;
  readonly upperLimit: string | null;
  readonly target: string | null;
  readonly verdict: Verdict;
  readonly completedAt: Instant;
  readonly unitNumber: string;
}

/** Which readings. */
export interface ReadingQuery extends ExecutionQuery {
  readonly code: string | undefined;
  readonly verdict: Verdict | undefined;
}

/** A page of readings. */
export interface ReadingPage {
  readonly rows: readonly ReadingRow[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly cursorOf: (row: ReadingRow) => string;
  /** All matching readings; one more statement. */
  readonly count: () => Promise<number>;
}

/** KPI-16: A page of readings, by when their executions ended, newest first, then by execution and place. */
export async function readingPage(
  db: Reader,
  query: ReadingQuery,
  range: Pick<RangeArguments, 'first' | 'after'>,
  secrets: TokenSecrets,
): Promise<ReadingPage> {
  const { size, cursor } = rangeOf(range);
  const where = allOf([
    isAskedFor(query, stepIdOf(query)),
    ...(query.code === undefined ? [] : [hasCode(query.code)]),
    ...(query.verdict === undefined ? [] : [sql`${VERDICT} = ${query.verdict}`]),
  ]);
  const rows = await db.query<ReadingRow>(sql`
    SELECT t.id AS "processDataId", r.position::int AS position, r.reading ->> 'code' AS code, r.reading ->> 'value' AS value,
           r.reading ->> 'text' AS text, r.reading ->> 'unit' AS unit, r.reading ->> 'lowerLimit' AS "lowerLimit",
           r.reading ->> 'upperLimit' AS "upperLimit", r.reading ->> 'target' AS target, ${VERDICT} AS verdict, t.completed_at AS "completedAt",
           coalesce((SELECT s.number::text FROM serials s WHERE s.id = t.serial_id), (SELECT i.number::text FROM wip_items i WHERE i.id = t.wip_item_id),
                    (SELECT lot.number::text FROM lots lot WHERE lot.id = t.lot_id)) AS "unitNumber"
    FROM ${READINGS} WHERE ${where} AND ${after(cursor, secrets)}
    ORDER BY t.completed_at DESC, t.id DESC, r.position LIMIT ${size + 1}`);
  return {
    rows: rows.slice(0, size),
    hasNextPage: rows.length > size,
    hasPreviousPage: cursor !== undefined,
    cursorOf: ({ completedAt, processDataId, position }) =>
      signCursor(secrets.tokenSecret, JSON.stringify([LIST, completedAt, processDataId, position])),
    count: async () => {
      const [found] = await db.query<{ readonly count: number }>(
        sql`SELECT count(*)::int AS count FROM ${READINGS} WHERE ${where}`,
      );
      return found?.count ?? 0;
    },
  };
}

const LIST = 'MeasurementReading';

function after(cursor: PageRange['cursor'], secrets: TokenSecrets): Sql {
  if (cursor === undefined) return sql`TRUE`;
  const content = verifyCursor(secrets, cursor.text);
  const [list, at, id, position]: unknown[] = content?.startsWith('[') === true ? JSON.parse(content) : [];
  if (list !== LIST)
    return rejectQuery([
      rejection('INVALID_INPUT', cursor.argument, 'This is no cursor of readings; use endCursor of a page as it is.'),
    ]);
  return sql`((t.completed_at, t.id) < (${at}::timestamptz, ${id}::uuid) OR (t.completed_at = ${at}::timestamptz AND t.id = ${id}::uuid AND r.position > ${position}::int))`;
}
