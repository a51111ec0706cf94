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
import type { Database } from './client.ts';
import { type Notifications, openNotifications } from './notifications.ts';
import { readerOver } from './reader.ts';
import { transactionsOn } from './transaction.ts';
import { getTypeParser } from './type-parsers.ts';

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
  const channels = new Map<string, Notifications>();

  return {
    reader: () => readerOver((query) => pool.query(query)),
    transaction: transactionsOn(pool),
    notifications(channel) {
      const known = channels.get(channel) ?? openNotifications(connection, channel, options.onConnectionError);
      channels.set(channel, known);
      return known;
    },
    async close() {
      await Promise.all([...channels.values()].map((notices) => notices.close()));
      await pool.end();
    },
  };
}
