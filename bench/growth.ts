/**
 * Gives a plant a long history. Its closed lots, with all rows that belong to them, are copied again and again, each
 * copy moved back in time by the length of the history. Whole sets are copied at once, so that millions of executions
 * take minutes.
 *
 * 1. The id of a copied row is moved back in time (an id begins with its millisecond), so references are moved by the
 *    same function.
 * 2. The number of a copied lot has a line segment of its own: `A001…` is the first copy on the first line; items and
 *    serials follow.
 * 3. Database constraints and triggers are off meanwhile, because the rows are copies of valid ones. Plain indexes are
 *    dropped and built again at the end.
 */
import type { Client } from 'pg';

/** The size to which the plant grows. */
export interface Growth {
  readonly serials: number;
  /** Serials and executions of the lot that is read in depth (Q3). */
  readonly deepLot: { readonly serials: number; readonly executions: number };
}

/** Adds a long history to the plant. */
export async function grow(
  client: Client,
  { serials, deepLot }: Growth,
  report: (message: string) => void,
): Promise<void> {
  await client.query(
    "SET session_replication_role = replica; SET maintenance_work_mem = '512MB'; SET max_parallel_maintenance_workers = 0",
  );
  await client.query(MOVED);
  for (const [table, where] of STORY)
    await client.query(`CREATE TEMPORARY TABLE story_${table} AS SELECT * FROM ${table} WHERE ${where}`);
  const { rows } = await client.query<{ all: number; closed: number; span: string }>(STORY_SIZE);
  const { all = 0, closed = 0, span = '0' } = rows[0] ?? {};
  const copies = Math.max(0, Math.ceil((serials - all) / closed));
  if (copies >= 1_000)
    throw new Error(`${copies} copies of the story are more than there are numbers for; simulate more lots.`);
  const indexes = copies > 1 ? await dropIndexes(client) : [];
  for (let copy = 1; copy <= copies; copy += 1) {
    for (const statement of COPY) await client.query(statement(`${copy}`, `(${copy} * ${span}::bigint)`));
    if (copy % 20 === 0 || copy === copies) report(`The history of the plant: ${copy} of ${copies} copies.`);
  }
  for (const index of indexes) await client.query(index);
  await client.query(DEEPEN, [deepLot.serials, deepLot.executions]);
  await client.query(
    `DROP FUNCTION moved; DROP FUNCTION renumbered; DROP TABLE ${STORY.map(([table]) => `story_${table}`).join(', ')}; RESET session_replication_role`,
  );
  await client.query('VACUUM (ANALYZE)');
}

const MOVED = `
  CREATE OR REPLACE FUNCTION moved(id uuid, back bigint) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (lpad(to_hex(('x' || substr(hex, 1, 12))::bit(48)::bigint - back), 12, '0') || substr(hex, 13))::uuid
    FROM (SELECT replace(id::text, '-', '') AS hex) AS text
  $$;
  CREATE OR REPLACE FUNCTION renumbered(number text, place integer, copy integer) RETURNS text LANGUAGE sql STABLE STRICT AS $$
    SELECT overlay(number PLACING chr(65 + (SELECT count(*)::int FROM production_lines WHERE lot_segment < substr(number, place, 4))) || to_char(copy, 'FM000') FROM place FOR 4)
  $$`;

/** The number of serials, the number in closed lots, and the milliseconds by which a copy moves back. */
const STORY_SIZE = `
  SELECT (SELECT count(*)::int FROM serials) AS all, (SELECT count(*)::int FROM serials s JOIN lots l ON l.id = s.lot_id WHERE l.status = 'CLOSED') AS closed,
    (SELECT ceil(extract(epoch FROM max(closed_at) - min(created_at)) * 1000) FROM lots WHERE status = 'CLOSED')::bigint AS span`;

/** The rows to copy, kept in temporary tables, so that a copy takes the same time however long the history is. */
const STORY: readonly (readonly [table: string, where: string])[] = [
  ['lots', "status = 'CLOSED'"],
  ['wip_items', 'lot_id IN (SELECT id FROM story_lots)'],
  ['serials', 'lot_id IN (SELECT id FROM story_lots)'],
  ['process_data', 'lot_id IN (SELECT id FROM story_lots)'],
];

const COPY: readonly ((copy: string, back: string) => string)[] = [
  (copy, back) =>
    copied('lots', back, {
      number: `renumbered(number, 1, ${copy})`,
      production_date: `production_date - (${back} / 86400000)::int`,
    }),
  (copy, back) => copied('wip_items', back, { number: `renumbered(number, 5, ${copy})` }),
  (copy, back) => copied('serials', back, { number: `renumbered(number, 1, ${copy})` }),
  (_copy, back) => copied('process_data', back, {}),
];

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  lots: [
    'number',
    'product_model_id',
    'production_line_id',
    'route_id',
    'production_date',
    'target_quantity',
    'status',
    'disposition',
    'disposition_reason',
    'disposition_at',
    'disposition_by_id',
    'started_at',
    'completed_at',
    'closed_at',
    'completion_reason',
    'supplier_code',
    'quality_requirements',
    'metadata',
    'created_at',
    'updated_at',
    'version',
  ],
  wip_items: [
    'number',
    'lot_id',
    'sequence',
    'status',
    'current_process_id',
    'completed_at',
    'previous_completed_at',
    'converted_at',
    'created_at',
    'updated_at',
    'version',
  ],
  serials: [
    'number',
    'lot_id',
    'wip_item_id',
    'sequence',
    'status',
    'rework_count',
    'max_reworks',
    'failure_reason',
    'completed_at',
    'created_at',
    'updated_at',
    'version',
  ],
  process_data: [
    'level',
    'lot_id',
    'wip_item_id',
    'serial_id',
    'process_id',
    'attempt',
    'operator_id',
    'equipment_id',
    'station_id',
    'result',
    'measurements',
    'defects',
    'notes',
    'started_at',
    'completed_at',
    'corrected_at',
    'corrected_by_id',
    'correction_reason',
    'created_at',
    'updated_at',
    'version',
  ],
};

/** Columns that refer to rows which are copied as well. */
const MOVING = new Set(['lot_id', 'wip_item_id', 'serial_id']);

function copied(table: string, back: string, own: Readonly<Record<string, string>>): string {
  const columns = COLUMNS[table] ?? [];
  const values = columns.map(
    (column) =>
      own[column] ??
      (MOVING.has(column)
        ? `moved(${column}, ${back})`
        : column.endsWith('_at')
          ? `${column} - ${back} * interval '1 millisecond'`
          : column),
  );
  return `INSERT INTO ${table} (id, ${columns.join(', ')}) SELECT moved(id, ${back}), ${values.join(', ')} FROM story_${table}`;
}

/** Drops the indexes that no constraint needs. Returns the statements that create them again. */
async function dropIndexes(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(`
    SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
    WHERE i.indrelid IN ('process_data'::regclass, 'serials'::regclass, 'wip_items'::regclass) AND NOT i.indisunique`);
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
  return rows.map(({ definition }) => definition);
}

/**
 * Tests the first serials of the newest closed lot again until each has enough executions. Parameters: the number of
 * serials and the number of executions of each.
 */
const DEEPEN = `
  INSERT INTO process_data (level, lot_id, wip_item_id, serial_id, process_id, attempt, operator_id, equipment_id, result, started_at, completed_at, measurements)
  SELECT 'SERIAL', s.lot_id, s.wip_item_id, s.id, last.process_id, last.attempt + missing, last.operator_id, last.equipment_id, 'REWORK',
    last.completed_at + missing * interval '1 minute', last.completed_at + (missing + 1) * interval '1 minute', last.measurements
  FROM (SELECT id FROM lots WHERE status = 'CLOSED' ORDER BY created_at DESC, id DESC LIMIT 1) lot
  JOIN serials s ON s.lot_id = lot.id AND s.id IN (SELECT id FROM serials WHERE lot_id = lot.id ORDER BY sequence LIMIT $1)
  CROSS JOIN LATERAL (SELECT * FROM process_data p WHERE p.serial_id = s.id ORDER BY p.started_at DESC LIMIT 1) last
  CROSS JOIN LATERAL generate_series(1, $2 - (SELECT count(*)::int FROM process_data p WHERE p.serial_id = s.id)) missing`;
