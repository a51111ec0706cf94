/**
 * Finds the unit that a reference names.
 *
 * 1. An id is looked up in the tables of all three kinds.
 * 2. A number with the form of one kind's own number is looked up among that kind first.
 * 3. Otherwise, or when that finds nothing, it is an external number, which must match exactly. An item and the serial
 *    it was converted to share an external number: the level of the given step decides; without a step the item comes
 *    first.
 */
import type { Reference } from '../../platform/input/schemas.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { empty, join, arrayParameter, identifier, sql, type Sql } from '../../platform/postgres/sql.ts';
import type { FilterTarget } from '../../platform/read/relation-filter.ts';
import { lotByNumber, numberedLots } from '../lot/lot.loaders.ts';
import { noSuchUnit } from './unit-reference.rules.ts';
import { UNIT_KINDS, type UnitKind, unitNumberOf } from '../lot/unit-number.rules.ts';
import { numberedSerials, serialByNumber } from '../serial/serial.loaders.ts';
import { numberedWipItems, wipItemByNumber } from '../wip-item/wip-item.loaders.ts';

/** A unit by the ids that its executions carry. They never change; null where the level has no such id. */
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

/** A query for the unit of a reference: one row or none. `level` is the level of the given step. */
export function unitSql(reference: Reference, level: Sql = sql`NULL`): Sql {
  return sql`SELECT kind, lot_id AS "lotId", wip_item_id AS "wipItemId", serial_id AS "serialId" FROM (${firstOf(candidatesFor(reference), level)}) AS unit`;
}

/**
 * RTE-4: A condition that holds when one of the units belongs to a lot without a route of its own. It may also hold when
 * a unit is not found, or when a text names several units.
 */
export function isOnFactoryRoute(requested: readonly RequestedUnit[]): Sql {
  const [first, ...more] = requested;
  if (first !== undefined && more.length === 0) {
    const candidates = join([...candidatesFor(first.unit)], ' UNION ALL ');
    return sql`EXISTS (SELECT FROM (${candidates}) AS unit JOIN lots lot ON lot.id = unit.lot_id WHERE lot.route_id IS NULL)`;
  }
  return sql`EXISTS (SELECT FROM (${unitsSql(unitLookups(requested), 'LEFT')}) AS unit LEFT JOIN lots lot ON lot.id = unit.lot_id WHERE lot.route_id IS NULL)`;
}

function candidatesFor({ key, value }: Reference): readonly Sql[] {
  const own = key === 'id' ? undefined : unitNumberOf(String(value));
  return SOURCES.flatMap((source) => {
    if (key === 'id') return [candidateOf(source, OWN, sql`u.id = ${value}::uuid`)];
    const byOwnNumber =
      own?.kind === source.kind ? [candidateOf(source, OWN, isNumbered(source, sql`${own.number}`))] : [];
    return [...byOwnNumber, candidateOf(source, RANKS[source.kind], sql`u.external_number = ${value}`)];
  });
}

/** A unit that an input names, and the step that is to be run on it. */
export interface RequestedUnit {
  readonly unit: Reference;
  readonly process: Reference;
}

/** The unit of each request, in the order of the requests; null where there is none. Two statements at most. */
export async function unitsOf(db: Reader, requested: readonly RequestedUnit[]): Promise<readonly (UnitIds | null)[]> {
  const lookups = unitLookups(requested);
  const units = await findUnits(db, lookups);
  const others = lookups.filter(({ way, place }) => !units.has(place) && way !== 'id' && way !== 'external');
  const more = await findUnits(
    db,
    others.map((unit) => ({ ...unit, way: 'external', value: String(requested[unit.place - 1]?.unit.value) })),
  );
  return lookups.map(({ place }) => units.get(place) ?? more.get(place) ?? null);
}

async function findUnits(db: Reader, lookups: readonly UnitLookup[]): Promise<ReadonlyMap<number, UnitIds>> {
  if (lookups.length === 0) return new Map();
  const rows = await db.prepared<{ readonly place: number; readonly unit: UnitIds }>(sql`
    SELECT place, json_build_object('kind', kind, 'lotId', lot_id, 'wipItemId', wip_item_id, 'serialId', serial_id) AS unit FROM (${unitsSql(lookups)}) AS named`);
  return new Map(rows.map(({ place, unit }) => [place, unit]));
}

/** How a reference names its unit: by id, by the own number of a kind, or by an external number. */
type NamedBy = (typeof NAMED_BY)[number];

const NAMED_BY = ['id', ...UNIT_KINDS, 'external'] as const;

/** The look-up of one request: how it names the unit, and its position among the requests, counted from 1. */
export interface UnitLookup {
  readonly place: number;
  readonly way: NamedBy;
  readonly value: string;
  readonly process: Reference;
}

/** The first look-up of each request: a text with the form of an own number is looked up as one. */
export function unitLookups(requested: readonly RequestedUnit[]): readonly UnitLookup[] {
  return requested.map(({ unit: { key, value }, process }, index) => {
    const own = key === 'id' ? undefined : unitNumberOf(String(value));
    return {
      place: index + 1,
      way: key === 'id' ? 'id' : (own?.kind ?? 'external'),
      value: own?.number ?? String(value),
      process,
    };
  });
}

/** The kinds of units that the look-ups can find. */
export function kindsOf(lookups: readonly UnitLookup[]): ReadonlySet<UnitKind> {
  return new Set(lookups.flatMap(({ way }) => (way === 'id' || way === 'external' ? UNIT_KINDS : way)));
}

/**
 * A query for the units of the look-ups, each with its position. A unit that does not exist has no row, or with a LEFT
 * join a row of nulls. It contains only the ways of naming that the look-ups use.
 */
export function unitsSql(lookups: readonly UnitLookup[], joinType: 'INNER' | 'LEFT' = 'INNER'): Sql {
  const parts = NAMED_BY.flatMap((way) => {
    const units = lookups.filter((unit) => unit.way === way);
    return units.length === 0 ? [] : [unitsNamedBy(way, units, joinType)];
  });
  return join(parts, ' UNION ALL ');
}

function unitsNamedBy(way: NamedBy, units: readonly UnitLookup[], joinType: 'INNER' | 'LEFT'): Sql {
  const places = units.map(({ place }) => place);
  const values = units.map(({ value }) => value);
  const steps = units.map(({ process: { key, value } }) => `${key} ${value}`);
  return sql`
      SELECT asked.place, unit.kind, unit.lot_id, unit.wip_item_id, unit.serial_id
      FROM unnest(${arrayParameter('int', places)}, ${arrayParameter('text', values)},
                  ${arrayParameter('text', steps)}) AS asked(place, value, process)
      ${way === 'external' ? STEP_ASKED : empty} ${identifier(joinType)} JOIN LATERAL (${LOOKUP_SQL[way]}) AS unit ON TRUE`;
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

/** The order of candidates: an id or an own number, then an external number on the given level, then this order. */
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

/** How each way of naming finds `asked.value`. */
const LOOKUP_SQL: Readonly<Record<NamedBy, Sql>> = {
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

const BY_NUMBER = { LOT: lotByNumber, WIP_ITEM: wipItemByNumber, SERIAL: serialByNumber } as const;

/** Lots, WIP items and serials as filters take them. */
export const unitTarget: FilterTarget = {
  name: 'Unit',
  types: ['Lot', 'WipItem', 'Serial'],
  what: 'a lot, a WIP item or a serial',
  keys: {
    number: {
      description:
        'Its number, in any spelling, or its external number, exact; one that an item shares with its serial means both. One that does not exist is rejected.',
      async find(context, text) {
        const own = unitNumberOf(text);
        const named = own === undefined ? null : await BY_NUMBER[own.kind].load(context, text);
        if (named !== null) return [named.id];
        const units = await Promise.all(UNIT_KINDS.map((kind) => BY_NUMBER[kind].load(context, text)));
        return units.flatMap((unit) => unit?.id ?? []);
      },
      unknown: (text) => noSuchUnit({ key: 'number', value: text }, ''),
    },
  },
};
