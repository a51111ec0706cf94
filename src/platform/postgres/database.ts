/**
 * The one door to PostgreSQL: a pool shared by reads and transactions.
 *
 * 1. A `Reader` runs each statement on any connection and counts its statements.
 * 2. A `Tx` is one transaction on one connection (transaction.ts): Prisma's delegates for single rows, SQL for locks
 *    and sets.
 * 3. A connection on which a statement got no answer in its time is ended at once (`pipeline` of `pg`). Where it is
 *    kept, its ROLLBACK waits behind that statement, and whoever takes the connection next finds himself in the middle
 *    of somebody else's transaction.
 * 4. `notices` is word from the database, on a connection beside the pool (notices.ts).
 */
import pg from 'pg';
import type { Prisma } from '../../generated/prisma/client.ts';
import { openNotices, type Notices } from './notifications.ts';
import { getTypeParser, readerOver } from './reader.ts';
import type { Sql } from './sql.ts';
import { transactionsOn } from './transaction.ts';

export interface Reader {
  /** Rows of one statement. Column aliases are the property names. */
  sql<Row extends object>(strings: TemplateStringsArray, ...values: readonly unknown[]): Promise<readonly Row[]>;
  /**
   * Rows of a statement composed elsewhere. A steady one, with one best plan for all values, is prepared when it has
   * come often.
   */
  query<Row extends object>(query: Sql, isSteady?: boolean): Promise<readonly Row[]>;
  /**
   * The same for a statement that is run all day: a connection parses it once, and soon plans it no more. Only for
   * statements of which there are few texts, and whose best plan is the same for all values.
   */
  prepared<Row extends object>(query: Sql): Promise<readonly Row[]>;
  /** The same with the values of each row in an array, in the order of its columns. */
  rows(query: Sql, isSteady?: boolean): Promise<readonly (readonly unknown[])[]>;
  /** Statements run so far. */
  readonly statements: number;
}

export interface Tx extends Reader, Omit<Prisma.TransactionClient, `$${string}`> {
  /** Asks for a change, and for nothing back. COMMIT waits for it; where it fails, so does the transaction. */
  send(change: Sql): void;
  /**
   * What was asked for so far goes at once, not with what else is asked for in this moment: PostgreSQL begins with what
   * takes it long.
   */
  leave(): void;
}

export interface Database {
  reader(): Reader;
  /** Runs the work in one READ COMMITTED transaction: committed when it returns, rolled back when it throws. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Word of what was made in whatever process, by the channel it is told on. */
  notices(channel: string): Notices;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  readonly statementTimeoutSeconds: number;
  /** Told of connections that are lost; the pool replaces them by itself. */
  readonly onConnectionError: (error: Error) => void;
}

export function openDatabase(options: DatabaseOptions): Database {
  const statementTimeout = options.statementTimeoutSeconds * 1000;
  const givenUp = statementTimeout + 2_000;
  const connection = {
    connectionString: options.url,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    application_name: 'lotgraph',
  };
  const pool = new pg.Pool({
    ...connection,
    pipeline: true,
    max: options.poolSize,
    idleTimeoutMillis: 30_000,
    statement_timeout: statementTimeout,
    query_timeout: givenUp,
    lock_timeout: statementTimeout,
    // By then we have given up the connection, and PostgreSQL, which may not have heard of it, must not keep its locks
    // from a retry.
    idle_in_transaction_session_timeout: givenUp,
    options: '-c timezone=UTC -c datestyle=ISO -c search_path=pg_catalog,public,pg_temp',
    types: { getTypeParser },
  });
  // A listener for its whole life: between two who use a connection there is a moment in which the pool listens no more
  // and nobody else yet.
  pool.on('connect', (client) => client.on('error', options.onConnectionError));
  pool.on('error', () => undefined);
  const channels = new Map<string, Notices>();

  return {
    reader: () => readerOver((query) => pool.query(query)),
    transaction: transactionsOn(pool),
    notices(channel) {
      const known = channels.get(channel) ?? openNotices(connection, channel, options.onConnectionError);
      channels.set(channel, known);
      return known;
    },
    async close() {
      await Promise.all([...channels.values()].map((notices) => notices.close()));
      await pool.end();
    },
  };
}
