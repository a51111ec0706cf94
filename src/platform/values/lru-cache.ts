/** A cache of limited size. When it is full, `set` removes the entry that was unused for the longest time. */
export interface LruCache<Value> {
  /** The value, which becomes the most recently used one; undefined when the key is not cached. */
  get(key: string): Value | undefined;
  /** Stores the value as the most recently used one. */
  set(key: string, value: Value): void;
}

/** An empty cache that holds at most `maxEntries` entries. */
export function lruCache<Value>(maxEntries: number): LruCache<Value> {
  const entries = new Map<string, Value>();
  return {
    get(key) {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      const [oldest] = entries.size > maxEntries ? entries.keys() : [];
      if (oldest !== undefined) entries.delete(oldest);
    },
  };
}
