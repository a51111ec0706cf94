import { describe, expect, test } from 'vitest';
import {
  actsAtOwnStation,
  INSPECTION_STATUSES,
  inspectionDurationSeconds,
  inspectionLabel,
  inspectionMayMove,
  isRoundFree,
  mayBePlanned,
  mayFollow,
  namesOneUnit,
  SAMPLE_CODE,
  takesInspections,
  unitIsOfLot,
} from '../../../src/quality/inspection/inspection.rules.ts';

const sample = { lotId: 'lot', wipItemId: null, serialId: 'serial', sampleCode: 'S-1', type: 'VISUAL' } as const;
const inspection = { ...sample, round: 1, status: 'PENDING' } as const;

test('an inspection is named by type, sample and round (INS-2)', () => {
  expect(inspectionLabel(inspection)).toBe('Inspection VISUAL of S-1');
  expect(inspectionLabel({ ...inspection, round: 2 })).toBe('Inspection VISUAL of S-1, round 2');
});

test('a sample code has 3 to 100 of A-Z 0-9 _ - and begins with a letter or digit (INS-1)', () => {
  const good = ['ABC', '9-_', 'WIP-KR01PSA261101-001', `A${'-'.repeat(99)}`];
  const bad = ['', 'AB', '-AB', '_AB', 'A B', 'abc', 'ÄBC', `A${'-'.repeat(100)}`];
  expect(good.filter((code) => !SAMPLE_CODE.pattern.test(code))).toEqual([]);
  expect(bad.filter((code) => SAMPLE_CODE.pattern.test(code))).toEqual([]);
});

test('a REJECTED lot takes no new inspection, any other does (INS-1)', () => {
  const lot = { number: 'KR01PSA261101' };
  for (const disposition of ['UNDECIDED', 'QUARANTINED', 'RELEASED'] as const)
    expect(takesInspections({ ...lot, disposition })).toBeUndefined();
  expect(takesInspections({ ...lot, disposition: 'REJECTED' })).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'INS-1',
    path: ['lot'],
    message: 'Lot KR01PSA261101 is REJECTED for ever; it takes no new inspection.',
  });
});

test('a sample is at most one unit, and one of the lot (INS-1)', () => {
  expect(namesOneUnit({})).toBeUndefined();
  expect(namesOneUnit({ wipItem: {} })).toBeUndefined();
  expect(namesOneUnit({ serial: {} })).toBeUndefined();
  expect(namesOneUnit({ wipItem: {}, serial: {} })).toMatchObject({ rule: 'INS-1', path: ['serial'] });
  const lot = { id: 'lot', number: 'KR01PSA261101' };
  const unit = { number: 'KR01PSA261102001', lotId: 'other' };
  expect(unitIsOfLot(undefined, lot, 'serial')).toBeUndefined();
  expect(unitIsOfLot({ ...unit, lotId: 'lot' }, lot, 'serial')).toBeUndefined();
  expect(unitIsOfLot(unit, lot, 'serial')).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'INS-1',
    path: ['serial'],
    message: 'Serial KR01PSA261102001 is not of lot KR01PSA261101; name a unit of this lot.',
  });
  expect(unitIsOfLot(unit, lot, 'wipItem')?.message).toContain('WIP item KR01PSA261102001 is not of lot');
});

test('a round is taken by an inspection that waits, runs or is complete (INS-2)', () => {
  expect(isRoundFree(undefined)).toBeUndefined();
  expect(isRoundFree({ ...inspection, status: 'COMPLETED' })).toEqual({
    code: 'CONFLICT',
    rule: 'INS-2',
    path: ['sampleCode'],
    message: 'Inspection VISUAL of S-1 is COMPLETED already; name it as `reinspectionOf` to begin the next round.',
  });
  expect(isRoundFree(inspection)?.message).toBe('Inspection VISUAL of S-1 is PENDING already; carry that out.');
});

test('only a COMPLETED inspection of the same lot, sample and type has a next round (INS-2)', () => {
  const completed = { ...inspection, status: 'COMPLETED' } as const;
  expect(mayFollow(completed, sample)).toBeUndefined();
  for (const status of ['PENDING', 'IN_PROGRESS', 'FAILED', 'CANCELLED'] as const)
    expect(mayFollow({ ...inspection, status }, sample)).toEqual({
      code: 'RULE_VIOLATED',
      rule: 'INS-2',
      path: ['reinspectionOf'],
      message: `Inspection VISUAL of S-1 is ${status}; only a COMPLETED one has a next round.`,
    });
  const other = { lotId: 'other', wipItemId: 'item', serialId: null, sampleCode: 'S-2', type: 'OPTICAL' } as const;
  for (const [change, what] of [
    [{ lotId: other.lotId }, 'lot'],
    [{ wipItemId: other.wipItemId, serialId: other.serialId }, 'WIP item, serial'],
    [{ sampleCode: other.sampleCode }, 'sample code'],
    [{ type: other.type }, 'type'],
  ] as const)
    expect(mayFollow(completed, { ...sample, ...change })?.message).toBe(
      `Inspection VISUAL of S-1 has another ${what}; the next round is of the same.`,
    );
});

describe('the life of an inspection (INS-3)', () => {
  test('is its table', () => {
    const moves = INSPECTION_STATUSES.map((from) => [
      from,
      INSPECTION_STATUSES.filter((to) => inspectionMayMove({ ...inspection, status: from }, to) === undefined),
    ]);
    expect(Object.fromEntries(moves)).toEqual({
      PENDING: ['IN_PROGRESS', 'CANCELLED'],
      IN_PROGRESS: ['COMPLETED', 'FAILED', 'CANCELLED'],
      COMPLETED: [],
      FAILED: [],
      CANCELLED: [],
    });
    expect(inspectionMayMove(inspection, 'COMPLETED')).toEqual({
      code: 'RULE_VIOLATED',
      rule: 'INS-3',
      path: ['id'],
      message: 'Inspection VISUAL of S-1 is PENDING; only from IN_PROGRESS can it become COMPLETED.',
    });
  });

  test('ends with what is planned of it', () => {
    const changeable = INSPECTION_STATUSES.filter((status) => mayBePlanned({ ...inspection, status }) === undefined);
    expect(changeable).toEqual(['PENDING', 'IN_PROGRESS']);
    expect(mayBePlanned({ ...inspection, status: 'FAILED' })).toMatchObject({ rule: 'INS-3', path: ['id'] });
  });

  test('is measured in whole seconds from start to completion', () => {
    const startedAt = '2026-11-20T08:00:00.000Z';
    expect(inspectionDurationSeconds({ startedAt: null, completedAt: null })).toBeNull();
    expect(inspectionDurationSeconds({ startedAt, completedAt: null })).toBeNull();
    expect(inspectionDurationSeconds({ startedAt, completedAt: startedAt })).toBe(0);
    expect(inspectionDurationSeconds({ startedAt, completedAt: '2026-11-20T08:01:30.999Z' })).toBe(90);
  });
});

test('the key of a station acts for that station only, by id and by code (INS-7)', () => {
  const own = { id: 'id-1', code: 'ST1' };
  expect(actsAtOwnStation(undefined, { key: 'code', value: 'ST2' })).toBeUndefined();
  expect(actsAtOwnStation(own, { key: 'code', value: 'ST1' })).toBeUndefined();
  expect(actsAtOwnStation(own, { key: 'id', value: 'id-1' })).toBeUndefined();
  expect(actsAtOwnStation(own, { key: 'id', value: 'id-2' })).toMatchObject({ code: 'FORBIDDEN', path: ['station'] });
  expect(actsAtOwnStation(own, { key: 'code', value: 'ST2' })).toEqual({
    code: 'FORBIDDEN',
    rule: 'INS-7',
    path: ['station'],
    message: 'The key of station ST1 acts for that station only.',
  });
});
