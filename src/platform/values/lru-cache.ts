/**
 * What was used lately, by its key: the one unused for the longest goes first, so that it stays small whatever is
 * asked.
 */
export interface LruCache<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
}

export function lruCache<Value>(most: number): LruCache<Value> {
  const known = new Map<string, Value>();
  return {
    get(key) {
      const value = known.get(key);
      if (value === undefined) return undefined;
      known.delete(key);
      known.set(key, value);
      return value;
    },
    set(key, value) {
      known.delete(key);
      known.set(key, value);
      const [oldest] = known.size > most ? known.keys() : [];
      if (oldest !== undefined) known.delete(oldest);
    },
  };
}
