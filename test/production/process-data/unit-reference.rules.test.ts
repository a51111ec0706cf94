import { expect, test } from 'vitest';
import { noSuchUnit } from '../../../src/production/unit/unit-reference.rules.ts';
import { warningsOfLot } from '../../../src/production/process-data/readiness/scan.rules.ts';

test('a number with the form of one kind is missed among that kind (LOT-1, WIP-1, SER-1)', () => {
  expect(noSuchUnit({ key: 'number', value: 'kr01-psa-2611-01' })).toEqual({
    code: 'NOT_FOUND',
    path: ['unit'],
    message: 'Lot KR01PSA261101 does not exist.',
  });
  expect(noSuchUnit({ key: 'number', value: 'wip-KR01PSA261101-001' })).toEqual({
    code: 'NOT_FOUND',
    path: ['unit'],
    message: 'WIP item WIP-KR01PSA261101-001 does not exist.',
  });
  expect(noSuchUnit({ key: 'number', value: 'KR01PSA261101001' }, 'consumer')).toEqual({
    code: 'NOT_FOUND',
    path: ['consumer'],
    message: 'Serial KR01PSA261101001 does not exist.',
  });
});

test('any other text might have been an external number, and an id says nothing of its unit', () => {
  expect(noSuchUnit({ key: 'number', value: 'M-1' })).toMatchObject({
    code: 'NOT_FOUND',
    path: ['unit'],
    message: expect.stringContaining('"M-1"'),
  });
  expect(noSuchUnit({ key: 'id', value: '0' })).toEqual({
    code: 'NOT_FOUND',
    path: ['unit'],
    message: 'The unit with this id does not exist.',
  });
});

test('a scan warns of a quarantine, and of nothing else about a lot (LOT-7)', () => {
  expect(warningsOfLot({ disposition: 'QUARANTINED' })).toEqual(['LOT_QUARANTINED']);
  for (const disposition of ['UNDECIDED', 'RELEASED', 'REJECTED'] as const)
    expect(warningsOfLot({ disposition })).toEqual([]);
});
