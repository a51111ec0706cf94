/** Where this program runs, and what that decides. */

/** The environments, as settings name them. */
export const ENVIRONMENT_NAMES = ['development', 'test', 'staging', 'production'] as const;
/** An environment, as settings name it. */
export type EnvironmentName = (typeof ENVIRONMENT_NAMES)[number];

/** The environments, as the database and the graph name them. */
export const ENVIRONMENTS = ['DEVELOPMENT', 'TESTING', 'STAGING', 'PRODUCTION'] as const;
/** One of ENVIRONMENTS. */
export type Environment = (typeof ENVIRONMENTS)[number];

/** How the database names each environment. */
export const STORED_ENVIRONMENTS = {
  development: 'DEVELOPMENT',
  test: 'TESTING',
  staging: 'STAGING',
  production: 'PRODUCTION',
} as const satisfies Readonly<Record<EnvironmentName, Environment>>;

/**
 * Whether nobody may get in by what everybody knows: TLS to the database, secrets and a password of its own, no ready
 * tokens. Staging is as guarded as production; it keeps GraphiQL, demo data and the way back of a migration.
 */
export function isGuarded(environment: EnvironmentName): boolean {
  return environment === 'production' || environment === 'staging';
}

/** The defaults of settings that depend on the environment: the format of the log, and from when on to raise alerts. */
export const PRESETS: Readonly<Record<EnvironmentName, Readonly<Record<string, string>>>> = {
  development: { LOTGRAPH_LOG_FORMAT: 'pretty' },
  test: {},
  staging: {
    LOTGRAPH_SLOW_OPERATION_MILLISECONDS: '5000',
    LOTGRAPH_ALERT_PROCESSOR_RATIO: '0.95',
    LOTGRAPH_ALERT_MEMORY_RATIO: '0.95',
  },
  production: {
    LOTGRAPH_SLOW_OPERATION_MILLISECONDS: '2000',
    LOTGRAPH_ALERT_PROCESSOR_RATIO: '0.9',
    LOTGRAPH_ALERT_MEMORY_RATIO: '0.9',
  },
};
