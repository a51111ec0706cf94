/** Which records of a batch can be judged together (PD-19). */

/** A record of a batch, as its order depends on it. */
export interface OrderedRecord {
  /** The ids of its lot, item and serial; undefined where the record cannot be named. */
  readonly unit:
    | { readonly lotId: string; readonly wipItemId: string | null; readonly serialId: string | null }
    | undefined;
  /** False where a conversion may change what the record names. */
  readonly isSettled: boolean;
  /** Whether the record converts its item. */
  readonly isConverting: boolean;
}

/**
 * PD-19: the place where the run of independent records that begins at `from` ends: before the first record that is on
 * the unit, or on the lot, of an earlier one, or that an earlier one may give another meaning by its conversion.
 */
export function endOfRun(records: readonly OrderedRecord[], from: number): number {
  const touched = new Set<string>();
  let isAnyConverting = false;
  for (const [offset, { unit, isSettled, isConverting }] of records.slice(from).entries()) {
    if (isAnyConverting && !isSettled) return from + offset;
    if (unit !== undefined) {
      const { lotId, wipItemId, serialId } = unit;
      if (touched.has(serialId ?? wipItemId ?? lotId)) return from + offset;
      for (const id of [lotId, wipItemId, serialId]) if (id !== null) touched.add(id);
    }
    isAnyConverting ||= isConverting;
  }
  return records.length;
}

/**
 * PD-19: the places of the records that may mean something else after a conversion and may be in the run that begins at
 * `from`: those up to the next conversion. Only they are named again, so a record is not named again for each conversion.
 */
export function unsettledOfNextRun(records: readonly OrderedRecord[], from: number): readonly number[] {
  const next = records.findIndex(({ isConverting }, place) => place >= from && isConverting);
  const end = next === -1 ? records.length : next + 1;
  return [...records.keys()].slice(from, end).filter((place) => records[place]?.isSettled === false);
}
