/**
 * A plant for the measurement of migrations, made by SQL while the schema is still old.
 *
 * 1. Each part is written for the schema after one migration, which never changes. So a part never has to follow the
 *    schema of today, unlike the plants of the other measurements.
 * 2. A unit has five executions with two readings each: LASER, MOUNT and TEST as an item, BURN_IN and FINAL as a serial.
 *    One unit in twenty has failed BURN_IN once and waits for FINAL. Lots have 100 units and none is closed, which is
 *    the most that the view of the dashboard can have to count.
 * 3. Each execution has its audit entry, and all entries are sealed. Each item contains a lot and a reel of a supplier.
 */
import type { Client } from 'pg';

const UNITS_PER_LOT = 100;
const EXECUTIONS_OF_UNIT = 5;
const ENTRIES_PER_BLOCK = 1_000;

/** The executions in a plant of at least so many: lots are whole. */
export function executionsOf(wanted: number): number {
  return lotsOf(wanted) * UNITS_PER_LOT * EXECUTIONS_OF_UNIT;
}

function lotsOf(executions: number): number {
  return Math.ceil(executions / UNITS_PER_LOT / EXECUTIONS_OF_UNIT);
}

/** What is inserted once a migration is applied. */
interface Part {
  /** The tables that grow; their plain indexes are built at the end. */
  readonly tables: readonly string[];
  readonly statements: readonly string[];
}

const STEPS: readonly (readonly [code: string, level: string])[] = [
  ['LASER', 'WIP'],
  ['MOUNT', 'WIP'],
  ['TEST', 'WIP'],
  ['BURN_IN', 'SERIAL'],
  ['FINAL', 'SERIAL'],
];

/** The number of a unit from 0, of an item `i`. */
const NUMBER = `(substr(i.number, 9, 7)::int * ${UNITS_PER_LOT} + i.sequence - 1)`;

const READINGS = [0, 1]
  .map(
    (
      place,
    ) => `jsonb_build_object('code', s.code || '_${place}', 'unit', 'Nm', 'lowerLimit', '0.9', 'upperLimit', '1.1',
      'value', (CASE WHEN n % 1000 = 0 THEN 2 ELSE 1 END + ((hashint4(n * 16 + run * 2 + ${place}) & 1023) - 512) / 8192.0)::numeric(8, 4)::text)`,
  )
  .join(', ');

function production(executions: number): Part {
  const lots = lotsOf(executions);
  const secondsOfUnit = (364 * 86_400) / (lots * UNITS_PER_LOT);
  const at = (n: string): string =>
    `date_trunc('hour', now()) - interval '365 days' + ${n} * interval '${secondsOfUnit} seconds'`;
  return {
    tables: ['wip_items', 'serials', 'process_data'],
    statements: [
      `INSERT INTO product_models (code, lot_segment, name) VALUES ('MODEL', 'M01', 'Model')`,
      `INSERT INTO production_lines (code, lot_segment, name) VALUES ('LINE', 'LN01', 'Line')`,
      `INSERT INTO users (username, full_name, password_hash) SELECT 'worker_' || n, 'Worker ' || n, '-' FROM generate_series(1, 20) n`,
      `INSERT INTO processes (number, code, name, level, sort_order) VALUES ${STEPS.map(([code, level], place) => `(${place}0 + 10, '${code}', '${code}', '${level}', ${place} + 1)`).join(', ')}`,
      `INSERT INTO stations (code, name, host) SELECT 'STATION_' || n, 'Station ' || n, 'station' || n FROM generate_series(1, 20) n`,
      `INSERT INTO equipment (code, name, type) SELECT 'MACHINE_' || n, 'Machine ' || n, 'MACHINE' FROM generate_series(1, 40) n`,
      `INSERT INTO equipment_status_periods (equipment_id, status, started_at) SELECT id, 'AVAILABLE', '2001-01-01' FROM equipment`,
      `INSERT INTO lots (number, product_model_id, production_line_id, production_date, status, started_at, completed_at, created_at)
       SELECT 'LN01' || to_char(n, 'FM0000000') || '01', m.id, l.id, at::date, 'COMPLETED', at, at + interval '1 day', at
       FROM generate_series(0, ${lots} - 1) n, LATERAL (SELECT ${at(`n * ${UNITS_PER_LOT}`)} AS at) t, product_models m, production_lines l`,
      `INSERT INTO wip_items (lot_id, number, sequence, status, completed_at, converted_at, created_at)
       SELECT l.id, 'WIP-' || l.number || '-' || to_char(sequence, 'FM000'), sequence, 'CONVERTED', at + interval '70 minutes', at + interval '75 minutes', at
       FROM lots l CROSS JOIN generate_series(1, ${UNITS_PER_LOT}) sequence,
         LATERAL (SELECT ${at(`(substr(l.number, 5, 7)::int * ${UNITS_PER_LOT} + sequence - 1)`)} AS at) t ORDER BY l.number, sequence`,
      `INSERT INTO serials (lot_id, wip_item_id, number, sequence, status, completed_at, max_reworks, created_at)
       SELECT i.lot_id, i.id, substr(i.number, 5, 13) || to_char(i.sequence, 'FM000'), i.sequence, (CASE WHEN is_waiting THEN 'IN_PROGRESS' ELSE 'PASSED' END)::serial_status,
         CASE WHEN NOT is_waiting THEN i.created_at + interval '130 minutes' END, 3, i.converted_at
       FROM wip_items i, LATERAL (SELECT ${NUMBER} % 20 = 0 AS is_waiting) w ORDER BY i.number`,
      `ANALYZE wip_items, serials`,
      `INSERT INTO process_data (level, lot_id, wip_item_id, serial_id, process_id, attempt, operator_id, equipment_id, result, defects, measurements, started_at, completed_at, created_at)
       SELECT s.level, i.lot_id, i.id, CASE WHEN s.level = 'SERIAL' THEN e.id END, s.id, CASE WHEN is_again AND run = 4 THEN 2 ELSE 1 END, person.ids[1 + n / 50 % 20], machine.ids[1 + run * 8 + n % 8],
         (CASE WHEN is_again AND run = 3 THEN 'FAIL' ELSE 'PASS' END)::process_result, CASE WHEN is_again AND run = 3 THEN '[{"code": "CRACK", "severity": "HIGH", "quantity": 1}]' ELSE '[]' END::jsonb,
         jsonb_build_array(${READINGS}), at, at + interval '1 minute', at
       FROM wip_items i JOIN serials e ON e.wip_item_id = i.id CROSS JOIN generate_series(0, 4) run
         CROSS JOIN LATERAL (SELECT ${NUMBER} AS n, i.created_at + run * interval '20 minutes' AS at) t CROSS JOIN LATERAL (SELECT n % 20 = 0 AS is_again) a
         JOIN (SELECT *, row_number() OVER (ORDER BY number) - 1 AS place FROM processes) s ON s.place = CASE WHEN is_again THEN least(run, 3) ELSE run END
         CROSS JOIN (SELECT array_agg(id ORDER BY username) AS ids FROM users) person CROSS JOIN (SELECT array_agg(id ORDER BY code) AS ids FROM equipment) machine
       ORDER BY n / ${UNITS_PER_LOT}, run, n`,
    ],
  };
}

const AUDIT: Part = {
  tables: ['audit_entries'],
  statements: [
    `INSERT INTO audit_entries (entity, record_id, operation, action, new_values, actor_kind, actor_id, ip, user_agent, request_id, recorded_at, created_at)
     SELECT 'process_data', d.id, 'INSERT', 'processData.recorded', to_jsonb(d) - '{unit_id,duration_seconds,search}'::text[], 'USER', d.operator_id, '10.1.2.3', 'station/4.2 (rig 7)',
       gen_random_uuid(), d.completed_at, d.completed_at FROM process_data d ORDER BY d.completed_at`,
    `INSERT INTO audit_positions (position, audit_entry_id, block_number, entry_hash)
     SELECT seq, id, 1 + (seq - 1) / ${ENTRIES_PER_BLOCK}, repeat('0', 64) FROM audit_entries ORDER BY seq`,
    `INSERT INTO audit_blocks (number, first_position, last_position, entry_count, previous_hash, hash)
     SELECT block_number, min(position), max(position), count(*), repeat('0', 64), lpad(block_number::text, 64, '0') FROM audit_positions GROUP BY 1 ORDER BY 1`,
  ],
};

const COMPONENTS: Part = {
  tables: ['component_uses'],
  statements: [
    `INSERT INTO component_uses (consumer_wip_item_id, component_lot_id, external_lot_number, role, installed_at, installed_by_id, created_at)
     SELECT i.id, CASE WHEN part = 0 THEN lot.ids[1 + n / 1000 % cardinality(lot.ids)] END, CASE WHEN part = 1 THEN 'REEL-' || n / 500 END, CASE part WHEN 0 THEN 'PCB' ELSE 'CHIP' END,
       i.created_at, person.id, i.created_at
     FROM wip_items i CROSS JOIN generate_series(0, 1) part CROSS JOIN LATERAL (SELECT ${NUMBER} AS n) t
       CROSS JOIN (SELECT array_agg(id ORDER BY number) AS ids FROM lots) lot CROSS JOIN (SELECT id FROM users ORDER BY username LIMIT 1) person
     ORDER BY n, part`,
  ],
};

/** The migration whose schema a part is written for, and the part. */
function parts(executions: number): Readonly<Record<string, Part>> {
  return {
    '0004_production': production(executions),
    '0005_audit': AUDIT,
    '0026_component_uses': COMPONENTS,
  };
}

const PLAIN_INDEXES = `
  SELECT indexrelid::regclass AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
  WHERE indrelid = ANY ($1::text[]::regclass[]) AND NOT indisunique`;

/**
 * Inserts what belongs to the schema after this migration. Returns false where that is nothing. Triggers and foreign keys
 * are off meanwhile, and plain indexes are built at the end.
 */
export async function fillAfter(client: Client, migration: string, executions: number): Promise<boolean> {
  const part = parts(executions)[migration];
  if (part === undefined) return false;
  await client.query(
    `SET session_replication_role = replica; SET maintenance_work_mem = '1GB'; SET work_mem = '256MB'; SET jit = off`,
  );
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(PLAIN_INDEXES, [part.tables]);
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
  for (const statement of part.statements) await client.query(statement);
  for (const { definition } of indexes) await client.query(definition);
  await client.query('RESET ALL');
  await client.query('VACUUM (ANALYZE)');
  return true;
}
