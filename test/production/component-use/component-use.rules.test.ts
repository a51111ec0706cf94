import { withoutFinalZeros } from '../../../src/platform/values/decimal.ts';
import { describe, expect, test } from 'vitest';
import type { LotDisposition } from '../../../src/production/lot/lot.rules.ts';
import {
  columnsOfComponent,
  columnsOfConsumer,
  type Component,
  componentIsNotHeld,
  type Consumer,
  consumerIsNotHeld,
  containsNotItself,
  executionIsOfConsumer,
  installationTime,
  isGoodSerial,
  isInNoOtherPlace,
  isInstalledAfterRemoval,
  isRemovedAfterInstallation,
  isStillInstalled,
  kindOfConsumer,
  quantityFits,
  quantityHasRoom,
  removalTime,
  takesComponents,
} from '../../../src/production/component-use/component-use.rules.ts';

const lotOf = (disposition: LotDisposition = 'UNDECIDED') => ({ id: 'lot', number: 'KR01PSA261101', disposition });
const PART = { id: 'serial', number: 'KR01PSA261101001', status: 'PASSED', wipItemId: 'item' } as const;
const ITEM = { id: 'item', number: 'WIP-KR01PSA261101-001', status: 'IN_PROGRESS' } as const;
const intoLot: Consumer = { kind: 'LOT', lot: lotOf() };
const intoItem: Consumer = { kind: 'WIP_ITEM', lot: lotOf(), wipItem: ITEM };
const intoSerial: Consumer = { kind: 'SERIAL', lot: lotOf(), serial: PART };
const ofLot: Component = { kind: 'LOT', lot: lotOf() };
const ofSerial: Component = { kind: 'SERIAL', lot: lotOf(), serial: PART };
const external: Component = { kind: 'EXTERNAL_LOT', number: 'ACME-7' };
const EARLY = '2026-11-20T08:00:00.000Z';
const LATE = '2026-11-20T09:00:00.000Z';

test('the execution is one of the consumer, of its item or of its lot (CMP-1)', () => {
  for (const consumer of [intoLot, intoItem, intoSerial])
    expect(executionIsOfConsumer(undefined, consumer)).toBeUndefined();
  expect(executionIsOfConsumer({ unitId: 'lot' }, intoLot)).toBeUndefined();
  for (const unitId of ['lot', 'item']) expect(executionIsOfConsumer({ unitId }, intoItem)).toBeUndefined();
  for (const unitId of ['lot', 'item', 'serial']) expect(executionIsOfConsumer({ unitId }, intoSerial)).toBeUndefined();
  const refused = (name: string) => ({
    code: 'RULE_VIOLATED',
    rule: 'CMP-1',
    path: ['processData'],
    message: `The execution is not one of ${name}, of the item that it was, or of its lot.`,
  });
  expect(executionIsOfConsumer({ unitId: 'item' }, intoLot)).toEqual(refused('lot KR01PSA261101'));
  expect(executionIsOfConsumer({ unitId: 'serial' }, intoItem)).toEqual(refused('WIP item WIP-KR01PSA261101-001'));
  expect(executionIsOfConsumer({ unitId: 'other' }, intoSerial)).toEqual(refused('serial KR01PSA261101001'));
});

test('a serial is one piece; a lot is any quantity (CMP-2)', () => {
  for (const quantity of ['1', '1.0', '01']) expect(quantityFits(ofSerial, quantity)).toBeUndefined();
  for (const part of [ofLot, external]) expect(quantityFits(part, '2.5')).toBeUndefined();
  expect(quantityFits(ofSerial, '2')).toEqual({
    code: 'INVALID_INPUT',
    rule: 'CMP-2',
    path: ['quantity'],
    message: 'Serial KR01PSA261101001 is one piece, not 2; a serial is built in as quantity 1.',
  });
});

test('a quantity has at most 12 digits before and 6 after the point (CMP-2)', () => {
  for (const text of ['1', '0001.5000000', '123456789012.123456', '000123456789012', '-0.1', '0.1234560'])
    expect([text, quantityHasRoom(text)]).toEqual([text, true]);
  for (const text of ['1234567890123', '0.1234567', '-1234567890123'])
    expect([text, quantityHasRoom(text)]).toEqual([text, false]);
});

test('a stored quantity is shown without the zeros of its column (CMP-2)', () => {
  expect(['1.000000', '2.500000', '100.000000', '0.000001'].map(withoutFinalZeros)).toEqual([
    '1',
    '2.5',
    '100',
    '0.000001',
  ]);
});

describe('a serial as a component', () => {
  test('is PASSED (CMP-3)', () => {
    for (const part of [ofSerial, ofLot, external]) expect(isGoodSerial(part)).toBeUndefined();
    const open: Component = { kind: 'SERIAL', lot: lotOf(), serial: { ...PART, status: 'IN_PROGRESS' } };
    expect(isGoodSerial(open)).toMatchObject({
      rule: 'CMP-3',
      path: ['component', 'serial'],
      message: 'Serial KR01PSA261101001 is IN_PROGRESS; only a PASSED serial is built in.',
    });
  });

  test('is in one place at a time (CMP-3)', () => {
    expect(isInNoOtherPlace(ofSerial, undefined)).toBeUndefined();
    for (const part of [ofLot, external]) expect(isInNoOtherPlace(part, 'KR01PSA261102')).toBeUndefined();
    expect(isInNoOtherPlace(ofSerial, 'KR01PSA261102')).toMatchObject({
      rule: 'CMP-3',
      path: ['component', 'serial'],
      message: 'Serial KR01PSA261101001 is built into KR01PSA261102; remove it there first.',
    });
  });

  test('is not built in before its last removal (CMP-3)', () => {
    expect(isInstalledAfterRemoval(ofSerial, LATE, undefined)).toBeUndefined();
    expect(isInstalledAfterRemoval(ofSerial, LATE, LATE)).toBeUndefined();
    expect(isInstalledAfterRemoval(ofSerial, LATE, EARLY)).toBeUndefined();
    expect(isInstalledAfterRemoval(ofLot, EARLY, LATE)).toBeUndefined();
    expect(isInstalledAfterRemoval(ofSerial, EARLY, LATE)).toMatchObject({ rule: 'CMP-3', path: ['installedAt'] });
    expect(installationTime(undefined, undefined, EARLY)).toBe(EARLY);
    expect(installationTime(undefined, LATE, EARLY)).toBe(LATE);
    expect(installationTime(EARLY, LATE, LATE)).toBe(EARLY);
  });
});

test('a use ends once, and not before it began (CMP-4)', () => {
  expect(isStillInstalled({ removedAt: null })).toBeUndefined();
  expect(isStillInstalled({ removedAt: EARLY })).toMatchObject({
    rule: 'CMP-4',
    path: ['id'],
    message: `The component was removed at ${EARLY} already; a use ends once.`,
  });
  expect(isRemovedAfterInstallation(EARLY, EARLY)).toBeUndefined();
  expect(isRemovedAfterInstallation(EARLY, LATE)).toMatchObject({ rule: 'CMP-4', path: ['removedAt'] });
  expect(removalTime(undefined, EARLY, LATE)).toBe(LATE);
  expect(removalTime(undefined, LATE, EARLY)).toBe(LATE);
  expect(removalTime(EARLY, LATE, LATE)).toBe(EARLY);
});

test('nothing contains itself (CMP-5)', () => {
  expect(containsNotItself(ofLot, intoItem, false)).toBeUndefined();
  const messages = [
    containsNotItself(ofLot, intoItem, true),
    containsNotItself(ofSerial, intoLot, true),
    containsNotItself(external, intoSerial, true),
  ].map((answer) => answer?.message);
  expect(messages).toEqual([
    'Lot KR01PSA261101 contains WIP item WIP-KR01PSA261101-001, itself or in one of its parts, or is made of it; nothing is built into itself.',
    'Serial KR01PSA261101001 contains lot KR01PSA261101, itself or in one of its parts, or is made of it; nothing is built into itself.',
    'Supplier lot ACME-7 contains serial KR01PSA261101001, itself or in one of its parts, or is made of it; nothing is built into itself.',
  ]);
  expect(containsNotItself(ofLot, intoItem, true)).toMatchObject({ rule: 'CMP-5', path: ['component'] });
});

describe('a held lot', () => {
  test('is not built in, and neither is a serial of it (CMP-6)', () => {
    for (const disposition of ['UNDECIDED', 'RELEASED'] as const)
      expect(componentIsNotHeld({ kind: 'LOT', lot: lotOf(disposition) })).toBeUndefined();
    expect(componentIsNotHeld(external)).toBeUndefined();
    expect(componentIsNotHeld({ kind: 'LOT', lot: lotOf('QUARANTINED') })).toEqual({
      code: 'RULE_VIOLATED',
      rule: 'CMP-6',
      path: ['component'],
      message: 'Lot KR01PSA261101 is QUARANTINED; nothing of a held lot is built in.',
    });
    expect(componentIsNotHeld({ kind: 'SERIAL', lot: lotOf('REJECTED'), serial: PART })?.message).toBe(
      'The lot KR01PSA261101 of serial KR01PSA261101001 is REJECTED; nothing of a held lot is built in.',
    );
  });

  test('takes no components, and neither do its units (CMP-6)', () => {
    expect(consumerIsNotHeld(intoItem)).toBeUndefined();
    expect(consumerIsNotHeld({ ...intoItem, lot: lotOf('REJECTED') })).toMatchObject({
      rule: 'CMP-6',
      path: ['consumer'],
    });
  });
});

test('a CONVERTED item takes no components; every other unit does (WIP-8)', () => {
  for (const consumer of [intoLot, intoItem, intoSerial]) expect(takesComponents(consumer)).toBeUndefined();
  expect(takesComponents({ ...intoItem, wipItem: { ...ITEM, status: 'CONVERTED' } })).toMatchObject({
    rule: 'WIP-8',
    path: ['consumer'],
    message: 'WIP item WIP-KR01PSA261101-001 is CONVERTED and takes no components; build them into its serial.',
  });
});

test('a use names one consumer and one component by its columns (CMP-1)', () => {
  expect([intoLot, intoItem, intoSerial].map(columnsOfConsumer)).toEqual([
    { consumerLotId: 'lot', consumerWipItemId: null, consumerSerialId: null },
    { consumerLotId: null, consumerWipItemId: 'item', consumerSerialId: null },
    { consumerLotId: null, consumerWipItemId: null, consumerSerialId: 'serial' },
  ]);
  expect([ofLot, ofSerial, external].map(columnsOfComponent)).toEqual([
    { componentLotId: 'lot', componentSerialId: null, externalLotNumber: null },
    { componentLotId: null, componentSerialId: 'serial', externalLotNumber: null },
    { componentLotId: null, componentSerialId: null, externalLotNumber: 'ACME-7' },
  ]);
  expect([intoLot, intoItem, intoSerial].map(columnsOfConsumer).map(kindOfConsumer)).toEqual([
    'LOT',
    'WIP_ITEM',
    'SERIAL',
  ]);
});
