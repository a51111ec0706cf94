import { describe, expect, test } from 'vitest';
import {
  expiryOfReport,
  fileNameOfReport,
  isDownloadable,
  mayChangeReport,
  mayOwnerRequest,
  mayReadReport,
  periodProblem,
  REPORT_FLOW,
  reportMayBecome,
  reportMayBeDeleted,
  reportMayStartAgain,
  showsPeople,
  statusAfterFailure,
} from '../../../src/quality/report/report.rules.ts';
import { type Role, type Viewer } from '../../../src/platform/rules/access.ts';
import { transitionRows } from '../../../src/platform/rules/state-machine.ts';

const OWN = { requestedById: 'kim', accessRoles: ['OPERATOR'] };
const user = (id: string, role: Role): Viewer => ({ kind: 'USER', id, username: id, role });
const service = (role: Role): Viewer => ({ kind: 'SERVICE', id: 'erp', name: 'ERP', role, isReadOnly: false });
const STATION: Viewer = { kind: 'STATION', id: 'st', code: 'ST-1' };
const SYSTEM: Viewer = { kind: 'SYSTEM', id: 'sys', name: 'system', role: 'ADMIN' };

describe('the period', () => {
  test.each([
    ['a millisecond', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.001Z'],
    ['366 days', '2026-01-01T00:00:00.000Z', '2027-01-02T00:00:00.000Z'],
    ['366 days with one hour more', '2025-11-01T22:00:00.000Z', '2026-11-02T23:00:00.000Z'],
  ])('may be %s (RPT-1)', (_what, from, to) => {
    expect(periodProblem({ from, to })).toBeUndefined();
  });

  test('starts before it ends (RPT-1)', () => {
    const instant = '2026-01-01T00:00:00.000Z';
    expect(periodProblem({ from: instant, to: instant })).toBe(
      `must start before it ends, but it starts at ${instant} and ends at ${instant}.`,
    );
  });

  test('has at most 366 days (RPT-1)', () => {
    expect(periodProblem({ from: '2026-01-01T00:00:00.000Z', to: '2027-01-02T01:00:00.001Z' })).toBe(
      'must have at most 366 days; this one ends at 2027-01-02T01:00:00.001Z, later than 2027-01-02T01:00:00.000Z.',
    );
  });
});

test('what people did is shown where only ADMIN, MANAGER and AUDITOR read it (RPT-5)', () => {
  expect(showsPeople('MANAGER', ['AUDITOR', 'ADMIN'])).toBe(true);
  expect(showsPeople('ADMIN', ['AUDITOR', 'OPERATOR'])).toBe(false);
  expect(showsPeople('ENGINEER', [])).toBe(false);
});

describe('a report', () => {
  test.each<[string, Viewer | null, boolean]>([
    ['its requester', user('kim', 'INSPECTOR'), true],
    ['an ADMIN', user('ada', 'ADMIN'), true],
    ['an AUDITOR', user('lee', 'AUDITOR'), true],
    ['a role that it names', user('lee', 'OPERATOR'), true],
    ['a service with a role that it names', service('OPERATOR'), true],
    ['the command line', SYSTEM, true],
    ['another role', user('lee', 'MANAGER'), false],
    ['a service with another role', service('VIEWER'), false],
    ['a station', STATION, false],
    ['nobody', null, false],
  ])('is read, or not, by %s (RPT-5)', (_who, viewer, may) => {
    expect(mayReadReport(OWN, viewer)).toBe(may);
  });

  test('is changed by its requester and by ADMIN (RPT-5)', () => {
    expect(mayChangeReport(OWN, user('kim', 'INSPECTOR'))).toBeUndefined();
    expect(mayChangeReport(OWN, user('ada', 'ADMIN'))).toBeUndefined();
  });

  test('does not exist for others, and is forbidden for those who may only read it (RPT-5)', () => {
    expect(mayChangeReport(OWN, user('lee', 'MANAGER'))).toMatchObject({ code: 'NOT_FOUND', path: ['id'] });
    expect(mayChangeReport(OWN, STATION)).toMatchObject({ code: 'NOT_FOUND', path: ['id'] });
    expect(mayChangeReport(OWN, user('lee', 'AUDITOR'))).toMatchObject({ code: 'FORBIDDEN', path: ['id'] });
  });

  test('moves only by its table (RPT-2)', () => {
    expect(transitionRows(REPORT_FLOW)).toHaveLength(9);
    expect(reportMayBecome({ title: 'June', status: 'QUEUED' }, 'CANCELLED')).toBeUndefined();
    expect(reportMayBecome({ title: 'June', status: 'FAILED' }, 'CANCELLED')).toEqual({
      code: 'RULE_VIOLATED',
      rule: 'RPT-2',
      path: ['id'],
      message: 'The report "June" is FAILED; only from QUEUED or GENERATING can it become CANCELLED.',
    });
  });

  test('starts again only when it is finished (RPT-2)', () => {
    expect(reportMayStartAgain({ title: 'June', status: 'COMPLETED' })).toBeUndefined();
    expect(reportMayStartAgain({ title: 'June', status: 'QUEUED' })).toMatchObject({ rule: 'RPT-2', path: ['id'] });
    expect(reportMayStartAgain({ title: 'June', status: 'GENERATING' })).toMatchObject({
      message: 'The report "June" is GENERATING; wait until it is finished, or cancel it first.',
    });
  });

  test('is not deleted while a worker makes it (RPT-2)', () => {
    expect(reportMayBeDeleted({ title: 'June', status: 'QUEUED' })).toBeUndefined();
    expect(reportMayBeDeleted({ title: 'June', status: 'GENERATING' })).toMatchObject({ rule: 'RPT-2', path: ['id'] });
  });

  test('is tried three times (RPT-2)', () => {
    expect([1, 2, 3].map(statusAfterFailure)).toEqual(['QUEUED', 'QUEUED', 'FAILED']);
  });

  test('expires after its days, at the very instant (RPT-4)', () => {
    const expiresAt = expiryOfReport('2026-11-01T08:00:00.000Z', 30);
    expect(expiresAt).toBe('2026-12-01T08:00:00.000Z');
    expect(isDownloadable({ status: 'COMPLETED', expiresAt }, '2026-12-01T07:59:59.999Z')).toBe(true);
    expect(isDownloadable({ status: 'COMPLETED', expiresAt }, '2026-12-01T08:00:00.000Z')).toBe(false);
    expect(isDownloadable({ status: 'QUEUED', expiresAt: null }, '2026-12-01T07:59:59.999Z')).toBe(false);
    expect(isDownloadable({ status: 'COMPLETED', expiresAt: null }, '2026-12-01T07:59:59.999Z')).toBe(false);
  });

  test('has a file name of its title and the first day of its period in its time zone', () => {
    const named = (title: string) =>
      fileNameOfReport({ title, format: 'EXCEL', timeZone: 'Asia/Seoul' }, '2026-10-31T15:00:00.000Z');
    expect(named('Defects: line 1 / early shift')).toBe('Defects-line-1-early-shift-2026-11-01.xlsx');
    expect(named('../../etc')).toBe('etc-2026-11-01.xlsx');
    expect(named('…')).toBe('report-2026-11-01.xlsx');
    expect(named('Prüfung 검사')).toBe('Prüfung-검사-2026-11-01.xlsx');
    expect([...named('x'.repeat(200))]).toHaveLength(80 + '-2026-11-01.xlsx'.length);
  });
});

test('a schedule runs for an active owner who may request reports (RPT-6)', () => {
  expect(mayOwnerRequest({ isActive: true, role: 'MANAGER' })).toBe(true);
  expect(mayOwnerRequest({ isActive: false, role: 'MANAGER' })).toBe(false);
  expect(mayOwnerRequest({ isActive: true, role: 'OPERATOR' })).toBe(false);
});
