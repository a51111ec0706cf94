import { describe, expect, test } from 'vitest';
import { rejection } from '../../../src/platform/rules/rejection.ts';
import { LOT_STATUSES } from '../../../src/production/lot/lot.rules.ts';
import {
  LEVEL_OF_UNIT,
  columnsOfUnit,
  idOfUnit,
  levelFitsUnit,
  nameOfUnit,
  stepFitsUnit,
  unitIsLive,
  unitTakesWork,
} from '../../../src/production/unit/unit.rules.ts';
import {
  BURN_IN,
  CONVERT,
  INCOMING,
  MOUNT,
  SOLDER,
  idsOf,
  itemUnit,
  lot,
  lotUnit,
  serialUnit,
  step,
} from '../../support/floor.ts';

describe('the unit of an execution', () => {
  test('determines lot, item and serial of the execution (PD-1, PD-18)', () => {
    expect(LEVEL_OF_UNIT).toEqual({ LOT: 'LOT', WIP_ITEM: 'WIP', SERIAL: 'SERIAL' });
    expect(columnsOfUnit(lotUnit())).toEqual({ level: 'LOT', lotId: 'lot', wipItemId: null, serialId: null });
    expect(columnsOfUnit(itemUnit())).toEqual({ level: 'WIP', lotId: 'lot', wipItemId: 'item', serialId: null });
    expect(columnsOfUnit(serialUnit())).toEqual({
      level: 'SERIAL',
      lotId: 'lot',
      wipItemId: 'item',
      serialId: 'serial',
    });
  });

  test('has its executions under its own id, and its number in messages', () => {
    expect([lotUnit(), itemUnit(), serialUnit()].map(idOfUnit)).toEqual(['lot', 'item', 'serial']);
    expect([lotUnit(), itemUnit(), serialUnit()].map(nameOfUnit)).toEqual([
      'Lot KR01PSA261101',
      'WIP item WIP-KR01PSA261101-001',
      'Serial KR01PSA261101001',
    ]);
  });

  test.each([
    ['LOT', null, null, true],
    ['LOT', 'item', null, false],
    ['LOT', null, 'serial', false],
    ['LOT', 'item', 'serial', false],
    ['WIP', 'item', null, true],
    ['WIP', null, null, false],
    ['WIP', null, 'serial', false],
    ['WIP', 'item', 'serial', false],
    ['SERIAL', 'item', 'serial', true],
    ['SERIAL', null, null, false],
    ['SERIAL', 'item', null, false],
    ['SERIAL', null, 'serial', false],
  ] as const)('matches the level of the execution: %s with item %s and serial %s is %s (PD-1)', (...row) => {
    const [level, wipItemId, serialId, fits] = row;

    expect(levelFitsUnit({ level, wipItemId, serialId }) === undefined).toBe(fits);
  });

  test('is named by the refusal of a wrong level (PD-1)', () => {
    expect(levelFitsUnit({ level: 'LOT', wipItemId: 'item', serialId: null })).toEqual(
      rejection(
        'PD-1',
        'unit',
        'An execution of level LOT belongs to a lot, and names neither item nor serial.',
        'INVALID_INPUT',
      ),
    );
    expect(levelFitsUnit({ level: 'WIP', wipItemId: null, serialId: null })).toEqual(
      rejection(
        'PD-1',
        'unit',
        'An execution of level WIP belongs to a WIP item, and names no serial.',
        'INVALID_INPUT',
      ),
    );
    expect(levelFitsUnit({ level: 'SERIAL', wipItemId: null, serialId: 'serial' })).toEqual(
      rejection(
        'PD-1',
        'unit',
        'An execution of level SERIAL belongs to a serial, and names its item too.',
        'INVALID_INPUT',
      ),
    );
  });
});

describe('the step of an execution', () => {
  test('has the level of the unit (PD-17)', () => {
    expect(stepFitsUnit(INCOMING, lotUnit())).toBeUndefined();
    expect(stepFitsUnit(CONVERT, itemUnit())).toBeUndefined();
    expect(stepFitsUnit(BURN_IN, serialUnit())).toBeUndefined();
    expect(stepFitsUnit(BURN_IN, itemUnit())).toEqual(
      rejection(
        'PD-17',
        'process',
        'Step 95 BURN_IN is of level SERIAL; WIP item WIP-KR01PSA261101-001 takes steps of level WIP.',
      ),
    );
    expect(stepFitsUnit(MOUNT, lotUnit())).toEqual(
      rejection('PD-17', 'process', 'Step 10 MOUNT is of level WIP; lot KR01PSA261101 takes steps of level LOT.'),
    );
  });

  test('is active (PD-17)', () => {
    expect(stepFitsUnit(step(10, 'MOUNT', { isActive: false }), itemUnit())).toEqual(
      rejection('PD-17', 'process', 'Step 10 MOUNT is inactive; only an active step can be started.'),
    );
  });

  test('is refused on a CONVERTED item; lots and serials are never converted (WIP-8)', () => {
    expect(unitTakesWork(lotUnit())).toBeUndefined();
    expect(unitTakesWork(serialUnit())).toBeUndefined();
    expect(unitTakesWork(itemUnit('COMPLETED'))).toBeUndefined();
    expect(unitTakesWork(itemUnit('CONVERTED'))).toEqual(
      rejection(
        'WIP-8',
        'unit',
        'WIP item WIP-KR01PSA261101-001 is CONVERTED and takes no more work; work on its serial.',
      ),
    );
  });
});

describe('a unit accepts work', () => {
  const none = idsOf();

  test.each(LOT_STATUSES)('in a lot that is CREATED or IN_PROGRESS: %s (PD-16)', (status) => {
    const isLive = status === 'CREATED' || status === 'IN_PROGRESS';
    const refused = rejection(
      'PD-16',
      'unit',
      `Lot KR01PSA261101 is ${status}; work starts only in a CREATED or IN_PROGRESS lot.`,
    );
    const answer = isLive ? undefined : refused;

    expect(unitIsLive(lotUnit(lot(status)), INCOMING, none)).toEqual(answer);
    expect(unitIsLive(itemUnit('CREATED', lot(status)), MOUNT, none)).toEqual(answer);
    expect(unitIsLive(serialUnit('CREATED', lot(status)), BURN_IN, none)).toEqual(answer);
  });

  test('as an item while CREATED, IN_PROGRESS or FAILED (PD-16)', () => {
    for (const status of ['CREATED', 'IN_PROGRESS', 'FAILED'] as const) {
      expect(unitIsLive(itemUnit(status), MOUNT, none)).toBeUndefined();
    }
    expect(unitIsLive(itemUnit('CONVERTED'), SOLDER, none)).toEqual(
      rejection(
        'PD-16',
        'unit',
        'WIP item WIP-KR01PSA261101-001 is CONVERTED; work starts only on an item that is not converted.',
      ),
    );
  });

  test('as a COMPLETED item on the conversion step and on a step that was added since (PD-16, WIP-9)', () => {
    expect(unitIsLive(itemUnit('COMPLETED'), CONVERT, idsOf(MOUNT, SOLDER))).toBeUndefined();
    expect(unitIsLive(itemUnit('COMPLETED'), SOLDER, idsOf(MOUNT))).toBeUndefined();
    expect(unitIsLive(itemUnit('COMPLETED'), MOUNT, idsOf(MOUNT))).toEqual(
      rejection(
        'PD-16',
        'unit',
        'WIP item WIP-KR01PSA261101-001 is COMPLETED and has passed 10 MOUNT; it takes only the conversion step or a step added since.',
      ),
    );
  });

  test('as a serial while CREATED or IN_PROGRESS; a FAILED one is reworked first (PD-16)', () => {
    expect(unitIsLive(serialUnit('CREATED'), BURN_IN, none)).toBeUndefined();
    expect(unitIsLive(serialUnit('IN_PROGRESS'), BURN_IN, none)).toBeUndefined();
    expect(unitIsLive(serialUnit('FAILED'), BURN_IN, none)).toEqual(
      rejection('PD-16', 'unit', 'Serial KR01PSA261101001 is FAILED; rework it first.'),
    );
    expect(unitIsLive(serialUnit('PASSED'), BURN_IN, none)).toEqual(
      rejection(
        'PD-16',
        'unit',
        'Serial KR01PSA261101001 is PASSED; work starts only on a CREATED or IN_PROGRESS serial.',
      ),
    );
  });
});
