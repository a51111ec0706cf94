/**
 * Readers: statements on any connection, counted, with values as text in the forms of values/time.ts (instants and
 * dates as ISO text, numerics as text).
 */
import type pg from 'pg';
import type { Reader } from './client.ts';
import { isOutdatedStatement } from './errors.ts';
import { isFrequent, preparedOf } from './prepared.ts';
import { sql as fragment, type Sql } from './sql.ts';
import { assert, AppError } from '../values/assert.ts';

/**
 * A reader that runs its statements with `execute`. A prepared statement that a migration has made outdated runs again
 * unprepared.
 */
export function readerOver(
  database: object,
  execute: (query: pg.QueryConfig | pg.QueryArrayConfig) => Promise<pg.QueryResult>,
): Reader {
  let statements = 0;
  const run = async <Row extends object>(query: pg.QueryConfig | pg.QueryArrayConfig): Promise<readonly Row[]> => {
    statements += 1;
    const result = await execute(query);
    assert(!Array.isArray(result), 'One statement at a time.');
    return result.rows as Row[];
  };
  /** Runs a prepared statement again unprepared when a migration has made it outdated. */
  const runWithFallback = <Row extends object>(
    query: pg.QueryConfig | pg.QueryArrayConfig,
  ): Promise<readonly Row[]> => {
    const { name, ...unnamed } = query;
    return run<Row>(name === undefined ? unnamed : query).catch((error: unknown) => {
      if (name !== undefined && isOutdatedStatement(error)) return run<Row>(unnamed);
      throw error;
    });
  };
  return {
    database,
    query: (query, isSteady = false) =>
      isSteady && isFrequent(query.text) ? runWithFallback(preparedOf(query)) : run(unprepared(query)),
    prepared: (query) => runWithFallback(preparedOf(query)),
    sql: (strings, ...values) => {
      const { text, values: parameters } = fragment(strings, ...values);
      return run({ text, values: parameters });
    },
    rows: (query, isSteady = false) =>
      runWithFallback<unknown[]>({
        ...(isSteady && isFrequent(query.text) ? preparedOf(query) : unprepared(query)),
        rowMode: 'array',
      }),
    get statements() {
      return statements;
    },
  };
}

function unprepared({ text, values }: Sql): pg.QueryConfig {
  return { text, values };
}

/**
 * A reader that rejects every statement after `stop()`: code that continues after the answer was sent reads nothing
 * more.
 */
export function stoppable(reader: Reader): Reader & { readonly isStopped: boolean; stop(): void } {
  let isStopped = false;
  const unlessStopped = <Row>(read: () => Promise<readonly Row[]>): Promise<readonly Row[]> =>
    isStopped ? Promise.reject(new AppError('The request was given up.')) : read();
  return {
    database: reader.database,
    query: (query, isSteady) => unlessStopped(() => reader.query(query, isSteady)),
    prepared: (query) => unlessStopped(() => reader.prepared(query)),
    rows: (query, isSteady) => unlessStopped(() => reader.rows(query, isSteady)),
    sql: (strings, ...values) => unlessStopped(() => reader.sql(strings, ...values)),
    get statements() {
      return reader.statements;
    },
    get isStopped() {
      return isStopped;
    },
    stop() {
      isStopped = true;
    },
  };
}
