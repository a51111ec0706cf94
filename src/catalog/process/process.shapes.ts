import { z } from 'zod';
import {
  MAX_INT,
  absent,
  clearable,
  code,
  expectedVersion,
  flag,
  globalId,
  integer,
  jsonObject,
  judged,
  kept,
  line,
  lines,
  list,
  obeying,
  oneOf,
  otherwise,
  reference,
  stored,
} from '../../platform/input/schemas.ts';
import { characteristicsFit } from './characteristic.rules.ts';
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

export const processRef = reference({ id: globalId('Process'), code: code(PROCESS_CODE), number });

const type = oneOf(PROCESS_TYPES);
const level = oneOf(PROCESS_LEVELS);
const labelTemplate = oneOf(LABEL_TYPES);
const plannedSeconds = integer(PLANNED_SECONDS_MIN, MAX_INT);
const maxAttempts = integer(MAX_ATTEMPTS_MIN, MAX_INT);
const sortOrder = integer(SORT_ORDER_MIN, MAX_INT);

/**
 * PRC-6 judges one value, and so it belongs to the shape: every wrong characteristic is refused together with what else
 * is wrong.
 */
const qualityCriteria = obeying(jsonObject, characteristicsFit);

const defectItems = judged(list(line(LENGTHS.defectItem), DEFECT_ITEMS_MAX), (items) => {
  const twice = items.findIndex((item, index) => items.indexOf(item) < index);
  return twice === -1
    ? { value: items }
    : { message: `names ${JSON.stringify(items[twice])} a second time; each defect is offered once.`, path: [twice] };
});

export const CreateProcess = z.strictObject({
  number,
  code: code(PROCESS_CODE),
  name: line(LENGTHS.name),
  localName: absent(line(LENGTHS.localName)),
  description: absent(lines(LENGTHS.description)),
  type: otherwise(type, 'MANUFACTURING'),
  level: otherwise(level, 'WIP'),
  plannedSeconds: absent(plannedSeconds),
  maxAttempts: absent(maxAttempts),
  allowOutOfSpecPass: otherwise(flag, false),
  qualityCriteria: otherwise(qualityCriteria, {}),
  defectItems,
  autoPrintLabel: otherwise(flag, false),
  labelTemplate: otherwise(labelTemplate.nullable(), null),
  sortOrder: absent(sortOrder),
  isActive: otherwise(flag, true),
});

export const UpdateProcess = z.strictObject({
  process: processRef,
  number: kept(number),
  name: kept(line(LENGTHS.name)),
  localName: clearable(line(LENGTHS.localName)),
  description: clearable(lines(LENGTHS.description)),
  type: kept(type),
  level: kept(level),
  plannedSeconds: clearable(plannedSeconds),
  maxAttempts: clearable(maxAttempts),
  allowOutOfSpecPass: kept(flag),
  qualityCriteria: kept(qualityCriteria),
  defectItems: kept(defectItems),
  autoPrintLabel: kept(flag),
  labelTemplate: clearable(labelTemplate),
  sortOrder: kept(sortOrder),
  isActive: kept(flag),
  expectedVersion,
});

export const DeleteProcess = z.strictObject({ process: processRef, expectedVersion });

/** The defects that a stored step offers. */
export function defectItemsOf(column: unknown): readonly string[] {
  return stored(defectItems, column, 'The defect items of a process');
}
