/**
 * Statements on any connection, counted, with every value read as the text of `time.ts`: instants and dates as ISO
 * text, numerics as text.
 */
import pg from 'pg';
import { Fault, assert } from '../values/assert.ts';
import type { Reader } from './database.ts';
import { recent } from '../values/lru-cache.ts';
import { sql as fragment, type Sql } from './sql.ts';
import { storedInstant } from '../values/time.ts';
import { isOutdated } from './errors.ts';

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
      if (name !== undefined && isOutdated(error)) return run<Row>(unnamed);
      throw error;
    });
  return {
    query: (query, isSteady = false) =>
      isSteady && comesOften(query.text) ? unlessOutdated(preparedOf(query)) : run(plainOf(query)),
    prepared: (query) => unlessOutdated(preparedOf(query)),
    sql: (strings, ...values) => {
      const { text, values: parameters } = fragment(strings, ...values);
      return run({ text, values: parameters });
    },
    rows: (query, isSteady = false) =>
      unlessOutdated<unknown[]>({
        ...(isSteady && comesOften(query.text) ? preparedOf(query) : plainOf(query)),
        rowMode: 'array',
      }),
    get statements() {
      return statements;
    },
  };
}

/** The statement under the name by which a connection knows it. */
export function preparedOf({ text, values }: Sql): pg.QueryConfig {
  const name = names.get(text) ?? `statement ${names.size + 1}`;
  names.set(text, name);
  return { name, text, values };
}

const names = new Map<string, string>();

function plainOf({ text, values }: Sql): pg.QueryConfig {
  return { text, values };
}

/**
 * What callers compose themselves is prepared only when it is asked all day, and not without end: each connection keeps
 * it in its memory.
 */
const [OFTEN, MOST_PREPARED, MOST_COUNTED] = [10, 100, 1_000] as const;
const often = new Set<string>();
const counts = recent<number>(MOST_COUNTED);

function comesOften(text: string): boolean {
  if (often.has(text)) return true;
  if (often.size >= MOST_PREPARED) return false;
  const count = (counts.get(text) ?? 0) + 1;
  counts.set(text, count);
  if (count >= OFTEN) often.add(text);
  return count >= OFTEN;
}

/** The reader, until it is told to stop: what goes on after the answer was given reads nothing more. */
export function stoppable(reader: Reader): Reader & { stop(): void } {
  let isStopped = false;
  const unlessStopped = <Row>(read: () => Promise<readonly Row[]>): Promise<readonly Row[]> =>
    isStopped ? Promise.reject(new Fault('The request was given up.')) : read();
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

const TIMESTAMPTZ = 1184;
const TEXT_AS_IT_IS = new Set([1082, 1700, 20]);

export function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === TIMESTAMPTZ) return storedInstant;
  if (TEXT_AS_IT_IS.has(oid)) return (text) => text;
  return pg.types.getTypeParser(oid, format === 'binary' ? 'text' : format);
}
