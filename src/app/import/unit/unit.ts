/** Turns a row into a finished unit with its records, or into the list of everything that is wrong with it. */
import type { ImportMap } from '../map.ts';
import type { MasterData } from '../master-data.ts';
import type { MappedSteps } from '../model-routes.ts';
import type { Cell, FileRow } from '../source/reader.ts';
import { type DefectInput, readDefects, reconcileDefects } from './defects.ts';
import { invalidCell, quoted, readerOf, type RowError, type RowReader } from './row.ts';
import type { Step } from '../../../catalog/process/route.rules.ts';
import { normalizedLoginName } from '../../../identity/user/user.rules.ts';
import { parseInput } from '../../../platform/input/parse.ts';
import { normalizedCode } from '../../../platform/rules/natural-key.ts';
import { type Rejection, rejectionsIn } from '../../../platform/rules/rejection.ts';
import { present } from '../../../platform/values/assert.ts';
import { type Instant, instantOf, plusMilliseconds } from '../../../platform/values/time.ts';
import { externalNumber } from '../../../production/lot/unit-number.shapes.ts';
import { endsAfterStart, isNotInFuture } from '../../../production/process-data/execution/process-data.rules.ts';
import { RecordProcessData } from '../../../production/process-data/execution/process-data.shapes.ts';
import {
  readingsAllow,
  unitsFit,
  withLimitsOfStep,
} from '../../../production/process-data/result/measurement.rules.ts';
import { defectsFit } from '../../../production/process-data/result/result.rules.ts';

/** A record of a step, as `recordProcessData` takes it, without the unit. */
export interface StepRecord {
  readonly process: { readonly code: string };
  readonly operator?: { readonly username: string };
  readonly equipment?: { readonly code: string };
  readonly result: 'PASS' | 'FAIL';
  readonly measurements: readonly object[];
  readonly defects: readonly DefectInput[];
  readonly notes?: string;
  readonly startedAt: Instant;
  readonly completedAt: Instant;
}

/** A finished unit, ready to be loaded. */
export interface FinishedUnit {
  readonly row: number;
  readonly line: number;
  /** The number of the unit in the file; its external number in the database. */
  readonly number: string;
  readonly productModel: string;
  readonly result: 'PASS' | 'FAIL';
  readonly defects: readonly string[];
  readonly completedAt: Instant;
  /** One for each step of the map, in its order. */
  readonly records: readonly StepRecord[];
  /** Remarks about inconsistencies that were accepted. */
  readonly notes: readonly string[];
}

/** The finished unit of a row, or the errors of the row. */
export type CheckedRow =
  | { readonly unit: FinishedUnit }
  | { readonly number: string | null; readonly errors: readonly RowError[] };

/** What a row is checked against. */
export interface RowCheck {
  readonly map: ImportMap;
  readonly masterData: MasterData;
  /** When the import began: no unit was finished later (PD-7). */
  readonly now: Instant;
}

/**
 * Checks a row by itself, by the shapes and rules that its records must pass. A row that is rejected here has changed
 * nothing.
 */
export function checkRow({ map, masterData, now }: RowCheck, { row, line, content }: FileRow): CheckedRow {
  if ('problem' in content) return { number: null, errors: [invalidCell(undefined, `The row ${content.problem}`)] };
  const reader = readerOf(content.cells);
  const { errors } = reader;
  const number = numberOf(reader, map.unit.column);
  const productModel = reader.code(map.product, 'product model', masterData.productModels, normalizedCode);
  const sourceColumn = 'column' in map.product ? map.product.column : undefined;
  if (productModel === undefined && !errors.some((error) => error.column === sourceColumn))
    errors.push(invalidCell(sourceColumn, 'The product is missing.'));
  const steps = stepsOfModel(masterData, productModel);
  if ('problem' in steps) errors.push({ ...invalidCell(sourceColumn, steps.problem), code: 'RULE_VIOLATED' });
  const equipment = reader.code(map.equipment, 'equipment', masterData.equipment, normalizedCode);
  const operator = reader.code(map.operator, 'operator', masterData.operators, normalizedLoginName);
  const completedAt = timeOf(reader, map, row);
  const result = resultOf(reader, map);
  const found = readDefects(map.defects, content.cells, reader.text);
  errors.push(...found.problems.map(({ column, message }) => invalidCell(column, message)));
  if (
    number === undefined ||
    productModel === undefined ||
    completedAt === undefined ||
    result === undefined ||
    'problem' in steps ||
    errors.length > 0
  )
    return { number: number ?? null, errors };

  const { defects, notes } = reconcileDefects(map.defects, result, found.defects);
  const written = map.notes === undefined ? '' : reader.text(map.notes.column);
  const noteText = [...(written === '' ? [] : [written]), ...notes].join('\n');
  const records = map.steps.map((_, index): StepRecord => {
    const frame = frameOf(map, index, completedAt, { operator, equipment });
    if (index < map.steps.length - 1) return { ...frame, result: 'PASS', measurements: [], defects: [] };
    return {
      ...frame,
      result,
      measurements: measurementsIn(reader, map),
      defects,
      ...(noteText === '' ? {} : { notes: noteText }),
    };
  });
  const rejections = records.map((record, index) => recordRejections(record, steps.steps[index], number, now));
  errors.push(
    ...distinct(rejections.toReversed().flat()).map((rejection) => inFileTerms(rejection, map, content.cells)),
  );
  if (errors.length > 0) return { number, errors };
  return {
    unit: {
      row,
      line,
      number,
      productModel,
      result,
      defects: defects.map((defect) => defect.code),
      completedAt,
      records,
      notes,
    },
  };
}

/** The steps of the map in the route of a model; those of an unknown model are not judged. */
function stepsOfModel(masterData: MasterData, productModel: string | undefined): MappedSteps {
  return masterData.stepsByModel.get(productModel ?? '') ?? { steps: masterData.steps };
}

function measurementsIn(reader: RowReader, map: ImportMap): readonly object[] {
  return map.readings.flatMap(({ column, code, unit, isText, lowerLimit, upperLimit, target }) => {
    const value = reader.text(column);
    return value === ''
      ? []
      : [
          {
            code,
            ...(isText ? { text: value } : { value }),
            ...definedFields({ unit, lowerLimit, upperLimit, target }),
          },
        ];
  });
}

/** Returns why a record is rejected by itself. Rules about the unit's state are checked when it is recorded. */
function recordRejections(
  record: StepRecord,
  step: Step | undefined,
  number: string,
  now: Instant,
): readonly Rejection[] {
  const reading = parseInput(RecordProcessData, { ...record, unit: { number } });
  if ('rejections' in reading) return reading.rejections;
  if (step === undefined) return [];
  const { result, measurements, defects } = reading.value;
  return rejectionsIn([
    ...unitsFit(step, measurements),
    endsAfterStart(record.startedAt, record.completedAt),
    isNotInFuture(record.completedAt, now, 'completedAt'),
    defectsFit(result, defects),
    ...readingsAllow(result, step, withLimitsOfStep(step, measurements)),
  ]);
}

/** Returns process, operator, equipment and times of a step. A step ends when the next one begins. */
function frameOf(
  map: ImportMap,
  index: number,
  finishedAt: Instant,
  { operator, equipment }: { readonly operator: string | undefined; readonly equipment: string | undefined },
): Pick<StepRecord, 'process' | 'operator' | 'equipment' | 'startedAt' | 'completedAt'> {
  const { process, seconds, isAtEquipment } = present(map.steps[index], 'A step of the map');
  const secondsAfter = map.steps.slice(index + 1).reduce((sum, step) => sum + step.seconds, 0);
  const completedAt = plusMilliseconds(finishedAt, -secondsAfter * 1_000);
  return {
    process: { code: process },
    ...(operator === undefined ? {} : { operator: { username: operator } }),
    ...(equipment === undefined || !isAtEquipment ? {} : { equipment: { code: equipment } }),
    startedAt: plusMilliseconds(completedAt, -seconds * 1_000),
    completedAt,
  };
}

function numberOf({ text, errors }: RowReader, column: string): string | undefined {
  const written = text(column);
  if (written === '') {
    errors.push(invalidCell(column, 'The unit number is missing.'));
    return undefined;
  }
  const reading = parseInput(externalNumber, written);
  if ('value' in reading) return reading.value;
  errors.push(
    ...reading.rejections.map((rejection) => ({
      ...rejection,
      message: rejection.message.replace('The input', 'The unit number'),
      column,
    })),
  );
  return undefined;
}

function timeOf({ text, errors }: RowReader, { time }: ImportMap, row: number): Instant | undefined {
  if ('startAt' in time) return plusMilliseconds(time.startAt, (row - 1) * time.intervalSeconds * 1_000);
  const written = text(time.column);
  const instant = instantOf(written) ?? instantOf(`${written.replace(' ', 'T')}${time.offset}`);
  if (instant === undefined) {
    const expected =
      time.offset === ''
        ? 'an instant with an offset, such as 2026-11-20T08:00:00Z'
        : 'an instant such as 2026-11-20 08:00:00';
    errors.push(invalidCell(time.column, `The time ${quoted(written)} must be ${expected}.`));
  }
  return instant;
}

function resultOf(
  { text, errors }: RowReader,
  { result: { column, pass, fail } }: ImportMap,
): 'PASS' | 'FAIL' | undefined {
  const value = text(column);
  if (pass.includes(value)) return 'PASS';
  if (fail.includes(value)) return 'FAIL';
  errors.push(
    invalidCell(
      column,
      `The result ${quoted(value)} is unknown; ${pass.map(quoted).join(' or ')} is a pass and ${fail.map(quoted).join(' or ')} a failure.`,
    ),
  );
  return undefined;
}

/**
 * Removes repeated rejections. The records of a unit share their times, so an error of them is reported once, for the
 * last record, whose time is in the file.
 */
function distinct(rejections: readonly Rejection[]): readonly Rejection[] {
  const keys = rejections.map(({ code, rule, path }) => [code, rule, ...path].join(' '));
  return rejections.filter((_, index) => keys.indexOf(keys[index] ?? '') === index);
}

/** Translates a rejection of a record into terms of the file: the column instead of the path in the input. */
function inFileTerms(rejection: Rejection, map: ImportMap, cells: ReadonlyMap<string, Cell>): RowError {
  const [field, index] = rejection.path;
  if (field === 'completedAt' || field === 'startedAt')
    return { ...rejection, ...('column' in map.time ? { column: map.time.column } : {}) };
  if (field === 'notes' && map.notes !== undefined) return { ...rejection, column: map.notes.column };
  if (field !== 'measurements') return rejection;
  const read = map.readings.filter(({ column }) => cells.get(column) !== undefined && cells.get(column) !== '')[
    Number(index)
  ];
  if (read === undefined) return rejection;
  const inputField = rejection.path.join('.');
  return {
    ...rejection,
    message: rejection.message.startsWith(inputField)
      ? `${read.column}${rejection.message.slice(inputField.length)}`
      : rejection.message,
    column: read.column,
  };
}

function definedFields(fields: Readonly<Record<string, string | undefined>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
