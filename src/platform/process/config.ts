import { z } from 'zod';
import { rangeProblem } from '../values/ip-address.ts';
import { isTimeZone } from '../values/zoned-time.ts';
import {
  SECRET_LENGTH,
  anchorTargetProblem,
  contradictionsIn,
  type LabelPrinter,
  labelPrinterProblem,
  labelPrintersOf,
  listOf,
  originProblem,
  secretProblem,
  wholeNumber,
} from './config-entries.ts';
import { settingProblem, unknownSettingWarning } from './config-problems.ts';
import { LIMITS } from './limits.ts';

/**
 * The default administrator password, used in development only, so that a newcomer can sign in at once. Production
 * refuses to start with it (USR-6).
 */
export const DEVELOPMENT_ADMIN_PASSWORD = 'Lotgraph-2026';
/** The default token secret, used in development only. Production refuses to start with it (USR-6). */
export const DEVELOPMENT_TOKEN_SECRET = 'development-only-secret-of-lotgraph-do-not-use';

/**
 * Every setting of the process, read from the environment once. The table in docs/configuration.md is generated from
 * this schema.
 */
export const configShape = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .describe('`production` turns off GraphiQL, ready-made tokens and default secrets.'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('PostgreSQL 15..18 to use. Absent: the built-in PostgreSQL.'),
  LOTGRAPH_OWNER_DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe(
      'The same database as the owner of the schema, for migrations; see `lotgraph db roles`. Absent: DATABASE_URL.',
    ),
  LOTGRAPH_DATA: z
    .string()
    .min(1)
    .default('.lotgraph')
    .describe('Directory of the built-in PostgreSQL, and of the files unless LOTGRAPH_FILES names another place.'),
  LOTGRAPH_FILES: z
    .string()
    .min(1)
    .optional()
    .describe('Folder of the file store, for evidence and reports. Absent: the folder `files` in LOTGRAPH_DATA.'),
  LOTGRAPH_FILE_LIMIT: wholeNumber(1, Number.MAX_SAFE_INTEGER, LIMITS.files.fileBytes).describe(
    'The most bytes of one file (ART-4).',
  ),
  LOTGRAPH_HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on; `0.0.0.0` for all.'),
  LOTGRAPH_PORT: wholeNumber(0, 65_535, 4000).describe('Port to listen on; 0 takes any free one.'),
  LOTGRAPH_TOKEN_SECRET: z
    .string()
    .min(SECRET_LENGTH)
    .default(DEVELOPMENT_TOKEN_SECRET)
    .describe(
      'Secret that signs access tokens and cursors, at least 32 characters. Required in production, and when other machines can reach the server.',
    ),
  LOTGRAPH_ACCEPTED_TOKEN_SECRETS: listOf(secretProblem).describe(
    'Other secrets whose signatures are still valid, comma separated: the former ones after a rotation. Nothing is signed with them.',
  ),
  LOTGRAPH_ADMIN_PASSWORD: z
    .string()
    .min(1)
    .default(DEVELOPMENT_ADMIN_PASSWORD)
    .describe(
      'Password of the user `admin`, made when no ADMIN exists; afterwards it has no effect: see `lotgraph user reset-password`. Required in production, and when other machines can reach the server (USR-6).',
    ),
  LOTGRAPH_ANCHOR_KEY: z
    .string()
    .min(1)
    .optional()
    .describe('File of the private key that signs audit anchors; see `lotgraph audit keygen`.'),
  LOTGRAPH_ANCHOR_TARGETS: listOf(anchorTargetProblem).describe(
    'Where the server publishes a signed audit anchor once a minute, comma separated: `file:///srv/anchors`, `https://…`, `syslog://host:514`, `syslog+tcp://host:601`.',
  ),
  LOTGRAPH_SITE_TIME_ZONE: z
    .string()
    .refine(isTimeZone, { error: ({ input }) => `${String(input)} is no IANA time zone like Europe/Berlin` })
    .default('UTC')
    .describe('Time zone of the site, for what is due "today".'),
  LOTGRAPH_AUTO_QUARANTINE: z
    .enum(['on', 'off'])
    .default('on')
    .describe('Whether an inspection that FAILs with a critical finding holds its lot at once (INS-8).'),
  LOTGRAPH_REPORT_EXPIRY_DAYS: wholeNumber(1, 36_500, 30).describe(
    'Days after which the file of a report expires (RPT-4).',
  ),
  LOTGRAPH_LABEL_PRINTERS: listOf(labelPrinterProblem).describe(
    'Printers of labels that take ZPL over TCP, comma separated: `LINE-1=10.1.2.3, PACKING=printer.plant.example:9100`. The port is 9100 unless given. The first one prints where no printer is named. Empty: prints are kept, and nothing is sent (LBL-1).',
  ),
  LOTGRAPH_STATION_OFFLINE_AFTER_SECONDS: wholeNumber(1, Number.MAX_SAFE_INTEGER, 30).describe(
    'Silence after which a station counts as OFFLINE (STA-4).',
  ),
  LOTGRAPH_POOL_SIZE: wholeNumber(2, 100, 20).describe('Connections to PostgreSQL.'),
  LOTGRAPH_STATEMENT_TIMEOUT_SECONDS: wholeNumber(
    1,
    Number.MAX_SAFE_INTEGER,
    LIMITS.time.statementTimeoutSeconds,
  ).describe('PostgreSQL ends a statement after this time.'),
  LOTGRAPH_DEADLINE_SECONDS: z.coerce
    .number()
    .positive()
    .default(LIMITS.time.deadlineSeconds)
    .describe('An operation is answered within this time, if need be with LIMIT_EXCEEDED.'),
  LOTGRAPH_REQUESTS_PER_SECOND: wholeNumber(0, Number.MAX_SAFE_INTEGER, LIMITS.rate.perSecond).describe(
    'Requests a second of one principal, twice as many at once; 0 turns this limit off.',
  ),
  LOTGRAPH_ANONYMOUS_REQUESTS_PER_SECOND: wholeNumber(
    0,
    Number.MAX_SAFE_INTEGER,
    LIMITS.rate.anonymousPerSecond,
  ).describe('Requests a second without credentials from one address, twice as many at once; 0 turns this limit off.'),
  LOTGRAPH_MAX_EVENT_LOOP_DELAY_MILLISECONDS: wholeNumber(
    0,
    Number.MAX_SAFE_INTEGER,
    LIMITS.load.eventLoopDelayMilliseconds,
  ).describe(
    'New requests are rejected with 503 while the median delay of the event loop in a second is longer; 0 turns this off.',
  ),
  LOTGRAPH_TRUSTED_PROXIES: listOf(rangeProblem).describe(
    'Reverse proxies whose `X-Forwarded-For` is believed: addresses and networks, comma separated, like `10.1.2.3, 10.9.0.0/24`.',
  ),
  LOTGRAPH_CORS_ORIGINS: listOf(originProblem).describe(
    'Origins of other sites whose pages may send requests, comma separated, like `https://andon.plant.example`. In development, pages of this machine may always.',
  ),
  LOTGRAPH_TRUSTED_DOCUMENTS: z
    .string()
    .min(1)
    .optional()
    .describe('JSON file of documents by their SHA-256. When set, no other document is executed.'),
  LOTGRAPH_QUERY_PLANS: z
    .enum(['on', 'off'])
    .default('on')
    .describe(
      'Query plans on or off; `off` answers every query by the graphql-js executor and its loaders, for finding errors.',
    ),
  LOTGRAPH_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least severe log lines written.'),
  LOTGRAPH_LOG_FORMAT: z
    .enum(['json', 'pretty'])
    .optional()
    .describe(
      'How log lines are written: `json`, one object per line, or `pretty`, for people. Absent: `pretty` in development, else `json`.',
    ),
  LOTGRAPH_ACCESS_LOG: z
    .enum(['on', 'off'])
    .default('on')
    .describe('One log line for each request and each attempt to sign in, without values, tokens or passwords.'),
  LOTGRAPH_COMPRESSION: z
    .enum(['on', 'off'])
    .default('on')
    .describe('Whether long answers are compressed for clients that accept it; `off` where a proxy does it.'),
  LOTGRAPH_WORKER: z
    .enum(['on', 'off'])
    .default('on')
    .describe('Whether `lotgraph start` does background work, too; `off` where `lotgraph worker` does it.'),
});

/**
 * The configuration of the process. The environment variable of each setting, with its description, is in
 * `configShape`.
 */
export interface Config {
  readonly environment: 'development' | 'test' | 'production';
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
  readonly siteTimeZone: string;
  readonly autoQuarantine: boolean;
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
  /** Whether long answers are compressed. */
  readonly compression: boolean;
  /** Whether the server does background work, too. */
  readonly worker: boolean;
}

/** The configuration, or every problem with it, each with the name of its variable. */
export type ConfigReading = { readonly config: Config } | { readonly problems: readonly string[] };

/**
 * Reads the configuration from environment variables. Blank variables count as absent. Reports all problems at once.
 * `overrides` are variables that an option of the command line sets; undefined leaves the variable as it is.
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  overrides: Readonly<Record<string, string | undefined>> = {},
): ConfigReading {
  const variables = Object.fromEntries(
    [...Object.entries(environment), ...Object.entries(overrides)].filter(
      ([, value]) => value !== undefined && value.trim() !== '',
    ),
  );
  const parsed = configShape.safeParse(variables);
  if (!parsed.success)
    return { problems: parsed.error.issues.map((issue) => settingProblem(issue, configShape.shape, variables)) };
  const values = parsed.data;
  const problems = contradictionsIn(values);
  if (problems.length > 0) return { problems };
  return {
    config: {
      environment: values.NODE_ENV,
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
      siteTimeZone: values.LOTGRAPH_SITE_TIME_ZONE,
      autoQuarantine: values.LOTGRAPH_AUTO_QUARANTINE === 'on',
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
      logFormat: values.LOTGRAPH_LOG_FORMAT ?? (values.NODE_ENV === 'development' ? 'pretty' : 'json'),
      accessLog: values.LOTGRAPH_ACCESS_LOG === 'on',
      compression: values.LOTGRAPH_COMPRESSION === 'on',
      worker: values.LOTGRAPH_WORKER === 'on',
    },
  };
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
