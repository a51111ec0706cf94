/**
 * The map of an import: which column has which meaning, which values are the same for all rows, and which master data
 * are created if they are missing.
 */
import { z } from 'zod';
import { CreateEquipment } from '../../catalog/equipment/equipment.shapes.ts';
import { CreateProcess } from '../../catalog/process/process.shapes.ts';
import { CreateProductModel } from '../../catalog/product-model/product-model.shapes.ts';
import { CreateRoute } from '../../catalog/route/route.shapes.ts';
import { CreateProductionLine } from '../../catalog/production-line/production-line.shapes.ts';
import { CreateUser } from '../../identity/user/user.shapes.ts';
import {
  checkRule,
  code,
  date,
  decimal,
  instant,
  integer,
  line,
  matching,
  oneOf,
  optional,
  refineTo,
  withDefault,
} from '../../platform/input/schemas.ts';
import { parseInput } from '../../platform/input/parse.ts';
import { normalizedCode } from '../../platform/rules/natural-key.ts';
import { type Rejection, withPathPrefix } from '../../platform/rules/rejection.ts';
import { READING_CODE, READING_LENGTHS } from '../../production/process-data/result/measurement.rules.ts';
import { DEFECT_CODE, DEFECT_LENGTHS, DEFECT_SEVERITIES } from '../../production/process-data/result/result.rules.ts';
import { errorMessageOf } from '../../platform/values/system-error.ts';

const COLUMN_LENGTH = 200;
const LOT_SIZE = { min: 1, max: 10_000, default: 100 } as const;
const SECONDS_MAX = 86_400 * 31;

const column = line(COLUMN_LENGTH);
const cellValues = z.array(
  z.string().transform((text) => text.trim()),
  { error: 'must be a list of texts as they stand in the column.' },
);

/** The source of a value: a column, whose values may be translated, or a constant. */
const source = refineTo(
  z.strictObject({
    column: optional(column),
    constant: optional(line(COLUMN_LENGTH)),
    values: optional(z.record(z.string(), line(COLUMN_LENGTH))),
  }),
  ({ column: from, constant, values }): { readonly value: Source } | { readonly message: string } => {
    if (from !== undefined && constant === undefined)
      return { value: { column: from, values: values === undefined ? undefined : new Map(Object.entries(values)) } };
    if (constant !== undefined && from === undefined && values === undefined) return { value: { constant } };
    return { message: 'must have either a column (perhaps with values) or a constant.' };
  },
);

/** A column, perhaps with a translation of its values, or a constant. */
export type Source =
  | { readonly column: string; readonly values: ReadonlyMap<string, string> | undefined }
  | { readonly constant: string };

/** The time at which a unit was finished: read from a column, or counted from a start, row by row. */
const time = refineTo(
  z.strictObject({
    column: optional(column),
    offset: optional(matching(/^(Z|[+-]\d{2}:\d{2})$/, 'an offset such as +09:00 or Z', (text) => text.trim())),
    startAt: optional(instant),
    intervalSeconds: optional(integer(0, SECONDS_MAX)),
  }),
  ({ column: from, offset, startAt, intervalSeconds }): { readonly value: Clock } | { readonly message: string } => {
    if (from !== undefined && startAt === undefined && intervalSeconds === undefined)
      return { value: { column: from, offset: offset ?? '' } };
    if (startAt !== undefined && intervalSeconds !== undefined && from === undefined && offset === undefined)
      return { value: { startAt, intervalSeconds } };
    return {
      message: 'must have either a column (perhaps with the offset of its instants), or startAt and intervalSeconds.',
    };
  },
);

/** A column with the offset of its instants, or a start and the interval from row to row. */
export type Clock =
  | { readonly column: string; readonly offset: string }
  | { readonly startAt: string; readonly intervalSeconds: number };

const reading = z.strictObject({
  column,
  code: code(READING_CODE),
  unit: optional(line(READING_LENGTHS.unit)),
  isText: withDefault(z.boolean(), false),
  lowerLimit: optional(decimal()),
  upperLimit: optional(decimal()),
  target: optional(decimal()),
});

const defectFlag = z.strictObject({
  column,
  code: code(DEFECT_CODE),
  description: optional(line(DEFECT_LENGTHS.description)),
  severity: optional(oneOf(DEFECT_SEVERITIES)),
});

const defects = z.strictObject({
  flags: withDefault(z.array(defectFlag), []),
  set: withDefault(cellValues, ['1']),
  clear: withDefault(cellValues, ['0', '']),
  list: optional(
    z.strictObject({ column, separator: withDefault(z.string().min(1, 'must have at least one character.'), ';') }),
  ),
  unspecified: withDefault(code(DEFECT_CODE), 'UNSPECIFIED'),
});

const step = z.strictObject({
  process: line(COLUMN_LENGTH).transform(normalizedCode),
  seconds: withDefault(integer(0, SECONDS_MAX), 0),
  isAtEquipment: withDefault(z.boolean(), true),
});

const keyed = { code: z.string({ error: 'must be given as text.' }) };

const masters = z.strictObject({
  productionLines: masterList(keyed, CreateProductionLine),
  productModels: withDefault(z.array(modelWithRoute()), []),
  processes: masterList(keyed, CreateProcess),
  equipment: masterList(keyed, CreateEquipment),
  operators: masterList({ username: z.string({ error: 'must be given as text.' }) }, CreateUser, {
    password: 'Only-for-judging-1',
  }),
});

/** The shape of a map. */
export const ImportMap = z.strictObject({
  description: optional(z.string()),
  name: matching(/^[A-Z0-9_.-]{1,40}$/, '1 to 40 of A-Z 0-9 _ . -', normalizedCode),
  csv: withDefault(z.strictObject({ delimiter: z.string().length(1, 'must be one character.') }), { delimiter: ',' }),
  unit: z.strictObject({ column }),
  product: source,
  time,
  operator: optional(source),
  equipment: optional(source),
  lots: z.strictObject({
    productionLine: line(COLUMN_LENGTH).transform(normalizedCode),
    size: withDefault(integer(LOT_SIZE.min, LOT_SIZE.max), LOT_SIZE.default),
    productionDate: optional(date),
  }),
  steps: z
    .array(step)
    .min(2, 'must name at least two steps: one that makes the unit, and last the one that says how it ended.'),
  readings: withDefault(z.array(reading), []),
  result: z.strictObject({ column, pass: cellValues, fail: cellValues }),
  defects: withDefault(defects, {
    flags: [],
    set: ['1'],
    clear: ['0', ''],
    list: undefined,
    unspecified: 'UNSPECIFIED',
  }),
  notes: optional(z.strictObject({ column })),
  masters: withDefault(masters, {
    productionLines: [],
    productModels: [],
    processes: [],
    equipment: [],
    operators: [],
  }),
});

/** A valid map. */
export type ImportMap = z.output<typeof ImportMap>;
/** A map that was read, or what is wrong with it. */
export type MapReading = { readonly map: ImportMap } | { readonly problems: readonly string[] };

/** Reads a map from JSON text. Returns the map, or everything that is wrong with it. */
export function readMap(text: string): MapReading {
  const json = parseJson(text);
  if ('problem' in json) return { problems: [json.problem] };
  const reading = parseInput(ImportMap, json.value);
  if ('value' in reading) return { map: reading.value };
  return {
    problems: reading.rejections.map(({ path, message }) => {
      const field = path.join('.');
      return message.startsWith(field) ? message : `${field}: ${message}`;
    }),
  };
}

/** Returns every column that the map reads, each once. */
export function columnsOf(map: ImportMap): readonly string[] {
  const sources = [
    map.unit,
    map.product,
    map.time,
    map.operator,
    map.equipment,
    map.result,
    map.defects.list,
    map.notes,
  ];
  const named = sources.flatMap((each) => (each !== undefined && 'column' in each ? [each.column] : []));
  return [
    ...new Set([...named, ...map.readings.map((each) => each.column), ...map.defects.flags.map((each) => each.column)]),
  ];
}

/**
 * A list of master data to create, as the inputs of the commands that create them. Each entry is checked by the
 * command's own shape, and kept as it was written.
 */
function masterList<Keys extends z.core.$ZodLooseShape>(keys: Keys, shape: z.ZodType, extraFields: object = {}) {
  const entry = checkRule(z.looseObject(keys), (value) => problemsIn(shape, { ...value, ...extraFields }, 'entry'));
  return withDefault(z.array(entry), []);
}

/**
 * A product model, perhaps with the steps, the name and the notes of the route that it gets if it has none, as
 * `createRoute` takes them.
 */
function modelWithRoute() {
  const route = z.strictObject({
    steps: z.array(z.unknown()),
    name: optional(z.string()),
    notes: optional(z.string()),
  });
  return checkRule(z.looseObject({ ...keyed, route: optional(route) }), ({ route: given, ...model }) => [
    ...problemsIn(CreateProductModel, model, 'entry'),
    ...(given === undefined
      ? []
      : problemsIn(CreateRoute, { productModel: { code: model.code }, ...given }, 'entry.route')),
  ]);
}

function problemsIn(shape: z.ZodType, value: object, prefix: string): readonly Rejection[] {
  const reading = parseInput(shape, value);
  return 'rejections' in reading ? reading.rejections.map((rejection) => withPathPrefix(prefix, rejection)) : [];
}

function parseJson(text: string): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: JSON.parse(text.replace(/^\uFEFF/, '')) };
  } catch (error) {
    return { problem: `It is not JSON: ${errorMessageOf(error)}` };
  }
}
