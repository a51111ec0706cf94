/** Work side by side, at most so much at a time. */
export interface Lanes {
  /** Begins the work as soon as a lane is free. Fails with the first failure of what was begun before. */
  add(work: () => Promise<void>): Promise<void>;
  /** Waits for everything. */
  end(): Promise<void>;
}

export function lanes(limit: number): Lanes {
  const busy = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const stopOnFailure = (): void => {
    if (failures.length > 0) throw failures[0];
  };
  return {
    async add(work) {
      while (busy.size >= limit) await Promise.race(busy);
      stopOnFailure();
      const done: Promise<void> = work()
        .catch((error: unknown) => void failures.push(error))
        .finally(() => busy.delete(done));
      busy.add(done);
    },
    async end() {
      await Promise.all(busy);
      stopOnFailure();
    },
  };
}
