import { expect, test } from 'vitest';
import { contentProblem } from '../../../src/operation/file/artifact-check.rules.ts';

const expected = { sizeBytes: '3', checksumSha256: 'aa' };

test('a content is what it was when size and checksum are those of the record (ART-2)', () => {
  expect(contentProblem(expected, true, { sizeBytes: 3, sha256: 'aa' })).toBeNull();
  expect(contentProblem(expected, true, { sizeBytes: 4, sha256: 'aa' })).toBe('WRONG_SIZE');
  expect(contentProblem(expected, true, { sizeBytes: 3, sha256: 'ab' })).toBe('WRONG_CHECKSUM');
  expect(contentProblem(expected, true, undefined)).toBe('MISSING');
  expect(contentProblem(expected, false, undefined)).toBe('NOT_STORED');
});
