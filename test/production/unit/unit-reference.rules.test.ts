import { expect, test } from 'vitest';
import { noSuchUnit } from '../../../src/production/unit/unit-reference.rules.ts';

test('a number with the form of one kind is reported as an unknown number of that kind (LOT-1, WIP-1, SER-1)', () => {
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

test('a text that only looks like a number is reported with the character that is wrong', () => {
  expect(noSuchUnit({ key: 'number', value: 'KR01–PSA-2611-01' })).toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining(
      'An external number must not contain dashes other than the hyphen: character 5 is U+2013 (EN DASH); write -.',
    ),
  });
});

test('any other text is reported as an unknown external number, and an id without a kind of unit', () => {
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
