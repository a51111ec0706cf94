/** The newest of many things. */
export interface Newest<Item> {
  add(item: Item): void;
  /** All that are kept, the newest first. */
  list(): readonly Item[];
}

/** Keeps so many things, the newest. */
export function newestOnly<Item>(most: number): Newest<Item> {
  const items: Item[] = [];
  let count = 0;
  return {
    add(item) {
      items[count % most] = item;
      count += 1;
    },
    list() {
      const next = count % most;
      return [...items.slice(next), ...items.slice(0, next)].toReversed();
    },
  };
}
