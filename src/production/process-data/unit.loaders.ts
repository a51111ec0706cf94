/**
 * Which unit a reference means: an id tells its kind by its table; a number that has the form of one kind is looked for among that kind
 * first; otherwise, or when there is none, it is an external number, exact. An item and the serial it became share theirs, so the level
 * of the step that is asked for decides between them, and without a step the item comes before the serial.
 */
import type { Reader } from '../../platform/database.ts';
import type { Reference } from '../../platform/shapes.ts';
import { join, manyOf, name, sql, type Sql } from '../../platform/sql.ts';
import { numberedLots } from '../lot/lot.loaders.ts';
import { unitNumberOf, type UnitKind } from '../lot/unit-number.rules.ts';
import { numberedSerials } from '../serial/serial.loaders.ts';
import { numberedWipItems } from '../wip-item/wip-item.loaders.ts';

/** A unit by the ids under which it stands in an execution. They never change. */
export type UnitIds =
  | { readonly kind: 'LOT'; readonly lotId: string; readonly wipItemId: null; readonly serialId: null }
  | { readonly kind: 'WIP_ITEM'; readonly lotId: string; readonly wipItemId: string; readonly serialId: null }
  | { readonly kind: 'SERIAL'; readonly lotId: string; readonly wipItemId: string; readonly serialId: string };

/** The unit of a reference; undefined when there is none. */
export async function unitIdsOf(db: Reader, reference: Reference): Promise<UnitIds | undefined> {
  const [unit] = await db.query<UnitIds>(unitSql(reference));
  return unit;
}

/** A query for the unit of a reference as one row, or none. `level` is that of the step asked for. */
export function unitSql({ key, value }: Reference, level: Sql = sql`NULL`): Sql {
  const own = key === 'id' ? undefined : unitNumberOf(String(value));
  const candidates = SOURCES.flatMap(({ kind, table, numberType, columns }) => {
    const select = (rank: number, condition: Sql): Sql => sql`SELECT ${columns}, ${name(String(rank))} AS rank FROM ${table.name} u WHERE ${condition}`;
    if (key === 'id') return [select(OWN, sql`u.id = ${value}::uuid`)];
    const byOwnNumber = own?.kind === kind ? [select(OWN, sql`u.number = ${own.number}::${name(numberType)}`)] : [];
    return [...byOwnNumber, select(RANKS[kind], sql`u.external_number = ${value}`)];
  });
  return firstOf(candidates, level);
}

/** A unit that an input names, and the step for which. */
export interface AskedUnit {
  readonly unit: Reference;
  readonly process: Reference;
}

/** The unit of each reference, by one statement, in the order asked; null where there is none. */
export async function unitsOf(db: Reader, asked: readonly AskedUnit[]): Promise<readonly (UnitIds | null)[]> {
  const rows = await db.prepared<{ readonly place: number; readonly unit: UnitIds }>(sql`
    SELECT place::int AS place, json_build_object('kind', kind, 'lotId', lot_id, 'wipItemId', wip_item_id, 'serialId', serial_id) AS unit FROM (${unitsSql(asked)}) AS named`);
  const units = new Map(rows.map(({ place, unit }) => [place, unit]));
  return asked.map((_asked, index) => units.get(index + 1) ?? null);
}

/** A query for the units of references, each with its place among them, from 1; a reference to none has no row. */
export function unitsSql(asked: readonly AskedUnit[]): Sql {
  const ids = asked.map(({ unit: { key, value } }) => (key === 'id' ? value : null));
  const externals = asked.map(({ unit: { key, value } }) => (key === 'id' ? null : String(value)));
  const owns = externals.map((text) => (text === null ? undefined : unitNumberOf(text)));
  const candidates = SOURCES.flatMap(({ kind, table, numberType, columns }) => {
    const select = (rank: number, condition: Sql): Sql => sql`SELECT ${columns}, ${name(String(rank))} AS rank FROM ${table.name} u WHERE ${condition}`;
    const isOwn = sql`asked.kind = ${kind} AND u.number = asked.own::${name(numberType)}`;
    return [select(OWN, sql`u.id = asked.id`), select(OWN, isOwn), select(RANKS[kind], sql`u.external_number = asked.external`)];
  });
  return sql`
    SELECT asked.place, unit.kind, unit."lotId" AS lot_id, unit."wipItemId" AS wip_item_id, unit."serialId" AS serial_id
    FROM unnest(${manyOf('uuid', ids)}, ${manyOf('text', owns.map((own) => own?.kind ?? null))}, ${manyOf('text', owns.map((own) => own?.number ?? null))},
                ${manyOf('text', externals)}, ${manyOf('text', asked.map(({ process: { key, value } }) => `${key} ${value}`))})
      WITH ORDINALITY AS asked(id, kind, own, external, process, place)
    LEFT JOIN processes step ON asked.process IN ('id ' || step.id, 'code ' || step.code, 'number ' || step.number)
    JOIN LATERAL (${firstOf(candidates, sql`step.level`)}) AS unit ON TRUE`;
}

function firstOf(candidates: readonly Sql[], level: Sql): Sql {
  return sql`
    SELECT kind, lot_id AS "lotId", wip_item_id AS "wipItemId", serial_id AS "serialId" FROM (${join([...candidates], ' UNION ALL ')}) AS candidate
    ORDER BY rank > ${name(String(OWN))}, candidate.level IS DISTINCT FROM ${level}::text, rank LIMIT 1`;
}

/** An id or an own number comes first, then an external number on the level asked for, then these. */
const OWN = 0;
const RANKS: Readonly<Record<UnitKind, number>> = { LOT: 1, WIP_ITEM: 2, SERIAL: 3 };

const SOURCES = [
  { ...numberedLots, columns: sql`'LOT' AS kind, 'LOT' AS level, u.id AS lot_id, NULL::uuid AS wip_item_id, NULL::uuid AS serial_id` },
  { ...numberedWipItems, columns: sql`'WIP_ITEM' AS kind, 'WIP' AS level, u.lot_id, u.id AS wip_item_id, NULL::uuid AS serial_id` },
  { ...numberedSerials, columns: sql`'SERIAL' AS kind, 'SERIAL' AS level, u.lot_id, u.wip_item_id, u.id AS serial_id` },
] as const;
