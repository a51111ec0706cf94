import { expect, test } from 'vitest';
import { backupFor, expiredBackups } from '../../../src/platform/file-store/backup/retention.rules.ts';

const backup = (day: string) => ({ id: `202612${day}T020000Z`, endedAt: `2026-12-${day}T02:01:00.000Z` });
const ALL = ['03', '01', '04', '02'].map(backup);
const daysOf = (backups: readonly { readonly id: string }[]): readonly string[] =>
  backups.map(({ id }) => id.slice(6, 8));

test('every instant of the kept days can be restored: the newest of the older backups is kept, too', () => {
  expect(daysOf(expiredBackups(ALL, 1, '2026-12-04T12:00:00.000Z'))).toEqual(['01', '02']);
  expect(daysOf(expiredBackups(ALL, 1, '2026-12-04T02:01:00.000Z'))).toEqual(['01', '02']);
  expect(daysOf(expiredBackups(ALL, 1, '2026-12-04T02:00:59.999Z'))).toEqual(['01']);
});

test('the newest backup is kept, however old it is', () => {
  expect(daysOf(expiredBackups(ALL, 1, '2027-12-04T12:00:00.000Z'))).toEqual(['01', '02', '03']);
  expect(expiredBackups([], 1, '2026-12-04T12:00:00.000Z')).toEqual([]);
});

test('a restore begins with the newest backup that had ended at the instant', () => {
  expect(backupFor(ALL, undefined)).toEqual(backup('04'));
  expect(backupFor(ALL, '2026-12-03T02:01:00.000Z')).toEqual(backup('03'));
  expect(backupFor(ALL, '2026-12-03T02:00:59.999Z')).toEqual(backup('02'));
  expect(backupFor(ALL, '2026-11-30T00:00:00.000Z')).toBeUndefined();
});
