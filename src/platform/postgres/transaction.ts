/**
 * One transaction on one connection.
 *
 * 1. Statements run in the order in which they were asked for. Those asked for together travel together, without
 *    waiting for the answers in between: BEGIN goes with the first, COMMIT with the last.
 * 2. `send` is for changes whose answer nobody needs. COMMIT waits for them, and the transaction fails with them.
 * 3. The first failure is that of the transaction: whatever comes after it is only told that the transaction is
 *    aborted.
 * 4. What Prisma's delegates ask for runs here too: to Prisma, the transaction that asks is the pool.
 * 5. A connection that could not be rolled back, because there is no answer on it any more, is given up: it might be in
 *    the middle still. So is one whose prepared statements a migration has made outdated.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '../../generated/prisma/client.ts';
import type { Tx } from './client.ts';
import { isOutdatedStatement } from './errors.ts';
import { type PendingStatement, sendPipelined, type PipelinedStatement } from './pipeline.ts';
import { preparedOf } from './prepared.ts';
import { readerOver } from './reader.ts';
import type { Sql } from './sql.ts';
import { AppError, present } from '../values/assert.ts';

/** What runs transactions on connections of the pool. */
export function transactionsOn(pool: pg.Pool): <T>(work: (tx: Tx) => Promise<T>) => Promise<T> {
  const prisma = new PrismaClient({ adapter: new PrismaPg(new TransactionAsPool()) });
  return async (work) => {
    const client = await pool.connect();
    const line = statementQueueOf(client);
    let unusable: unknown;
    try {
      line.add({ name: 'BEGIN', text: 'BEGIN' }).catch(FAILS_THE_TRANSACTION);
      // What Prisma is asked for begins when it is waited for: here, where it meets its transaction.
      const result = await currentQueue.run(line, async () => await work(txOver(line, prisma)));
      const committed = line.add({ name: 'COMMIT', text: 'COMMIT' });
      line.close();
      await committed;
      if (line.failure !== undefined) throw line.failure;
      return result;
    } catch (error) {
      line.close();
      await client.query('ROLLBACK').catch((reason: unknown) => (unusable = reason));
      throw line.failure ?? error;
    } finally {
      client.release(unusable !== undefined || isOutdatedStatement(line.failure));
    }
  };
}

/** The statements of a transaction, in their order. */
interface StatementQueue {
  readonly add: (statement: PipelinedStatement) => Promise<pg.QueryResult>;
  /** What was asked for so far is sent, without waiting for what else is asked for in this moment. */
  readonly flush: () => void;
  /** The same, and nothing more is taken: it would run behind the end of the transaction. */
  readonly close: () => void;
  /** Of the first statement that failed. */
  readonly failure: Error | undefined;
}

function statementQueueOf(client: pg.PoolClient): StatementQueue {
  let failure: Error | undefined;
  let waiting: PendingStatement[] = [];
  let isOver = false;
  const leave = (): void => {
    const asked = waiting;
    waiting = [];
    if (asked.length > 0) sendPipelined(client, asked);
  };
  return {
    add: (statement) =>
      new Promise((resolve, reject) => {
        const settle: PendingStatement['settle'] = (error, result) => {
          if (error === null && result !== undefined) return resolve(result);
          failure ??= present(error, 'The error of a statement without result');
          reject(error);
        };
        if (isOver) return reject(new AppError('The transaction is over.'));
        if (waiting.length === 0) process.nextTick(leave);
        waiting.push({ statement, settle });
      }),
    flush: leave,
    close() {
      leave();
      isOver = true;
    },
    get failure() {
      return failure;
    },
  };
}

/** The line keeps the failure, and COMMIT is behind the statement. */
const FAILS_THE_TRANSACTION = (): void => undefined;

function txOver(line: StatementQueue, prisma: PrismaClient): Tx {
  const send = (change: Sql): void => void line.add(preparedOf(change)).catch(FAILS_THE_TRANSACTION);
  const own = Object.assign(
    readerOver((query) => line.add(query)),
    { send, flush: line.flush },
  );
  return new Proxy(prisma, {
    get: (delegates, key) => Reflect.get(key in own ? own : delegates, key),
  }) as unknown as Tx;
}

/** The transaction in which something is asked. */
const currentQueue = new AsyncLocalStorage<StatementQueue>();

class TransactionAsPool extends pg.Pool {
  override connect(): never {
    throw new AppError('Prisma wants a transaction of its own within the one that asks.');
  }

  // The signatures of `query` are many; Prisma uses this one.
  override query(query: unknown): never {
    return present(currentQueue.getStore(), 'The transaction of what Prisma asks').add(
      query as pg.QueryConfig,
    ) as never;
  }
}
