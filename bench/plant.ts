/**
 * The database that all contenders share: the built-in PostgreSQL with a simulated plant.
 *
 * 1. A plant is made once per size and kept: it is simulated by the product itself, then given a long history
 *    (growth.ts).
 * 2. Each run works on a copy of it, so that no run measures what an earlier one wrote.
 * 3. The copy has the database name that the server expects. The server thus runs as in production, with the role that
 *    owns nothing.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import pg from 'pg';
import { reachDatabaseServer, validConfig } from '../src/app/start/runtime.ts';
import { startEmbeddedServer } from '../src/platform/embedded-postgres/server.ts';
import { grow } from './growth.ts';
import { parentOf } from './process-time.ts';

/** The root of this checkout. */
export const ROOT = path.resolve(import.meta.dirname, '..');
/** The built program of this checkout. */
export const MAIN = path.join(ROOT, 'dist/main.js');

/** The password of all users in all plants. */
export const PASSWORD = 'Bench-2026-of-a-plant';

/** The sizes of plants. */
export const SIZES = {
  tiny: { lots: 20, serials: 2_000 },
  small: { lots: 60, serials: 100_000 },
  large: { lots: 60, serials: 1_000_000 },
} as const;
/** The name of a size. */
export type Size = keyof typeof SIZES;

/** A lot has more units than serials, because not every item is converted. */
const UNITS_PER_LOT = 106;
/** About five executions for each serial. */
const STEPS = 5;
const DEEP_LOT = { serials: 100, executions: 8 };

/** An open plant. */
export interface Plant {
  /** The `LOTGRAPH_DATA` of the servers. */
  readonly directory: string;
  /** The URL of the application's role. */
  readonly url: string;
  /** The URL of a superuser. */
  readonly adminUrl: string;
  /** The process id of PostgreSQL. */
  readonly postmaster: number;
  close(): Promise<void>;
}

/** Opens a copy of the plant of this size, which is made if it does not exist yet. */
export async function openPlant(size: Size, report: (message: string) => void): Promise<Plant> {
  const directory = path.join(ROOT, '.lotgraph/bench');
  const cluster = await startEmbeddedServer({ directory, log: report, database: 'postgres' });
  const adminUrl = databaseOf(cluster.url, 'lotgraph');
  try {
    const kept = `plant_${size}`;
    await withClient(cluster.url, async (client) => {
      const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [kept]);
      if (rowCount === 0) await makePlant(client, cluster.url, size, report);
      report(`Copying the plant ${size}.`);
      await client.query('DROP DATABASE IF EXISTS lotgraph WITH (FORCE)');
      await client.query(`CREATE DATABASE lotgraph TEMPLATE ${kept} STRATEGY FILE_COPY`);
      // Because the table was empty when it was vacuumed, the planner would read it as a whole for the first minute.
      await withClient(adminUrl, (copy) => copy.query('TRUNCATE idempotency_keys'));
      await client.query('CHECKPOINT');
    });
    const server = await reachDatabaseServer(validConfig({ dataDirectory: directory, databaseUrl: undefined }), report);
    return {
      directory,
      url: server.url,
      adminUrl,
      postmaster: await withClient(adminUrl, postmasterOf),
      async close() {
        await server.release();
        await withClient(cluster.url, (client) => client.query('DROP DATABASE IF EXISTS lotgraph WITH (FORCE)'));
        await cluster.stop();
      },
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** Runs the work on a connection of its own. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Switches the audit triggers off or on, for all sessions. */
export function switchAudit({ adminUrl }: Plant, how: 'ENABLE' | 'DISABLE'): Promise<void> {
  return withClient(adminUrl, async (client) => {
    const { rows } = await client.query(
      `SELECT format('ALTER TABLE %s ${how} TRIGGER %I', tgrelid::regclass, tgname) AS statement FROM pg_trigger WHERE tgfoid = 'write_audit'::regproc`,
    );
    for (const { statement } of rows) await client.query(statement);
  });
}

/** Makes a plant. It has another name until it is complete. */
async function makePlant(client: pg.Client, url: string, size: Size, report: (message: string) => void): Promise<void> {
  const draft = `draft_${size}`;
  await client.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${draft} TEMPLATE template0`);
  report(`Simulating the plant ${size}; it is kept for the next time.`);
  const { lots, serials } = SIZES[size];
  const flags = ['--lots', lots, '--serials-per-lot', UNITS_PER_LOT, '--steps', STEPS, '--seed', 1, '--no-audit'].map(
    String,
  );
  const environment = {
    ...process.env,
    NODE_ENV: 'development',
    DATABASE_URL: databaseOf(url, draft),
    LOTGRAPH_ADMIN_PASSWORD: PASSWORD,
    LOTGRAPH_LOG_LEVEL: 'error',
  };
  const { status } = spawnSync(process.execPath, [MAIN, 'simulate', ...flags], {
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error('The plant could not be simulated.');
  await withClient(databaseOf(url, draft), (drafted) => grow(drafted, { serials, deepLot: DEEP_LOT }, report));
  await client.query(`ALTER DATABASE ${draft} RENAME TO plant_${size}`);
}

/** Returns the process id of PostgreSQL, the parent of every backend. */
async function postmasterOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return parentOf(rows[0]?.pid ?? 0) ?? 0;
}

function databaseOf(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.toString();
}
