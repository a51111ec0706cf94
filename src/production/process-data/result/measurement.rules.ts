import { CHARACTERISTIC_CODE, UNIT_LENGTH } from '../../../catalog/process/characteristic.rules.ts';
import { type Characteristic, type Step, stepLabel } from '../../../catalog/process/route.rules.ts';
import type { TextForm } from '../../../platform/rules/natural-key.ts';
import { type Answer, rejection, type Rejection, rejectionsIn } from '../../../platform/rules/rejection.ts';
import { compareDecimals } from '../../../platform/values/decimal.ts';
import type { ProcessResult } from './result.rules.ts';

/** PD-10: how a reading compares with its limits. */
export const VERDICTS = ['IN_SPEC', 'OUT_OF_SPEC', 'NOT_JUDGED'] as const;
/** One of the verdicts. */
export type Verdict = (typeof VERDICTS)[number];

/** PD-11: a reading has a code, of the same form as that of a characteristic. */
export const READING_CODE: TextForm = { ...CHARACTERISTIC_CODE, rule: 'PD-11' };
/** PD-11: the maximum lengths of the texts of a reading, in characters. */
export const READING_LENGTHS = { text: 500, unit: UNIT_LENGTH } as const;
/** PD-11: the maximum number of readings of an execution. */
export const MAX_READINGS = 200;

/** PD-11: one reading. Value, limits and target are decimals as text; null where there is none. */
export interface Reading {
  readonly code: string;
  readonly value: string | null;
  readonly text: string | null;
  readonly unit: string | null;
  readonly lowerLimit: string | null;
  readonly upperLimit: string | null;
  readonly target: string | null;
}

type JudgingStep = Pick<Step, 'number' | 'code' | 'allowOutOfSpecPass' | 'characteristics'>;

/**
 * PD-11: a reading has a value or a text, and its lower limit is not above the upper. `index`: its index in the input.
 */
export function readingIsWhole(reading: Reading, index: number): Answer {
  if (reading.value === null && reading.text === null) {
    const message = `Reading ${reading.code} has neither a value nor a text; give one of them.`;
    return rejection('PD-11', `measurements.${index}`, message, 'INVALID_INPUT');
  }
  const { lowerLimit, upperLimit } = reading;
  if (lowerLimit === null || upperLimit === null || compareDecimals(lowerLimit, upperLimit) <= 0) return undefined;
  const message = `Reading ${reading.code} has the lower limit ${lowerLimit} above the upper limit ${upperLimit}.`;
  return rejection('PD-11', `measurements.${index}`, message, 'INVALID_INPUT');
}

/** PD-11: the unit of a reading equals the unit of the step's characteristic, when both exist. */
export function unitsFit(step: Pick<Step, 'characteristics'>, readings: readonly Reading[]): readonly Rejection[] {
  return rejectionsIn(
    readings.map((reading, index) => {
      const unit = step.characteristics.get(reading.code)?.unit ?? null;
      if (unit === null || reading.unit === null || reading.unit === unit) return undefined;
      const message = `Reading ${reading.code} is in ${reading.unit}; the step wants it in ${unit}.`;
      return rejection('PD-11', `measurements.${index}`, message, 'INVALID_INPUT');
    }),
  );
}

/** PD-10: the limits of the step's characteristic replace those of the input, and are stored with the reading. */
export function withLimitsOfStep(
  step: Pick<Step, 'characteristics'>,
  readings: readonly Reading[],
): readonly Reading[] {
  return readings.map((reading) => {
    const characteristic = step.characteristics.get(reading.code);
    if (characteristic === undefined) return reading;
    const { lowerLimit, upperLimit, target } = characteristic;
    return { ...reading, lowerLimit, upperLimit, target: target ?? reading.target };
  });
}

/** PD-10: a reading is in specification from its lower to its upper limit, both included; one limit suffices. */
export function verdictOfReading(reading: Pick<Reading, 'value' | 'lowerLimit' | 'upperLimit'>): Verdict {
  const { value, lowerLimit, upperLimit } = reading;
  if (value === null || (lowerLimit === null && upperLimit === null)) return 'NOT_JUDGED';
  if (lowerLimit !== null && compareDecimals(value, lowerLimit) < 0) return 'OUT_OF_SPEC';
  if (upperLimit !== null && compareDecimals(value, upperLimit) > 0) return 'OUT_OF_SPEC';
  return 'IN_SPEC';
}

/** The verdict of a record: OUT_OF_SPEC if any reading is, else IN_SPEC if any is, else NOT_JUDGED. */
export function verdictOfRecord(readings: readonly Reading[]): Verdict {
  const verdicts = new Set(readings.map(verdictOfReading));
  if (verdicts.has('OUT_OF_SPEC')) return 'OUT_OF_SPEC';
  return verdicts.has('IN_SPEC') ? 'IN_SPEC' : 'NOT_JUDGED';
}

/**
 * PD-10: a PASS has a reading of every required characteristic, and none out of specification unless the step allows
 * it. A required characteristic with a limit needs a value, because a text cannot be compared with limits. The readings
 * carry the limits they are judged by.
 */
export function readingsAllow(
  result: ProcessResult,
  step: JudgingStep,
  readings: readonly Reading[],
): readonly Rejection[] {
  if (result !== 'PASS') return [];
  const required = [...step.characteristics.values()].filter((characteristic) => characteristic.required);
  const missing = required.filter((characteristic) => !readings.some((reading) => reads(reading, characteristic)));
  return rejectionsIn([...readings.map((reading, index) => isInSpec(reading, index, step)), hasAll(missing, step)]);
}

/** Whether a PASS is possible only because its step allows readings out of specification. */
export function isAllowedOutOfSpec(
  result: ProcessResult,
  step: Pick<Step, 'allowOutOfSpecPass'>,
  readings: readonly Reading[],
): boolean {
  return result === 'PASS' && step.allowOutOfSpecPass && verdictOfRecord(readings) === 'OUT_OF_SPEC';
}

/** Whether a step has characteristics and none of them was read. */
export function hasNoReadings(
  step: Pick<Step, 'characteristics'>,
  readings: readonly Pick<Reading, 'code'>[],
): boolean {
  return step.characteristics.size > 0 && !readings.some((reading) => step.characteristics.has(reading.code));
}

function isInSpec(reading: Reading, index: number, step: JudgingStep): Answer {
  if (step.allowOutOfSpecPass || verdictOfReading(reading) !== 'OUT_OF_SPEC') return undefined;
  const is = `Reading ${reading.code} is ${reading.value}${withUnit(reading)}, not ${limitsOf(reading)}${withUnit(reading)}`;
  const message = `${is}; step ${stepLabel(step)} allows no PASS out of specification.`;
  return rejection('PD-10', `measurements.${index}.value`, message);
}

function hasAll(missing: readonly Characteristic[], step: JudgingStep): Answer {
  if (missing.length === 0) return undefined;
  const codes = missing.map((characteristic) => characteristic.code).join(', ');
  return rejection('PD-10', 'measurements', `A PASS of step ${stepLabel(step)} needs a reading of ${codes}.`);
}

function reads(reading: Reading, characteristic: Characteristic): boolean {
  const isJudged = characteristic.lowerLimit !== null || characteristic.upperLimit !== null;
  return reading.code === characteristic.code && (reading.value !== null || !isJudged);
}

function limitsOf(reading: Reading): string {
  if (reading.lowerLimit === null) return `at most ${reading.upperLimit}`;
  return reading.upperLimit === null
    ? `at least ${reading.lowerLimit}`
    : `from ${reading.lowerLimit} to ${reading.upperLimit}`;
}

function withUnit(reading: Reading): string {
  return reading.unit === null ? '' : ` ${reading.unit}`;
}
