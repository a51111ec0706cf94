/** Parsed documents by their text: the one unused for the longest goes first, and a long one is not kept, so that the cache stays small. */
import { LIMITS } from '../platform/limits.ts';

export interface DocumentCache<Value> {
  get(text: string): Value | undefined;
  set(text: string, value: Value): void;
}

export function documentCache<Value>(): DocumentCache<Value> {
  const known = new Map<string, Value>();
  return {
    get(text) {
      const value = known.get(text);
      if (value === undefined) return undefined;
      known.delete(text);
      known.set(text, value);
      return value;
    },
    set(text, value) {
      if (text.length > LIMITS.cache.documentLength) return;
      known.set(text, value);
      const [oldest] = known.size > LIMITS.cache.documents ? known.keys() : [];
      if (oldest !== undefined) known.delete(oldest);
    },
  };
}
