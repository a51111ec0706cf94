import { setTimeout as sleep } from 'node:timers/promises';
import type { Services } from '../../platform/request/context.ts';

/** MON-4: Whether the server can do its work. Runs that undo or were undone have a slash in their name. */
export type HealthStatus = 'HEALTHY' | 'DEGRADED';

/** MON-4: The public answer about the state of the server. */
export interface Health {
  readonly status: HealthStatus;
  /** Null when the database did not answer. */
  readonly databaseLatencyMilliseconds: number | null;
  readonly version: string;
  readonly uptimeSeconds: number;
  /** The newest migration applied; null when the database did not answer. */
  readonly migrations: string | null;
}

/** A database answer that takes longer counts as missing. */
const MAX_WAIT_MILLISECONDS = 1_000;

/**
 * MON-4: Whether the server can do its work. The cause of a failure is logged, never answered. Of the migrations, runs that
 * undo or were undone have a slash in their name.
 */
export async function healthOf({ database, log, version }: Services): Promise<Health> {
  const startedAt = process.hrtime.bigint();
  const query = database.reader().sql<{
    name: string | null;
  }>`SELECT max(name) AS name FROM migration_history WHERE outcome = 'SUCCEEDED' AND strpos(name, '/') = 0`;
  const answer = await Promise.race([
    query.catch((error: unknown) => {
      log.warn({ event: 'health.database_unavailable', err: error }, 'the database did not answer');
    }),
    sleep(MAX_WAIT_MILLISECONDS, undefined, { ref: false }),
  ]);
  const milliseconds = Number(process.hrtime.bigint() - startedAt) / 1_000_000;
  const base = { version, uptimeSeconds: Math.floor(process.uptime()) };
  if (answer === undefined) return { ...base, status: 'DEGRADED', databaseLatencyMilliseconds: null, migrations: null };
  return {
    ...base,
    status: 'HEALTHY',
    databaseLatencyMilliseconds: Math.round(milliseconds * 100) / 100,
    migrations: answer[0]?.name ?? null,
  };
}
