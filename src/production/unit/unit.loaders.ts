/**
 * Which unit a reference means: an id tells its kind by its table; a number that has the form of one kind is looked for
 * among that kind first; otherwise, or when there is none, it is an external number, exact. An item and the serial it
 * became share theirs, so the level of the step that is asked for decides between them, and without a step the item
 * comes before the serial.
 */
import type { Reference } from '../../platform/input/schemas.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { empty, join, arrayParameter, identifier, sql, type Sql } from '../../platform/postgres/sql.ts';
import { numberedLots } from '../lot/lot.loaders.ts';
import { UNIT_KINDS, type UnitKind, unitNumberOf } from '../lot/unit-number.rules.ts';
import { numberedSerials } from '../serial/serial.loaders.ts';
import { numberedWipItems } from '../wip-item/wip-item.loaders.ts';

/** A unit by the ids under which it stands in an execution. They never change. */
export type UnitIds =
  | { readonly kind: 'LOT'; readonly lotId: string; readonly wipItemId: null; readonly serialId: null }
  | { readonly kind: 'WIP_ITEM'; readonly lotId: string; readonly wipItemId: string; readonly serialId: null }
  | { readonly kind: 'SERIAL'; readonly lotId: string; readonly wipItemId: string; readonly serialId: string };

/** The id of the lot, item or serial. Its executions are stored with it as their unit. */
export function idOfUnitIds({ serialId, wipItemId, lotId }: UnitIds): string {
  return serialId ?? wipItemId ?? lotId;
}

/** The unit of a reference; undefined when there is none. */
export async function unitIdsOf(db: Reader, reference: Reference): Promise<UnitIds | undefined> {
  const [unit] = await db.query<UnitIds>(unitSql(reference));
  return unit;
}

/** A query for the unit of a reference as one row, or none. `level` is that of the step asked for. */
export function unitSql({ key, value }: Reference, level: Sql = sql`NULL`): Sql {
  const own = key === 'id' ? undefined : unitNumberOf(String(value));
  const candidates = SOURCES.flatMap((source) => {
    if (key === 'id') return [candidateOf(source, OWN, sql`u.id = ${value}::uuid`)];
    const byOwnNumber =
      own?.kind === source.kind ? [candidateOf(source, OWN, isNumbered(source, sql`${own.number}`))] : [];
    return [...byOwnNumber, candidateOf(source, RANKS[source.kind], sql`u.external_number = ${value}`)];
  });
  return sql`SELECT kind, lot_id AS "lotId", wip_item_id AS "wipItemId", serial_id AS "serialId" FROM (${firstOf(candidates, level)}) AS unit`;
}

/** A unit that an input names, and the step for which. */
export interface RequestedUnit {
  readonly unit: Reference;
  readonly process: Reference;
}

/** The unit of each reference, in the order asked; null where there is none. */
export async function unitsOf(db: Reader, asked: readonly RequestedUnit[]): Promise<readonly (UnitIds | null)[]> {
  const meant = unitLookups(asked);
  const units = await unitsMeant(db, meant);
  const others = meant.filter(({ way, place }) => !units.has(place) && way !== 'id' && way !== 'external');
  const more = await unitsMeant(
    db,
    others.map((unit) => ({ ...unit, way: 'external', value: String(asked[unit.place - 1]?.unit.value) })),
  );
  return meant.map(({ place }) => units.get(place) ?? more.get(place) ?? null);
}

async function unitsMeant(db: Reader, meant: readonly UnitLookup[]): Promise<ReadonlyMap<number, UnitIds>> {
  if (meant.length === 0) return new Map();
  const rows = await db.prepared<{ readonly place: number; readonly unit: UnitIds }>(sql`
    SELECT place, json_build_object('kind', kind, 'lotId', lot_id, 'wipItemId', wip_item_id, 'serialId', serial_id) AS unit FROM (${unitsSql(meant)}) AS named`);
  return new Map(rows.map(({ place, unit }) => [place, unit]));
}

/** How a reference names its unit: by id, by the own number of a kind, or by an external number. */
type Way = (typeof WAYS)[number];

const WAYS = ['id', ...UNIT_KINDS, 'external'] as const;

/** A unit as one way of naming it says, and its place among those asked for, from 1. */
export interface UnitLookup {
  readonly place: number;
  readonly way: Way;
  readonly value: string;
  readonly process: Reference;
}

/** What references mean in the first place: a text with the form of an own number is one. */
export function unitLookups(asked: readonly RequestedUnit[]): readonly UnitLookup[] {
  return asked.map(({ unit: { key, value }, process }, index) => {
    const own = key === 'id' ? undefined : unitNumberOf(String(value));
    return {
      place: index + 1,
      way: key === 'id' ? 'id' : (own?.kind ?? 'external'),
      value: own?.number ?? String(value),
      process,
    };
  });
}

/** The kinds of units that may come of them. */
export function kindsOf(meant: readonly UnitLookup[]): ReadonlySet<UnitKind> {
  return new Set(meant.flatMap(({ way }) => (way === 'id' || way === 'external' ? UNIT_KINDS : way)));
}

/**
 * A query for the units that are meant, each with its place; what does not exist has no row. It looks in no way that is
 * not asked for.
 */
export function unitsSql(meant: readonly UnitLookup[]): Sql {
  const parts = WAYS.flatMap((way) => {
    const units = meant.filter((unit) => unit.way === way);
    return units.length === 0
      ? []
      : [
          sql`
      SELECT asked.place, unit.kind, unit.lot_id, unit.wip_item_id, unit.serial_id
      FROM unnest(${arrayParameter(
        'int',
        units.map(({ place }) => place),
      )}, ${arrayParameter(
        'text',
        units.map(({ value }) => value),
      )},
                  ${arrayParameter(
                    'text',
                    units.map(({ process: { key, value } }) => `${key} ${value}`),
                  )}) AS asked(place, value, process)
      ${way === 'external' ? STEP_ASKED : empty} JOIN LATERAL (${LOOKS[way]}) AS unit ON TRUE`,
        ];
  });
  return join(parts, ' UNION ALL ');
}

type Source = (typeof SOURCES)[number];

function candidateOf({ table, columns }: Source, rank: number, condition: Sql): Sql {
  return sql`SELECT ${columns}, ${identifier(String(rank))} AS rank FROM ${table.name} u WHERE ${condition}`;
}

function isNumbered({ numberType }: Source, number: Sql): Sql {
  return sql`u.number = ${number}::${identifier(numberType)}`;
}

function firstOf(candidates: readonly Sql[], level: Sql): Sql {
  return sql`
    SELECT * FROM (${join([...candidates], ' UNION ALL ')}) AS candidate
    ORDER BY rank > ${identifier(String(OWN))}, candidate.level IS DISTINCT FROM ${level}::text, rank LIMIT 1`;
}

/** An id or an own number comes first, then an external number on the level asked for, then these. */
const OWN = 0;
const RANKS: Readonly<Record<UnitKind, number>> = { LOT: 1, WIP_ITEM: 2, SERIAL: 3 };

const LOTS = {
  ...numberedLots,
  columns: sql`'LOT' AS kind, 'LOT' AS level, u.id AS lot_id, NULL::uuid AS wip_item_id, NULL::uuid AS serial_id`,
} as const;
const ITEMS = {
  ...numberedWipItems,
  columns: sql`'WIP_ITEM' AS kind, 'WIP' AS level, u.lot_id, u.id AS wip_item_id, NULL::uuid AS serial_id`,
} as const;
const SERIALS = {
  ...numberedSerials,
  columns: sql`'SERIAL' AS kind, 'SERIAL' AS level, u.lot_id, u.wip_item_id, u.id AS serial_id`,
} as const;
const SOURCES = [LOTS, ITEMS, SERIALS] as const;

/** How to find `asked.value` in each of the ways. */
const LOOKS: Readonly<Record<Way, Sql>> = {
  id: join(
    SOURCES.map((source) => candidateOf(source, OWN, sql`u.id = asked.value::uuid`)),
    ' UNION ALL ',
  ),
  LOT: candidateOf(LOTS, OWN, isNumbered(LOTS, sql`asked.value`)),
  WIP_ITEM: candidateOf(ITEMS, OWN, isNumbered(ITEMS, sql`asked.value`)),
  SERIAL: candidateOf(SERIALS, OWN, isNumbered(SERIALS, sql`asked.value`)),
  external: firstOf(
    SOURCES.map((source) => candidateOf(source, RANKS[source.kind], sql`u.external_number = asked.value`)),
    sql`step.level`,
  ),
};

const STEP_ASKED = sql`LEFT JOIN processes step ON asked.process IN ('id ' || step.id, 'code ' || step.code, 'number ' || step.number)`;
