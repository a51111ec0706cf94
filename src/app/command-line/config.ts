import type { Command } from 'commander';
import { readConfig, type Config } from '../../platform/process/config.ts';
import { DEVELOPMENT_ADMIN_PASSWORD, type configShape } from '../../platform/process/config-shape.ts';
import { targetName } from '../audit-export/anchor-target.ts';
import { AppError } from '../../platform/values/assert.ts';
import { LIMITS } from '../../platform/process/limits.ts';
import { answer, formatTable } from './output.ts';

/** Adds `lotgraph config`. */
export function addConfig(program: Command): void {
  program
    .command('config')
    .description('Print the effective configuration, without its secrets, and all limits.')
    .option('--json', 'answer as JSON')
    .action(({ json }: { readonly json?: boolean }) => {
      const reading = readConfig();
      if ('problems' in reading)
        throw new AppError(
          `The configuration is not usable:\n${reading.problems.map((problem) => `  - ${problem}`).join('\n')}`,
        );
      const configuration = effectiveValues(reading.config);
      const text = `${formatTable(Object.entries(configuration).map(([variable, value]) => ({ variable, value })))}\n\n${formatTable(limitRows())}`;
      answer({ configuration, limits: LIMITS }, text, json === true);
    });
}

/** The effective values by the names of their variables. A new variable that is missing here does not compile. */
function effectiveValues(config: Config): Readonly<Record<keyof typeof configShape.shape, string | number | null>> {
  return {
    LOTGRAPH_ENVIRONMENT: config.environment,
    LOTGRAPH_SETTINGS: config.settingsFile ?? null,
    NODE_ENV: config.environment,
    DATABASE_URL: config.databaseUrl === undefined ? null : withoutSecrets(config.databaseUrl),
    LOTGRAPH_OWNER_DATABASE_URL: config.ownerDatabaseUrl === undefined ? null : withoutSecrets(config.ownerDatabaseUrl),
    LOTGRAPH_DATA: config.dataDirectory,
    LOTGRAPH_FILES: config.files ?? null,
    LOTGRAPH_FILE_LIMIT: config.fileLimit,
    LOTGRAPH_HOST: config.host,
    LOTGRAPH_PORT: config.port,
    LOTGRAPH_TOKEN_SECRET: config.isTokenSecretDefault ? '(for development only)' : '(set)',
    LOTGRAPH_ACCEPTED_TOKEN_SECRETS:
      config.acceptedTokenSecrets.length === 0 ? null : `(${config.acceptedTokenSecrets.length} set)`,
    LOTGRAPH_ADMIN_PASSWORD: config.adminPassword === DEVELOPMENT_ADMIN_PASSWORD ? '(for development only)' : '(set)',
    LOTGRAPH_ANCHOR_KEY: config.anchorKey ?? null,
    LOTGRAPH_ANCHOR_TARGETS: config.anchorTargets.map(targetName).join(', ') || null,
    LOTGRAPH_BACKUPS: config.backups ?? null,
    LOTGRAPH_BACKUP_KEY: config.backupKey === undefined ? null : '(set)',
    LOTGRAPH_BACKUP_DAYS: config.backupDays,
    LOTGRAPH_SITE_TIME_ZONE: config.siteTimeZone,
    LOTGRAPH_SITE_SHIFTS: JSON.stringify(config.siteShifts),
    LOTGRAPH_AUTO_QUARANTINE: config.autoQuarantine ? 'on' : 'off',
    LOTGRAPH_ALERT_FAILURE_RATIO: config.alertFailureRatios.medium,
    LOTGRAPH_ALERT_FAILURE_RATIO_HIGH: config.alertFailureRatios.high,
    LOTGRAPH_WEBHOOK_PRIVATE: String(config.webhookPrivate),
    LOTGRAPH_REPORT_EXPIRY_DAYS: config.reportExpiryDays,
    LOTGRAPH_LABEL_PRINTERS:
      config.labelPrinters
        .map(({ name, host, port }) => `${name}=${host.includes(':') ? `[${host}]` : host}:${port}`)
        .join(', ') || null,
    LOTGRAPH_STATION_OFFLINE_AFTER_SECONDS: config.stationOfflineAfterSeconds,
    LOTGRAPH_POOL_SIZE: config.poolSize,
    LOTGRAPH_STATEMENT_TIMEOUT_SECONDS: config.statementTimeoutSeconds,
    LOTGRAPH_DEADLINE_SECONDS: config.deadlineSeconds,
    LOTGRAPH_REQUESTS_PER_SECOND: config.requestsPerSecond,
    LOTGRAPH_ANONYMOUS_REQUESTS_PER_SECOND: config.anonymousRequestsPerSecond,
    LOTGRAPH_MAX_EVENT_LOOP_DELAY_MILLISECONDS: config.maxEventLoopDelayMilliseconds,
    LOTGRAPH_TRUSTED_PROXIES: config.trustedProxies.join(', ') || null,
    LOTGRAPH_CORS_ORIGINS: config.corsOrigins.join(', ') || null,
    LOTGRAPH_TRUSTED_DOCUMENTS: config.trustedDocuments ?? null,
    LOTGRAPH_QUERY_PLANS: config.queryPlans ? 'on' : 'off',
    LOTGRAPH_LOG_LEVEL: config.logLevel,
    LOTGRAPH_LOG_FORMAT: config.logFormat,
    LOTGRAPH_ACCESS_LOG: config.accessLog ? 'on' : 'off',
    LOTGRAPH_SLOW_STATEMENT_MILLISECONDS: config.thresholds.slowStatementMilliseconds,
    LOTGRAPH_SLOW_OPERATION_MILLISECONDS: config.thresholds.slowOperationMilliseconds,
    LOTGRAPH_ALERT_PROCESSOR_RATIO: config.thresholds.processorRatio,
    LOTGRAPH_ALERT_MEMORY_RATIO: config.thresholds.memoryRatio,
    LOTGRAPH_ANSWER_CACHE_SECONDS: config.answerCacheSeconds,
    LOTGRAPH_METRICS_TOKEN: config.metricsToken === undefined ? null : '(set)',
    LOTGRAPH_COMPRESSION: config.compression ? 'on' : 'off',
    LOTGRAPH_WORKER: config.worker ? 'on' : 'off',
  };
}

/** Returns server, database and TLS mode of a connection string. Any other part may be a secret. */
function withoutSecrets(url: string): string {
  const { protocol, host, pathname, searchParams } = new URL(url);
  const sslmode = searchParams.get('sslmode');
  return `${protocol}//…@${host}${pathname}${sslmode === null ? '' : `?sslmode=${sslmode}`}`;
}

function limitRows(): readonly { readonly limit: string; readonly value: number }[] {
  return Object.entries(LIMITS).flatMap(([group, limits]) =>
    Object.entries(limits).map(([name, value]) => ({ limit: `${group}.${name}`, value })),
  );
}
