/**
 * The walk along the edges of the genealogy, breadth first, by one recursive statement.
 *
 * 1. One row of the recursion is one level: the units that it reached first, and all that were reached so far. So a unit
 *    is visited once however many paths lead to it, and its level is its shortest distance.
 * 2. A lot of a supplier has no record. Forward it can only be the root, backward only an end; it is found by its uses.
 * 3. The walk stops when it has one unit more than an answer may have.
 */
import type { Reader } from '../../platform/postgres/client.ts';
import { empty, identifier, sql, type Sql } from '../../platform/postgres/sql.ts';
import type { Instant } from '../../platform/values/time.ts';
import type { UnitIds } from '../../production/unit/unit.loaders.ts';
import { TRACE_NODES } from './trace.rules.ts';

/** BACKWARD: to what went into a unit. FORWARD: to what contains it. */
export type WalkDirection = 'BACKWARD' | 'FORWARD';

/** Which edges hold: those of an instant, now unless given; removed uses only when asked for. */
export interface Validity {
  readonly at: Instant | undefined;
  readonly includeRemoved: boolean;
}

/** A level of the walk: its distance from the root, and the ids of the units that were reached first at it. */
export interface Level {
  readonly depth: number;
  /** Divided by commas: a long array takes the driver ten times as long to read. */
  readonly ids: string;
}

/** The ids of a level of the walk, as a column. */
export const LEVEL_IDS = sql`array_to_string(walk.ids, ',') AS ids`;

/** The depths of the units that were reached, the root among them, by id. */
export type Depths = ReadonlyMap<string, number>;

/** Walks from the unit that `root` selects as `UnitIds`; undefined when there is none. */
export async function walkFrom(
  db: Reader,
  root: Sql,
  options: Validity & { readonly direction: WalkDirection; readonly maxDepth: number },
): Promise<{ readonly root: UnitIds; readonly depths: Depths } | undefined> {
  const start = sql`SELECT 0, ARRAY[id], ARRAY[id] FROM (SELECT coalesce("serialId", "wipItemId", "lotId") AS id FROM root) AS root_id`;
  const rows = await db.query<Level & UnitIds>(sql`
    WITH RECURSIVE root AS MATERIALIZED (${root}), ${walkSql(start, options)}
    SELECT depth, ${LEVEL_IDS}, root.* FROM walk CROSS JOIN root ORDER BY depth`);
  const [first] = rows;
  return first === undefined ? undefined : { root: first, depths: depthsOf(rows) };
}

/** Walks forward from the uses of a supplier lot. The lot itself is the root, at depth 0. */
export async function walkFromExternalLot(
  db: Reader,
  number: string,
  options: Validity & { readonly maxDepth: number },
): Promise<Depths> {
  const start = sql`
    SELECT 1, ids, ids FROM (
      SELECT array_agg(consumer_id) AS ids FROM (
        SELECT DISTINCT u.consumer_id FROM component_uses u WHERE u.external_lot_number = ${number} AND ${usesAt(options)} LIMIT ${MOST}
      ) AS consumer
    ) AS first WHERE ids IS NOT NULL`;
  return levelsOf(db, start, { ...options, direction: 'FORWARD' });
}

/** The uses that hold, as a condition on the alias `u`. */
export function usesAt({ at, includeRemoved }: Validity): Sql {
  const instant = instantOf(at);
  const isInstalled = sql`u.installed_at <= ${instant}`;
  return includeRemoved ? isInstalled : sql`(${isInstalled} AND (u.removed_at IS NULL OR u.removed_at > ${instant}))`;
}

/** That an item or a serial exists at the instant, as a condition on the alias; empty for now. */
export function existsAt(alias: 'i' | 's', { at }: Validity): Sql {
  return at === undefined ? sql`TRUE` : sql`${identifier(alias)}.created_at <= ${at}::timestamptz`;
}

/** Ids of units as the rows `asked (id)`. They come from the database, so no character of them needs an escape. */
export function askedIds(ids: readonly string[]): Sql {
  return sql`unnest(${`{${ids.join(',')}}`}::uuid[]) AS asked(id)`;
}

/** What went into the unit whose id is `id`, one edge away. */
export function partsOf(id: Sql, validity: Validity): Sql {
  return sql`
    SELECT i.lot_id AS id FROM wip_items i WHERE i.id = ${id} AND ${existsAt('i', validity)}
    UNION ALL SELECT s.wip_item_id FROM serials s WHERE s.id = ${id} AND ${existsAt('s', validity)}
    UNION ALL SELECT u.component_id FROM component_uses u WHERE u.consumer_id = ${id} AND u.component_id IS NOT NULL AND ${usesAt(validity)}`;
}

/** What the unit whose id is `id` went into, one edge away. */
export function wholesOf(id: Sql, validity: Validity): Sql {
  return sql`
    SELECT i.id FROM wip_items i WHERE i.lot_id = ${id} AND ${existsAt('i', validity)}
    UNION ALL SELECT s.id FROM serials s WHERE s.wip_item_id = ${id} AND ${existsAt('s', validity)}
    UNION ALL SELECT u.consumer_id FROM component_uses u WHERE u.component_id = ${id} AND ${usesAt(validity)}`;
}

/** One unit more than an answer may have, the root not counted. */
const MOST = TRACE_NODES + 2;

/** The recursion `walk (depth, ids, seen)`: its levels, from the one that `start` selects. */
export function walkSql(
  start: Sql,
  options: Validity & { readonly direction: WalkDirection; readonly maxDepth: number },
): Sql {
  const next = (options.direction === 'BACKWARD' ? partsOf : wholesOf)(sql`frontier.id`, options);
  const isGoingOn = sql`walk.depth < ${options.maxDepth} AND cardinality(walk.seen) < ${MOST}`;
  return levelsSql(sql`walk`, start, { next, most: MOST, isGoingOn });
}

/** The lots that are held now, as the rows of a table expression. */
export const HELD_LOTS = sql`(SELECT lot.id FROM lots lot WHERE lot.disposition IN ('QUARANTINED', 'REJECTED'))`;

/** From more held lots than this, nothing is walked: what they went into is found from the other end. */
export const HELD_LOTS_MOST = 500;

/**
 * The units among these into which something of a held lot went, at whatever depth, as rows `id`. Lots are held now, also
 * in the trace of a past instant.
 *
 * 1. `onward` walks from all held lots to what contains them. A plant has few of them.
 * 2. Where there are more than 500, or where they went into more units than an answer may have, it walks the other way:
 *    `back` to everything that went into the units asked for, the held lots among it, and from these `forward` again.
 */
export function madeOfHeldSql(ids: readonly string[], validity: Validity): Sql {
  // Nothing is seen at the start: a held lot may be reached, too.
  const onward = levelsSql(
    sql`onward`,
    sql`SELECT 0, array_agg(held.id), '{}'::uuid[] FROM held HAVING count(*) BETWEEN 1 AND ${HELD_LOTS_MOST}`,
    { next: wholesOf(sql`frontier.id`, validity), most: MOST, isGoingOn: sql`cardinality(onward.seen) < ${MOST}` },
  );
  const back = levelsSql(
    sql`back`,
    sql`SELECT 0, array_agg(asked.id), array_agg(asked.id) FROM asked CROSS JOIN reach WHERE reach.is_cut HAVING count(*) > 0`,
    { next: partsOf(sql`frontier.id`, validity) },
  );
  const forward = levelsSql(
    sql`forward`,
    sql`SELECT 0, held_part.ids, '{}'::uuid[] FROM held_part WHERE held_part.ids IS NOT NULL`,
    { next: wholesOf(sql`frontier.id`, validity), only: sql`WHERE near.id IN (SELECT part.id FROM part)` },
  );
  return sql`
    WITH RECURSIVE asked AS MATERIALIZED (SELECT id FROM ${askedIds(ids)}),
    held AS MATERIALIZED (SELECT lot.id FROM ${HELD_LOTS} AS lot LIMIT ${HELD_LOTS_MOST + 1}), ${onward},
    reach AS MATERIALIZED (
      SELECT (SELECT count(*) FROM held) > ${HELD_LOTS_MOST} OR coalesce((SELECT max(cardinality(onward.seen)) FROM onward), 0) >= ${MOST} AS is_cut
    ), ${back}, part AS MATERIALIZED (SELECT unnest(back.ids) AS id FROM back), held_part AS MATERIALIZED (
      SELECT array_agg(lot.id) AS ids FROM part CROSS JOIN LATERAL (
        SELECT lot.id FROM lots lot WHERE lot.id = part.id AND lot.disposition IN ('QUARANTINED', 'REJECTED') OFFSET 0
      ) AS lot
    ), ${forward}
    SELECT asked.id FROM asked WHERE NOT (SELECT is_cut FROM reach) AND asked.id IN (SELECT unnest(onward.ids) FROM onward WHERE onward.depth > 0)
    UNION ALL SELECT unnest(forward.ids) FROM forward WHERE forward.depth > 0`;
}

/** How a recursion over levels goes on: `next` has the ids next to `frontier.id`, and `only` narrows the rows `near`. */
interface Steps {
  readonly next: Sql;
  readonly only?: Sql;
  /** The most units of a level; all unless given. */
  readonly most?: number;
  readonly isGoingOn?: Sql;
}

/** A recursion `name (depth, ids, seen)` whose rows are levels: what is next to the last level and was not seen before. */
function levelsSql(name: Sql, start: Sql, { next, only = empty, most, isGoingOn = sql`TRUE` }: Steps): Sql {
  return sql`${name} (depth, ids, seen) AS (
      ${start}
      UNION ALL
      SELECT ${name}.depth + 1, next.ids, ${name}.seen || next.ids
      FROM ${name} CROSS JOIN LATERAL (
        SELECT array_agg(found.id) AS ids FROM (
          (SELECT near.id FROM unnest(${name}.ids) AS frontier(id) CROSS JOIN LATERAL (${next}) AS near ${only}
           EXCEPT SELECT unnest(${name}.seen))
          LIMIT ${most ?? null}::bigint
        ) AS found
      ) AS next
      WHERE ${isGoingOn} AND next.ids IS NOT NULL
    )`;
}

async function levelsOf(
  db: Reader,
  start: Sql,
  options: Validity & { readonly direction: WalkDirection; readonly maxDepth: number },
): Promise<Depths> {
  return depthsOf(
    await db.query<Level>(sql`WITH RECURSIVE ${walkSql(start, options)} SELECT depth, ${LEVEL_IDS} FROM walk`),
  );
}

/** The depth of each unit of the levels. */
export function depthsOf(levels: readonly Level[]): Depths {
  const depths = new Map<string, number>();
  for (const { depth, ids } of levels) for (const id of ids.split(',')) depths.set(id, depth);
  return depths;
}

function instantOf(at: Instant | undefined): Sql {
  return at === undefined ? sql`now()` : sql`${at}::timestamptz`;
}
