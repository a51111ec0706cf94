import type { Prisma } from '../../generated/prisma/client.ts';
import type { Notifications } from './notifications.ts';
import type { StatementSource } from '../process/monitoring/statement-statistics.ts';
import type { Sql } from './sql.ts';
/** Runs statements that read, on any connection. */
export interface Reader {
  /** The rows of one statement. Column aliases are the property names. */
  sql<Row extends object>(strings: TemplateStringsArray, ...values: readonly unknown[]): Promise<readonly Row[]>;
  /**
   * The rows of a composed statement. A steady statement (one whose best plan is the same for all values) is prepared
   * once it has run often (prepared.ts).
   */
  query<Row extends object>(query: Sql, isSteady?: boolean): Promise<readonly Row[]>;
  /**
   * The rows of a statement that runs all the time: each connection parses it once, and soon stops planning it. Only
   * for statements with few different texts, and whose best plan is the same for all values.
   */
  prepared<Row extends object>(query: Sql): Promise<readonly Row[]>;
  /** Like `query`, with each row as an array of values in the order of the columns. */
  rows(query: Sql, isSteady?: boolean): Promise<readonly (readonly unknown[])[]>;
  /** The number of statements that were run so far. */
  readonly statements: number;
  /** Identifies the database, for what is kept of each database. The same for all its readers and transactions. */
  readonly database: object;
}

/**
 * One transaction: statements that read and write, and Prisma's delegates. When a statement fails, so does the
 * transaction.
 */
export interface Tx extends Reader, Omit<Prisma.TransactionClient, `$${string}`> {
  /** Runs a change whose result is not needed. COMMIT waits for it; when it fails, so does the transaction. */
  send(change: Sql): void;
  /**
   * Sends the pending statements now, instead of together with those that are added later in this tick, so that
   * PostgreSQL starts on slow statements early.
   */
  flush(): void;
}

/** How many connections of a pool are used, how many are free, how many users wait for one, and how many there may be. */
export interface PoolConnections {
  readonly used: number;
  readonly idle: number;
  readonly waiting: number;
  readonly most: number;
}

/** A database: reads, transactions and notifications. */
export interface Database {
  /** A reader that counts its own statements. `source` is the request for which they run, for the statistics. */
  reader(source?: StatementSource): Reader;
  /** Runs the work in one READ COMMITTED transaction: committed when it returns, rolled back when it throws. */
  transaction<T>(work: (tx: Tx) => Promise<T>, source?: StatementSource): Promise<T>;
  /** The connections of the pool now. */
  readonly connections: PoolConnections;
  /** Notifications that any process sends on the channel. Repeated calls with one channel share one listener. */
  notifications(channel: string): Notifications;
  /** Closes all connections. */
  close(): Promise<void>;
}
