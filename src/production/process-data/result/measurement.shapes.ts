/**
 * The two JSON columns of an execution. One constant each is the shape of the input and of the stored value. A field
 * without a value is left out of the column, to keep the index small.
 */
import { z } from 'zod';
import { checkRule, code, decimal, integer, line, list, oneOf, withDefault } from '../../../platform/input/schemas.ts';
import { parseStored } from '../../../platform/input/parse.ts';
import { MAX_READINGS, type Reading, READING_CODE, READING_LENGTHS, readingIsWhole } from './measurement.rules.ts';
import {
  DEFAULT_DEFECT_SEVERITY,
  DEFECT_CODE,
  DEFECT_LENGTHS,
  DEFECT_QUANTITY,
  DEFECT_SEVERITIES,
  MAX_DEFECTS,
  type ProcessDefect,
} from './result.rules.ts';

const ofReading = { rule: 'PD-11' } as const;
const ofDefect = { rule: 'PD-12' } as const;

const reading: z.ZodType<Reading> = z.strictObject({
  code: code(READING_CODE),
  value: orNull(decimal(ofReading)),
  text: orNull(line(READING_LENGTHS.text, ofReading)),
  unit: orNull(line(READING_LENGTHS.unit, ofReading)),
  lowerLimit: orNull(decimal(ofReading)),
  upperLimit: orNull(decimal(ofReading)),
  target: orNull(decimal(ofReading)),
});

const defect: z.ZodType<ProcessDefect> = z.strictObject({
  code: code(DEFECT_CODE),
  description: orNull(line(DEFECT_LENGTHS.description, ofDefect)),
  severity: withDefault(oneOf(DEFECT_SEVERITIES), DEFAULT_DEFECT_SEVERITY),
  location: orNull(line(DEFECT_LENGTHS.location, ofDefect)),
  quantity: withDefault(integer(DEFECT_QUANTITY.min, DEFECT_QUANTITY.max, ofDefect), DEFECT_QUANTITY.default),
});

/** PD-11: the measurements of an execution, in their order. */
export const measurements = checkRule(list(reading, MAX_READINGS, ofReading), (readings) =>
  readings.flatMap((each, index) => readingIsWhole(each, index) ?? []),
);

/** PD-12: the defects of an execution, in their order. */
export const defects = list(defect, MAX_DEFECTS, ofDefect);

/**
 * The stored form: canonical, without the fields that have no value. It is read much more often than it is written, so
 * reading checks fields and types only, not the grammar of each text.
 */
const given = z.string().nullish();
const storedReadings = z.array(
  z.strictObject({
    code: z.string(),
    value: given,
    text: given,
    unit: given,
    lowerLimit: given,
    upperLimit: given,
    target: given,
  }),
);
const storedDefects = z.array(
  z.strictObject({
    code: z.string(),
    description: given,
    severity: z.enum(DEFECT_SEVERITIES),
    location: given,
    quantity: z.int(),
  }),
);

/** The measurements that a column holds. */
export function measurementsOf(column: unknown): readonly Reading[] {
  return parseStored(storedReadings, column, 'The measurements of an execution').map(
    ({ code, value, text, unit, lowerLimit, upperLimit, target }) => ({
      code,
      value: value ?? null,
      text: text ?? null,
      unit: unit ?? null,
      lowerLimit: lowerLimit ?? null,
      upperLimit: upperLimit ?? null,
      target: target ?? null,
    }),
  );
}

/** The defects that a column holds. */
export function defectsOf(column: unknown): readonly ProcessDefect[] {
  return parseStored(storedDefects, column, 'The defects of an execution').map(
    ({ description, location, ...defect }) => ({
      ...defect,
      description: description ?? null,
      location: location ?? null,
    }),
  );
}

/** The value of a column: the entries without the fields that have no value. */
export function jsonColumnOf(entries: readonly (Reading | ProcessDefect)[]): Record<string, string | number>[] {
  return entries.map((entry) => Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null)));
}

function orNull<Value>(shape: z.ZodType<Value>): z.ZodType<Value | null> {
  return shape.nullish().transform((value) => value ?? null);
}
