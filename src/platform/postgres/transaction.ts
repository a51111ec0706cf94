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
import { isOutdated } from './errors.ts';
import { type Asked, askTogether, type Statement } from './pipeline.ts';
import { preparedOf } from './prepared.ts';
import { readerOver } from './reader.ts';
import type { Sql } from './sql.ts';
import { Fault, present } from '../values/assert.ts';

/** What runs transactions on connections of the pool. */
export function transactionsOn(pool: pg.Pool): <T>(work: (tx: Tx) => Promise<T>) => Promise<T> {
  const prisma = new PrismaClient({ adapter: new PrismaPg(new TransactionAsPool()) });
  return async (work) => {
    const client = await pool.connect();
    const line = lineOf(client);
    let unusable: unknown;
    try {
      line.ask({ name: 'BEGIN', text: 'BEGIN' }).catch(FAILS_THE_TRANSACTION);
      // What Prisma is asked for begins when it is waited for: here, where it meets its transaction.
      const result = await asking.run(line, async () => await work(txOver(line, prisma)));
      const committed = line.ask({ name: 'COMMIT', text: 'COMMIT' });
      line.end();
      await committed;
      if (line.failure !== undefined) throw line.failure;
      return result;
    } catch (error) {
      line.end();
      await client.query('ROLLBACK').catch((reason: unknown) => (unusable = reason));
      throw line.failure ?? error;
    } finally {
      client.release(unusable !== undefined || isOutdated(line.failure));
    }
  };
}

/** The statements of a transaction, in their order. */
interface Line {
  readonly ask: (statement: Statement) => Promise<pg.QueryResult>;
  /** What was asked for so far is sent, without waiting for what else is asked for in this moment. */
  readonly leave: () => void;
  /** The same, and nothing more is taken: it would run behind the end of the transaction. */
  readonly end: () => void;
  /** Of the first statement that failed. */
  readonly failure: Error | undefined;
}

function lineOf(client: pg.PoolClient): Line {
  let failure: Error | undefined;
  let waiting: Asked[] = [];
  let isOver = false;
  const leave = (): void => {
    const asked = waiting;
    waiting = [];
    if (asked.length > 0) askTogether(client, asked);
  };
  return {
    ask: (statement) =>
      new Promise((resolve, reject) => {
        const settle: Asked['settle'] = (error, result) => {
          if (error === null && result !== undefined) return resolve(result);
          failure ??= present(error, 'The error of a statement without result');
          reject(error);
        };
        if (isOver) return reject(new Fault('The transaction is over.'));
        if (waiting.length === 0) process.nextTick(leave);
        waiting.push({ statement, settle });
      }),
    leave,
    end() {
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

function txOver(line: Line, prisma: PrismaClient): Tx {
  const send = (change: Sql): void => void line.ask(preparedOf(change)).catch(FAILS_THE_TRANSACTION);
  const own = Object.assign(
    readerOver((query) => line.ask(query)),
    { send, leave: line.leave },
  );
  return new Proxy(prisma, {
    get: (delegates, key) => Reflect.get(key in own ? own : delegates, key),
  }) as unknown as Tx;
}

/** The transaction in which something is asked. */
const asking = new AsyncLocalStorage<Line>();

class TransactionAsPool extends pg.Pool {
  override connect(): never {
    throw new Fault('Prisma wants a transaction of its own within the one that asks.');
  }

  // The signatures of `query` are many; Prisma uses this one.
  override query(query: unknown): never {
    return present(asking.getStore(), 'The transaction of what Prisma asks').ask(query as pg.QueryConfig) as never;
  }
}
