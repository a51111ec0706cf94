/**
 * A small factory written in SQL alone, for tests of the database without the rules of the application. It is in one
 * transaction that is never committed; each statement under test runs in a savepoint and is undone, so tests do not
 * affect each other.
 */
import pg from 'pg';
import { freshDatabase } from './database.ts';

/** A statement that a constraint must refuse: `<constraint> refuses <when>`. */
export interface Breach {
  readonly constraint: string;
  readonly when: string;
  readonly sql: string;
}

/** A statement close to the limit of a constraint that must pass: `<constraint> allows <when>`. */
export type Allowance = Breach;

export interface Violation {
  readonly sqlState: string | undefined;
  readonly constraint: string | undefined;
}

export interface SqlWorld {
  /** The violation that the database reported for the statements, or undefined when it accepted them. */
  violationOf(sql: string): Promise<Violation | undefined>;
  /** The rows of the last statement; all statements are undone afterwards. */
  rowsOf(...statements: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Every constraint, partial unique index and guard of the tables that a statement can violate, sorted. */
  constraintsOf(tables: readonly string[]): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** The ids of the rows by the names that statements use: `:lot` stands for the id of the lot. */
const IDS = idsOf([
  'nothing',
  'user',
  'model',
  'line',
  'lotStep',
  'firstStep',
  'secondStep',
  'conversion',
  'serialStep',
  'station',
  'press',
  'period',
  'plannedLot',
  'lot',
  'otherLot',
  'item',
  'doneItem',
  'convertedItem',
  'otherItem',
  'serial',
  'failedSerial',
  'failedItem',
  'passed',
  'failed',
  'open',
  'onLot',
  'request',
  'draft',
  'released',
  'draftStep',
  'releasedStep',
  'waiting',
  'inspection',
  'judged',
  'ended',
  'queuedJob',
  'claimedJob',
  'answeredJob',
  'failedJob',
  'finding',
  'reviewed',
  'artifact',
  'session',
  'closedSession',
  'program',
  'otherProgram',
  'programVersion',
  'otherVersion',
  'pending',
  'deployed',
  'use',
]);

const WORLD = `
  INSERT INTO users (id, username, full_name, email, badge_code, password_hash) VALUES (:user, 'kim', 'Kim', 'kim@example.org', 'B-1', 'x');
  INSERT INTO product_models (id, code, lot_segment, name) VALUES (:model, 'PSA', 'PSA', 'Sensor');
  INSERT INTO production_lines (id, code, lot_segment, name) VALUES (:line, 'KR01', 'KR01', 'Line 1');
  INSERT INTO processes (id, number, code, name, type, level, sort_order) VALUES
    (:lotStep, 10, 'KIT', 'Kit', 'MANUFACTURING', 'LOT', 10),
    (:firstStep, 20, 'MOUNT', 'Mount', 'MANUFACTURING', 'WIP', 20),
    (:secondStep, 30, 'TEST', 'Test', 'MANUFACTURING', 'WIP', 30),
    (:conversion, 40, 'MARK', 'Mark', 'SERIAL_CONVERSION', 'WIP', 40),
    (:serialStep, 50, 'FINAL', 'Final', 'MANUFACTURING', 'SERIAL', 50);
  INSERT INTO stations (id, code, name, host) VALUES (:station, 'ST-1', 'Station 1', 'st1');
  INSERT INTO api_keys (name, station_id, prefix, secret_hash, created_by_id) VALUES ('Key', :station, 'abcdefgh', repeat('0', 64), :user);
  INSERT INTO equipment (id, code, name, type) VALUES (:press, 'PRESS-1', 'Press 1', 'PRESS');
  INSERT INTO equipment_status_periods (id, equipment_id, status, started_at) VALUES (:period, :press, 'AVAILABLE', '2026-11-02T08:00Z');
  INSERT INTO lots
    (id, number, product_model_id, production_line_id, production_date, status, started_at, external_number, updated_at) VALUES
    (:plannedLot, 'KR01PSA261101', :model, :line, '2026-11-02', 'CREATED', NULL, NULL, '2026-11-01'),
    (:lot, 'KR01PSA261102', :model, :line, '2026-11-02', 'IN_PROGRESS', '2026-11-02T08:00Z', 'ERP-2', '2026-11-01'),
    (:otherLot, 'KR01PSA261103', :model, :line, '2026-11-02', 'IN_PROGRESS', '2026-11-02T08:00Z', NULL, '2026-11-01');
  INSERT INTO wip_items (id, number, lot_id, sequence, status, completed_at, converted_at, external_number) VALUES
    (:item, 'WIP-KR01PSA261102-001', :lot, 1, 'IN_PROGRESS', NULL, NULL, 'UNIT-1'),
    (:doneItem, 'WIP-KR01PSA261102-002', :lot, 2, 'COMPLETED', '2026-11-02T09:00Z', NULL, NULL),
    (:convertedItem, 'WIP-KR01PSA261102-003', :lot, 3, 'CONVERTED', '2026-11-02T09:00Z', '2026-11-02T09:00Z', NULL),
    (:failedItem, 'WIP-KR01PSA261102-004', :lot, 4, 'CONVERTED', '2026-11-02T09:00Z', '2026-11-02T09:00Z', NULL),
    (:otherItem, 'WIP-KR01PSA261103-001', :otherLot, 1, 'IN_PROGRESS', NULL, NULL, NULL);
  INSERT INTO serials (id, number, lot_id, wip_item_id, sequence, status, max_reworks, failure_reason, completed_at, external_number) VALUES
    (:serial, 'KR01PSA261102003', :lot, :convertedItem, 3, 'IN_PROGRESS', 3, NULL, NULL, 'UNIT-3'),
    (:failedSerial, 'KR01PSA261102004', :lot, :failedItem, 4, 'FAILED', 3, 'Cracked', '2026-11-02T10:00Z', NULL);
  INSERT INTO test_programs (id, name) VALUES (:program, 'psa-final'), (:otherProgram, 'psa-mount');
  INSERT INTO test_program_versions (id, test_program_id, version, checksum_sha256, size_bytes, storage_key) VALUES
    (:programVersion, :program, '1.0.0', repeat('b', 64), 10, 'sha256/bb/bb/' || repeat('b', 64)),
    (:otherVersion, :otherProgram, '1.0.0', repeat('b', 64), 10, 'sha256/bb/bb/' || repeat('b', 64));
  UPDATE test_programs SET current_version_id = :programVersion WHERE id = :program;
  INSERT INTO test_program_deployments (id, test_program_id, test_program_version_id, station_id, batch_code, status, deployed_at) VALUES
    (:pending, :program, :programVersion, :station, NULL, 'PENDING', NULL),
    (:deployed, :program, :programVersion, :station, NULL, 'DEPLOYED', '2026-11-02T08:00Z');
  INSERT INTO process_sessions (id, station_id, process_id, batch_code, slot, status, opened_at, closed_at) VALUES
    (:session, :station, :secondStep, 'B-1', 1, 'OPEN', '2026-11-02T08:00Z', NULL),
    (:closedSession, :station, :secondStep, 'B-1', 1, 'CLOSED', '2026-11-01T08:00Z', '2026-11-01T09:00Z');
  INSERT INTO process_data
    (id, level, lot_id, wip_item_id, process_id, attempt, operator_id, result, defects, started_at, completed_at) VALUES
    (:onLot, 'LOT', :lot, NULL, :lotStep, 1, :user, 'PASS', '[]', '2026-11-02T08:00Z', '2026-11-02T08:05Z'),
    (:failed, 'WIP', :lot, :item, :firstStep, 1, :user, 'FAIL', '[{"code":"BENT"}]', '2026-11-02T08:05Z', '2026-11-02T08:10Z'),
    (:passed, 'WIP', :lot, :item, :firstStep, 2, :user, 'PASS', '[]', '2026-11-02T08:10Z', '2026-11-02T08:15Z'),
    (:open, 'WIP', :lot, :item, :secondStep, 1, :user, NULL, '[]', '2026-11-02T08:15Z', NULL);
  UPDATE process_data SET process_session_id = :session, station_id = :station WHERE id = :open;
  INSERT INTO idempotency_keys (id, caller, key, operation, request_hash) VALUES (:request, 'user:kim', 'a', 'closeLot', repeat('0', 64));
  INSERT INTO routes (id, product_model_id, revision) VALUES (:released, :model, 1);
  INSERT INTO route_steps (id, route_id, process_id, number) VALUES (:releasedStep, :released, :firstStep, 10);
  UPDATE routes SET status = 'RELEASED', released_at = now(), release_reason = 'Approved.' WHERE id = :released;
  INSERT INTO routes (id, product_model_id, revision) VALUES (:draft, :model, 2);
  INSERT INTO route_steps (id, route_id, process_id, number) VALUES (:draftStep, :draft, :firstStep, 10);
  INSERT INTO number_counters VALUES ('LOT/KR01PSA2611', 3);
  INSERT INTO inspections
    (id, lot_id, sample_code, type, status, started_at, completed_at, verdict, quality_score, confidence, failure_reason) VALUES
    (:waiting, :lot, 'TRAY-1', 'VISUAL', 'PENDING', NULL, NULL, NULL, NULL, NULL, NULL),
    (:inspection, :lot, 'TRAY-2', 'VISUAL', 'IN_PROGRESS', '2026-11-02T08:00Z', NULL, NULL, NULL, NULL, NULL),
    (:judged, :lot, 'TRAY-3', 'VISUAL', 'COMPLETED', '2026-11-02T08:00Z', '2026-11-02T08:30Z', 'PASS', 0.9495, 0.9, NULL),
    (:ended, :lot, 'TRAY-4', 'VISUAL', 'FAILED', '2026-11-02T08:00Z', NULL, NULL, NULL, NULL, 'Lens is dirty');
  INSERT INTO inference_jobs
    (id, inspection_id, model_name, model_version, status, attempts, queued_at, started_at, completed_at, worker_code, lease_until) VALUES
    (:queuedJob, :inspection, 'cracks', '1.0', 'QUEUED', 0, '2026-11-02T08:00Z', NULL, NULL, NULL, NULL),
    (:claimedJob, :inspection, 'cracks', '1.0', 'PROCESSING', 1, '2026-11-02T08:00Z', '2026-11-02T08:01Z', NULL, 'GPU1', '2026-11-02T08:02Z'),
    (:answeredJob, :inspection, 'cracks', '1.0', 'COMPLETED', 1, '2026-11-02T08:00Z', '2026-11-02T08:01Z', '2026-11-02T08:02Z', NULL, NULL),
    (:failedJob, :inspection, 'cracks', '1.0', 'FAILED', 3, '2026-11-02T08:00Z', '2026-11-02T08:01Z', '2026-11-02T08:02Z', NULL, NULL);
  INSERT INTO defects (id, inspection_id, type, severity, detection_method, review_status, reviewed_by_id, reviewed_at) VALUES
    (:finding, :inspection, 'CRACK', 'LOW', 'MANUAL_REVIEW', 'PENDING', NULL, NULL),
    (:reviewed, :judged, 'SCRATCH', 'LOW', 'MANUAL_REVIEW', 'CONFIRMED', :user, '2026-11-02T09:00Z');
  INSERT INTO artifacts (id, inspection_id, type, file_name, content_type, size_bytes, checksum_sha256, storage_key) VALUES
    (:artifact, :inspection, 'IMAGE', 'top.png', 'image/png', 10, repeat('a', 64), 'sha256/aa/aa/' || repeat('a', 64));
  INSERT INTO component_uses (id, consumer_wip_item_id, component_lot_id) VALUES (:use, :item, :otherLot);`;

/** An INSERT of the given columns; the values are SQL. */
export function insert(table: string, values: Readonly<Record<string, string>>): string {
  return `INSERT INTO ${table} (${Object.keys(values).join(', ')}) VALUES (${Object.values(values).join(', ')})`;
}

/** A breach of the check that a column is a JSON object or a JSON array. */
export function jsonBreach(table: string, column: string, kind: 'object' | 'array', id: string): Breach {
  const other = kind === 'object' ? '[]' : '{}';
  return {
    constraint: `ck_${table}_${column}_${kind}`,
    when: other,
    sql: `UPDATE ${table} SET ${column} = '${other}' WHERE id = ${id}`,
  };
}

/** The SQLSTATE of a violation of the constraint with this name. */
export function sqlStateOf(constraint: string): string {
  if (constraint.startsWith('ck_')) return '23514';
  return constraint.startsWith('fk_') ? '23503' : '23505';
}

export async function openSqlWorld(): Promise<SqlWorld> {
  const database = await freshDatabase();
  const client = new pg.Client({ connectionString: database.url, options: '-c timezone=UTC' });
  await client.connect();
  await client.query(`BEGIN; ${withIds(WORLD)}`);

  async function undone<T>(work: () => Promise<T>): Promise<T> {
    await client.query('SAVEPOINT before');
    try {
      return await work();
    } finally {
      await client.query('ROLLBACK TO SAVEPOINT before');
    }
  }

  return {
    violationOf: (sql) => undone(() => client.query(withIds(sql)).then(() => undefined, violationIn)),
    rowsOf: (...statements) =>
      undone(async () => {
        let rows: readonly Readonly<Record<string, unknown>>[] = [];
        for (const statement of statements)
          rows = (await client.query<Record<string, unknown>>(withIds(statement))).rows;
        return rows;
      }),
    constraintsOf: async (tables) =>
      (await client.query<{ constraint: string }>(CONSTRAINTS, [tables])).rows.map(({ constraint }) => constraint),
    close: async () => {
      await client.end();
      await database.drop();
    },
  };
}

// A unique constraint that contains the primary key serves references only: nothing violates it before the primary key
// itself.
const CONSTRAINTS = `
  SELECT name AS "constraint" FROM (
    SELECT conrelid AS relation, conname::text AS name FROM pg_constraint
    WHERE contype IN ('c', 'f', 'x') OR contype = 'u' AND NOT EXISTS (
      SELECT FROM pg_constraint AS pk WHERE pk.conrelid = pg_constraint.conrelid AND pk.contype = 'p' AND pk.conkey <@ pg_constraint.conkey)
    UNION ALL
    SELECT indrelid, indexrelid::regclass::text FROM pg_index WHERE indisunique AND indpred IS NOT NULL
    UNION
    SELECT tgrelid, split_part(encode(tgargs, 'escape'), '\\000', 2) FROM pg_trigger WHERE tgfoid IN ('guard_flow'::regproc, 'guard_identifying_text'::regproc, 'guard_draft'::regproc, 'guard_finished_item'::regproc)
  ) AS constraints
  WHERE relation = ANY($1::regclass[]) ORDER BY name COLLATE "C"`;

function violationIn(error: unknown): Violation {
  if (!(error instanceof pg.DatabaseError)) throw error;
  return { sqlState: error.code, constraint: error.constraint };
}

function idsOf(names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.map((name, index) => [name, `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`]));
}

function withIds(sql: string): string {
  return sql.replace(/(?<![:\w]):([a-z]\w*)/gi, (text, name: string) => {
    const id = IDS.get(name);
    return id === undefined ? text : `'${id}'`;
  });
}
