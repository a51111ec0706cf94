/**
 * Writes the simulated rows. Whole tables are inserted at once, because single commands would take hours for millions
 * of rows. Constraints and triggers stay on. Each lot is written in one transaction with everything that belongs to it
 * and with its counters, so an interrupted simulation leaves a smaller but consistent plant.
 */
import { Readable } from 'node:stream';
import type { FileStore } from '../../platform/file-store/file-store.ts';
import type { Plant } from './plant/plant.ts';
import type { SimulatedProgram } from './plant/test-program.ts';
import type { SavedFilterRow } from './rows.ts';
import type { WrittenLot } from './story/story.ts';
import type { SimulationSummary } from './summary.ts';
import { AUDITED_TABLES } from '../../operation/audit/audit.rules.ts';
import type { Database, Reader, Tx } from '../../platform/postgres/client.ts';
import { join, identifier, sql, type Sql } from '../../platform/postgres/sql.ts';
import { actAsSystem, HISTORY_ACTION } from '../../platform/request/actor.ts';
import { present } from '../../platform/values/assert.ts';

/** Where the rows and the pictures go. */
export interface Target {
  readonly database: Database;
  readonly files: FileStore;
}

/** The number of rows per statement: large enough to be fast, small enough for any statement timeout. */
const ROWS_PER_STATEMENT = 2_000;

/**
 * Returns why the database cannot be filled, if so: a simulated plant has its own routes and does not mix with other
 * data.
 */
export async function obstacleIn(reader: Reader): Promise<string | undefined> {
  const [found] = await reader.sql<
    Readonly<Record<'lots' | 'models' | 'lines' | 'steps' | 'equipment' | 'stations', number>>
  >`
    SELECT (SELECT count(*)::int FROM lots) AS lots, (SELECT count(*)::int FROM product_models) AS models,
           (SELECT count(*)::int FROM production_lines) AS lines, (SELECT count(*)::int FROM processes) AS steps,
           (SELECT count(*)::int FROM equipment) AS equipment, (SELECT count(*)::int FROM stations) AS stations`;
  const kinds = Object.entries(found ?? {}).filter(([, count]) => count > 0);
  if (kinds.length === 0) return undefined;
  const holds = kinds.map(([kind, count]) => `${count} ${kind}`).join(', ');
  const advice =
    'Use another database or another LOTGRAPH_DATA directory, or empty this one with "lotgraph db reset --yes"';
  return `A simulation makes a whole plant with routes of its own and mixes with no other; this database holds ${holds}. ${advice}.`;
}

/** Writes the master data of the plant and the filters of its people; the packages come first, as with an upload. */
export async function storePlant(
  { database, files }: Target,
  plant: Plant & { readonly savedFilters: readonly SavedFilterRow[] },
  isAudited: boolean,
): Promise<void> {
  for (const content of plant.testProgram?.packages ?? []) await files.put(Readable.from([content]));
  await inTransaction(database, isAudited, async (tx) => {
    await insert(tx, 'users', plant.people.users);
    await insert(tx, 'production_lines', [...plant.lines, ...plant.idleLines]);
    await insert(tx, 'product_models', plant.models);
    await insert(tx, 'processes', plant.processes);
    await insertRoutes(tx, plant.routes);
    await insert(tx, 'stations', plant.equipped.stations);
    await insert(tx, 'equipment', plant.equipped.equipment);
    await insert(tx, 'equipment_status_periods', plant.equipped.periods);
    if (plant.testProgram !== undefined) await insertProgram(tx, plant.testProgram);
    await insert(tx, 'saved_filters', plant.savedFilters);
  });
}

/** Writes a program with its versions, all by one statement: each refers to the other, which is checked at its end. */
async function insertProgram(tx: Tx, { program, versions, deployments }: SimulatedProgram): Promise<void> {
  const programs = insertion('test_programs', [program]);
  await tx.query(sql`WITH programs AS (${programs}) ${insertion('test_program_versions', versions)}`);
  await insert(tx, 'test_program_deployments', deployments);
}

/**
 * Writes routes with their steps, all by one statement. Its main part, the insertion of the steps, is carried out before
 * the part in WITH, so the guard of the steps finds no route yet; the foreign keys are checked at its end. A released
 * route could not get its steps afterwards (RTE-2).
 */
async function insertRoutes(tx: Tx, { rows, steps, lastRevisions }: Plant['routes']): Promise<void> {
  await tx.query(sql`WITH routes_of_models AS (${insertion('routes', rows)}) ${insertion('route_steps', steps)}`);
  await raiseCounters(tx, new Map([...lastRevisions].map(([model, revision]) => [`ROUTE/${model}`, revision])));
}

/** Writes lots with everything that belongs to them; the pictures come first, as with an upload. */
export async function storeLots(
  { database, files }: Target,
  stories: readonly WrittenLot[],
  isAudited: boolean,
): Promise<void> {
  for (const content of stories.flatMap(({ quality }) => quality.pictures)) await files.put(Readable.from([content]));
  await inTransaction(database, isAudited, async (tx) => {
    const tables = {
      lots: stories.map(({ lot }) => lot),
      wip_items: stories.flatMap(({ wipItems }) => wipItems),
      serials: stories.flatMap(({ serials }) => serials),
      process_sessions: stories.flatMap(({ sessions }) => sessions),
      process_data: stories.flatMap(({ executions }) => executions),
      component_uses: stories.flatMap(({ componentUses }) => componentUses),
      inspections: stories.flatMap(({ quality }) => quality.inspections),
      inference_jobs: stories.flatMap(({ quality }) => quality.inferenceJobs),
      defects: stories.flatMap(({ quality }) => quality.defects),
      artifacts: stories.flatMap(({ quality }) => quality.artifacts),
      label_prints: stories.flatMap(({ office }) => office.labelPrints),
      alerts: stories.flatMap(({ office }) => office.alerts),
      background_jobs: stories.flatMap(({ office }) => office.backgroundJobs),
      background_job_items: stories.flatMap(({ office }) => office.backgroundJobItems),
    };
    for (const [table, rows] of Object.entries(tables)) await insert(tx, table, rows);
    await count(tx, stories);
  });
}

/**
 * Runs one transaction of the simulation. Without audit, the owner of the tables disables the audit triggers for this
 * transaction. That affects no other session, because none can write these tables until the transaction ends. The role
 * of the application cannot do that.
 */
async function inTransaction(database: Database, isAudited: boolean, work: (tx: Tx) => Promise<void>): Promise<void> {
  await database.transaction(async (tx) => {
    await actAsSystem(tx, HISTORY_ACTION);
    // Simulated rows are only inserted, never changed.
    const switchAudit = async (how: 'ENABLE' | 'DISABLE'): Promise<void> => {
      if (isAudited) return;
      for (const table of Object.keys(AUDITED_TABLES))
        await tx.sql`ALTER TABLE ${identifier(table)} ${identifier(how)} TRIGGER ${identifier(`tg_${table}_audit_insert`)}`;
    };
    await switchAudit('DISABLE');
    await work(tx);
    await switchAudit('ENABLE');
  });
}

const QUALITY_TABLES = ['inspections', 'inference_jobs', 'defects', 'artifacts'] as const;
const OFFICE_TABLES = ['label_prints', 'alerts', 'background_jobs', 'background_job_items'] as const;

/** Updates the planner statistics, which do not cover the bulk write yet. */
export async function refreshStatistics(reader: Reader): Promise<void> {
  for (const table of [
    'lots',
    'wip_items',
    'serials',
    'process_data',
    'process_sessions',
    'component_uses',
    'equipment_status_periods',
    ...QUALITY_TABLES,
    ...OFFICE_TABLES,
  ])
    await reader.query(sql`ANALYZE ${identifier(table)}`);
}

/** Counts what the database holds after a simulation. */
export async function countRows(
  reader: Reader,
): Promise<Omit<SimulationSummary, 'seed' | 'from' | 'until' | 'seconds'>> {
  const [counts] = await reader.sql<
    Omit<SimulationSummary, 'seed' | 'from' | 'until' | 'seconds' | 'lotsByStatus' | 'lotsByDisposition'>
  >`
    SELECT (SELECT count(*)::int FROM lots) AS lots, (SELECT count(*)::int FROM wip_items) AS "wipItems",
           (SELECT count(*)::int FROM serials) AS serials, count(*)::int AS executions,
           (count(*) FILTER (WHERE completed_at IS NULL))::int AS "openExecutions",
           (count(*) FILTER (WHERE result = 'FAIL'))::int AS failures, (count(*) FILTER (WHERE result = 'REWORK'))::int AS reworks,
           (SELECT count(*)::int FROM inspections) AS inspections, (SELECT count(*)::int FROM defects) AS findings, (SELECT count(*)::int FROM artifacts) AS pictures
    FROM process_data`;
  const lotsByStatus = await reader.sql<{ status: string; lots: number }>`
    SELECT status, count(*)::int AS lots FROM lots GROUP BY status ORDER BY status`;
  const lotsByDisposition = await reader.sql<{ disposition: string; lots: number }>`
    SELECT disposition, count(*)::int AS lots FROM lots GROUP BY disposition ORDER BY disposition`;
  return {
    ...(counts ?? {
      lots: 0,
      wipItems: 0,
      serials: 0,
      executions: 0,
      openExecutions: 0,
      failures: 0,
      reworks: 0,
      inspections: 0,
      findings: 0,
      pictures: 0,
    }),
    lotsByStatus: Object.fromEntries(lotsByStatus.map(({ status, lots }) => [status, lots])),
    lotsByDisposition: Object.fromEntries(lotsByDisposition.map(({ disposition, lots }) => [disposition, lots])),
  };
}

/** LOT-2, WIP-2: the next lot and the next item go on where the simulation ended. */
async function count(tx: Tx, stories: readonly WrittenLot[]): Promise<void> {
  const counters = new Map<string, number>();
  for (const { plan, lot, wipItems } of stories) {
    counters.set(`LOT/${plan.prefix}`, plan.sequence);
    if (wipItems.length > 0) counters.set(`WIP/${lot.id}`, wipItems.length);
  }
  await raiseCounters(tx, counters);
}

async function raiseCounters(tx: Tx, counters: ReadonlyMap<string, number>): Promise<void> {
  const rows = JSON.stringify(
    [...counters]
      .map(([scope, last]) => ({ scope, last_value: last }))
      .toSorted((a, b) => (a.scope < b.scope ? -1 : 1)),
  );
  await tx.sql`
    INSERT INTO number_counters (scope, last_value) SELECT scope, last_value FROM jsonb_populate_recordset(NULL::number_counters, ${rows}::jsonb)
    ON CONFLICT (scope) DO UPDATE SET last_value = greatest(number_counters.last_value, excluded.last_value)`;
}

/** Inserts rows that all have the same fields. */
async function insert(tx: Tx, tableName: string, rows: readonly object[]): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT)
    await tx.query(insertion(tableName, rows.slice(from, from + ROWS_PER_STATEMENT)));
}

/** The statement that inserts rows. The database converts each value to the type of its column. */
function insertion(tableName: string, rows: readonly object[]): Sql {
  const table = identifier(tableName);
  const fields = Object.keys(present(rows[0], 'A row to insert')).map(
    (field) => [field, field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] as const,
  );
  const columns = join(fields.map(([, column]) => identifier(column)));
  const json = JSON.stringify(rows.map((row) => toColumns(row, fields)));
  return sql`INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::${table}, ${json}::json)`;
}

function toColumns(row: object, fields: readonly (readonly [string, string])[]): Record<string, unknown> {
  const stored: Record<string, unknown> = {};
  for (const [field, column] of fields) {
    const value: unknown = Reflect.get(row, field);
    if (value !== null) stored[column] = value;
  }
  return stored;
}
