import type { z } from 'zod';
import { globalId, line, recordReference, type Reference } from '../../platform/input/schemas.ts';
import { EXTERNAL_NUMBER_LENGTH } from './lot.rules.ts';

/** The number that an ERP or an older system gave a lot, an item or a serial: trimmed, in its own case. */
export const externalNumber = line(EXTERNAL_NUMBER_LENGTH);

/**
 * A reference to a unit: its id, its own number in any spelling, or its external number, exact. The look-up decides
 * which number it is.
 */
export function numberedUnitRef(type: 'Lot' | 'WipItem' | 'Serial'): z.ZodType<Reference> {
  return recordReference({ id: globalId(type), number: externalNumber });
}
