import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rejection } from '../../../src/platform/rules/rejection.ts';
import {
  displayLotNumber,
  displaySerialNumber,
  lotNumber,
  lotNumberPrefix,
  numberOf,
  numberPartOf,
  sequenceWidth,
  serialNumber,
  UNIT_KINDS,
  unitNumberOf,
  unknownUnit,
  wipItemNumber,
} from '../../../src/production/lot/unit-number.rules.ts';

test('a lot number consists of line, model, year and month of the production date, and sequence (LOT-1)', () => {
  const prefix = lotNumberPrefix('KR01', 'PSA', '2026-11-20');

  expect(prefix).toBe('KR01PSA2611');
  expect(lotNumber(prefix, 1)).toBe('KR01PSA261101');
  expect(lotNumber(prefix, 99)).toBe('KR01PSA261199');
  expect([100, 109, 110, 180, 339].map((sequence) => lotNumber(prefix, sequence).slice(11))).toEqual([
    'A0',
    'A9',
    'B0',
    'J0',
    'Z9',
  ]);
});

test('a number that does not have its form is never created (LOT-1, WIP-1, SER-1)', () => {
  expect(() => lotNumber('KR01PSA2611', 340)).toThrow('KR01PSA26110 is no number of a LOT.');
  expect(() => wipItemNumber('KR01', 1, 3)).toThrow('WIP-KR01-001 is no number of a WIP_ITEM.');
  expect(() => serialNumber('KR01PSA261101', 10_000_000, 7)).toThrow('KR01PSA26110110000000 is no number of a SERIAL.');
});

test.each([
  [1, 3],
  [999, 3],
  [1_000, 4],
  [9_999, 4],
  [10_000, 5],
  [1_000_000, 7],
])('a lot of %i units numbers them with %i digits', (target, width) => {
  expect(sequenceWidth(target)).toBe(width);
});

test('an item number consists of WIP-, the lot number, and the sequence in the width of the lot (WIP-1)', () => {
  expect(wipItemNumber('KR01PSA261101', 1, 3)).toBe('WIP-KR01PSA261101-001');
  expect(wipItemNumber('KR01PSA261101', 1, 4)).toBe('WIP-KR01PSA261101-0001');
  expect(wipItemNumber('KR01PSA261101', 1_000_000, 7)).toBe('WIP-KR01PSA261101-1000000');
});

test('a serial number consists of the lot number and the sequence in the width of the lot (SER-1)', () => {
  expect(serialNumber('KR01PSA261101', 1, 3)).toBe('KR01PSA261101001');
  expect(serialNumber('KR01PSA261101', 1, 7)).toBe('KR01PSA2611010000001');
});

test('numbers are displayed in groups', () => {
  expect(displayLotNumber('KR01PSA261101')).toBe('KR01-PSA-2611-01');
  expect(displaySerialNumber('KR01PSA261101001')).toBe('KR01-PSA-2611-01-001');
  expect(displaySerialNumber('KR01PSA2611010000001')).toBe('KR01-PSA-2611-01-0000001');
});

test.each([
  ['KR01PSA261101', 'KR01PSA261101'],
  ['kr01-psa-2611-01', 'KR01PSA261101'],
  ['  kr01 psa 2611 01 ', 'KR01PSA261101'],
  ['K-R01PSA26--1101', 'KR01PSA261101'],
  [']d2KR01-PSA-2611-01\r\n', 'KR01PSA261101'],
  ['KR01PSA26110', undefined],
  ['KR01PSA2611012', undefined],
  ['kr01-psa-2611-a1', 'KR01PSA2611A1'],
  ['KR01PSA2611I1', undefined],
  ['KR01PSA2611AA', undefined],
  ['KR01_PSA_2611_01', undefined],
  ['KR01PSA26110１', undefined],
  ['KR01PſA261101', undefined],
  ['', undefined],
  ['\u0000KR01PSA261101', undefined],
])('the lot number in %j is %j (LOT-1)', (text, number) => {
  expect(numberOf('LOT', text)).toBe(number);
});

test.each([
  ['KR01PSA261101001', 'KR01PSA261101001'],
  ['kr01-psa-2611-01-001', 'KR01PSA261101001'],
  ['KR01PSA2611010000001', 'KR01PSA2611010000001'],
  ['KR01PSA26110101', undefined],
  ['KR01PSA26110100000001', undefined],
  ['KR01PSA26110100A', undefined],
])('the serial number in %j is %j (SER-1)', (text, number) => {
  expect(numberOf('SERIAL', text)).toBe(number);
});

test.each([
  ['WIP-KR01PSA261101-001', 'WIP-KR01PSA261101-001'],
  [' wip-kr01psa261101-001 ', 'WIP-KR01PSA261101-001'],
  ['WIP-KR01PSA261101-1000000', 'WIP-KR01PSA261101-1000000'],
  ['WIPKR01PSA261101001', undefined],
  ['WIP-KR01-PSA-2611-01-001', undefined],
  ['WIP -KR01PSA261101-001', undefined],
  ['WIP-KR01PSA261101-01', undefined],
  ['WIP-KR01PSA261101-00000001', undefined],
])('the item number in %j is %j (WIP-1)', (text, number) => {
  expect(numberOf('WIP_ITEM', text)).toBe(number);
});

test('the kind of a number is recognised by its form', () => {
  expect(UNIT_KINDS).toEqual(['LOT', 'WIP_ITEM', 'SERIAL']);
  expect(unitNumberOf('kr01-psa-2611-01')).toEqual({ kind: 'LOT', number: 'KR01PSA261101' });
  expect(unitNumberOf('wip-kr01psa261101-001')).toEqual({ kind: 'WIP_ITEM', number: 'WIP-KR01PSA261101-001' });
  expect(unitNumberOf('kr01-psa-2611-01-001')).toEqual({ kind: 'SERIAL', number: 'KR01PSA261101001' });
  expect(unitNumberOf('PRESS-7')).toBeUndefined();
});

test('every created number is recognised, in any case and with any hyphens (LOT-1, WIP-1, SER-1)', () => {
  const segment = (length: number) => fc.stringMatching(new RegExp(`^[A-Z0-9]{${length}}$`));
  const date = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });

  fc.assert(
    fc.property(
      segment(4),
      segment(3),
      date,
      fc.integer({ min: 1, max: 99 }),
      fc
        .integer({ min: 1, max: 1_000_000 })
        .chain((target) => fc.tuple(fc.constant(target), fc.integer({ min: 1, max: target }))),
      (line, model, day, lotSequence, [target, sequence]) => {
        const lot = lotNumber(lotNumberPrefix(line, model, day.toISOString().slice(0, 10)), lotSequence);
        const item = wipItemNumber(lot, sequence, sequenceWidth(target));
        const serial = serialNumber(lot, sequence, sequenceWidth(target));

        expect(unitNumberOf(displayLotNumber(lot).toLowerCase())).toEqual({ kind: 'LOT', number: lot });
        expect(unitNumberOf(item.toLowerCase())).toEqual({ kind: 'WIP_ITEM', number: item });
        expect(unitNumberOf(displaySerialNumber(serial).toLowerCase())).toEqual({ kind: 'SERIAL', number: serial });
      },
    ),
  );
});

test('an unknown number is reported as not found, in its canonical spelling', () => {
  expect(unknownUnit('LOT', ' kr01-psa-2611-01', 'lot')).toEqual(
    rejection('NOT_FOUND', 'lot', 'Lot KR01PSA261101 does not exist.'),
  );
  expect(unknownUnit('WIP_ITEM', 'wip-kr01psa261101-001', 'wipItem')).toEqual(
    rejection('NOT_FOUND', 'wipItem', 'WIP item WIP-KR01PSA261101-001 does not exist.'),
  );
  expect(unknownUnit('SERIAL', 'KR01PSA261101001', 'serial')).toEqual(
    rejection('NOT_FOUND', 'serial', 'Serial KR01PSA261101001 does not exist.'),
  );
});

test('a text that has the form of no number is reported as an unknown external number', () => {
  expect(unknownUnit('LOT', 'KR01', 'lot')).toEqual(
    rejection(
      'NOT_FOUND',
      'lot',
      'Lot "KR01" does not exist: no lot has this external number, and a lot number looks like KR01PSA261101.',
    ),
  );
  expect(unknownUnit('SERIAL', 'X'.repeat(41), 'serial').message).toBe(
    `Serial "${'X'.repeat(40)}…" does not exist: no serial has this external number, and a serial number looks like KR01PSA261101001.`,
  );
});

test('a number of another kind is refused, and the refusal names its kind (LOT-1, WIP-1, SER-1)', () => {
  expect(unknownUnit('LOT', 'kr01-psa-2611-01-001', 'lot')).toEqual(
    rejection(
      'LOT-1',
      'lot.number',
      'KR01PSA261101001 is the number of a serial, not of a lot; one looks like KR01PSA261101.',
      'INVALID_INPUT',
    ),
  );
  expect(unknownUnit('WIP_ITEM', 'KR01PSA261101', 'wipItem')).toEqual(
    rejection(
      'WIP-1',
      'wipItem.number',
      'KR01PSA261101 is the number of a lot, not of a WIP item; one looks like WIP-KR01PSA261101-001.',
      'INVALID_INPUT',
    ),
  );
  expect(unknownUnit('SERIAL', 'WIP-KR01PSA261101-001', 'serial')).toEqual(
    rejection(
      'SER-1',
      'serial.number',
      'WIP-KR01PSA261101-001 is the number of a WIP item, not of a serial; one looks like KR01PSA261101001.',
      'INVALID_INPUT',
    ),
  );
});

test('a part of a number is searched in its stored spelling', () => {
  expect(numberPartOf('LOT', ' kr01-psa ')).toBe('KR01PSA');
  expect(numberPartOf('SERIAL', 'psa 2611-')).toBe('PSA2611');
  expect(numberPartOf('WIP_ITEM', ' wip-kr01psa261101- ')).toBe('WIP-KR01PSA261101-');
});
