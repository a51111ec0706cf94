/** Parsed documents by their text: only those used lately, and no long one, so that the cache stays small. */
import { LIMITS } from '../../platform/process/limits.ts';
import { lruCache, type LruCache } from '../../platform/values/lru-cache.ts';

export function documentCache<Value>(): LruCache<Value> {
  const known = lruCache<Value>(LIMITS.cache.documents);
  return {
    get: known.get,
    set(text, value) {
      if (text.length <= LIMITS.cache.documentLength) known.set(text, value);
    },
  };
}
