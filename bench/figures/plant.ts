/**
 * A plant for the measurements of figures: a year of work on units in lots of 100, made by SQL.
 *
 * 1. A unit takes five steps: LASER, MOUNT and TEST as an item, BURN_IN and FINAL as a serial. One in twenty runs is
 *    repeated, so there are 5.25 executions for each unit.
 * 2. The work is spread evenly over 365 days until the hour in which the plant was made. Rows lie in the order in which
 *    the work was done, as in a plant that records it.
 * 3. The newest 2,000 units are in work: they wait for MOUNT, or are being mounted.
 * 4. One unit in ten was inspected. Each item contains a lot of a component and a reel of a supplier.
 */
import type { Client } from 'pg';

/** How much of everything the plant has. */
export interface PlantSize {
  /** About so many executions. */
  readonly executions: number;
  /** Readings of each execution. */
  readonly readings: number;
}

/** What was made: the year of work, and the number of executions. */
export interface MadePlant {
  readonly from: string;
  readonly to: string;
  readonly executions: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const UNITS_IN_WORK = 2_000;
const EXECUTIONS_OF_UNIT = 5.25;

/** A number from 0 to 1023 that looks random, of two numbers. */
const CHANCE = (n: string, k: string): string => `(hashint4(${n} * 16 + ${k}) & 1023)`;

const STEPS: readonly (readonly [number: number, code: string, level: string, seconds: number])[] = [
  [10, 'LASER', 'WIP', 60],
  [20, 'MOUNT', 'WIP', 120],
  [30, 'TEST', 'WIP', 90],
  [40, 'CONVERT', 'WIP', 30],
  [50, 'BURN_IN', 'SERIAL', 300],
  [60, 'FINAL', 'SERIAL', 100],
];

/** The statements that make people, machines and steps. */
const FLOOR: readonly string[] = [
  `INSERT INTO product_models (code, lot_segment, name) SELECT 'MODEL' || n, 'M' || to_char(n, 'FM00'), 'Model ' || n FROM generate_series(1, 5) n`,
  `INSERT INTO production_lines (code, lot_segment, name) SELECT 'LINE' || n, 'LN' || to_char(n, 'FM00'), 'Line ' || n FROM generate_series(1, 4) n`,
  `INSERT INTO users (username, full_name, password_hash) SELECT 'worker_' || n, 'Worker ' || n, '-' FROM generate_series(1, 20) n`,
  ...STEPS.map(
    ([number, code, level, seconds]) =>
      `INSERT INTO processes (number, code, name, level, type, planned_seconds, sort_order)
       VALUES (${number}, '${code}', '${code}', '${level}', '${code === 'CONVERT' ? 'SERIAL_CONVERSION' : 'MANUFACTURING'}', ${seconds}, ${number})`,
  ),
  `INSERT INTO equipment (code, name, type) SELECT 'MACHINE' || n, 'Machine ' || n, 'MACHINE' FROM generate_series(1, 40) n`,
  `INSERT INTO equipment_status_periods (equipment_id, status, started_at)
   SELECT id, 'AVAILABLE', '2001-01-01' FROM equipment WHERE code LIKE 'MACHINE%'`,
];

/** The number of a unit from 0, of a lot `l` and a sequence. */
const NUMBER_OF = (sequence: string): string => `(substr(l.number::text, 5, 7)::int * 100 + ${sequence} - 1)`;

/** When the work on a unit began. */
const BEGAN = (n: string): string => `(begun.first + ${n} * begun.pace)`;

function statementsFor(units: number, readings: number): readonly string[] {
  const lots = Math.ceil(units / 100);
  const done = units - UNITS_IN_WORK;
  const isDone = (n: string): string => `${n} < ${done}`;
  const fails = (n: string, step: string): string => `${CHANCE(n, step)} < 51`;
  const reading = Array.from(
    { length: readings },
    (
      _each,
      index,
    ) => `jsonb_build_object('code', s.code || '_${index}', 'value', (1 + (${CHANCE('n', `s.place * 3 + ${index}`)} - 512) / 4096.0 + n % 7 / 1000.0)::numeric(8, 4)::text,
      'unit', 'Nm', 'lowerLimit', '0.9', 'upperLimit', '1.1')`,
  ).join(', ');
  return [
    `INSERT INTO lots (number, product_model_id, production_line_id, production_date, status, started_at, completed_at, created_at)
     SELECT 'LN01' || to_char(n, 'FM0000000') || '01', m.id, l.id, at::date, (CASE WHEN ${isDone('n * 100')} THEN 'COMPLETED' ELSE 'IN_PROGRESS' END)::lot_status,
       at, CASE WHEN ${isDone('n * 100')} THEN at + interval '1 day' END, at
     FROM begun, generate_series(0, ${lots} - 1) n, LATERAL (SELECT ${BEGAN('n * 100')} AS at) t, product_models m, production_lines l
     WHERE m.code = 'MODEL' || 1 + n % 5 AND l.code = 'LINE' || 1 + n % 4`,
    `INSERT INTO lots (number, product_model_id, production_line_id, production_date)
     SELECT 'COMP' || to_char(n, 'FM0000000') || '01', m.id, l.id, begun.first::date FROM begun, generate_series(0, 99) n, product_models m, production_lines l
     WHERE m.code = 'MODEL1' AND l.code = 'LINE1'`,
    `INSERT INTO wip_items (lot_id, number, sequence, status, completed_at, converted_at, created_at, current_process_id)
     SELECT l.id, 'WIP-' || l.number || '-' || to_char(sequence, 'FM000'), sequence, (CASE WHEN ${isDone('n')} THEN 'CONVERTED' ELSE 'IN_PROGRESS' END)::wip_item_status,
       CASE WHEN ${isDone('n')} THEN at + interval '70 minutes' END, CASE WHEN ${isDone('n')} THEN at + interval '75 minutes' END, at, NULL
     FROM begun, lots l CROSS JOIN generate_series(1, 100) sequence, LATERAL (SELECT ${NUMBER_OF('sequence')} AS n) u, LATERAL (SELECT ${BEGAN('n')} AS at) t
     WHERE l.number LIKE 'LN01%' ORDER BY n`,
    `INSERT INTO serials (lot_id, wip_item_id, number, sequence, status, completed_at, failure_reason, rework_count, max_reworks, created_at)
     SELECT l.id, i.id, substr(i.number, 5, 13) || to_char(i.sequence, 'FM000'), i.sequence, (CASE WHEN is_out THEN 'FAILED' ELSE 'PASSED' END)::serial_status,
       i.created_at + interval '130 minutes', CASE WHEN is_out THEN 'Cracked' END, CASE WHEN is_out THEN 3 ELSE ((${fails('n', '5')})::int) END, 3, i.converted_at
     FROM lots l JOIN wip_items i ON i.lot_id = l.id, LATERAL (SELECT ${NUMBER_OF('i.sequence')} AS n) u, LATERAL (SELECT ${CHANCE('n', '9')} < 20 AS is_out) o
     WHERE i.status = 'CONVERTED' ORDER BY n`,
    `CREATE TEMPORARY TABLE unit AS
     SELECT i.id AS wip_item_id, s.id AS serial_id, i.lot_id, ${NUMBER_OF('i.sequence')} AS n, i.created_at AS at
     FROM lots l JOIN wip_items i ON i.lot_id = l.id LEFT JOIN serials s ON s.wip_item_id = i.id WHERE l.number LIKE 'LN01%' ORDER BY n`,
    `ANALYZE unit`,
    `CREATE TEMPORARY TABLE worker AS SELECT id, (row_number() OVER (ORDER BY username) - 1)::int AS place FROM users WHERE username LIKE 'worker%'`,
    `CREATE TEMPORARY TABLE machine AS SELECT id, (row_number() OVER (ORDER BY code) - 1)::int AS place FROM equipment WHERE code LIKE 'MACHINE%'`,
    `CREATE TEMPORARY TABLE step AS
     SELECT id, code, level, planned_seconds, (row_number() OVER (ORDER BY number) - 1)::int AS place FROM processes WHERE code IN ('LASER', 'MOUNT', 'TEST', 'BURN_IN', 'FINAL')`,
    `INSERT INTO process_data (level, lot_id, wip_item_id, serial_id, process_id, attempt, operator_id, equipment_id, result, defects, measurements, started_at, completed_at, created_at)
     SELECT s.level, u.lot_id, u.wip_item_id, CASE WHEN s.level = 'SERIAL' THEN u.serial_id END, s.id, attempt, w.id, m.id, result::process_result,
       CASE WHEN result IN ('FAIL') THEN jsonb_build_array(jsonb_build_object('code', 'CODE_' || ${CHANCE('n', '7')} % 12, 'severity', 'HIGH', 'quantity', 1 + n % 2)) ELSE '[]' END,
       CASE WHEN result IS NULL THEN '[]' ELSE jsonb_build_array(${reading}) END, started_at, CASE WHEN result IS NOT NULL THEN started_at + make_interval(secs => s.planned_seconds * (0.8 + ${CHANCE('n', 's.place')} / 2048.0)) END, started_at
     FROM unit u CROSS JOIN step s CROSS JOIN generate_series(1, 2) attempt
       JOIN worker w ON w.place = (u.n / 50 + s.place * 4) % 20 JOIN machine m ON m.place = s.place * 8 + u.n % 8
       CROSS JOIN LATERAL (SELECT ${fails('u.n', 's.place')} AND ${isDone('u.n')} AS is_repeated, u.at + (s.place * 20 + (attempt - 1) * 10) * interval '1 minute' AS started_at) t
       CROSS JOIN LATERAL (SELECT CASE WHEN NOT ${isDone('u.n')} AND s.place = 1 THEN NULL WHEN attempt = 2 OR NOT is_repeated THEN 'PASS' WHEN u.n % 3 = 0 THEN 'REWORK' ELSE 'FAIL' END AS result) r
     WHERE (attempt = 1 OR is_repeated) AND (${isDone('u.n')} OR s.place = 0 OR s.place = 1 AND u.n % 4 = 0)
     ORDER BY u.n / 100, s.place, u.n, attempt`,
    `INSERT INTO inspections (lot_id, serial_id, sample_code, type, status, priority, inspector_id, started_at, completed_at, verdict, quality_score, confidence, created_at)
     SELECT u.lot_id, u.serial_id, 'SAMPLE_' || n, 'VISUAL', 'COMPLETED', 5, w.id, u.at + interval '140 minutes', u.at + interval '150 minutes',
       (CASE WHEN ${CHANCE('n', '11')} < 60 THEN 'FAIL' ELSE 'PASS' END)::inspection_verdict, 0.95 - ${CHANCE('n', '11')} / 8192.0, 0.9, u.at + interval '135 minutes'
     FROM unit u JOIN worker w ON w.place = u.n % 20 WHERE u.n % 10 = 0 AND ${isDone('u.n')} ORDER BY u.n`,
    `INSERT INTO defects (inspection_id, type, severity, detection_method, confidence, review_status, reviewed_by_id, reviewed_at, created_at)
     SELECT i.id, (CASE WHEN n % 3 = 0 THEN 'CRACK' ELSE 'SCRATCH' END)::defect_type, 'LOW', 'MANUAL_REVIEW', 0.9,
       (CASE WHEN n % 10 = 0 THEN 'FALSE_POSITIVE' ELSE 'CONFIRMED' END)::review_status, i.inspector_id, i.completed_at, i.completed_at
     FROM (SELECT *, row_number() OVER (ORDER BY created_at) AS n FROM inspections WHERE status = 'COMPLETED') i WHERE n % 2 = 0`,
    `INSERT INTO component_uses (consumer_wip_item_id, component_lot_id, external_lot_number, role, quantity, installed_at, installed_by_id, created_at)
     SELECT u.wip_item_id, CASE WHEN part = 0 THEN l.id END, CASE WHEN part = 1 THEN 'REEL-' || u.n / 500 END, CASE WHEN part = 0 THEN 'PCB' ELSE 'CHIP' END, 1,
       u.at + interval '20 minutes', w.id, u.at + interval '20 minutes'
     FROM unit u CROSS JOIN generate_series(0, 1) part JOIN worker w ON w.place = u.n / 50 % 20
       JOIN (SELECT id, (row_number() OVER (ORDER BY number) - 1)::int AS place FROM lots WHERE number LIKE 'COMP%') l ON l.place = u.n / 1000 % 100`,
  ];
}

/** Fills the database. Triggers and foreign keys are off meanwhile, and plain indexes are built at the end. */
export async function makePlant(
  client: Client,
  { executions, readings }: PlantSize,
  report: (message: string) => void,
): Promise<MadePlant> {
  const units = Math.ceil(executions / EXECUTIONS_OF_UNIT / 100) * 100;
  const end = Math.floor(Date.now() / HOUR) * HOUR;
  const [from, to] = [new Date(end - 365 * DAY).toISOString(), new Date(end).toISOString()];
  await client.query(
    "SET session_replication_role = replica; SET maintenance_work_mem = '1GB'; SET work_mem = '256MB'",
  );
  for (const statement of FLOOR) await client.query(statement);
  await client.query(
    `CREATE TEMPORARY TABLE begun AS SELECT '${from}'::timestamptz AS first, interval '364 days 20 hours' / ${units} AS pace`,
  );
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(PLAIN_INDEXES);
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
  for (const statement of statementsFor(units, readings)) {
    await client.query(statement);
    report(statement.trim().split(/\s+/).slice(0, 4).join(' '));
  }
  for (const { definition } of indexes) await client.query(definition);
  await client.query('DROP TABLE unit, worker, machine, step, begun; RESET ALL');
  await client.query('VACUUM (ANALYZE)');
  const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM process_data');
  return { from, to, executions: rows[0]?.count ?? 0 };
}

const PLAIN_INDEXES = `
  SELECT indexrelid::regclass AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
  WHERE indrelid IN ('process_data'::regclass, 'component_uses'::regclass, 'wip_items'::regclass, 'serials'::regclass) AND NOT indisunique`;
