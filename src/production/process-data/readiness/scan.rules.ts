import type { LotDisposition } from '../../lot/lot.rules.ts';

/**
 * The kinds of thing that a scanned text may name, in the order in which they are tried. A text that names nothing is
 * an answer, not an error.
 */
export const SCAN_KINDS = ['LOT', 'WIP_ITEM', 'SERIAL', 'EQUIPMENT', 'STATION', 'PROCESS', 'UNKNOWN'] as const;
/** One of the kinds. */
export type ScanKind = (typeof SCAN_KINDS)[number];

/** The warnings about a scanned unit when no step is given. */
export function warningsOfLot({ disposition }: { readonly disposition: LotDisposition }): readonly 'LOT_QUARANTINED'[] {
  return disposition === 'QUARANTINED' ? ['LOT_QUARANTINED'] : [];
}
