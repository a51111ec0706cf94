/** Which records of a batch can be judged together (PD-19). */

/** The unit of a work, by the ids of its lot, item and serial. */
interface OnUnit {
  readonly unit: { readonly lotId: string; readonly wipItemId: string | null; readonly serialId: string | null };
}

/**
 * PD-19: the works, from the first on, that do not depend on each other: each is known, and none is on the unit, or on
 * the lot, of an earlier one.
 */
export function independentWorks<Work extends OnUnit>(works: readonly (Work | undefined)[]): readonly Work[] {
  const seen = new Set<string>();
  const independent = untilFirst(works, (work) => {
    if (work === undefined) return true;
    const { lotId, wipItemId, serialId } = work.unit;
    const isSeen = seen.has(serialId ?? wipItemId ?? lotId);
    for (const id of [lotId, wipItemId, serialId]) if (id !== null) seen.add(id);
    return isSeen;
  });
  return independent.filter((work) => work !== undefined);
}

/** The entries before the first one that matches; all of them when none does. */
export function untilFirst<Entry>(entries: readonly Entry[], matches: (entry: Entry) => boolean): readonly Entry[] {
  const end = entries.findIndex(matches);
  return end === -1 ? entries : entries.slice(0, end);
}
