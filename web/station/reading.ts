/** What is read at a step, and how a reading is judged while it is typed. The server judges it again (PD-10). */
import type { MeasurementInput, StationRouteQuery } from '../generated/graphql.ts';
import { compareDecimals } from '../../src/platform/values/decimal.ts';
import { decimalOf } from './decimal.ts';

/** A step of the route of a lot. */
export type Step = NonNullable<StationRouteQuery['routeOf']>[number];
/** What is read at a step. */
export type Characteristic = Step['characteristics'][number];

/** How a reading is judged. MISSING: a PASS needs it. EMPTY: it may be left out. */
export type Judgement = 'EMPTY' | 'MISSING' | 'NOT_A_NUMBER' | 'IN_SPEC' | 'TOO_LOW' | 'TOO_HIGH';

/** Whether a characteristic is a number: it has limits, a target or a unit of measure. Otherwise it is a text. */
export function isNumeric({ lowerLimit, upperLimit, target, unit }: Characteristic): boolean {
  return [lowerLimit, upperLimit, target, unit].some((each) => each !== null);
}

/** How what was typed is judged. */
export function judge(characteristic: Characteristic, typed: string): Judgement {
  if (typed.trim() === '') return characteristic.required ? 'MISSING' : 'EMPTY';
  if (!isNumeric(characteristic)) return 'IN_SPEC';
  const value = decimalOf(typed);
  if (value === undefined) return 'NOT_A_NUMBER';
  const { lowerLimit, upperLimit } = characteristic;
  if (lowerLimit !== null && compareDecimals(value, lowerLimit) < 0) return 'TOO_LOW';
  if (upperLimit !== null && compareDecimals(value, upperLimit) > 0) return 'TOO_HIGH';
  return 'IN_SPEC';
}

/** The readings that were typed, as the server takes them. */
export function measurementsOf(
  characteristics: readonly Characteristic[],
  typed: ReadonlyMap<string, string>,
): MeasurementInput[] {
  return characteristics.flatMap((characteristic): MeasurementInput[] => {
    const { code, unit } = characteristic;
    const text = (typed.get(code) ?? '').trim();
    if (text === '') return [];
    if (!isNumeric(characteristic)) return [{ code, text }];
    return [{ code, value: decimalOf(text) ?? text, ...(unit === null ? {} : { unit }) }];
  });
}

/** Whether these judgements let a unit pass the step. */
export function canPass(
  { allowOutOfSpecPass }: Pick<Step, 'allowOutOfSpecPass'>,
  judgements: readonly Judgement[],
): boolean {
  return judgements.every(
    (each) =>
      each === 'EMPTY' || each === 'IN_SPEC' || (allowOutOfSpecPass && (each === 'TOO_LOW' || each === 'TOO_HIGH')),
  );
}
