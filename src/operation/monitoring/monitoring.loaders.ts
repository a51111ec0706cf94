import { setTimeout as sleep } from 'node:timers/promises';
import type { Services } from '../../platform/request/context.ts';

export type HealthStatus = 'HEALTHY' | 'DEGRADED';

export interface Health {
  readonly status: HealthStatus;
  /** Null when the database did not answer. */
  readonly databaseLatencyMilliseconds: number | null;
  readonly version: string;
  readonly uptimeSeconds: number;
  /** The newest migration applied; null when the database did not answer. */
  readonly migrations: string | null;
}

/** An answer that takes longer counts as none. */
const PATIENCE_MILLISECONDS = 1_000;

/** MON-4: whether the server can do its work. The cause of a failure is logged, never answered. */
export async function healthOf({ database, log, version }: Services): Promise<Health> {
  const began = process.hrtime.bigint();
  const asked = database.reader().sql<{
    name: string | null;
  }>`SELECT max(name) AS name FROM migration_history WHERE outcome = 'SUCCEEDED'`;
  const answer = await Promise.race([
    asked.catch((error: unknown) => void log.warn({ err: error }, 'the database did not answer')),
    sleep(PATIENCE_MILLISECONDS, undefined, { ref: false }),
  ]);
  const milliseconds = Number(process.hrtime.bigint() - began) / 1_000_000;
  const base = { version, uptimeSeconds: Math.floor(process.uptime()) };
  if (answer === undefined) return { ...base, status: 'DEGRADED', databaseLatencyMilliseconds: null, migrations: null };
  return {
    ...base,
    status: 'HEALTHY',
    databaseLatencyMilliseconds: Math.round(milliseconds * 100) / 100,
    migrations: answer[0]?.name ?? null,
  };
}
