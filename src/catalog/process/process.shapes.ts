import { z } from 'zod';
import {
  MAX_INT,
  optional,
  nullableUpdate,
  code,
  expectedVersion,
  flag,
  globalId,
  integer,
  refineTo,
  optionalUpdate,
  line,
  lines,
  list,
  checkRule,
  oneOf,
  withDefault,
  recordReference,
} from '../../platform/input/schemas.ts';
import type { Rejection } from '../../platform/rules/rejection.ts';
import { jsonObject, type JsonObject } from '../../platform/input/json-schemas.ts';
import { parseInput, parseStored } from '../../platform/input/parse.ts';
import { characteristicsByCode, characteristicsFit, type GivenCharacteristic } from './characteristic.rules.ts';
import { characteristicList } from './characteristic.shapes.ts';
import {
  DEFECT_ITEMS_MAX,
  LABEL_TYPES,
  MAX_ATTEMPTS_MIN,
  PLANNED_SECONDS_MIN,
  PROCESS_CODE,
  PROCESS_LENGTHS as LENGTHS,
  SORT_ORDER_MIN,
  STEP_NUMBER,
} from './process.rules.ts';
import { PROCESS_LEVELS, PROCESS_TYPES } from './route.rules.ts';

const number = integer(STEP_NUMBER.min, STEP_NUMBER.max, { rule: STEP_NUMBER.rule });

/** A reference to a step, by id, code or number. */
export const processRef = recordReference({ id: globalId('Process'), code: code(PROCESS_CODE), number });

const type = oneOf(PROCESS_TYPES);
const level = oneOf(PROCESS_LEVELS);
const labelTemplate = oneOf(LABEL_TYPES);
const plannedSeconds = integer(PLANNED_SECONDS_MIN, MAX_INT);
const maxAttempts = integer(MAX_ATTEMPTS_MIN, MAX_INT);
const sortOrder = integer(SORT_ORDER_MIN, MAX_INT);

/**
 * PRC-6 needs nothing but this value, so the schema checks it: every wrong characteristic is reported together with the
 * other problems of the input.
 */
const qualityCriteria = checkRule(jsonObject, characteristicsFit);

const defectItems = refineTo(list(line(LENGTHS.defectItem), DEFECT_ITEMS_MAX), (items) => {
  const twice = items.findIndex((item, index) => items.indexOf(item) < index);
  return twice === -1
    ? { value: items }
    : { message: `names ${JSON.stringify(items[twice])} a second time; each defect is offered once.`, path: [twice] };
});

/** PRC-6: A command takes the characteristics of a step as a list, too. The list replaces them as a whole. */
const characteristics = characteristicList.optional();

/** The input of `createProcess`. */
export const CreateProcess = z.strictObject({
  number,
  code: code(PROCESS_CODE),
  name: line(LENGTHS.name),
  localName: optional(line(LENGTHS.localName)),
  description: optional(lines(LENGTHS.description)),
  type: withDefault(type, 'MANUFACTURING'),
  level: withDefault(level, 'WIP'),
  plannedSeconds: optional(plannedSeconds),
  maxAttempts: optional(maxAttempts),
  allowOutOfSpecPass: withDefault(flag, false),
  qualityCriteria: withDefault(qualityCriteria, {}),
  characteristics,
  defectItems,
  autoPrintLabel: withDefault(flag, false),
  labelTemplate: withDefault(labelTemplate.nullable(), null),
  sortOrder: optional(sortOrder),
  isActive: withDefault(flag, true),
  isInFactoryRoute: withDefault(flag, true),
});

/** The input of `updateProcess`. */
export const UpdateProcess = z.strictObject({
  process: processRef,
  number: optionalUpdate(number),
  name: optionalUpdate(line(LENGTHS.name)),
  localName: nullableUpdate(line(LENGTHS.localName)),
  description: nullableUpdate(lines(LENGTHS.description)),
  type: optionalUpdate(type),
  level: optionalUpdate(level),
  plannedSeconds: nullableUpdate(plannedSeconds),
  maxAttempts: nullableUpdate(maxAttempts),
  allowOutOfSpecPass: optionalUpdate(flag),
  qualityCriteria: optionalUpdate(qualityCriteria),
  characteristics,
  defectItems: optionalUpdate(defectItems),
  autoPrintLabel: optionalUpdate(flag),
  labelTemplate: nullableUpdate(labelTemplate),
  sortOrder: optionalUpdate(sortOrder),
  isActive: optionalUpdate(flag),
  isInFactoryRoute: optionalUpdate(flag),
  expectedVersion,
});

/** The input of `deleteProcess`. */
export const DeleteProcess = z.strictObject({ process: processRef, expectedVersion });

/** PRC-6: The quality criteria with the characteristics of a list; they must be small enough together. */
export function withCharacteristics(
  criteria: unknown,
  list: readonly GivenCharacteristic[],
): { readonly value: JsonObject } | { readonly rejections: readonly Rejection[] } {
  const merged = parseInput(z.object({ qualityCriteria: jsonObject }), {
    qualityCriteria: { ...Object(criteria), characteristics: characteristicsByCode(list) },
  });
  return 'value' in merged ? { value: merged.value.qualityCriteria } : merged;
}

/** The stored form: reading checks the type only, because stored items may be older than the rules for their texts. */
const storedDefectItems = z.array(z.string());

/** The defects that a stored step offers. */
export function defectItemsOf(column: unknown): readonly string[] {
  return parseStored(storedDefectItems, column, 'The defect items of a process');
}
