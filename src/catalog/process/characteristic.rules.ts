import { assert } from '../../platform/values/assert.ts';
import { compareDecimals, isDecimal } from '../../platform/values/decimal.ts';
import { isJsonRecord, type JsonRecord } from '../../platform/values/json.ts';
import type { TextForm } from '../../platform/rules/natural-key.ts';
import { rejection, type Answer, type Rejection } from '../../platform/rules/rejection.ts';
import type { Characteristic } from './route.rules.ts';

/** PRC-6: A characteristic code is 1..50 of `A-Z 0-9 _ . -`, like the code of a reading of it (PD-11). */
export const CHARACTERISTIC_CODE: TextForm = {
  rule: 'PRC-6',
  pattern: /^[A-Z0-9_.-]{1,50}$/,
  form: '1 to 50 of A-Z 0-9 _ . -',
};

/** PRC-6: The most characteristics that a list of them may have. */
export const CHARACTERISTICS_MAX = 200;

/** The most characters of a unit of measurement. */
export const UNIT_LENGTH = 20;

const KEYS = ['unit', 'lowerLimit', 'upperLimit', 'target', 'required'] as const;
const DECIMAL_KEYS = ['lowerLimit', 'upperLimit', 'target'] as const;

/**
 * PRC-6: A characteristic has a valid code, decimal limits with lower <= upper, a target within them, and a boolean
 * `required`. Either limit may be missing; other keys of the quality criteria are free. Every wrong characteristic is
 * reported, at its own path.
 */
export function characteristicsFit(qualityCriteria: unknown): readonly Rejection[] {
  return parseCharacteristics(qualityCriteria).rejections;
}

/** The characteristics of a stored step by their codes. They were checked (PRC-6) when they were stored. */
export function characteristicsOf(qualityCriteria: unknown): ReadonlyMap<string, Characteristic> {
  const { characteristics, rejections } = parseCharacteristics(qualityCriteria);
  assert(
    rejections.length === 0,
    `Stored quality criteria are broken. ${rejections.map((found) => found.message).join(' ')}`,
  );
  return characteristics;
}

/** A characteristic as an item of a list; what is undefined was not given. */
export interface GivenCharacteristic {
  readonly code: string;
  readonly unit: string | undefined;
  readonly lowerLimit: string | undefined;
  readonly upperLimit: string | undefined;
  readonly target: string | undefined;
  readonly required: boolean;
}

/** PRC-6: In a list, the limits of each characteristic are in order, and each code comes once. */
export function characteristicsAgree(given: readonly GivenCharacteristic[]): readonly Rejection[] {
  return given.flatMap((each, index) => {
    const first = given.findIndex(({ code }) => code === each.code);
    const problems = [
      ...orderProblems(each),
      ...(first < index ? [`its code was given before, at place ${first}`] : []),
    ];
    if (problems.length === 0) return [];
    const message = `Characteristic ${JSON.stringify(each.code)}: ${problems.join('; ')}.`;
    return [rejection('PRC-6', `characteristics.${index}`, message, 'INVALID_INPUT')];
  });
}

/** PRC-6: The characteristics of a list as the quality criteria hold them: an object, by code. */
export function characteristicsByCode(given: readonly GivenCharacteristic[]): JsonRecord {
  return Object.fromEntries(
    given.map(({ code, required, ...values }) => {
      const present = Object.entries(values).filter(([, value]) => value !== undefined);
      return [code, { ...Object.fromEntries(present), ...(required ? { required } : {}) }];
    }),
  );
}

/** PRC-6: Characteristics are given once: as a list, or inside of the quality criteria. */
export function givenOnce(list: unknown, qualityCriteria: unknown): Answer {
  const inside = isJsonRecord(qualityCriteria) ? qualityCriteria['characteristics'] : undefined;
  if (list === undefined || isMissing(inside)) return undefined;
  return rejection(
    'PRC-6',
    'characteristics',
    'The characteristics are given twice; give them in characteristics or in qualityCriteria.characteristics.',
    'INVALID_INPUT',
  );
}

interface ParsedCharacteristics {
  readonly characteristics: ReadonlyMap<string, Characteristic>;
  readonly rejections: readonly Rejection[];
}

function parseCharacteristics(qualityCriteria: unknown): ParsedCharacteristics {
  const characteristics = new Map<string, Characteristic>();
  const all = (isJsonRecord(qualityCriteria) ? qualityCriteria['characteristics'] : undefined) ?? {};
  if (!isJsonRecord(all)) {
    const message = 'The characteristics must be a JSON object of code and characteristic.';
    return { characteristics, rejections: [characteristicRejection([], message)] };
  }
  const rejections: Rejection[] = [];
  for (const [code, given] of Object.entries(all)) {
    const problems = problemsOf(code, given);
    if (isJsonRecord(given) && problems.length === 0) characteristics.set(code, characteristicFrom(code, given));
    else {
      const message = `Characteristic ${JSON.stringify(code)}: ${problems.join('; ')}.`;
      rejections.push(characteristicRejection([code], message));
    }
  }
  return { characteristics, rejections };
}

function characteristicFrom(code: string, given: JsonRecord): Characteristic {
  return {
    code,
    unit: textIn(given, 'unit'),
    lowerLimit: textIn(given, 'lowerLimit'),
    upperLimit: textIn(given, 'upperLimit'),
    target: textIn(given, 'target'),
    required: given['required'] === true,
  };
}

/** The problems of a characteristic, as clauses of one sentence. */
function problemsOf(code: string, given: unknown): readonly string[] {
  const problems = CHARACTERISTIC_CODE.pattern.test(code) ? [] : [`its code must be ${CHARACTERISTIC_CODE.form}`];
  if (!isJsonRecord(given)) return [...problems, `it must be a JSON object with the keys ${KEYS.join(', ')}`];
  return [...problems, ...keyProblems(given), ...valueProblems(given), ...orderProblems(given)];
}

function keyProblems(given: JsonRecord): readonly string[] {
  const unknown = Object.keys(given).filter((key) => !KEYS.some((known) => known === key));
  return unknown.map((key) => `${JSON.stringify(key)} is not known; the keys are ${KEYS.join(', ')}`);
}

function valueProblems(given: JsonRecord): readonly string[] {
  const problems = DECIMAL_KEYS.filter((key) => !isMissing(given[key]) && !isDecimal(given[key])).map(
    (key) => `${key} must be a decimal as text, such as "4.75", of at most 15 digits before and 10 after the point`,
  );
  const { required, unit } = given;
  if (!isMissing(required) && typeof required !== 'boolean') problems.push('required must be true or false');
  if (!isMissing(unit) && !isUnit(unit))
    problems.push(`unit must be 1 to ${UNIT_LENGTH} characters without spaces around them`);
  return problems;
}

interface Limits {
  readonly lowerLimit?: unknown;
  readonly upperLimit?: unknown;
  readonly target?: unknown;
}

function orderProblems({ lowerLimit: lower, upperLimit: upper, target }: Limits): readonly string[] {
  if (isAbove(lower, upper)) return [`lowerLimit ${lower} is above upperLimit ${upper}`];
  if (isAbove(lower, target)) return [`target ${target} is below lowerLimit ${lower}`];
  if (isAbove(target, upper)) return [`target ${target} is above upperLimit ${upper}`];
  return [];
}

function isAbove(value: unknown, other: unknown): boolean {
  return isDecimal(value) && isDecimal(other) && compareDecimals(value, other) > 0;
}

function isUnit(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value === value.trim() && [...value].length <= UNIT_LENGTH;
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null;
}

function textIn(given: JsonRecord, key: string): string | null {
  const value = given[key];
  return typeof value === 'string' ? value : null;
}

/** A code may contain dots, so the path is built here and not parsed from a dotted text. */
function characteristicRejection(path: readonly string[], message: string): Rejection {
  return {
    ...rejection('PRC-6', '', message, 'INVALID_INPUT'),
    path: ['qualityCriteria', 'characteristics', ...path],
  };
}
