/**
 * Statements on any connection, counted, with every value read as the text of `time.ts`: instants and dates as ISO
 * text, numerics as text.
 */
import type pg from 'pg';
import type { Reader } from './client.ts';
import { isOutdatedStatement } from './errors.ts';
import { isFrequent, preparedOf } from './prepared.ts';
import { sql as fragment, type Sql } from './sql.ts';
import { assert, AppError } from '../values/assert.ts';

export function readerOver(ask: (query: pg.QueryConfig | pg.QueryArrayConfig) => Promise<pg.QueryResult>): Reader {
  let statements = 0;
  const run = async <Row extends object>(query: pg.QueryConfig | pg.QueryArrayConfig): Promise<readonly Row[]> => {
    statements += 1;
    const result = await ask(query);
    assert(!Array.isArray(result), 'One statement at a time.');
    return result.rows as Row[];
  };
  const unlessOutdated = <Row extends object>({
    name,
    ...unnamed
  }: pg.QueryConfig | pg.QueryArrayConfig): Promise<readonly Row[]> =>
    run<Row>(name === undefined ? unnamed : { name, ...unnamed }).catch((error: unknown) => {
      if (name !== undefined && isOutdatedStatement(error)) return run<Row>(unnamed);
      throw error;
    });
  return {
    query: (query, isSteady = false) =>
      isSteady && isFrequent(query.text) ? unlessOutdated(preparedOf(query)) : run(plainOf(query)),
    prepared: (query) => unlessOutdated(preparedOf(query)),
    sql: (strings, ...values) => {
      const { text, values: parameters } = fragment(strings, ...values);
      return run({ text, values: parameters });
    },
    rows: (query, isSteady = false) =>
      unlessOutdated<unknown[]>({
        ...(isSteady && isFrequent(query.text) ? preparedOf(query) : plainOf(query)),
        rowMode: 'array',
      }),
    get statements() {
      return statements;
    },
  };
}

function plainOf({ text, values }: Sql): pg.QueryConfig {
  return { text, values };
}

/** The reader, until it is told to stop: what goes on after the answer was given reads nothing more. */
export function stoppable(reader: Reader): Reader & { stop(): void } {
  let isStopped = false;
  const unlessStopped = <Row>(read: () => Promise<readonly Row[]>): Promise<readonly Row[]> =>
    isStopped ? Promise.reject(new AppError('The request was given up.')) : read();
  return {
    query: (query, isSteady) => unlessStopped(() => reader.query(query, isSteady)),
    prepared: (query) => unlessStopped(() => reader.prepared(query)),
    rows: (query, isSteady) => unlessStopped(() => reader.rows(query, isSteady)),
    sql: (strings, ...values) => unlessStopped(() => reader.sql(strings, ...values)),
    get statements() {
      return reader.statements;
    },
    stop() {
      isStopped = true;
    },
  };
}
