import type { LotDisposition } from '../../lot/lot.rules.ts';

/**
 * What a scanned text may turn out to be, in the order in which it is tried. That it is nothing of ours is an answer,
 * not an error.
 */
export const SCAN_KINDS = ['LOT', 'WIP_ITEM', 'SERIAL', 'EQUIPMENT', 'STATION', 'PROCESS', 'UNKNOWN'] as const;
export type ScanKind = (typeof SCAN_KINDS)[number];

/** What a scan of a unit tells besides the unit, when no step is asked for. */
export function warningsOfLot({ disposition }: { readonly disposition: LotDisposition }): readonly 'LOT_QUARANTINED'[] {
  return disposition === 'QUARANTINED' ? ['LOT_QUARANTINED'] : [];
}
