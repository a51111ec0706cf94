import type { z } from 'zod';
import { anyLine, globalId, identifyingText, recordReference, type Reference } from '../../platform/input/schemas.ts';
import { EXTERNAL_NUMBER_LENGTH } from './lot.rules.ts';

/** The number that an ERP or an older system gives a lot, an item or a serial, in its own case. */
export const externalNumber = identifyingText(EXTERNAL_NUMBER_LENGTH);

/** A text by which a unit is looked up: stored external numbers may be older than the rules for their characters. */
export const writtenNumber = anyLine(EXTERNAL_NUMBER_LENGTH);

/**
 * A reference to a unit: its id, its own number in any spelling, or its external number, exact. The look-up decides
 * which number it is.
 */
export function numberedUnitRef(type: 'Lot' | 'WipItem' | 'Serial'): z.ZodType<Reference> {
  return recordReference({ id: globalId(type), number: writtenNumber });
}
