import { expect, test } from 'vitest';
import {
  EXPORT_ROWS_MAX,
  expiryOfExport,
  fileNameOfExport,
  hasFile,
  tooManyRows,
} from '../../../src/operation/background-job/export.rules.ts';

test('a file is named by its list and when it was submitted', () => {
  const name = (target: 'LOTS' | 'PROCESS_DATA', format: 'CSV' | 'JSON'): string =>
    fileNameOfExport({ target, format }, '2026-11-30T08:05:09.123Z');
  expect(name('LOTS', 'CSV')).toBe('lots-2026-11-30-080509.csv');
  expect(name('PROCESS_DATA', 'JSON')).toBe('process-data-2026-11-30-080509.jsonl');
});

test('a file is kept for 30 days, and is gone at the instant at which it expires (BGJ-1)', () => {
  const finishedAt = '2026-11-01T00:00:00.000Z';
  const job = { storageKey: 'key', finishedAt };
  expect(expiryOfExport(finishedAt)).toBe('2026-12-01T00:00:00.000Z');
  expect(hasFile(job, '2026-11-30T23:59:59.999Z')).toBe(true);
  expect(hasFile(job, '2026-12-01T00:00:00.000Z')).toBe(false);
  expect(hasFile({ ...job, storageKey: null }, finishedAt)).toBe(false);
  expect(hasFile({ ...job, finishedAt: null }, finishedAt)).toBe(false);
});

test('an export has at most 1,000,000 rows (BGJ-1)', () => {
  expect(tooManyRows(EXPORT_ROWS_MAX)).toBeUndefined();
  expect(tooManyRows(1_000_001)).toBe('The export has 1000001 rows; at most 1000000 are allowed. Narrow its filter.');
});
