/**
 * One transaction on one connection.
 *
 * 1. Statements run in the order in which they are added. Statements that are added in the same tick are sent together
 *    (pipeline.ts), without waiting for the answers in between: BEGIN is sent with the first statement, COMMIT with the
 *    last.
 * 2. `send` is for changes whose result is not needed. COMMIT waits for them, and the transaction fails with them.
 * 3. The first failure is the failure of the transaction: all statements after it only report that the transaction is
 *    aborted.
 * 4. Statements of Prisma's delegates run in the same queue: the adapter treats the current transaction as its pool.
 * 5. A connection that could not be rolled back, because it gives no answer any more, is discarded: its transaction may
 *    still be open. So is a connection whose prepared statements a migration has made outdated.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '../../generated/prisma/client.ts';
import { takeConnection } from './checkout.ts';
import type { Tx } from './client.ts';
import { isOutdatedStatement } from './errors.ts';
import { type PendingStatement, sendPipelined, type PipelinedStatement } from './pipeline.ts';
import { preparedOf } from './prepared.ts';
import { readerOver } from './reader.ts';
import type { Sql } from './sql.ts';
import type { StatementRun, StatementSource } from '../process/monitoring/statement-statistics.ts';
import { AppError, present } from '../values/assert.ts';

/** Returns the function that runs transactions on connections of the pool (see `Database.transaction`). */
export function transactionsOn(
  pool: pg.Pool,
  onStatement?: (run: StatementRun) => void,
): <T>(work: (tx: Tx) => Promise<T>, source?: StatementSource) => Promise<T> {
  const prisma = new PrismaClient({ adapter: new PrismaPg(new TransactionAsPool()) });
  return async (work, source) => {
    const client = await takeConnection(pool);
    const queue = statementQueueOf(client, (run) => onStatement?.({ ...run, source }));
    let unusable: unknown;
    try {
      queue.add({ name: 'BEGIN', text: 'BEGIN' }).catch(IGNORED_HERE);
      // Prisma's queries start when they are awaited, which must happen here, where they find their transaction.
      const result = await currentQueue.run(queue, async () => await work(transactionOver(queue, pool, prisma)));
      const committed = queue.add({ name: 'COMMIT', text: 'COMMIT' });
      queue.close();
      await committed;
      if (queue.failure !== undefined) throw queue.failure;
      return result;
    } catch (error) {
      queue.close();
      await client.query('ROLLBACK').catch((reason: unknown) => (unusable = reason));
      throw queue.failure ?? error;
    } finally {
      client.release(unusable !== undefined || isOutdatedStatement(queue.failure));
    }
  };
}

/** The pending statements of a transaction, in order. */
interface StatementQueue {
  readonly add: (statement: PipelinedStatement) => Promise<pg.QueryResult>;
  /** Sends the pending statements now, instead of at the end of this tick. */
  readonly flush: () => void;
  /** Sends the pending statements and accepts no more: they would run after the end of the transaction. */
  readonly close: () => void;
  /** The error of the first statement that failed. */
  readonly failure: Error | undefined;
}

/** Statements that are sent together. */
interface Batch {
  readonly statements: PendingStatement[];
  sentAt: number;
  /** How many of them are answered. */
  answered: number;
}

function emptyBatch(): Batch {
  return { statements: [], sentAt: 0, answered: 0 };
}

function statementQueueOf(client: pg.PoolClient, onRun: (run: Omit<StatementRun, 'source'>) => void): StatementQueue {
  let failure: Error | undefined;
  let pending = emptyBatch();
  let answeredAt = 0;
  let isClosed = false;
  /** PostgreSQL sends the answers of a batch together, so only the batch as a whole can be timed. */
  const noteBatch = ({ sentAt, statements }: Batch, isFailed: boolean): void => {
    const milliseconds = performance.now() - Math.max(sentAt, answeredAt);
    answeredAt = performance.now();
    onRun({ text: textOf(statements), statementCount: statements.length, milliseconds, isFailed });
  };
  const flush = (): void => {
    const batch = pending;
    pending = emptyBatch();
    batch.sentAt = performance.now();
    if (batch.statements.length > 0) sendPipelined(client, batch.statements);
  };
  return {
    add: (statement) =>
      new Promise((resolve, reject) => {
        const batch = pending;
        const settle: PendingStatement['settle'] = (error, result) => {
          batch.answered += 1;
          const isLast = batch.answered === batch.statements.length;
          // Those after the first failure were not run.
          if (failure === undefined && (isLast || error !== null)) noteBatch(batch, error !== null);
          if (error === null && result !== undefined) return resolve(result);
          failure ??= present(error, 'The error of a statement without result');
          reject(error);
        };
        if (isClosed) return reject(new AppError('The transaction is over.'));
        if (batch.statements.length === 0) process.nextTick(flush);
        batch.statements.push({ statement, settle });
      }),
    flush,
    close() {
      flush();
      isClosed = true;
    },
    get failure() {
      return failure;
    },
  };
}

/** The statements of a batch as one text: each once, and BEGIN only when it is alone. */
function textOf(statements: readonly PendingStatement[]): string {
  const texts = new Set(statements.map(({ statement: { text } }) => text));
  if (texts.size > 1) texts.delete('BEGIN');
  return [...texts].join('; ');
}

/** Ignored here, because the queue keeps the failure and COMMIT comes after the statement. */
const IGNORED_HERE = (): void => undefined;

function transactionOver(queue: StatementQueue, database: object, prisma: PrismaClient): Tx {
  const send = (change: Sql): void => void queue.add(preparedOf(change)).catch(IGNORED_HERE);
  const own = Object.assign(
    readerOver(database, (query) => queue.add(query)),
    { send, flush: queue.flush },
  );
  return new Proxy(prisma, {
    get: (delegates, key) => Reflect.get(key in own ? own : delegates, key),
  }) as unknown as Tx;
}

/** The queue of the transaction in which the current code runs. */
const currentQueue = new AsyncLocalStorage<StatementQueue>();

class TransactionAsPool extends pg.Pool {
  override connect(): never {
    throw new AppError('Prisma wants a transaction of its own within the one that asks.');
  }

  // `query` has many signatures; Prisma uses this one.
  override query(query: unknown): never {
    return present(currentQueue.getStore(), 'The transaction of what Prisma asks').add(
      query as pg.QueryConfig,
    ) as never;
  }
}
