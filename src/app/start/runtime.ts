/**
 * The runtime of a process: its configuration, its database (the built-in or the configured one) and its log. If the
 * configuration is not valid, the error names everything that is wrong with it, and nothing is started (USR-6, MIG-2).
 */
import { createHmac } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import path from 'node:path';
import { administratorProblems } from '../../identity/user/user.rules.ts';
import { actAsSystem } from '../../platform/request/actor.ts';
import { AppError } from '../../platform/values/assert.ts';
import { capitalized } from '../../platform/values/characters.ts';
import { isGuarded, STORED_ENVIRONMENTS } from '../../platform/rules/environment.ts';
import { openStoredEntries } from '../../operation/config-entry/config-entry.loaders.ts';
import { isLoopback } from '../../platform/values/ip-address.ts';
import { readConfig, type Config } from '../../platform/process/config.ts';
import { DEVELOPMENT_ADMIN_PASSWORD, DEVELOPMENT_TOKEN_SECRET } from '../../platform/process/config-shape.ts';
import { eventKeeper } from '../../operation/system-event/system-event.commands.ts';
import { openFileStore } from '../../platform/file-store/open-file-store.ts';
import type { Services } from '../../platform/request/context.ts';
import {
  APPLICATION_ROLE,
  OWNER_ROLE,
  ensureRoles,
  grantApplication,
  roleInUrl,
  urlForRole,
  type RoleLogin,
} from '../../platform/postgres/roles.ts';
import { startEmbeddedServer } from '../../platform/embedded-postgres/server.ts';
import { NO_THRESHOLDS, startMonitor } from '../../platform/process/monitoring/monitor.ts';
import { createLog, type Log } from '../../platform/process/log.ts';
import { trustedNames } from '../execution/trusted-documents.ts';
import { migrateUp, migrationStatus, type MigrationRun } from '../../platform/migrations/runner.ts';
import { demandsTls } from '../../platform/migrations/connection.ts';
import type { MigrateOptions } from '../../platform/migrations/options.ts';
import { backUpBeforeMigrating } from './before-migrating.ts';
import { VERSION } from './version.ts';

/** A PostgreSQL server that is reachable. */
export interface OpenDatabaseServer {
  /** The URL of the application's role, which reads and writes rows only. */
  readonly url: string;
  /** The URL of the schema's owner, for migrations. Equal to `url` if the operator has not created two roles. */
  readonly ownerUrl: string;
  readonly isEmbedded: boolean;
  release(): Promise<void>;
}

/** The services of a process, and how to close them. */
export interface Runtime {
  readonly services: Services;
  /** Whether the first administrator was made, with the configured password. */
  readonly isAdministratorNew: boolean;
  close(): Promise<void>;
}

/** Writes a progress message of the command line; it goes to standard error. */
export type Report = (message: string) => void;

/** How often config entries are read again. */
const RELOAD_MILLISECONDS = 5_000;

const ROOT = path.resolve(import.meta.dirname, '../../..');
/** The folder of the migrations. */
export const MIGRATIONS = path.join(ROOT, 'prisma/migrations');

/** Reads the configuration; options of the command line override variables. Fails with everything that is wrong with it. */
export function validConfig(overrides: Readonly<Record<string, string | undefined>> = {}): Config {
  const reading = readConfig(undefined, overrides);
  if ('problems' in reading) throw new AppError(`The configuration is not usable:\n${bulletList(reading.problems)}`);
  const { config } = reading;
  const problems = administratorProblems({
    environment: config.environment,
    isReachable: !isLoopback(config.host),
    password: config.adminPassword,
    isPasswordDefault: config.adminPassword === DEVELOPMENT_ADMIN_PASSWORD,
    tokenSecret: config.tokenSecret,
    isTokenSecretDefault: config.isTokenSecretDefault,
    acceptedTokenSecrets: config.acceptedTokenSecrets,
    isAcceptedSecretDefault: config.acceptedTokenSecrets.includes(DEVELOPMENT_TOKEN_SECRET),
  });
  const who = isGuarded(config.environment)
    ? capitalized(config.environment)
    : `A server that listens on ${config.host}`;
  if (problems.length > 0) throw new AppError(`${who} cannot start like this (USR-6):\n${bulletList(problems)}`);
  return config;
}

/** Returns the configured PostgreSQL, or the built-in one, which is started if it does not run. */
export async function reachDatabaseServer(config: Config, report: Report): Promise<OpenDatabaseServer> {
  const { databaseUrl, ownerDatabaseUrl } = config;
  if (databaseUrl !== undefined) {
    if (isGuarded(config.environment) && !demandsTls(databaseUrl))
      throw new AppError(
        `MIG-2: in ${STORED_ENVIRONMENTS[config.environment]} the database URL must demand TLS: add sslmode=require, verify-ca or verify-full.`,
      );
    return {
      url: databaseUrl,
      ownerUrl: ownerDatabaseUrl ?? databaseUrl,
      isEmbedded: false,
      release: async () => undefined,
    };
  }
  const embedded = await startEmbeddedServer({ directory: path.resolve(config.dataDirectory), log: report });
  try {
    const roles = {
      owner: roleOfEmbedded(embedded.url, OWNER_ROLE),
      application: roleOfEmbedded(embedded.url, APPLICATION_ROLE),
    };
    await ensureRoles(embedded.url, roles, report);
    return {
      url: urlForRole(embedded.url, roles.application),
      ownerUrl: urlForRole(embedded.url, roles.owner),
      isEmbedded: true,
      release: () => embedded.stop(),
    };
  } catch (error) {
    await embedded.stop();
    throw error;
  }
}

/** Applies the pending migrations as the owner of the schema, and grants the application its rights on new objects. */
export async function migrate(
  config: Config,
  server: OpenDatabaseServer,
  report: Report,
  to?: string,
): Promise<MigrationRun> {
  const run = await migrateUp(migrateOptions(config, server, report), to);
  await grantRights(server);
  return run;
}

/** Grants the application its rights, if it is not the owner itself. */
export async function grantRights({ url, ownerUrl }: OpenDatabaseServer): Promise<void> {
  if (roleInUrl(url) !== roleInUrl(ownerUrl)) await grantApplication(ownerUrl, roleInUrl(url));
}

/** The options of a migration run on this server. */
export function migrateOptions(config: Config, server: OpenDatabaseServer, report: Report): MigrateOptions {
  return {
    url: server.ownerUrl,
    isEmbedded: server.isEmbedded,
    folder: MIGRATIONS,
    environment: STORED_ENVIRONMENTS[config.environment],
    appVersion: VERSION,
    appliedBy: `${userInfo().username}@${hostname()}`.slice(0, 100),
    report,
  };
}

/** How a runtime is opened. */
export interface RuntimeOptions {
  /** The log of a server or a worker; a command has one of its own. */
  readonly log?: Log;
  /** False: the data of an older release are not migrated; the error says how. An empty database always is. */
  readonly mayUpgrade?: boolean;
  /** False: no backup is taken before migrations in production. */
  readonly mayBackUp?: boolean;
  /** True: contents will be stored or read, so a file store that cannot be used ends the start. */
  readonly needsFiles?: boolean;
}

/** Opens the database, brings its schema up to date, and makes sure that there is an administrator. */
export async function openRuntime(
  config: Config,
  report: Report,
  { log: serverLog, mayUpgrade = true, mayBackUp = true, needsFiles = false }: RuntimeOptions = {},
): Promise<Runtime> {
  const log = serverLog ?? createLog(config.logLevel, config.logFormat);
  // Imported here, because most commands need neither, and the help then appears faster.
  const [{ openDatabase }, { ensureAdministrator }] = await Promise.all([
    import('../../platform/postgres/database.ts'),
    import('../../identity/user/user.commands.ts'),
  ]);
  const files = await openFileStore(config);
  const server = await reachDatabaseServer(config, report);
  try {
    if (needsFiles) await files.check();
    // If the operator migrates separately, the server does not need the owner's rights.
    const { isCurrent, migrations } = await migrationStatus(migrateOptions(config, server, report));
    const pending = migrations.filter(({ state }) => state === 'PENDING').length;
    if (!mayUpgrade && pending > 0 && pending < migrations.length)
      throw new AppError(
        `An older release has made this database: ${pending} of ${migrations.length} migrations are pending. This command does not upgrade it; make a backup, then run "lotgraph db up" or start the server.`,
      );
    if (mayBackUp) await backUpBeforeMigrating(config, migrations, report);
    const applied = isCurrent ? [] : (await migrate(config, server, report)).done;
    const monitor = startMonitor({
      // A command writes in bulk, and nobody else waits for its statements.
      thresholds: serverLog === undefined ? NO_THRESHOLDS : config.thresholds,
      trustedNames: config.trustedDocuments === undefined ? [] : trustedNames(config.trustedDocuments),
      log,
    });
    const database = openDatabase({
      url: server.url,
      poolSize: config.poolSize,
      statementTimeoutSeconds: config.statementTimeoutSeconds,
      onConnectionError: (error) =>
        log.warn({ event: 'database.connection_lost', err: error }, 'a database connection was lost'),
      onStatement: (run) => monitor.noteStatement(run),
    });
    const events = eventKeeper(database, log);
    for (const name of applied)
      events.note({ level: 'INFO', event: 'migration.applied', message: `Migration ${name} was applied.` });
    const entries = await openStoredEntries(database, config.environment, log);
    // Another process may set an entry. While the database is away, the last ones count.
    const reading = setInterval(() => void entries.reload().catch(() => undefined), RELOAD_MILLISECONDS).unref();
    const isCreated = await database
      .transaction(async (tx) => {
        await actAsSystem(tx, 'user.created', 'There was no administrator.');
        return ensureAdministrator(tx, config.adminPassword);
      })
      .catch(async (error: unknown) => {
        await database.close();
        throw error;
      });
    if (isCreated) report('Made the first administrator: the user "admin", with the configured password.');
    return {
      services: { config, database, entries, files, log, monitor, events, version: VERSION },
      isAdministratorNew: isCreated,
      async close() {
        clearInterval(reading);
        await events.settled();
        await database.close();
        await server.release();
      },
    };
  } catch (error) {
    await server.release();
    throw error;
  }
}

/**
 * A role of the built-in server. Its password is derived from that of the server's superuser, so that no other password
 * has to be stored.
 */
function roleOfEmbedded(url: string, name: string): RoleLogin {
  return {
    name,
    password: createHmac('sha256', decodeURIComponent(new URL(url).password))
      .update(name)
      .digest('base64url'),
  };
}

function bulletList(lines: readonly string[]): string {
  return lines.map((sentence) => `  - ${sentence}`).join('\n');
}
