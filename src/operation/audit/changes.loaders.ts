/**
 * Sealed entries in the order of their positions, which no later commit changes (AUD-3). `changes` pages through them,
 * and subscriptions follow them.
 */
import { auditEntries } from './audit-entry.loaders.ts';
import type { FeedPage } from '../../platform/graphql/subscription-feed.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { allOf, empty, sql, type Sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';

/** A row with its sealed position. */
export interface HasPosition {
  readonly position: string;
}

/** A sealed entry of the audit trail. */
export type RecordChange = Row<'AuditEntry'> & HasPosition;

/** The entities and actions to return; undefined means all. */
export interface ChangeFilter {
  readonly entities: readonly string[] | undefined;
  readonly actions: readonly string[] | undefined;
}

/** AUD-3: The changes after a position. */
export function changesAfter(
  db: Reader,
  { entities, actions }: ChangeFilter,
  after: number,
  first: number,
): Promise<FeedPage<RecordChange>> {
  const conditions = [
    ...(entities === undefined ? [] : [sql`t.entity = ANY(${entities}::text[])`]),
    ...(actions === undefined ? [] : [sql`t.action = ANY(${actions}::text[])`]),
  ];
  return pageAfter(db, { columns: auditEntries.columns, where: allOf(conditions), after, first });
}

/**
 * A change of a lot, or of an item, a serial or an execution of the lot. The ids are those of the changed unit, or of
 * the unit that was worked on, if it still exists.
 */
export interface LotChange extends HasPosition {
  readonly action: string;
  readonly entity: string;
  readonly lotId: string;
  readonly wipItemId: string | null;
  readonly serialId: string | null;
}

/**
 * AUD-3: The changes of a lot, its items, serials and executions after a position. The changed row names its lot; for a
 * deleted row the audit entry does.
 */
export function lotChangesAfter(db: Reader, lotId: string, after: number, first: number): Promise<FeedPage<LotChange>> {
  return pageAfter(db, {
    columns: sql`t.entity, t.action, ${lotId}::text AS "lotId", unit.wip_item_id AS "wipItemId", unit.serial_id AS "serialId"`,
    join: sql`
      LEFT JOIN LATERAL (
        SELECT t.record_id AS lot_id, NULL::uuid AS wip_item_id, NULL::uuid AS serial_id WHERE t.entity = 'lots'
        UNION ALL SELECT lot_id, id, NULL FROM wip_items WHERE t.entity = 'wip_items' AND id = t.record_id
        UNION ALL SELECT lot_id, wip_item_id, id FROM serials WHERE t.entity = 'serials' AND id = t.record_id
        UNION ALL SELECT lot_id, wip_item_id, serial_id FROM process_data WHERE t.entity = 'process_data' AND id = t.record_id
      ) AS unit ON true`,
    where: sql`t.entity IN ('lots', 'wip_items', 'serials', 'process_data') AND t.operation IN ('INSERT', 'UPDATE', 'DELETE')
      AND coalesce(unit.lot_id, (coalesce(t.new_values, t.old_values) ->> 'lot_id')::uuid) = ${lotId}::uuid`,
    after,
    first,
  });
}

/** The newest position; 0 when there is none. */
export async function lastPosition(db: Reader): Promise<number> {
  const [newest] = await db.sql<{ last: string | null }>`SELECT max(position) AS last FROM audit_positions`;
  return Number(newest?.last ?? 0);
}

/** What is read of sealed entries. */
export interface PositionQuery {
  readonly columns: Sql;
  readonly join?: Sql;
  /** A condition on the entry `t`. */
  readonly where: Sql;
  readonly after: number;
  readonly first: number;
}

/**
 * How many positions one statement searches. Rare changes are found in several steps, each within the statement
 * timeout.
 */
const POSITIONS_PER_STATEMENT = 20_000;

/** AUD-3: A page of sealed entries after a position, in the order of positions. */
export async function pageAfter<Item extends HasPosition>(
  db: Reader,
  { columns, join = empty, where, after, first }: PositionQuery,
): Promise<FeedPage<Item>> {
  const found = await db.query<Item & { readonly upTo: string; readonly last: string }>(sql`
    SELECT sealed.last, sealed."upTo", item.* FROM (
      SELECT coalesce(max(position), 0) AS last, least(coalesce(max(position), 0), ${after}::bigint + ${POSITIONS_PER_STATEMENT}) AS "upTo" FROM audit_positions
    ) AS sealed
    LEFT JOIN LATERAL (
      SELECT p.position, ${columns} FROM audit_positions p JOIN audit_entries t ON t.id = p.audit_entry_id ${join}
      WHERE p.position > ${after} AND p.position <= sealed."upTo" AND ${where}
      ORDER BY p.position LIMIT ${first + 1}
    ) AS item ON true ORDER BY item.position`);
  const matches = found.filter(({ position }) => position !== null);
  const rows = matches.slice(0, first);
  const [last, upTo] = [Number(found[0]?.last ?? 0), Number(found[0]?.upTo ?? 0)];
  if (matches.length > first) return { rows, hasMore: true, end: Number(rows.at(-1)?.position ?? after) };
  return { rows, hasMore: upTo < last, end: Math.max(after, upTo) };
}
