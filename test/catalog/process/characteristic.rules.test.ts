import { expect, test } from 'vitest';
import {
  CHARACTERISTIC_CODE,
  UNIT_LENGTH,
  characteristicsFit,
  characteristicsOf,
} from '../../../src/catalog/process/characteristic.rules.ts';

test.each([
  ['V', true],
  ['TORQUE_1.B-2', true],
  ['X'.repeat(50), true],
  ['X'.repeat(51), false],
  ['', false],
  ['torque', false],
  ['TORQUE 1', false],
])('a characteristic code is 1..50 of A-Z 0-9 _ . -: %j is %s (PRC-6)', (code, isRight) => {
  expect(CHARACTERISTIC_CODE.pattern.test(code)).toBe(isRight);
});

test.each([
  ['without any key', {}],
  ['with nulls only', { unit: null, lowerLimit: null, upperLimit: null, target: null, required: null }],
  [
    'with both limits, target, unit and required',
    { unit: 'V', lowerLimit: '-4.75', upperLimit: '5.25', target: '5', required: true },
  ],
  ['with a lower limit only', { lowerLimit: '0' }],
  ['with an upper limit only', { upperLimit: '9', required: false }],
  ['with equal limits', { lowerLimit: '5', upperLimit: '5.00', target: '5.0' }],
  ['with a target on the lower limit', { lowerLimit: '1', target: '1' }],
  ['with a target on the upper limit', { upperLimit: '1', target: '1' }],
  ['with a unit of 20 characters', { unit: 'µ'.repeat(UNIT_LENGTH) }],
])('a characteristic %s is valid (PRC-6)', (_, characteristic) => {
  expect(characteristicsFit({ characteristics: { V: characteristic } })).toEqual([]);
});

const DECIMAL = 'must be a decimal as text, such as "4.75", of at most 15 digits before and 10 after the point';
const KEYS = 'the keys are unit, lowerLimit, upperLimit, target, required';

test.each([
  [
    'limits the wrong way round',
    { lowerLimit: '5.0000000001', upperLimit: '5' },
    'lowerLimit 5.0000000001 is above upperLimit 5',
  ],
  [
    'a target below',
    { lowerLimit: '0.3', upperLimit: '1', target: '0.2999999999' },
    'target 0.2999999999 is below lowerLimit 0.3',
  ],
  ['a target above', { upperLimit: '-1', target: '-0.9' }, 'target -0.9 is above upperLimit -1'],
  ['a number for a decimal', { lowerLimit: 4.75 }, `lowerLimit ${DECIMAL}`],
  ['an exponent', { upperLimit: '1e3' }, `upperLimit ${DECIMAL}`],
  ['too many digits', { target: '1234567890123456' }, `target ${DECIMAL}`],
  ['a required that is a word', { required: 'yes' }, 'required must be true or false'],
  ['an empty unit', { unit: '' }, 'unit must be 1 to 20 characters without spaces around them'],
  ['a unit with spaces around it', { unit: ' V' }, 'unit must be 1 to 20 characters without spaces around them'],
  ['a unit of 21 characters', { unit: 'V'.repeat(21) }, 'unit must be 1 to 20 characters without spaces around them'],
  ['a unit that is a number', { unit: 5 }, 'unit must be 1 to 20 characters without spaces around them'],
  ['an unknown key', { lowerlimit: '5' }, `"lowerlimit" is not known; ${KEYS}`],
  ['null', null, 'it must be a JSON object with the keys unit, lowerLimit, upperLimit, target, required'],
  ['a list', ['5'], 'it must be a JSON object with the keys unit, lowerLimit, upperLimit, target, required'],
  [
    'several faults',
    { unit: '', required: 1 },
    'required must be true or false; unit must be 1 to 20 characters without spaces around them',
  ],
])('a characteristic with %s is refused with its own path (PRC-6)', (_, characteristic, fault) => {
  expect(characteristicsFit({ characteristics: { 'V.OUT': characteristic } })).toEqual([
    {
      code: 'INVALID_INPUT',
      rule: 'PRC-6',
      path: ['qualityCriteria', 'characteristics', 'V.OUT'],
      message: `Characteristic "V.OUT": ${fault}.`,
    },
  ]);
});

test('a code in lower case is refused, because two spellings would be two characteristics (PRC-6)', () => {
  expect(characteristicsFit({ characteristics: { volt: {} } })).toEqual([
    {
      code: 'INVALID_INPUT',
      rule: 'PRC-6',
      path: ['qualityCriteria', 'characteristics', 'volt'],
      message: 'Characteristic "volt": its code must be 1 to 50 of A-Z 0-9 _ . -.',
    },
  ]);
});

test('every invalid characteristic is reported (PRC-6)', () => {
  const found = characteristicsFit({ characteristics: { A: { required: 1 }, B: {}, C: { unit: '' } } });

  expect(found.map((rejection) => rejection.path.at(-1))).toEqual(['A', 'C']);
});

test('characteristics that are not a JSON object are refused (PRC-6)', () => {
  expect(characteristicsFit({ characteristics: [] })).toEqual([
    {
      code: 'INVALID_INPUT',
      rule: 'PRC-6',
      path: ['qualityCriteria', 'characteristics'],
      message: 'The characteristics must be a JSON object of code and characteristic.',
    },
  ]);
});

test.each([[{}], [{ characteristics: null }], [{ characteristics: {} }], [{ sampling: { every: 5 } }], [null]])(
  'quality criteria %j contain no characteristics; other keys are allowed (PRC-6)',
  (criteria) => {
    expect(characteristicsFit(criteria)).toEqual([]);
    expect([...characteristicsOf(criteria)]).toEqual([]);
  },
);

test('the characteristics of a step are read by their codes, and missing values are null (PRC-6)', () => {
  const criteria = {
    characteristics: {
      V: { unit: 'V', lowerLimit: '4.75', upperLimit: '5.25', target: '5', required: true },
      'I.MAX': { upperLimit: '0.5' },
    },
  };

  const characteristics = characteristicsOf(criteria);

  expect([...characteristics.values()]).toEqual([
    { code: 'V', unit: 'V', lowerLimit: '4.75', upperLimit: '5.25', target: '5', required: true },
    { code: 'I.MAX', unit: null, lowerLimit: null, upperLimit: '0.5', target: null, required: false },
  ]);
  expect([...characteristics.keys()]).toEqual(['V', 'I.MAX']);
});

test('invalid characteristics in the database are an internal error, not a refusal (PRC-6)', () => {
  expect(() => characteristicsOf({ characteristics: { V: { required: 'yes' } } })).toThrow(
    'Stored quality criteria are broken. Characteristic "V": required must be true or false.',
  );
});
