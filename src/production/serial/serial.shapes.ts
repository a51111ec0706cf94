import { z } from 'zod';
import { expectedVersion, lines, reason } from '../../platform/input/schemas.ts';
import { numberedUnitRef } from '../lot/unit-number.shapes.ts';
import { FAILURE_REASON_LENGTH } from './serial.rules.ts';

/** A reference to a serial, by id, number or external number. */
export const serialRef = numberedUnitRef('Serial');

/** The input of a change that needs nothing but the serial: start, pass. */
export const ChangeSerial = z.strictObject({ serial: serialRef, expectedVersion });

/** SER-4: The input of `failSerial`. */
export const FailSerial = z.strictObject({
  serial: serialRef,
  reason: lines(FAILURE_REASON_LENGTH, { rule: 'SER-4' }),
  expectedVersion,
});

/** The input of `reworkSerial`. */
export const ReworkSerial = z.strictObject({ serial: serialRef, reason, expectedVersion });
