/** A column of a histogram: readings from one value to another. */
export interface HistogramBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** SPC-5: The columns of a histogram from the smallest to the largest reading, empty ones included. `bins` are counted from 1. */
export function histogramOf(found: {
  readonly min: string | null;
  readonly max: string | null;
  readonly binCount: number;
  readonly bins: readonly { readonly bin: number; readonly count: number }[];
}): readonly HistogramBin[] {
  const { min, max, binCount, bins } = found;
  if (min === null || max === null) return [];
  const [low, high] = [Number(min), Number(max)];
  const edge = (at: number): number => (at === binCount ? high : low + ((high - low) * at) / binCount);
  return Array.from({ length: binCount }, (_each, at) => ({
    from: edge(at),
    to: edge(at + 1),
    count: bins.find(({ bin }) => bin === at + 1)?.count ?? 0,
  }));
}
