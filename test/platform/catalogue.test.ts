/**
 * Checks that hold for every table. They read the catalogue of the migrated database, so that later migrations are
 * checked too.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqlWorld, type SqlWorld } from '../support/sql-world.ts';

/**
 * Kind M: createdAt, updatedAt, version, and the columns whose change does not count as a change: first the volatile
 * ones, then the generated ones.
 */
const MUTABLE: Readonly<Record<string, readonly string[]>> = {
  users: ['last_login_at', 'failed_logins'],
  product_models: [],
  production_lines: [],
  processes: [],
  equipment: [],
  stations: ['reported_status', 'software_version', 'health', 'last_seen_at'],
  api_keys: ['last_used_at'],
  routes: [],
  route_steps: [],
  lots: [],
  wip_items: [],
  serials: [],
  test_programs: [],
  test_program_deployments: [],
  process_sessions: [],
  process_data: ['unit_id', 'duration_seconds', 'search'],
  component_uses: ['consumer_id', 'component_id'],
  inspections: [],
  inference_jobs: ['lease_until'],
  defects: [],
  artifacts: [],
  reports: ['locked_until'],
  report_schedules: [],
  background_jobs: ['done_count', 'failed_count', 'locked_until'],
  alerts: [],
  saved_filters: [],
  config_entries: [],
  webhooks: ['read_position'],
  webhook_deliveries: [],
};
/** Kind A: createdAt only. */
const APPEND_ONLY = [
  'audit_archives',
  'audit_blocks',
  'audit_entries',
  'audit_positions',
  'background_job_items',
  'equipment_status_periods',
  'error_entries',
  'idempotency_keys',
  'label_prints',
  'login_sessions',
  'migration_history',
  'performance_baselines',
  'system_events',
  'test_program_versions',
];
/** Internal tables, of neither kind. */
const PLAIN = ['label_print_cursors', 'number_counters', 'state_flows'];

/**
 * Foreign keys without an index: no list uses them, and the referenced rows are deleted only when they were never used.
 */
const UNINDEXED = [
  'fk_alerts_archived_by_id',
  'fk_alerts_created_by_id',
  'fk_alerts_read_by_id',
  'fk_api_keys_created_by_id',
  'fk_artifacts_uploaded_by_id',
  'fk_component_uses_installed_by_id',
  'fk_component_uses_removed_by_id',
  'fk_defects_reviewed_by_id',
  'fk_equipment_status_periods_changed_by_id',
  'fk_inspections_created_by_id',
  'fk_label_prints_printed_by_id',
  'fk_lots_disposition_by_id',
  'fk_process_data_corrected_by_id',
  'fk_process_sessions_closed_by_id',
  'fk_process_sessions_opened_by_id',
  'fk_routes_released_by_id',
  'fk_routes_retired_by_id',
  'fk_test_program_deployments_deployed_by_id',
  'fk_test_program_versions_uploaded_by_id',
  'fk_webhooks_created_by_id',
];

/** Of a start that is withdrawn, the execution is deleted; an alert about it stays, without the execution (PD-14). */
const LENIENT = ['fk_alerts_process_data_id'];

/** The table of Prisma, created exactly as Prisma creates it. */
const TABLES = `SELECT oid, relname::text AS name FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> '_prisma_migrations'`;
const RULE_ID = '([a-z]{3}|pd)_[0-9]+_';

/**
 * Constraints, indexes, triggers and types whose names do not follow the naming table. NOT NULL is a constraint since
 * PostgreSQL 18 and is exempt. A name of 63 characters is refused too, because PostgreSQL may have cut a longer one.
 */
const MISNAMED = `
  WITH tables AS (${TABLES}), named AS (
    SELECT t.name AS table, c.conname::text AS name, CASE c.contype
      WHEN 'p' THEN '^pk_' || t.name || '$'
      WHEN 'u' THEN '^uq_' || t.name || '_[a-z0-9_]+$'
      WHEN 'c' THEN '^ck_' || t.name || '_[a-z0-9_]+$'
      WHEN 'x' THEN '^ex_' || t.name || '_[a-z0-9_]+$'
      WHEN 'f' THEN '^fk_' || t.name || '_(' || (
        SELECT string_agg(a.attname, '_' ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum) || '|${RULE_ID}[a-z0-9_]+)$'
    END AS form
    FROM pg_constraint c JOIN tables t ON t.oid = c.conrelid WHERE c.contype IN ('p', 'u', 'c', 'x', 'f')
    UNION ALL
    SELECT t.name, i.relname::text, CASE
      WHEN x.indisunique AND x.indpred IS NULL THEN 'a unique index without condition is a constraint'
      WHEN x.indisunique THEN '^puq_' || t.name || '_[a-z0-9_]+$'
      ELSE '^ix_' || t.name || '_[a-z0-9_]+$'
    END
    FROM pg_index x JOIN tables t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
    WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = x.indexrelid AND c.contype IN ('p', 'u', 'x'))
    UNION ALL
    SELECT t.name, g.tgname::text, CASE g.tgfoid::regproc::text
      WHEN 'touch_row' THEN '^tg_' || t.name || '_touch$'
      WHEN 'guard_flow' THEN '^tg_' || t.name || '_' || split_part(encode(g.tgargs, 'escape'), '\\000', 1) || '_flow$'
      ELSE '^tg_' || t.name || '_[a-z0-9_]+$'
    END
    FROM pg_trigger g JOIN tables t ON t.oid = g.tgrelid WHERE NOT g.tgisinternal
    UNION ALL
    SELECT 'type', typname::text, '^[a-z]+(_[a-z]+)*$' FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
  )
  SELECT ("table" || ': ' || name) COLLATE "C" AS found FROM named WHERE name !~ form OR length(name) = 63 ORDER BY found`;

/** Foreign keys that do anything other than refuse. */
const LENIENT_KEYS = `SELECT conname::text AS found FROM pg_constraint
  WHERE contype = 'f' AND (confdeltype <> 'r' OR confupdtype <> 'r' OR condeferrable OR NOT convalidated) ORDER BY found`;

/** Foreign keys whose columns no index starts with. A partial index counts when it leaves out only nulls. */
const UNINDEXED_KEYS = `SELECT conname::text AS found FROM pg_constraint c
  WHERE contype = 'f' AND NOT EXISTS (
    SELECT FROM pg_index x WHERE x.indrelid = c.conrelid AND x.indkey[0] = c.conkey[1]
      AND (x.indpred IS NULL OR pg_get_expr(x.indpred, x.indrelid) ~ '^\\(\\w+ IS NOT NULL\\)$')) ORDER BY found`;

/**
 * JSON columns without the check that fits their default, and instants that are not timestamptz(3). The values of an
 * audit entry may be null, as their own check says; so may the characteristics of a route step, which mean something else
 * than none then, and the location of a defect, which has a check of its own.
 */
const LOOSE_COLUMNS = `
  SELECT t.name || '.' || a.attname AS found
  FROM (${TABLES}) AS t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
  WHERE format_type(a.atttypid, a.atttypmod) = 'jsonb' AND t.name || '.' || a.attname NOT IN ('audit_entries.old_values', 'audit_entries.new_values', 'route_steps.characteristics', 'defects.location') AND NOT EXISTS (
      SELECT FROM pg_constraint c WHERE c.conrelid = t.oid AND c.contype = 'c' AND a.attnotnull
        AND (c.conname, pg_get_expr(d.adbin, d.adrelid), pg_get_constraintdef(c.oid)) IN (
          SELECT format('ck_%s_%s_%s', t.name, a.attname, kind), format('''%s''::jsonb', empty),
            format('CHECK ((jsonb_typeof(%I) = ''%s''::text))', a.attname, kind)
          FROM (VALUES ('object', '{}'), ('array', '[]')) AS kinds (kind, empty)))
    OR format_type(a.atttypid, a.atttypmod) ~ '^time' AND format_type(a.atttypid, a.atttypmod) <> 'timestamp(3) with time zone'
    OR format_type(a.atttypid, a.atttypmod) = 'json'
  ORDER BY found`;

const COLUMNS_OF_KIND = `
  SELECT t.name AS table, string_agg(format('%s %s%s default %s', a.attname, format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attnotnull THEN ' not null' END, pg_get_expr(d.adbin, d.adrelid)), ', ' ORDER BY a.attname) AS columns
  FROM (${TABLES}) AS t
  LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname IN ('created_at', 'updated_at', 'version')
    -- The version of a test program is a text such as 1.0.3, not the number of changes.
    AND (a.attname <> 'version' OR a.atttypid = 'int'::regtype)
  LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
  GROUP BY t.name`;

const TOUCHES = `
  SELECT tgrelid::regclass::text AS table, string_to_array(nullif(encode(tgargs, 'escape'), ''), '\\000') AS ignored
  FROM pg_trigger WHERE tgfoid = 'touch_row'::regproc AND tgenabled = 'O'
    AND pg_get_triggerdef(oid) LIKE '% BEFORE UPDATE ON %' AND pg_get_triggerdef(oid) LIKE '% FOR EACH ROW EXECUTE %'`;

const GENERATED = `SELECT attrelid::regclass::text AS table, attname::text AS column FROM pg_attribute
  WHERE attgenerated <> '' AND attnum > 0 AND attrelid IN (SELECT oid FROM (${TABLES}) AS t)`;

/** Tables and columns without a comment. `_prisma_migrations` is Prisma's own. */
const UNEXPLAINED = `
  SELECT c.relname || coalesce('.' || a.attname, '') AS found FROM pg_class c
  CROSS JOIN LATERAL (SELECT 0 AS attnum, NULL AS attname UNION ALL SELECT attnum, attname FROM pg_attribute
    WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) a
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> '_prisma_migrations'
    AND col_description(c.oid, a.attnum) IS NULL AND (a.attnum > 0 OR obj_description(c.oid, 'pg_class') IS NULL) ORDER BY found`;

/** One violation of every kind, to prove that each check can fail. */
const PLANTED = `
  CREATE TYPE "Shade" AS ENUM ('DARK');
  CREATE TABLE bins (id uuid PRIMARY KEY, lot_id uuid REFERENCES lots ON DELETE CASCADE, code text UNIQUE, made_at timestamptz,
    content jsonb DEFAULT '{}', version integer, CONSTRAINT bins_full CHECK (code <> ''));
  CREATE INDEX bins_made ON bins (made_at);
  CREATE UNIQUE INDEX puq_bins_made ON bins (made_at);
  CREATE TRIGGER bins_touch BEFORE UPDATE ON bins FOR EACH ROW EXECUTE FUNCTION touch_row();
  CREATE TRIGGER tg_bins_flow BEFORE UPDATE OF code ON bins FOR EACH ROW EXECUTE FUNCTION guard_flow('code', 'ck_bins_code_flow');`;

describe('the catalogue', () => {
  let world: SqlWorld;
  beforeAll(async () => {
    world = await openSqlWorld();
  });
  afterAll(() => world.close());

  const found = async (...statements: readonly string[]): Promise<readonly unknown[]> =>
    (await world.rowsOf(...statements)).map((row) => row['found']);

  it('names every constraint, index, trigger and type as the naming table says', async () => {
    expect(await found(MISNAMED)).toEqual([]);
    expect(await found(PLANTED, MISNAMED)).toEqual([
      'bins: bins_code_key',
      'bins: bins_full',
      'bins: bins_lot_id_fkey',
      'bins: bins_made',
      'bins: bins_pkey',
      'bins: bins_touch',
      'bins: puq_bins_made',
      'bins: tg_bins_flow',
      'type: Shade',
    ]);
  });

  it('explains every table and column by a comment', async () => {
    expect(await found(UNEXPLAINED)).toEqual([]);
    expect(await found('ALTER TABLE lots ADD COLUMN shade text', UNEXPLAINED)).toEqual(['lots.shade']);
  });

  it('has no foreign key that cascades, sets null or is deferred, except the listed one', async () => {
    expect(await found(LENIENT_KEYS)).toEqual(LENIENT);
    expect(await found(PLANTED, LENIENT_KEYS)).toEqual(['bins_lot_id_fkey', ...LENIENT]);
  });

  it('has an index for every foreign key except the listed ones', async () => {
    expect(await found(UNINDEXED_KEYS)).toEqual(UNINDEXED);
    expect(await found(PLANTED, UNINDEXED_KEYS)).toEqual(['bins_lot_id_fkey', ...UNINDEXED]);
  });

  it('keeps every JSON column an object or an array, and every instant in milliseconds with time zone', async () => {
    expect(await found(LOOSE_COLUMNS)).toEqual([]);
    expect(await found(PLANTED, LOOSE_COLUMNS)).toEqual(['bins.content', 'bins.made_at']);
  });

  it('gives every table the columns of its kind', async () => {
    const created = 'created_at timestamp(3) with time zone not null default now()';
    const mutable = `${created}, updated_at timestamp(3) with time zone not null default now(), version integer not null default 1`;
    const expected = new Map<unknown, string>([
      ...Object.keys(MUTABLE).map((table): [string, string] => [table, mutable]),
      ...APPEND_ONLY.map((table): [string, string] => [table, created]),
      ...PLAIN.map((table): [string, string] => [table, '  default ']),
    ]);

    const rows = await world.rowsOf(COLUMNS_OF_KIND);

    expect(new Map(rows.map((row) => [row['table'], row['columns']]))).toEqual(expected);
    expect(await world.rowsOf(PLANTED, COLUMNS_OF_KIND)).toContainEqual({
      table: 'bins',
      columns: 'version integer default ',
    });
  });

  it('touches exactly the mutable tables, and lists their volatile and generated columns', async () => {
    const touches = await world.rowsOf(TOUCHES);
    const generated = await world.rowsOf(GENERATED);

    expect(new Map(touches.map((row) => [row['table'], row['ignored'] ?? []]))).toEqual(
      new Map(Object.entries(MUTABLE).map(([table, ignored]) => [table, ignored.length === 0 ? [] : [...ignored, '']])),
    );
    for (const row of generated) expect(MUTABLE[String(row['table'])]).toContain(row['column']);
    expect(generated).toHaveLength(5);
    expect(await world.rowsOf(PLANTED, TOUCHES)).toContainEqual({ table: 'bins', ignored: null });
  });
});
