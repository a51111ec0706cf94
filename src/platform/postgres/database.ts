/**
 * Opens the database: a pool of connections that reads and transactions share.
 *
 * 1. A `Reader` runs each statement on any connection and counts its statements.
 * 2. A `Tx` is one transaction on one connection (transaction.ts): Prisma's delegates for single rows, SQL for locks
 *    and sets.
 * 3. A connection on which a statement got no answer in time is closed at once (the option `pipeline` of `pg` does
 *    this). If it were kept, its ROLLBACK would queue after that statement, and the next user of the connection would
 *    be in the middle of another transaction.
 * 4. `notifications` are messages from the database, on a connection outside the pool (notifications.ts).
 */
import pg from 'pg';
import { takeConnection } from './checkout.ts';
import type { Database } from './client.ts';
import { type Notifications, openNotifications } from './notifications.ts';
import type { StatementRun } from '../process/monitoring/statement-statistics.ts';
import { readerOver } from './reader.ts';
import { transactionsOn } from './transaction.ts';
import { getTypeParser } from './type-parsers.ts';

/** The connection settings. */
export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  readonly statementTimeoutSeconds: number;
  /** Called when a connection is lost; the pool replaces it by itself. */
  readonly onConnectionError: (error: Error) => void;
  /** Called after each statement that was run. */
  readonly onStatement?: (run: StatementRun) => void;
}

/** Opens the pool; connections are made when they are needed. */
export function openDatabase(options: DatabaseOptions): Database {
  const statementTimeout = options.statementTimeoutSeconds * 1000;
  const giveUpAfter = statementTimeout + 2_000;
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
    // A connection never forgets its prepared statements (prepared.ts).
    maxLifetimeSeconds: 600,
    statement_timeout: statementTimeout,
    query_timeout: giveUpAfter,
    lock_timeout: statementTimeout,
    // This process has given up the connection by then, and PostgreSQL, which may not know that, must not keep its
    // locks from a retry.
    idle_in_transaction_session_timeout: giveUpAfter,
    // PostgreSQL expects ten times as many rows of each recursion as there are. It would compile every trace for that.
    options: '-c timezone=UTC -c datestyle=ISO -c search_path=pg_catalog,public,pg_temp -c jit=off',
    types: { getTypeParser },
  });
  // The listener stays for the whole life of the connection: between two users of a connection, there is a moment in
  // which neither the pool nor a user listens for errors.
  pool.on('connect', (client) => client.on('error', options.onConnectionError));
  pool.on('error', () => undefined);
  const channels = new Map<string, Notifications>();
  const { onStatement } = options;

  return {
    reader: (source) => readerOver(pool, (query) => runOn(pool, query, (run) => onStatement?.({ ...run, source }))),
    transaction: transactionsOn(pool, onStatement),
    get connections() {
      const { totalCount, idleCount: idle, waitingCount: waiting } = pool;
      return { used: totalCount - idle, idle, waiting, most: options.poolSize };
    },
    notifications(channel) {
      const known = channels.get(channel) ?? openNotifications(connection, channel, options.onConnectionError);
      channels.set(channel, known);
      return known;
    },
    async close() {
      await Promise.all([...channels.values()].map((listener) => listener.close()));
      await pool.end();
    },
  };
}

/** Runs a statement on any connection. Its time does not include the wait for the connection. */
async function runOn(
  pool: pg.Pool,
  query: pg.QueryConfig | pg.QueryArrayConfig,
  onRun: (run: Omit<StatementRun, 'source'>) => void,
): Promise<pg.QueryResult> {
  const client = await takeConnection(pool);
  const startedAt = performance.now();
  const note = (isFailed: boolean): void =>
    onRun({ text: query.text, statementCount: 1, milliseconds: performance.now() - startedAt, isFailed });
  try {
    const result = await client.query(query);
    client.release();
    note(false);
    return result;
  } catch (error) {
    // As the pool itself does: what is left of the statement on the connection is unknown.
    client.release(true);
    note(true);
    throw error;
  }
}
