import { contradictionsIn, type LabelPrinter, labelPrintersOf } from './config-entries.ts';
import { ENVIRONMENT_NAMES, type EnvironmentName, PRESETS } from '../rules/environment.ts';
import { settingsFile } from './settings-file.ts';
import { settingProblem, unknownSettingWarning } from './config-problems.ts';
import { shiftsIn, type Shift } from '../rules/shift.ts';
import { configShape, DEVELOPMENT_TOKEN_SECRET } from './config-shape.ts';

/**
 * The configuration of the process. The environment variable of each setting, with its description, is in
 * `configShape`.
 */
export interface Config {
  readonly environment: EnvironmentName;
  /** The file of further settings. */
  readonly settingsFile: string | undefined;
  readonly databaseUrl: string | undefined;
  /**
   * The same database with the login of the schema's owner, for migrations; undefined when `databaseUrl` is used for
   * them too.
   */
  readonly ownerDatabaseUrl: string | undefined;
  readonly dataDirectory: string;
  /** The place of the file store; undefined for the folder `files` in the data directory. */
  readonly files: string | undefined;
  /** The most bytes of one file. */
  readonly fileLimit: number;
  readonly host: string;
  readonly port: number;
  readonly tokenSecret: string;
  readonly isTokenSecretDefault: boolean;
  /** Secrets that sign nothing any more, or nothing yet, but whose signatures are valid. */
  readonly acceptedTokenSecrets: readonly string[];
  readonly adminPassword: string;
  /** The file of the private key that signs audit anchors. */
  readonly anchorKey: string | undefined;
  /** The URLs to which the server publishes audit anchors. */
  readonly anchorTargets: readonly string[];
  /** Where backups are; undefined when there are none. */
  readonly backups: string | undefined;
  /** The secret under which backups are encrypted. */
  readonly backupKey: string | undefined;
  readonly backupDays: number;
  readonly siteTimeZone: string;
  /** The shifts of the site, in the order of their starts. */
  readonly siteShifts: readonly Shift[];
  readonly autoQuarantine: boolean;
  /** KPI-17: A step whose share of FAILs is greater raises an alert of this severity. */
  readonly alertFailureRatios: { readonly medium: number; readonly high: number };
  /** Whether webhooks may call addresses inside the plant. */
  readonly webhookPrivate: boolean;
  readonly reportExpiryDays: number;
  /** The printers of labels. The first one prints where none is named. */
  readonly labelPrinters: readonly LabelPrinter[];
  readonly stationOfflineAfterSeconds: number;
  readonly poolSize: number;
  readonly statementTimeoutSeconds: number;
  readonly deadlineSeconds: number;
  readonly requestsPerSecond: number;
  readonly anonymousRequestsPerSecond: number;
  readonly maxEventLoopDelayMilliseconds: number;
  readonly trustedProxies: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly trustedDocuments: string | undefined;
  /** False: every query is executed by graphql-js and its loaders. */
  readonly queryPlans: boolean;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly logFormat: 'json' | 'pretty';
  /** Whether each request and each attempt to sign in has a log line. */
  readonly accessLog: boolean;
  /** From when on the server says that something is wrong with it. */
  readonly thresholds: Thresholds;
  /** MON-5: For how many seconds answers of figures are kept; 0 keeps none. */
  readonly answerCacheSeconds: number;
  /** The token with which Prometheus reads the metrics. */
  readonly metricsToken: string | undefined;
  /** Whether long answers are compressed. */
  readonly compression: boolean;
  /** Whether the server does background work, too. */
  readonly worker: boolean;
}

/** From when on the server says that something is wrong with it. They are read again on SIGHUP. */
export interface Thresholds {
  /** MON-1: A statement that takes strictly longer is slow. */
  readonly slowStatementMilliseconds: number;
  /** An operation that takes strictly longer raises an alert; 0 raises none. */
  readonly slowOperationMilliseconds: number;
  /** A share of one processor, over a minute, above which an alert is raised; 0 raises none. */
  readonly processorRatio: number;
  /** A share of the memory that the process may use, above which an alert is raised; 0 raises none. */
  readonly memoryRatio: number;
}

/** The configuration, or every problem with it, each with the name of its variable. */
export type ConfigReading = { readonly config: Config } | { readonly problems: readonly string[] };

/**
 * Reads the configuration: from environment variables, then from the file that LOTGRAPH_SETTINGS names, then from the
 * presets of the environment. Blank variables count as absent. Reports all problems at once. `overrides` are variables
 * that an option of the command line sets; undefined leaves the variable as it is.
 */
export function readConfig(
  environmentVariables: Readonly<Record<string, string | undefined>> = process.env,
  overrides: Readonly<Record<string, string | undefined>> = {},
): ConfigReading {
  const given = { ...present(environmentVariables), ...present(overrides) };
  const file = settingsFile(given['LOTGRAPH_SETTINGS']);
  if ('problem' in file) return { problems: [file.problem] };
  const set = { ...present(file.variables), ...given };
  const named = set['LOTGRAPH_ENVIRONMENT'] ?? set['NODE_ENV'] ?? 'development';
  const environment = ENVIRONMENT_NAMES.find((name) => name === named) ?? 'development';
  const variables: Readonly<Record<string, string>> = { ...PRESETS[environment], ...set };
  const parsed = configShape.safeParse(variables);
  if (!parsed.success)
    return { problems: parsed.error.issues.map((issue) => settingProblem(issue, configShape.shape, variables)) };
  const values = parsed.data;
  const problems = contradictionsIn(values);
  if (problems.length > 0) return { problems };
  return {
    config: {
      environment,
      settingsFile: values.LOTGRAPH_SETTINGS,
      databaseUrl: values.DATABASE_URL,
      ownerDatabaseUrl: values.LOTGRAPH_OWNER_DATABASE_URL,
      dataDirectory: values.LOTGRAPH_DATA,
      files: values.LOTGRAPH_FILES,
      fileLimit: values.LOTGRAPH_FILE_LIMIT,
      host: values.LOTGRAPH_HOST,
      port: values.LOTGRAPH_PORT,
      tokenSecret: values.LOTGRAPH_TOKEN_SECRET,
      isTokenSecretDefault: values.LOTGRAPH_TOKEN_SECRET === DEVELOPMENT_TOKEN_SECRET,
      acceptedTokenSecrets: values.LOTGRAPH_ACCEPTED_TOKEN_SECRETS,
      adminPassword: values.LOTGRAPH_ADMIN_PASSWORD,
      anchorKey: values.LOTGRAPH_ANCHOR_KEY,
      anchorTargets: values.LOTGRAPH_ANCHOR_TARGETS,
      backups: values.LOTGRAPH_BACKUPS,
      backupKey: values.LOTGRAPH_BACKUP_KEY,
      backupDays: values.LOTGRAPH_BACKUP_DAYS,
      siteTimeZone: values.LOTGRAPH_SITE_TIME_ZONE,
      siteShifts: shiftsIn(values.LOTGRAPH_SITE_SHIFTS) ?? [],
      autoQuarantine: values.LOTGRAPH_AUTO_QUARANTINE === 'on',
      alertFailureRatios: {
        medium: values.LOTGRAPH_ALERT_FAILURE_RATIO,
        high: values.LOTGRAPH_ALERT_FAILURE_RATIO_HIGH,
      },
      webhookPrivate: values.LOTGRAPH_WEBHOOK_PRIVATE === 'true',
      reportExpiryDays: values.LOTGRAPH_REPORT_EXPIRY_DAYS,
      labelPrinters: labelPrintersOf(values.LOTGRAPH_LABEL_PRINTERS),
      stationOfflineAfterSeconds: values.LOTGRAPH_STATION_OFFLINE_AFTER_SECONDS,
      poolSize: values.LOTGRAPH_POOL_SIZE,
      statementTimeoutSeconds: values.LOTGRAPH_STATEMENT_TIMEOUT_SECONDS,
      deadlineSeconds: values.LOTGRAPH_DEADLINE_SECONDS,
      requestsPerSecond: values.LOTGRAPH_REQUESTS_PER_SECOND,
      anonymousRequestsPerSecond: values.LOTGRAPH_ANONYMOUS_REQUESTS_PER_SECOND,
      maxEventLoopDelayMilliseconds: values.LOTGRAPH_MAX_EVENT_LOOP_DELAY_MILLISECONDS,
      trustedProxies: values.LOTGRAPH_TRUSTED_PROXIES,
      corsOrigins: values.LOTGRAPH_CORS_ORIGINS,
      trustedDocuments: values.LOTGRAPH_TRUSTED_DOCUMENTS,
      queryPlans: values.LOTGRAPH_QUERY_PLANS === 'on',
      logLevel: values.LOTGRAPH_LOG_LEVEL,
      logFormat: values.LOTGRAPH_LOG_FORMAT ?? 'json',
      accessLog: values.LOTGRAPH_ACCESS_LOG === 'on',
      thresholds: {
        slowStatementMilliseconds: values.LOTGRAPH_SLOW_STATEMENT_MILLISECONDS,
        slowOperationMilliseconds: values.LOTGRAPH_SLOW_OPERATION_MILLISECONDS,
        processorRatio: values.LOTGRAPH_ALERT_PROCESSOR_RATIO,
        memoryRatio: values.LOTGRAPH_ALERT_MEMORY_RATIO,
      },
      answerCacheSeconds: values.LOTGRAPH_ANSWER_CACHE_SECONDS,
      metricsToken: values.LOTGRAPH_METRICS_TOKEN,
      compression: values.LOTGRAPH_COMPRESSION === 'on',
      worker: values.LOTGRAPH_WORKER === 'on',
    },
  };
}

/** The variables that have a value. */
function present(variables: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) =>
      value === undefined || value.trim() === '' ? [] : [[name, value]],
    ),
  );
}

/** One sentence for each variable that looks like a setting of lotgraph and is not one. Shows no values. */
export function unknownSettings(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): readonly string[] {
  const known = Object.keys(configShape.shape);
  return Object.keys(environment)
    .filter((name) => name.startsWith('LOTGRAPH_') && !known.includes(name))
    .map((name) => unknownSettingWarning(name, known));
}
