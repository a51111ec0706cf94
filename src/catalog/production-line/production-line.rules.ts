import { isDeletable, type TextForm } from '../../platform/rules/natural-key.ts';
import type { Answer } from '../../platform/rules/rejection.ts';

/** LIN-1: A line code is 1..50 letters and digits. */
export const PRODUCTION_LINE_CODE: TextForm = {
  rule: 'LIN-1',
  pattern: /^[A-Z0-9]{1,50}$/,
  form: '1 to 50 letters and digits, A-Z 0-9',
};

/** LOT-1: The line's part of a lot number. */
export const PRODUCTION_LINE_SEGMENT: TextForm = { rule: 'LOT-1', pattern: /^[A-Z0-9]{4}$/, form: '4 of A-Z 0-9' };
const SEGMENT_LENGTH = 4;

/** The greatest lengths of the texts of a line, in characters. */
export const PRODUCTION_LINE_LENGTHS = { name: 255, localName: 255, description: 2_000, location: 255 } as const;
/** The least cycle time of a line. */
export const CYCLE_TIME_SECONDS_MIN = 0;
/** The least and the default sort order of a line. */
export const SORT_ORDER = { min: 1, default: 1 } as const;

/** LOT-1: The first four characters of the code, padded with `0`: `KR1` gives `KR10`. */
export function lotSegmentOfLine(code: string): string {
  return code.slice(0, SEGMENT_LENGTH).padEnd(SEGMENT_LENGTH, '0');
}

/** GEN-1: A line with lots, equipment or stations cannot be deleted; it is deactivated instead. */
export function isProductionLineUnused(
  line: { readonly code: string },
  uses: Readonly<Record<'lots' | 'equipment' | 'stations', number>>,
): Answer {
  return isDeletable(`Production line ${line.code}`, uses, 'productionLine');
}
