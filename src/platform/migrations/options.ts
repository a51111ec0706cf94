import type { RunContext } from './history.ts';

/** How migrations are run. The record of a run contains the fields of RunContext. */
export interface MigrateOptions extends RunContext {
  readonly url: string;
  /** The folder with `<n>_<what>/{migration.sql,down.sql}`. */
  readonly folder: string;
  /** True for the built-in server, which listens on this machine only and needs no TLS. */
  readonly isEmbedded?: boolean;
  /** Receives messages about the progress. */
  readonly report?: (progress: string) => void;
  /** How long to wait for another runner, and for a table; 30,000 when absent. */
  readonly lockTimeoutMilliseconds?: number;
  /** How long a statement may run; 600,000 when absent. */
  readonly statementTimeoutMilliseconds?: number;
  /** The limit of the preflight check (MIG-3); LONG_TRANSACTION_SECONDS when absent. */
  readonly longTransactionSeconds?: number;
}
