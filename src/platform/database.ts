/**
 * The one door to PostgreSQL: a pool shared by reads (plain `pg`) and transactions (Prisma for single rows, SQL for locks and sets).
 *
 * 1. A `Reader` runs one statement at a time on any connection and counts its statements.
 * 2. A `Tx` is one transaction on one connection: Prisma's delegates and `sql` see each other's changes.
 * 3. Prisma opens the transaction and takes a connection from our pool; the pool notes which, so that `sql` runs on the same one.
 * 4. A connection on which a statement got no answer in its time is ended at once. Where it is kept, its ROLLBACK waits behind that
 *    statement, and whoever takes the connection next finds himself in the middle of somebody else's transaction.
 * 5. Every value is read as the text of `time.ts`: instants and dates as ISO text, numerics as text.
 * 6. `notices` is word from the database, on a connection beside the pool (notices.ts).
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient, type Prisma } from '../generated/prisma/client.ts';
import { Fault, assert, present } from './assert.ts';
import { openNotices, type Notices } from './notices.ts';
import { sql as fragment, type Sql } from './sql.ts';

export interface Reader {
  /** Rows of one statement. Column aliases are the property names. */
  sql<Row extends object>(strings: TemplateStringsArray, ...values: readonly unknown[]): Promise<readonly Row[]>;
  /** Rows of a statement composed elsewhere. */
  query<Row extends object>(query: Sql): Promise<readonly Row[]>;
  /** Statements run so far. */
  readonly statements: number;
}

export type Tx = Reader & Omit<Prisma.TransactionClient, `$${string}`>;

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
  /** Told of connections lost while idle; the pool replaces them by itself. */
  readonly onConnectionError: (error: Error) => void;
}

export function openDatabase(options: DatabaseOptions): Database {
  const statementTimeout = options.statementTimeoutSeconds * 1000;
  const givenUp = statementTimeout + 2_000;
  const connection = { connectionString: options.url, connectionTimeoutMillis: 5_000, keepAlive: true, application_name: 'lotgraph' };
  const pool = new NotingPool({
    ...connection,
    Client: ImpatientClient,
    max: options.poolSize,
    idleTimeoutMillis: 30_000,
    statement_timeout: statementTimeout,
    query_timeout: givenUp,
    lock_timeout: statementTimeout,
    // By then we have given up the connection, and PostgreSQL, which may not have heard of it, must not keep its locks from a retry.
    idle_in_transaction_session_timeout: givenUp,
    options: '-c timezone=UTC -c datestyle=ISO',
    types: { getTypeParser },
  });
  pool.on('error', options.onConnectionError);
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { onConnectionError: options.onConnectionError }) });

  const channels = new Map<string, Notices>();

  return {
    reader: () => readerOver(() => pool),
    async transaction(work) {
      const noted: Noted = {};
      return transactionConnection.run(noted, () =>
        prisma.$transaction(
          (client) => {
            const reader = readerOver(() => present(noted.client, 'The connection of the transaction'));
            return work(new Proxy(client, { get: (target, key) => Reflect.get(key in reader ? reader : target, key) }) as unknown as Tx);
          },
          { maxWait: 10_000, timeout: 10 * 60_000 },
        ),
      ).catch((error: unknown) => {
        noted.giveBack?.();
        throw error;
      });
    },
    notices(channel) {
      const known = channels.get(channel) ?? openNotices(connection, channel, options.onConnectionError);
      channels.set(channel, known);
      return known;
    },
    async close() {
      await Promise.all([...channels.values()].map((notices) => notices.close()));
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

interface Noted {
  client?: pg.PoolClient;
  /** Ends the connection where Prisma, whose ROLLBACK had no answer either, has kept it: the pool would miss it for ever. */
  giveBack?: () => void;
}

const transactionConnection = new AsyncLocalStorage<Noted>();

class ImpatientClient extends pg.Client {
  // The signatures of `query` are many; all that give a promise come through here.
  override query(...args: unknown[]): never {
    const result: unknown = Reflect.apply(super.query, this, args);
    if (result instanceof Promise) {
      result.catch((error: unknown) => {
        if (error instanceof Error && error.message === NO_ANSWER) void this.end().catch(() => undefined);
      });
    }
    return result as never;
  }
}

/** The words of `pg`; it has no code for that. */
const NO_ANSWER = 'Query read timeout';

/** A pool that notes the connection handed to a transaction. */
class NotingPool extends pg.Pool {
  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Parameters<pg.Pool['connect']>[0]): void;
  override connect(callback?: Parameters<pg.Pool['connect']>[0]): Promise<pg.PoolClient> | void {
    if (callback !== undefined) return super.connect(callback);
    const noted = transactionConnection.getStore();
    return super.connect().then((client) => {
      if (noted !== undefined && noted.client === undefined) {
        noted.client = client;
        // The pool makes a new function each time that it hands a connection out; this one frees nobody else's.
        const release = client.release;
        let isReleased = false;
        client.release = (reason) => {
          isReleased = true;
          release(reason);
        };
        noted.giveBack = () => {
          if (!isReleased) release(true);
        };
      }
      return client;
    });
  }
}

function readerOver(connection: () => { query(query: { text: string; values: unknown[] }): Promise<pg.QueryResult> }): Reader {
  let statements = 0;
  const query = async <Row extends object>(composed: Sql): Promise<readonly Row[]> => {
    statements += 1;
    const result = await connection().query({ text: composed.text, values: composed.values });
    assert(!Array.isArray(result), 'One statement at a time.');
    return result.rows as Row[];
  };
  return {
    query,
    sql: (strings, ...values) => query(fragment(strings, ...values)),
    get statements() {
      return statements;
    },
  };
}

/** The reader, until it is told to stop: what goes on after the answer was given reads nothing more. */
export function stoppable(reader: Reader): Reader & { stop(): void } {
  let isStopped = false;
  const query = <Row extends object>(composed: Sql): Promise<readonly Row[]> => (isStopped ? Promise.reject(new Fault('The request was given up.')) : reader.query<Row>(composed));
  return {
    query,
    sql: (strings, ...values) => query(fragment(strings, ...values)),
    get statements() {
      return reader.statements;
    },
    stop() {
      isStopped = true;
    },
  };
}

const TIMESTAMPTZ = 1184;
const TEXT_AS_IT_IS = new Set([1082, 1700, 20]);

function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === TIMESTAMPTZ) return instantFromColumn;
  if (TEXT_AS_IT_IS.has(oid)) return (text) => text;
  return pg.types.getTypeParser(oid, format === 'binary' ? 'text' : format);
}

/** `2026-11-20 11:28:57.12+00` as `2026-11-20T11:28:57.120Z`. The session's time zone is UTC, the column's precision milliseconds. */
function instantFromColumn(text: string): string {
  const fraction = text.length > 22 ? text.slice(20, -3).slice(0, 3).padEnd(3, '0') : '000';
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`;
}
