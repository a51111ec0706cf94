import type pg from 'pg';
import type { Sql } from './sql.ts';
import { lruCache } from '../values/lru-cache.ts';

/** The statement as a prepared statement. Every text has one name in the whole process. */
export function preparedOf({ text, values }: Sql): pg.QueryConfig {
  const name = names.get(text) ?? `statement ${names.size + 1}`;
  names.set(text, name);
  return { name, text, values };
}

const names = new Map<string, string>();

/**
 * Statements that callers compose are prepared only when they run often, and only up to a limit, because each
 * connection keeps prepared statements in its memory.
 */
const FREQUENT_RUNS = 10;
const MAX_PREPARED = 100;
const MAX_COUNTED = 1_000;

const frequent = new Set<string>();

const counts = lruCache<number>(MAX_COUNTED);

/** True when the statement has run often enough to be prepared. Counts the call. */
export function isFrequent(text: string): boolean {
  if (frequent.has(text)) return true;
  if (frequent.size >= MAX_PREPARED) return false;
  const count = (counts.get(text) ?? 0) + 1;
  counts.set(text, count);
  if (count >= FREQUENT_RUNS) frequent.add(text);
  return count >= FREQUENT_RUNS;
}
