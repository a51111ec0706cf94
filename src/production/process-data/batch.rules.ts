/** PD-19: what becomes of a batch of which a record is refused. */
export const BATCH_POLICIES = ['REJECT_EVERYTHING', 'IGNORE_FAILED'] as const;
export type BatchPolicy = (typeof BATCH_POLICIES)[number];

/** As much of a record's work as tells whether it can be judged together with others. */
interface Placed {
  readonly unit: { readonly lotId: string; readonly wipItemId: string | null; readonly serialId: string | null };
}

/**
 * PD-19: the records, from the first on, that do not depend on each other: each is known, and none is of the unit, or
 * of the lot, of one before.
 */
export function runOf<Work extends Placed>(works: readonly (Work | undefined)[]): readonly Work[] {
  const seen = new Set<string>();
  const run = untilFirst(works, (work) => {
    if (work === undefined) return true;
    const { lotId, wipItemId, serialId } = work.unit;
    const isSeen = seen.has(serialId ?? wipItemId ?? lotId);
    for (const id of [lotId, wipItemId, serialId]) if (id !== null) seen.add(id);
    return isSeen;
  });
  return run.filter((work) => work !== undefined);
}

/** The entries before the first one of which the question is true. */
export function untilFirst<Entry>(entries: readonly Entry[], question: (entry: Entry) => boolean): readonly Entry[] {
  const end = entries.findIndex(question);
  return end === -1 ? entries : entries.slice(0, end);
}
