/** Opens a plant to look at it: nothing is migrated, and no administrator is made. */
import path from 'node:path';
import { openFileStore } from '../../platform/file-store/open-file-store.ts';
import { type MigrationFile, readMigrations } from '../../platform/migrations/files.ts';
import { migrationStatus, type MigrationState } from '../../platform/migrations/runner.ts';
import { openDatabase } from '../../platform/postgres/database.ts';
import { createLog } from '../../platform/process/log.ts';
import { NO_THRESHOLDS, startMonitor } from '../../platform/process/monitoring/monitor.ts';
import { NO_ENTRIES } from '../../platform/request/plant-settings.ts';
import type { Services } from '../../platform/request/context.ts';
import { MIGRATIONS, migrateOptions, reachDatabaseServer, type Report, validConfig } from './runtime.ts';
import { VERSION } from './version.ts';

/** A plant that is looked at. */
interface OpenPlant {
  readonly services: Services;
  readonly migrations: readonly MigrationState[];
  readonly files: readonly MigrationFile[];
  /** The directory of the data; undefined when the database runs elsewhere. */
  readonly directory: string | undefined;
  close(): Promise<void>;
}

/** A statement of a check reads a whole table. */
const STATEMENT_SECONDS = 600;

/** Opens the database of the configuration. */
export async function openForCheck(report: Report): Promise<OpenPlant> {
  const config = validConfig();
  const server = await reachDatabaseServer(config, report);
  try {
    const { migrations } = await migrationStatus(migrateOptions(config, server, report));
    const { files } = await readMigrations(MIGRATIONS);
    const log = createLog(config.logLevel, config.logFormat);
    const database = openDatabase({
      url: server.url,
      poolSize: 2,
      statementTimeoutSeconds: STATEMENT_SECONDS,
      onConnectionError: (error) =>
        log.warn({ event: 'database.connection_lost', err: error }, 'a database connection was lost'),
    });
    const monitor = startMonitor({ thresholds: NO_THRESHOLDS, log });
    const fileStore = await openFileStore(config);
    return {
      services: {
        config,
        database,
        entries: NO_ENTRIES,
        files: fileStore,
        log,
        monitor,
        events: NO_EVENTS,
        version: VERSION,
      },
      migrations,
      files,
      directory: server.isEmbedded ? path.resolve(config.dataDirectory) : undefined,
      async close() {
        await database.close();
        await server.release();
      },
    };
  } catch (error) {
    await server.release();
    throw error;
  }
}

/** A check writes nothing, no events either. */
const NO_EVENTS = { note: () => undefined, settled: () => Promise.resolve() };
