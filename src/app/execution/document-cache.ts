/**
 * A cache by the text of a document. Only recently used documents are kept, and no long ones, so that the cache stays
 * small.
 */
import { LIMITS } from '../../platform/process/limits.ts';
import { lruCache, type LruCache } from '../../platform/values/lru-cache.ts';

/** Creates a cache of values by the text of their document. */
export function documentCache<Value>(): LruCache<Value> {
  const known = lruCache<Value>(LIMITS.cache.documents);
  return {
    get: known.get,
    set(text, value) {
      if (text.length <= LIMITS.cache.documentLength) known.set(text, value);
    },
  };
}
