import type pg from 'pg';
import type { Sql } from './sql.ts';
import { lruCache } from '../values/lru-cache.ts';

/** The statement under the name by which a connection knows it. */
export function preparedOf({ text, values }: Sql): pg.QueryConfig {
  const name = names.get(text) ?? `statement ${names.size + 1}`;
  names.set(text, name);
  return { name, text, values };
}

const names = new Map<string, string>();

/**
 * What callers compose themselves is prepared only when it is asked all day, and not without end: each connection keeps
 * it in its memory.
 */
const [OFTEN, MOST_PREPARED, MOST_COUNTED] = [10, 100, 1_000] as const;

const often = new Set<string>();

const counts = lruCache<number>(MOST_COUNTED);

export function isFrequent(text: string): boolean {
  if (often.has(text)) return true;
  if (often.size >= MOST_PREPARED) return false;
  const count = (counts.get(text) ?? 0) + 1;
  counts.set(text, count);
  if (count >= OFTEN) often.add(text);
  return count >= OFTEN;
}
