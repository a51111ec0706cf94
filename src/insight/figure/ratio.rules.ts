/** A quotient, not rounded; null when the denominator is 0. */
export function ratioOf(count: number, of: number): number | null {
  return of === 0 ? null : count / of;
}

/** The sum of one figure of many rows. */
export function sumOf<Row>(rows: readonly Row[], figure: (row: Row) => number): number {
  return rows.reduce((sum, row) => sum + figure(row), 0);
}

/** Compares texts by their characters, null last. */
export function compareKeys(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  return a < b ? -1 : 1;
}
