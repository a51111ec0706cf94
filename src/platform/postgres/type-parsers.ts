import pg from 'pg';
import { storedInstant } from '../values/time.ts';
const TIMESTAMPTZ = 1184;

/** date, numeric, bigint. */
const KEPT_AS_TEXT = new Set([1082, 1700, 20]);

/**
 * The parser of a PostgreSQL type, as `pg` expects it: instants become ISO text; dates, numerics and long integers stay
 * text; all other types are parsed as `pg` does by default.
 */
export function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === TIMESTAMPTZ) return storedInstant;
  if (KEPT_AS_TEXT.has(oid)) return (text) => text;
  return pg.types.getTypeParser(oid, format === 'binary' ? 'text' : format);
}
