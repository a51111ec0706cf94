import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rejection } from '../../../src/platform/rules/rejection.ts';
import {
  MAX_READINGS,
  READING_CODE,
  READING_LENGTHS,
  VERDICTS,
  hasNoReadings,
  isAllowedOutOfSpec,
  readingIsWhole,
  readingsAllow,
  unitsFit,
  verdictOfReading,
  verdictOfRecord,
  withLimitsOfStep,
} from '../../../src/production/process-data/result/measurement.rules.ts';
import { characteristic, reading, step } from '../../support/floor.ts';

const VOLTAGE = characteristic('VOLTAGE', {
  unit: 'V',
  lowerLimit: '4.75',
  upperLimit: '5.25',
  target: '5',
  required: true,
});
const COLOUR = characteristic('COLOUR', { required: true });
const TEST = step(50, 'TEST', { characteristics: new Map([VOLTAGE, COLOUR].map((each) => [each.code, each])) });
const LENIENT = { ...TEST, allowOutOfSpecPass: true };

const good = reading('VOLTAGE', { value: '5.00', lowerLimit: '4.75', upperLimit: '5.25' });
const bad = { ...good, value: '5.2500000001', unit: 'V' };
const red = reading('COLOUR', { text: 'red' });

describe('a reading', () => {
  test('has the limits of the ledger (PD-11)', () => {
    expect(READING_LENGTHS).toEqual({ text: 500, unit: 20 });
    expect(MAX_READINGS).toBe(200);
    expect(READING_CODE).toEqual({ rule: 'PD-11', pattern: /^[A-Z0-9_.-]{1,50}$/, form: '1 to 50 of A-Z 0-9 _ . -' });
  });

  test('has a value or a text (PD-11)', () => {
    expect(readingIsWhole(reading('V', { value: '1' }), 0)).toBeUndefined();
    expect(readingIsWhole(reading('V', { text: 'one' }), 0)).toBeUndefined();
    expect(readingIsWhole(reading('V', { value: '1', text: 'one' }), 0)).toBeUndefined();
    expect(readingIsWhole(reading('V'), 2)).toEqual(
      rejection(
        'PD-11',
        'measurements.2',
        'Reading V has neither a value nor a text; give one of them.',
        'INVALID_INPUT',
      ),
    );
  });

  test('has a lower limit that is not above the upper (PD-11)', () => {
    expect(readingIsWhole(reading('V', { value: '1', lowerLimit: '2', upperLimit: '2.0' }), 0)).toBeUndefined();
    expect(readingIsWhole(reading('V', { value: '1', lowerLimit: '9' }), 0)).toBeUndefined();
    expect(readingIsWhole(reading('V', { value: '1', upperLimit: '-9' }), 0)).toBeUndefined();
    expect(readingIsWhole(reading('V', { value: '1', lowerLimit: '10', upperLimit: '9' }), 0)).toEqual(
      rejection(
        'PD-11',
        'measurements.0',
        'Reading V has the lower limit 10 above the upper limit 9.',
        'INVALID_INPUT',
      ),
    );
  });

  test('has the unit of its characteristic, when both have one (PD-11)', () => {
    const other = reading('OTHER', { value: '1', unit: 'A' });

    expect(unitsFit(TEST, [{ ...good, unit: 'V' }, good, red, { ...red, unit: 'nm' }, other])).toEqual([]);
    expect(unitsFit(TEST, [good, { ...good, unit: 'mV' }])).toEqual([
      rejection('PD-11', 'measurements.1', 'Reading VOLTAGE is in mV; the step wants it in V.', 'INVALID_INPUT'),
    ]);
  });
});

describe('the verdict of a reading', () => {
  test('uses the limits of the step in place of the given ones, and stores them with the reading (PD-10)', () => {
    const sent = reading('VOLTAGE', { value: '9', unit: 'V', lowerLimit: '0', upperLimit: '10', target: '9' });
    const own = reading('OTHER', { value: '9', lowerLimit: '0', upperLimit: '10', target: '9' });

    expect(withLimitsOfStep(TEST, [sent, own])).toEqual([
      { ...sent, lowerLimit: '4.75', upperLimit: '5.25', target: '5' },
      own,
    ]);
  });

  test('uses no limits when the characteristic has none, and keeps the target when it has none (PD-10)', () => {
    const sent = reading('COLOUR', { value: '9', lowerLimit: '0', upperLimit: '10', target: '9' });

    expect(withLimitsOfStep(TEST, [sent])).toEqual([{ ...sent, lowerLimit: null, upperLimit: null }]);
  });

  test.each([
    ['4.75', '4.75', '5.25', 'IN_SPEC'],
    ['5.25', '4.75', '5.25', 'IN_SPEC'],
    ['5.2500000000', '4.75', '5.25', 'IN_SPEC'],
    ['4.7499999999', '4.75', '5.25', 'OUT_OF_SPEC'],
    ['5.2500000001', '4.75', '5.25', 'OUT_OF_SPEC'],
    ['999999999999999.9999999999', null, '999999999999999.9999999998', 'OUT_OF_SPEC'],
    ['999999999999999.9999999998', null, '999999999999999.9999999998', 'IN_SPEC'],
    ['-1', '-2', null, 'IN_SPEC'],
    ['-3', '-2', null, 'OUT_OF_SPEC'],
    ['10', '9', null, 'IN_SPEC'],
    ['-0', '0', '0', 'IN_SPEC'],
    ['5', null, null, 'NOT_JUDGED'],
    [null, '4.75', '5.25', 'NOT_JUDGED'],
  ] as const)('of %s between %s and %s is %s (PD-10)', (value, lowerLimit, upperLimit, verdict) => {
    expect(VERDICTS).toContain(verdict);
    expect(verdictOfReading({ value, lowerLimit, upperLimit })).toBe(verdict);
  });

  test('is exact for every decimal (PD-10)', () => {
    const SMALLEST = 10n ** 10n;
    const scaled = fc.bigInt({ min: -(10n ** 25n) + 1n, max: 10n ** 25n - 1n });
    const decimal = (units: bigint): string => {
      const digits = (units < 0n ? -units : units).toString().padStart(11, '0');
      return `${units < 0n ? '-' : ''}${digits.slice(0, -10)}.${digits.slice(-10)}`;
    };
    const near = scaled.chain((value) =>
      fc.tuple(
        fc.constant(value),
        fc.bigInt({ min: value - 2n, max: value + 2n }),
        fc.bigInt({ min: -SMALLEST, max: SMALLEST }),
      ),
    );

    fc.assert(
      fc.property(fc.oneof(near, fc.tuple(scaled, scaled, scaled)), ([value, lower, upper]) => {
        fc.pre([lower, upper].every((each) => each < 10n ** 25n && each > -(10n ** 25n)));
        const reference = value >= lower && value <= upper ? 'IN_SPEC' : 'OUT_OF_SPEC';

        expect(
          verdictOfReading({ value: decimal(value), lowerLimit: decimal(lower), upperLimit: decimal(upper) }),
        ).toBe(reference);
      }),
      { numRuns: 1_000 },
    );
  });

  test('is part of the verdict of the record, which is the worst of its readings (PD-10)', () => {
    expect(verdictOfRecord([good, bad, red])).toBe('OUT_OF_SPEC');
    expect(verdictOfRecord([red, good])).toBe('IN_SPEC');
    expect(verdictOfRecord([red])).toBe('NOT_JUDGED');
    expect(verdictOfRecord([])).toBe('NOT_JUDGED');
  });
});

describe('a PASS', () => {
  test('is allowed when every required reading is in specification (PD-10)', () => {
    expect(readingsAllow('PASS', TEST, [good, red])).toEqual([]);
  });

  test('is refused with a reading out of specification, at its path (PD-10)', () => {
    const message =
      'Reading VOLTAGE is 5.2500000001 V, not from 4.75 to 5.25 V; step 50 TEST allows no PASS out of specification.';

    expect(readingsAllow('PASS', TEST, [red, good, bad])).toEqual([
      rejection('PD-10', 'measurements.2.value', message),
    ]);
  });

  test.each([
    [{ lowerLimit: null }, 'Reading X is 9, not at most 8; step 50 TEST allows no PASS out of specification.'],
    [
      { lowerLimit: '10', upperLimit: null },
      'Reading X is 9, not at least 10; step 50 TEST allows no PASS out of specification.',
    ],
  ])('is checked by the limits of the reading where the step has none: %j (PD-10)', (limits, message) => {
    const own = { ...reading('X', { value: '9', lowerLimit: null, upperLimit: '8' }), ...limits };
    const free = { ...TEST, characteristics: new Map() };

    expect(readingsAllow('PASS', free, [own])).toEqual([rejection('PD-10', 'measurements.0.value', message)]);
  });

  test('is allowed out of specification where the step allows it (PD-10)', () => {
    expect(readingsAllow('PASS', LENIENT, [bad, red])).toEqual([]);
    expect(isAllowedOutOfSpec('PASS', LENIENT, [bad, red])).toBe(true);
    expect(isAllowedOutOfSpec('PASS', LENIENT, [good, red])).toBe(false);
    expect(isAllowedOutOfSpec('PASS', TEST, [bad])).toBe(false);
    expect(isAllowedOutOfSpec('FAIL', LENIENT, [bad])).toBe(false);
  });

  test('is refused without a required reading, also where the step allows readings out of specification (PD-10)', () => {
    const missing = rejection('PD-10', 'measurements', 'A PASS of step 50 TEST needs a reading of VOLTAGE, COLOUR.');

    expect(readingsAllow('PASS', TEST, [])).toEqual([missing]);
    expect(readingsAllow('PASS', LENIENT, [])).toEqual([missing]);
  });

  test('needs a value where a required characteristic has a limit, because a text cannot be compared (PD-10)', () => {
    const least = characteristic('LEAST', { lowerLimit: '1', required: true });
    const most = characteristic('MOST', { upperLimit: '1', required: true });
    const judging = step(50, 'TEST', { characteristics: new Map([least, most].map((each) => [each.code, each])) });

    expect(readingsAllow('PASS', judging, [reading('LEAST', { text: 'ok' }), reading('MOST', { text: 'ok' })])).toEqual(
      [rejection('PD-10', 'measurements', 'A PASS of step 50 TEST needs a reading of LEAST, MOST.')],
    );
  });

  test('needs only the required readings (PD-10)', () => {
    const optional = step(50, 'TEST', { characteristics: new Map([['LENGTH', characteristic('LENGTH')]]) });

    expect(readingsAllow('PASS', optional, [])).toEqual([]);
  });
});

test('a FAIL and a REWORK are allowed with any readings (PD-10)', () => {
  expect(readingsAllow('FAIL', TEST, [bad])).toEqual([]);
  expect(readingsAllow('REWORK', TEST, [])).toEqual([]);
});

test('a step has no readings when none of its characteristics was read', () => {
  expect(hasNoReadings(TEST, [])).toBe(true);
  expect(hasNoReadings(TEST, [reading('OTHER', { value: '1' })])).toBe(true);
  expect(hasNoReadings(TEST, [red])).toBe(false);
  expect(hasNoReadings(step(10, 'MOUNT'), [])).toBe(false);
});
