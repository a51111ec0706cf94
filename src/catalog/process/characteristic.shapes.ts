import { z } from 'zod';
import { checkRule, code, decimal, flag, line, list, optional, withDefault } from '../../platform/input/schemas.ts';
import { CHARACTERISTIC_CODE, CHARACTERISTICS_MAX, characteristicsAgree, UNIT_LENGTH } from './characteristic.rules.ts';

const RULE = { rule: 'PRC-6' } as const;

/** PRC-6: A characteristic as a caller gives it. */
const characteristic = z.strictObject({
  code: code(CHARACTERISTIC_CODE),
  unit: optional(line(UNIT_LENGTH, RULE)),
  lowerLimit: optional(decimal(RULE)),
  upperLimit: optional(decimal(RULE)),
  target: optional(decimal(RULE)),
  required: withDefault(flag, false),
});

/** PRC-6: The characteristics of a step as a list; null means none. */
export const characteristicList = checkRule(list(characteristic, CHARACTERISTICS_MAX, RULE), characteristicsAgree);
