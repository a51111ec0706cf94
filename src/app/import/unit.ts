/** From a row to a finished unit: its records as the command takes them, or everything that is wrong with the row. */
import { type DefectInput, noticed, readDefects } from './defects.ts';
import type { ImportMap } from './map.ts';
import type { Cell, FileRow } from './reader.ts';
import { quoted, readerOf, type RowError, type RowReader, wrong } from './row.ts';
import type { World } from './world.ts';
import type { Step } from '../../catalog/process/route.rules.ts';
import { normalizedLoginName } from '../../identity/user/user.rules.ts';
import { parseInput } from '../../platform/input/parse.ts';
import { normalizedCode } from '../../platform/rules/natural-key.ts';
import { type Rejection, rejectionsIn } from '../../platform/rules/rejection.ts';
import { present } from '../../platform/values/assert.ts';
import { type Instant, instantOf, plusMilliseconds } from '../../platform/values/time.ts';
import { externalNumber } from '../../production/lot/unit-number.shapes.ts';
import { endsAfterStart, isNotInFuture } from '../../production/process-data/execution/process-data.rules.ts';
import { RecordProcessData } from '../../production/process-data/execution/process-data.shapes.ts';
import { readingsAllow, unitsFit, withLimitsOfStep } from '../../production/process-data/result/measurement.rules.ts';
import { defectsFit } from '../../production/process-data/result/result.rules.ts';

/** A record of a step, as `recordProcessData` takes it, but for the unit. */
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

export interface FinishedUnit {
  readonly row: number;
  readonly line: number;
  /** The number that the unit has in the file; its external number here. */
  readonly number: string;
  readonly productModel: string;
  readonly result: 'PASS' | 'FAIL';
  readonly defects: readonly string[];
  readonly completedAt: Instant;
  /** One for each step of the map, in its order. */
  readonly records: readonly StepRecord[];
  /** What is odd about the row and kept as it is. */
  readonly notes: readonly string[];
}

export type JudgedRow =
  | { readonly unit: FinishedUnit }
  | { readonly number: string | null; readonly errors: readonly RowError[] };

export interface Judge {
  readonly map: ImportMap;
  readonly world: World;
  /** When the import began: nothing is finished later (PD-7). */
  readonly now: Instant;
}

/**
 * The row judged alone, by the shapes and rules that its records must pass: a row that is refused here has left nothing
 * behind.
 */
export function judgeRow(judge: Judge, { row, line, content }: FileRow): JudgedRow {
  if ('problem' in content) return { number: null, errors: [wrong(undefined, `The row ${content.problem}`)] };
  const { map, world } = judge;
  const reader = readerOf(content.cells);
  const { errors } = reader;
  const number = numberOf(reader, map.unit.column);
  const productModel = reader.code(map.product, 'product model', world.productModels, normalizedCode);
  const sourceColumn = 'column' in map.product ? map.product.column : undefined;
  if (productModel === undefined && !errors.some((error) => error.column === sourceColumn))
    errors.push(wrong(sourceColumn, 'The product is missing.'));
  const equipment = reader.code(map.equipment, 'equipment', world.equipment, normalizedCode);
  const operator = reader.code(map.operator, 'operator', world.operators, normalizedLoginName);
  const completedAt = timeOf(reader, map, row);
  const result = resultOf(reader, map);
  const found = readDefects(map.defects, content.cells, reader.text);
  errors.push(...found.problems.map(({ column, message }) => wrong(column, message)));
  if (
    number === undefined ||
    productModel === undefined ||
    completedAt === undefined ||
    result === undefined ||
    errors.length > 0
  )
    return { number: number ?? null, errors };

  const { defects, notes } = noticed(map.defects, result, found.defects);
  const places = { operator, equipment };
  const written = map.notes === undefined ? '' : reader.text(map.notes.column);
  const words = [...(written === '' ? [] : [written]), ...notes].join('\n');
  const records = map.steps.map((_, index): StepRecord => {
    const frame = frameOf(map, index, completedAt, places);
    if (index < map.steps.length - 1) return { ...frame, result: 'PASS', measurements: [], defects: [] };
    return {
      ...frame,
      result,
      measurements: measurementsIn(reader, map),
      defects,
      ...(words === '' ? {} : { notes: words }),
    };
  });
  const rejections = records.map((record, index) => refusalsOf(record, world.steps[index], number, judge.now));
  errors.push(...distinct(rejections.toReversed().flat()).map((refused) => named(refused, map, content.cells)));
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

function measurementsIn(reader: RowReader, map: ImportMap): readonly object[] {
  return map.readings.flatMap(({ column, code, unit, isText, lowerLimit, upperLimit, target }) => {
    const value = reader.text(column);
    return value === ''
      ? []
      : [{ code, ...(isText ? { text: value } : { value }), ...given({ unit, lowerLimit, upperLimit, target }) }];
  });
}

/**
 * What the shapes and rules say of a record by itself; what depends on the unit's state is judged when it is recorded.
 */
function refusalsOf(record: StepRecord, step: Step | undefined, number: string, now: Instant): readonly Rejection[] {
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

/** The times of a step: the last one ends when the unit is finished, and each ends when the next begins. */
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
    errors.push(wrong(column, 'The unit number is missing.'));
    return undefined;
  }
  const reading = parseInput(externalNumber, written);
  if ('value' in reading) return reading.value;
  errors.push(
    ...reading.rejections.map((refused) => ({
      ...refused,
      message: refused.message.replace('The input', 'The unit number'),
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
    const wanted =
      time.offset === ''
        ? 'an instant with an offset, such as 2026-11-20T08:00:00Z'
        : 'an instant such as 2026-11-20 08:00:00';
    errors.push(wrong(time.column, `The time ${quoted(written)} must be ${wanted}.`));
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
    wrong(
      column,
      `The result ${quoted(value)} is unknown; ${pass.map(quoted).join(' or ')} is a pass and ${fail.map(quoted).join(' or ')} a failure.`,
    ),
  );
  return undefined;
}

/**
 * The records of a unit share their times; what is wrong with those is told once, of the last record, whose time the
 * file has.
 */
function distinct(rejections: readonly Rejection[]): readonly Rejection[] {
  const keys = rejections.map(({ code, rule, path }) => [code, rule, ...path].join(' '));
  return rejections.filter((_, index) => keys.indexOf(keys[index] ?? '') === index);
}

/** A refusal of a record in the words of the file: the column instead of the place in the input. */
function named(refused: Rejection, map: ImportMap, cells: ReadonlyMap<string, Cell>): RowError {
  const [field, index] = refused.path;
  if (field === 'completedAt' || field === 'startedAt')
    return { ...refused, ...('column' in map.time ? { column: map.time.column } : {}) };
  if (field === 'notes' && map.notes !== undefined) return { ...refused, column: map.notes.column };
  if (field !== 'measurements') return refused;
  const read = map.readings.filter(({ column }) => cells.get(column) !== undefined && cells.get(column) !== '')[
    Number(index)
  ];
  if (read === undefined) return refused;
  const place = refused.path.join('.');
  return {
    ...refused,
    message: refused.message.startsWith(place)
      ? `${read.column}${refused.message.slice(place.length)}`
      : refused.message,
    column: read.column,
  };
}

function given(fields: Readonly<Record<string, string | undefined>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
