import pg from 'pg';
import { storedInstant } from '../values/time.ts';
const TIMESTAMPTZ = 1184;

const TEXT_AS_IT_IS = new Set([1082, 1700, 20]);

export function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === TIMESTAMPTZ) return storedInstant;
  if (TEXT_AS_IT_IS.has(oid)) return (text) => text;
  return pg.types.getTypeParser(oid, format === 'binary' ? 'text' : format);
}
