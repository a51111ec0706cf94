/** Parallel work, limited in number. */
export interface Lanes {
  /** Begins the work as soon as a lane is free. Fails with the first failure of earlier work. */
  add(work: () => Promise<void>): Promise<void>;
  /** Waits for all work. */
  end(): Promise<void>;
}

/** Creates lanes for at most so many pieces of work at a time. */
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
