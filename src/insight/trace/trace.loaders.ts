import { rejectQuery } from '../../platform/read/query-error.ts';
import { loadList } from '../../platform/read/loader.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { arrayParameter, identifier, join, sql, type Sql } from '../../platform/postgres/sql.ts';
import { present } from '../../platform/values/assert.ts';
import type { Row } from '../../platform/postgres/table.ts';
import type { Instant } from '../../platform/values/time.ts';
import { componentUses } from '../../production/component-use/component-use.loaders.ts';
import type { NamedComponent } from '../../production/component-use/component-use.shapes.ts';
import { numberedLots } from '../../production/lot/lot.loaders.ts';
import { idOfReference } from '../../production/lot/unit-number.loaders.ts';
import { processDataTable } from '../../production/process-data/execution/process-data.loaders.ts';
import { numberedSerials } from '../../production/serial/serial.loaders.ts';
import { idOfUnitIds, unitSql, type UnitIds } from '../../production/unit/unit.loaders.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import { inspections } from '../../quality/inspection/inspection.loaders.ts';
import { externalKey, hasRoomForNodes, type Trace, type TracedUnit, type TracedUse, traceOf } from './trace.rules.ts';
import {
  askedIds,
  type Depths,
  type WalkDirection,
  existsAt,
  HELD_LOTS,
  madeOfHeldSql,
  usesAt,
  type Validity,
  walkFrom,
  walkFromExternalLot,
} from './walk.loaders.ts';

/** The keys of the nodes into which something of a held lot went; none when they were not asked for. */
export interface Held {
  readonly held: ReadonlySet<string>;
}

/** A trace with its units. */
export interface LoadedTrace extends Held {
  readonly trace: Trace;
  readonly units: readonly TracedUnit[];
}

/** TRC-1: What went into a unit; undefined when there is no such unit. Two statements, and one for `containsHeld`. */
export async function traceBack(
  db: Reader,
  unit: Reference,
  options: TraceOptions,
): Promise<(LoadedTrace & { readonly root: UnitIds }) | undefined> {
  const walked = await walkFrom(db, unitSql(unit), { ...options, direction: 'BACKWARD' });
  if (walked === undefined) return undefined;
  const { root, depths } = walked;
  return {
    ...(await loadTrace(db, idOfUnitIds(root), depths, { ...options, direction: 'BACKWARD', path: 'unit' })),
    root,
  };
}

/** TRC-2: What contains a component; undefined when there is no such lot or serial. Two statements, and one for `containsHeld`. */
export async function traceForward(
  db: Reader,
  component: NamedComponent,
  options: TraceOptions,
): Promise<LoadedTrace | undefined> {
  const more = { ...options, direction: 'FORWARD', path: 'component' } as const;
  if (component.kind === 'EXTERNAL_LOT') {
    const depths = await walkFromExternalLot(db, component.number, options);
    return loadTrace(db, externalKey(component.number), depths, { ...more, externalLotNumber: component.number });
  }
  const root =
    component.kind === 'LOT'
      ? sql`SELECT 'LOT' AS kind, t.id AS "lotId", NULL::uuid AS "wipItemId", NULL::uuid AS "serialId" FROM lots t WHERE t.id = ${idOfReference(numberedLots, component.reference)}`
      : sql`SELECT 'SERIAL' AS kind, t.lot_id AS "lotId", t.wip_item_id AS "wipItemId", t.id AS "serialId" FROM serials t WHERE t.id = ${idOfReference(numberedSerials, component.reference)}`;
  const walked = await walkFrom(db, root, more);
  return walked === undefined ? undefined : loadTrace(db, idOfUnitIds(walked.root), walked.depths, more);
}

/** Which edges hold, how many of them the walk goes, and whether it is asked what contains something held. */
export interface TraceOptions extends Validity {
  readonly maxDepth: number;
  readonly asksHeld: boolean;
}

interface LoadOptions extends TraceOptions {
  readonly direction: WalkDirection;
  /** The argument that names the start. */
  readonly path: string;
  readonly externalLotNumber?: string;
}

async function loadTrace(db: Reader, root: string, depths: Depths, options: LoadOptions): Promise<LoadedTrace> {
  const refuse = (count: number): void => {
    const refused = hasRoomForNodes(count, options.path);
    if (refused !== undefined) rejectQuery([refused]);
  };
  refuse(depths.has(root) ? depths.size - 1 : depths.size);
  const ids = [...depths.keys()];
  const [{ units, uses }, held] = await Promise.all([reached(db, ids, options), madeOfHeld(db, ids, options)]);
  const trace = traceOf({ root, depths, units, uses }, options.maxDepth);
  refuse(trace.nodes.length);
  return { trace, units, held };
}

/** The units and the uses column by column: two texts arrive much faster than thirty thousand rows. */
interface ReachedColumns {
  readonly units: readonly [
    kind: readonly TracedUnit['kind'][],
    id: readonly string[],
    number: readonly string[],
    lotId: readonly string[],
    isHeld: readonly boolean[],
    madeOf: readonly (string | null)[],
    isMade: readonly boolean[],
  ];
  readonly uses: readonly [
    id: readonly string[],
    consumerId: readonly string[],
    componentId: readonly (string | null)[],
    externalLotNumber: readonly (string | null)[],
  ];
}

/**
 * The units of a walk, and the uses at them, by one statement. `OFFSET 0` and `LIMIT 1` make it look up one id after the
 * other by index; for thousands of ids PostgreSQL would rather read all of an index, which takes five times as long. An
 * id that is found among the serials is not looked for among the items and the lots.
 */
export async function reached(
  db: Reader,
  ids: readonly string[],
  options: Validity & { readonly direction: WalkDirection; readonly externalLotNumber?: string },
): Promise<{ readonly units: readonly TracedUnit[]; readonly uses: readonly TracedUse[] }> {
  const external = options.externalLotNumber ?? null;
  const end = options.direction === 'BACKWARD' ? sql`u.consumer_id` : sql`u.component_id`;
  const [columns] = await db.query<ReachedColumns>(sql`
    WITH asked AS MATERIALIZED (SELECT id FROM ${askedIds(ids)}), unit AS (
      SELECT near.* FROM asked CROSS JOIN LATERAL (
        SELECT 'SERIAL' AS kind, s.id, s.number::text AS number, s.lot_id, s.wip_item_id AS made_of, ${existsAt('s', options)} AS is_made FROM serials s WHERE s.id = asked.id
        UNION ALL SELECT 'WIP_ITEM', i.id, i.number, i.lot_id, i.lot_id, ${existsAt('i', options)} FROM wip_items i WHERE i.id = asked.id
        UNION ALL SELECT 'LOT', lot.id, lot.number::text, lot.id, NULL, FALSE FROM lots lot WHERE lot.id = asked.id
        LIMIT 1
      ) AS near
    ), used AS (
      SELECT near.* FROM asked CROSS JOIN LATERAL (
        SELECT u.id, u.consumer_id, u.component_id, u.external_lot_number FROM component_uses u WHERE ${end} = asked.id AND ${usesAt(options)} OFFSET 0
      ) AS near
      UNION ALL SELECT u.id, u.consumer_id, u.component_id, u.external_lot_number
      FROM component_uses u WHERE u.external_lot_number = ${external}::text AND ${usesAt(options)}
    )
    SELECT (
      SELECT json_build_array(${columnsOf(['kind', 'id', 'number', 'lot_id', 'is_held', 'made_of', 'is_made'])})
      FROM (SELECT unit.*, unit.lot_id IN (SELECT held.id FROM ${HELD_LOTS} AS held) AS is_held FROM unit) AS found
    ) AS units, (
      SELECT json_build_array(${columnsOf(['id', 'consumer_id', 'component_id', 'external_lot_number'])}) FROM used AS found
    ) AS uses`);
  const { units, uses } = present(columns, 'What was reached');
  const [kinds, unitIds, numbers, lotIds, held, madeOf, made] = units;
  const [useIds, consumerIds, componentIds, externalLotNumbers] = uses;
  return {
    units: unitIds.map((id, at) => ({
      kind: kinds[at] ?? 'LOT',
      id,
      number: numbers[at] ?? '',
      lotId: lotIds[at] ?? '',
      isHeld: held[at] ?? false,
      madeOf: madeOf[at] ?? null,
      isMade: made[at] ?? false,
    })),
    uses: useIds.map((id, at) => ({
      id,
      consumerId: consumerIds[at] ?? '',
      componentId: componentIds[at] ?? null,
      externalLotNumber: externalLotNumbers[at] ?? null,
    })),
  };
}

/** Columns of the rows `found`, each as an array. */
function columnsOf(names: readonly string[]): Sql {
  return join(
    names.map((name) => sql`coalesce(json_agg(${identifier(`found.${name}`)}), '[]')`),
    ', ',
  );
}

/** What of these units contains something held, by one statement if it is asked for. */
export async function madeOfHeld(
  db: Reader,
  ids: readonly string[],
  { asksHeld, ...validity }: Validity & Pick<TraceOptions, 'asksHeld'>,
): Promise<ReadonlySet<string>> {
  if (!asksHeld) return new Set();
  const rows = await db.query<{ readonly id: string }>(madeOfHeldSql(ids, validity));
  return new Set(rows.map(({ id }) => id));
}

/** TRC-1: The executions of a lot, an item and a serial that had begun by the instant, in time order. */
export function executionsOf(
  db: Reader,
  unit: UnitIds,
  at: Instant | undefined,
): Promise<readonly Row<'ProcessData'>[]> {
  return db.query(sql`
    SELECT ${processDataTable.columns} FROM process_data t
    WHERE t.unit_id = ANY(${arrayParameter('uuid', idsOf(unit))}) AND t.started_at <= coalesce(${at ?? null}::timestamptz, 'infinity')
    ORDER BY t.started_at, t.id`);
}

/** TRC-1: The inspections of the lot as a sample, the item and the serial that were planned by the instant. */
export function inspectionsOf(
  db: Reader,
  unit: UnitIds,
  at: Instant | undefined,
): Promise<readonly Row<'Inspection'>[]> {
  return db.query(sql`
    SELECT ${inspections.columns} FROM inspections t
    WHERE (t.wip_item_id = ${unit.wipItemId}::uuid OR t.serial_id = ${unit.serialId}::uuid
        OR t.lot_id = ${unit.lotId}::uuid AND t.wip_item_id IS NULL AND t.serial_id IS NULL)
      AND t.created_at <= coalesce(${at ?? null}::timestamptz, 'infinity')
    ORDER BY t.created_at, t.id`);
}

/** TRC-1: The uses that hold at the instant, whose consumer is the lot, the item or the serial. */
export function componentsOf(
  db: Reader,
  unit: UnitIds,
  at: Instant | undefined,
): Promise<readonly Row<'ComponentUse'>[]> {
  const validity = { at, includeRemoved: false };
  return db.query(sql`
    SELECT ${componentUses.columns} FROM component_uses t JOIN component_uses u ON u.id = t.id
    WHERE t.consumer_id = ANY(${arrayParameter('uuid', idsOf(unit))}) AND ${usesAt(validity)} ORDER BY t.installed_at, t.id`);
}

/** The inspections of nodes of a trace by the id of the very unit that is the sample; those of a lot name no unit. */
export const inspectionsByUnit = loadList<string, Row<'Inspection'> & { readonly unitId: string }>({
  batch: (ids, db) =>
    db.query(sql`
    SELECT asked.id AS "unitId", ${inspections.columns}
    FROM unnest(${arrayParameter('uuid', ids)}) AS asked(id) CROSS JOIN LATERAL (
      SELECT * FROM inspections i WHERE i.wip_item_id = asked.id
      UNION ALL SELECT * FROM inspections i WHERE i.serial_id = asked.id
      UNION ALL SELECT * FROM inspections i WHERE i.lot_id = asked.id AND i.wip_item_id IS NULL AND i.serial_id IS NULL
    ) AS t ORDER BY t.created_at, t.id`),
  keyOf: (row) => row.unitId,
});

function idsOf({ lotId, wipItemId, serialId }: UnitIds): readonly string[] {
  return [lotId, wipItemId, serialId].filter((id) => id !== null);
}
