/** The settings of the process: their names, defaults and descriptions. The table in docs/configuration.md is made from them. */
import { z } from 'zod';
import { fileStoreProblem } from '../values/file-store-address.ts';
import { rangeProblem } from '../values/ip-address.ts';
import { shiftsIn, USUAL_SHIFTS } from '../rules/shift.ts';
import { isTimeZone } from '../values/zoned-time.ts';
import {
  SECRET_LENGTH,
  anchorTargetProblem,
  labelPrinterProblem,
  listOf,
  originProblem,
  ratio,
  secretProblem,
  wholeNumber,
} from './config-entries.ts';
import { ENVIRONMENT_NAMES } from '../rules/environment.ts';
import { LIMITS } from './limits.ts';

/**
 * The default administrator password, used in development only, so that a newcomer can sign in at once. Production
 * refuses to start with it (USR-6).
 */
export const DEVELOPMENT_ADMIN_PASSWORD = 'Lotgraph-2026';
/** The default token secret, used in development only. Production refuses to start with it (USR-6). */
export const DEVELOPMENT_TOKEN_SECRET = 'development-only-secret-of-lotgraph-do-not-use';

/** MON-1: A statement that takes strictly longer is slow, unless the configuration says otherwise. */
export const SLOW_STATEMENT_MILLISECONDS = 100;

/**
 * Every setting of the process, read from the environment once. The table in docs/configuration.md is generated from
 * this schema.
 */
export const configShape = z.object({
  LOTGRAPH_ENVIRONMENT: z
    .enum(ENVIRONMENT_NAMES)
    .optional()
    .describe(
      '`production` turns off GraphiQL, ready-made tokens and default secrets; `staging` is as guarded, and keeps GraphiQL and demo data. It also sets some defaults, see below. Absent: NODE_ENV.',
    ),
  LOTGRAPH_SETTINGS: z
    .string()
    .min(1)
    .optional()
    .describe(
      'File of further settings, a line `NAME=value` each; variables of the environment go before it. On SIGHUP, the thresholds of slowness, processor and memory and the level of the log are read from it again.',
    ),
  NODE_ENV: z
    .enum(ENVIRONMENT_NAMES)
    .default('development')
    .describe('As LOTGRAPH_ENVIRONMENT, for hosts that set it for every program.'),
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
    .refine((text) => fileStoreProblem(text) === undefined, { error: ({ input }) => fileStoreProblem(String(input)) })
    .optional()
    .describe(
      'The file store, for evidence and reports: a folder, or a bucket `s3://bucket?endpoint=https://host&region=name` with credentials in the variables of AWS. Absent: the folder `files` in LOTGRAPH_DATA.',
    ),
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
  LOTGRAPH_BACKUPS: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder of the backups of the built-in PostgreSQL and of the file store, best on another machine; the worker keeps it up to date. Absent: there are no backups.',
    ),
  LOTGRAPH_BACKUP_KEY: z
    .string()
    .refine((secret) => secretProblem(secret) === undefined, { error: ({ input }) => secretProblem(String(input)) })
    .optional()
    .describe(
      'Secret under which backups are encrypted (AES-256-GCM), for example of `openssl rand -base64 32`. Without it nobody can read them: keep it elsewhere. Absent: they are not encrypted.',
    ),
  LOTGRAPH_BACKUP_DAYS: wholeNumber(1, 3_650, 14).describe('For how many days backups are kept.'),
  LOTGRAPH_SITE_TIME_ZONE: z
    .string()
    .refine(isTimeZone, { error: ({ input }) => `${String(input)} is no IANA time zone like Europe/Berlin` })
    .default('UTC')
    .describe('Time zone of the site: for what is due "today", and for the days of figures unless they name another.'),
  LOTGRAPH_SITE_SHIFTS: z
    .string()
    .refine((text) => shiftsIn(text) !== undefined, {
      error:
        'is a list of shifts with different names and starts, like [{"name":"EARLY","start":"06:00"},{"name":"LATE","start":"14:00"}]',
    })
    .default(JSON.stringify(USUAL_SHIFTS))
    .describe(
      'Shifts of the site as JSON, 1 to 24 of them: names of `A-Z 0-9 _ -` and starts by the clocks of the site. A shift lasts until the next one starts.',
    ),
  LOTGRAPH_AUTO_QUARANTINE: z
    .enum(['on', 'off'])
    .default('on')
    .describe('Whether an inspection that FAILs with a critical finding holds its lot at once (INS-8).'),
  LOTGRAPH_ALERT_FAILURE_RATIO: ratio(0.1).describe(
    'Share of FAILs among the executions of a step within an hour above which an alert is raised, from 0 to 1 (KPI-17).',
  ),
  LOTGRAPH_ALERT_FAILURE_RATIO_HIGH: ratio(0.2).describe(
    'The share above which that alert is HIGH, from 0 to 1; not below LOTGRAPH_ALERT_FAILURE_RATIO (KPI-17).',
  ),
  LOTGRAPH_WEBHOOK_PRIVATE: z
    .enum(['true', 'false'])
    .default('false')
    .describe(
      'Whether webhooks may call private, loopback and link-local addresses, such as a server in the plant (WHK-4).',
    ),
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
      'How log lines are written: `json`, one object per line, or `pretty`, for people. Absent: `json`, in development `pretty`.',
    ),
  LOTGRAPH_ACCESS_LOG: z
    .enum(['on', 'off'])
    .default('on')
    .describe('One log line for each request and each attempt to sign in, without values, tokens or passwords.'),
  LOTGRAPH_SLOW_STATEMENT_MILLISECONDS: z.coerce
    .number()
    .min(0)
    .default(SLOW_STATEMENT_MILLISECONDS)
    .describe(
      'A statement that takes longer is slow: it is in the log, in `slowStatements` and in the metrics (MON-1).',
    ),
  LOTGRAPH_SLOW_OPERATION_MILLISECONDS: wholeNumber(0, Number.MAX_SAFE_INTEGER, 0).describe(
    'An operation that takes longer raises an alert, one for each name of an operation until it is archived; 0 raises none.',
  ),
  LOTGRAPH_ALERT_PROCESSOR_RATIO: ratio(0).describe(
    'Share of one processor, over a minute, above which the server raises an alert, from 0 to 1; 0 raises none.',
  ),
  LOTGRAPH_ALERT_MEMORY_RATIO: ratio(0).describe(
    'Share of the memory that Node.js lets the server use, above which it raises an alert, from 0 to 1; 0 raises none.',
  ),
  LOTGRAPH_ANSWER_CACHE_SECONDS: wholeNumber(0, LIMITS.cache.answerSeconds, 0).describe(
    'For how many seconds the answer of a figure is kept in this process, for others of the same role who ask the same; 0 keeps none (MON-5).',
  ),
  LOTGRAPH_METRICS_TOKEN: z
    .string()
    .min(SECRET_LENGTH)
    .optional()
    .describe(
      'Token with which Prometheus reads `/metrics`, at least 32 characters. Absent: only administrators and engineers read them (MON-3).',
    ),
  LOTGRAPH_COMPRESSION: z
    .enum(['on', 'off'])
    .default('on')
    .describe('Whether long answers are compressed for clients that accept it; `off` where a proxy does it.'),
  LOTGRAPH_WORKER: z
    .enum(['on', 'off'])
    .default('on')
    .describe('Whether `lotgraph start` does background work, too; `off` where `lotgraph worker` does it.'),
});
