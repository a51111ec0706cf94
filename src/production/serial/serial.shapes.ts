import { z } from 'zod';
import { expectedVersion, lines, reason } from '../../platform/input/schemas.ts';
import { numberedUnitRef } from '../lot/unit-number.shapes.ts';
import { wipItemRef } from '../wip-item/wip-item.shapes.ts';
import { FAILURE_REASON_LENGTH } from './serial.rules.ts';

export const serialRef = numberedUnitRef('Serial');

/** A change that needs nothing but the serial: start, pass. */
export const ChangeSerial = z.strictObject({ serial: serialRef, expectedVersion });

export const FailSerial = z.strictObject({
  serial: serialRef,
  reason: lines(FAILURE_REASON_LENGTH, { rule: 'SER-4' }),
  expectedVersion,
});

export const ReworkSerial = z.strictObject({ serial: serialRef, reason, expectedVersion });

export const ConvertWipItem = z.strictObject({ wipItem: wipItemRef, expectedVersion });
