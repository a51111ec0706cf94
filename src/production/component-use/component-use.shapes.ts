import { z } from 'zod';
import {
  decimal,
  expectedVersion,
  globalId,
  identifyingText,
  instant,
  line,
  optional,
  reason,
  type Reference,
  refineTo,
  withDefault,
} from '../../platform/input/schemas.ts';
import { normalizedCode } from '../../platform/rules/natural-key.ts';
import { compareDecimals } from '../../platform/values/decimal.ts';
import { lotRef } from '../lot/lot.shapes.ts';
import { numberedUnitRef } from '../lot/unit-number.shapes.ts';
import { processDataId } from '../process-data/execution/process-data.shapes.ts';
import { unitRef } from '../unit/unit.shapes.ts';
import { DEFAULT_QUANTITY, QUANTITY_DIGITS, quantityHasRoom, USE_LENGTHS } from './component-use.rules.ts';

/** CMP-1: What an input names as a component. */
export type NamedComponent =
  | { readonly kind: 'LOT'; readonly reference: Reference }
  | { readonly kind: 'SERIAL'; readonly reference: Reference }
  | { readonly kind: 'EXTERNAL_LOT'; readonly number: string };

const keys = z.strictObject({
  lot: optional(lotRef),
  serial: optional(numberedUnitRef('Serial')),
  externalLotNumber: optional(inUpperCase(USE_LENGTHS.externalLotNumber, { rule: 'CMP-1' })),
});

/** CMP-1: Exactly one component: a lot, a serial, or the number of a supplier lot. */
export const componentRef: z.ZodType<NamedComponent> = refineTo(keys, ({ lot, serial, externalLotNumber }) => {
  const named: readonly NamedComponent[] = [
    ...(lot === undefined ? [] : [{ kind: 'LOT', reference: lot } as const]),
    ...(serial === undefined ? [] : [{ kind: 'SERIAL', reference: serial } as const]),
    ...(externalLotNumber === undefined ? [] : [{ kind: 'EXTERNAL_LOT', number: externalLotNumber } as const]),
  ];
  const [only, ...more] = named;
  return only === undefined || more.length > 0
    ? { message: 'must be given by exactly one of lot, serial, externalLotNumber.', rule: 'CMP-1' }
    : { value: only };
});

const quantity = refineTo(decimal({ rule: 'CMP-2' }), (text) => {
  if (compareDecimals(text, '0') <= 0) return { message: 'must be above zero.', rule: 'CMP-2' };
  return quantityHasRoom(text)
    ? { value: text }
    : {
        message: `must have at most ${QUANTITY_DIGITS.whole} digits before and ${QUANTITY_DIGITS.fraction} after the point.`,
        rule: 'CMP-2',
      };
});

/** The input of `installComponent`. */
export const InstallComponent = z.strictObject({
  consumer: unitRef,
  component: componentRef,
  role: optional(inUpperCase(USE_LENGTHS.role)),
  quantity: withDefault(quantity, DEFAULT_QUANTITY.quantity),
  unit: withDefault(line(USE_LENGTHS.unit), DEFAULT_QUANTITY.unit),
  position: optional(line(USE_LENGTHS.position)),
  processData: optional(processDataId),
  installedAt: optional(instant),
});

/** The input of `removeComponent`. */
export const RemoveComponent = z.strictObject({
  id: globalId('ComponentUse'),
  reason,
  removedAt: optional(instant),
  expectedVersion,
});

/** Text that identifies, with the letters a-z in upper case. */
function inUpperCase(max: number, options: { readonly rule?: 'CMP-1' } = {}): z.ZodType<string> {
  return refineTo(identifyingText(max, options), (text) => ({ value: normalizedCode(text) }));
}
