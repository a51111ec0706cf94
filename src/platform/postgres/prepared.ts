import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Sql } from './sql.ts';
import { lruCache } from '../values/lru-cache.ts';

/** The statement as a prepared statement. Every text has one name in the whole process. */
export function preparedOf({ text, values }: Sql): pg.QueryConfig {
  return { name: nameOf(text), text, values };
}

/** The name of a statement: a part of its hash, so that no list of names grows with the statements. */
function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `statement ${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;
  names.set(text, name);
  return name;
}

const names = lruCache<string>(2_000);

/**
 * Statements that callers compose are prepared only when they run often, and only up to a limit, because each
 * connection keeps prepared statements in its memory. The statement that was not used for the longest time gives its
 * place to a new one, so that nobody can use up the places for ever. That happens once in 10,000 statements at most, and a
 * connection lives for a limited time (database.ts), so that a connection holds a limited number of statements.
 */
const FREQUENT_RUNS = 10;
const MAX_PREPARED = 100;
const MAX_COUNTED = 1_000;
const STATEMENTS_PER_REPLACEMENT = 10_000;

const frequent = lruCache<true>(MAX_PREPARED);
const counts = lruCache<number>(MAX_COUNTED);
let given = 0;
let statementsSinceReplacement = 0;

/** True when the statement has run often enough to be prepared. Counts the call. */
export function isFrequent(text: string): boolean {
  statementsSinceReplacement += 1;
  if (frequent.get(text) === true) return true;
  const count = (counts.get(text) ?? 0) + 1;
  counts.set(text, count);
  if (count < FREQUENT_RUNS || !takePlace()) return false;
  frequent.set(text, true);
  return true;
}

/** Takes a place for a frequent statement: a free one, or that of another statement if none was replaced recently. */
function takePlace(): boolean {
  if (given < MAX_PREPARED) {
    given += 1;
    return true;
  }
  if (statementsSinceReplacement < STATEMENTS_PER_REPLACEMENT) return false;
  statementsSinceReplacement = 0;
  return true;
}
