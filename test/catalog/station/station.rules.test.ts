import { expect, test } from 'vitest';
import {
  OFFLINE_AFTER_SECONDS,
  PORT,
  STATION_CODE,
  STATION_LENGTHS,
  STATION_STATUSES,
  STATUS_AFTER_REGISTERING,
  isHeard,
  isStationUnused,
  mayRegister,
  mayReport,
  reportedStatusOf,
  stationStatus,
} from '../../../src/catalog/station/station.rules.ts';

test('the limits of a station are those of the domain', () => {
  expect(STATION_LENGTHS).toEqual({ name: 255, description: 2_000, host: 255, softwareVersion: 50 });
  expect(PORT).toEqual({ min: 1, max: 65_535, default: 8_080 });
  expect(STATION_STATUSES).toEqual(['ONLINE', 'OFFLINE', 'DEGRADED']);
});

test.each([
  ['A', true],
  ['TESTER_01-B', true],
  ['X'.repeat(100), true],
  ['X'.repeat(101), false],
  ['', false],
  ['TESTER.1', false],
  ['TESTER 1', false],
  ['tester', false],
])('a station code is 1..100 of A-Z 0-9 _ -: %j is %s (STA-1)', (code, isRight) => {
  expect(STATION_CODE.pattern.test(code)).toBe(isRight);
});

test('users register any station, and a station key registers its own (STA-2)', () => {
  expect(mayRegister('TESTER-1', undefined)).toBeUndefined();
  expect(mayRegister('TESTER-1', { code: 'TESTER-1' })).toBeUndefined();
  expect(STATUS_AFTER_REGISTERING).toBe('ONLINE');
});

test('a station key cannot register another station (STA-2)', () => {
  expect(mayRegister('TESTER-2', { code: 'TESTER-1' })).toEqual({
    code: 'FORBIDDEN',
    rule: 'STA-2',
    path: ['code'],
    message: 'The key belongs to station TESTER-1; it cannot register TESTER-2, only itself.',
  });
});

test('users report for any station, and a station key for its own (STA-3)', () => {
  expect(mayReport('TESTER-1', undefined)).toBeUndefined();
  expect(mayReport('TESTER-1', { code: 'TESTER-1' })).toBeUndefined();
});

test('a station key cannot report for another station (STA-3)', () => {
  expect(mayReport('TESTER-2', { code: 'TESTER-1' })).toEqual({
    code: 'FORBIDDEN',
    rule: 'STA-3',
    path: ['code'],
    message: 'The key belongs to station TESTER-1; it cannot report for TESTER-2, only for itself.',
  });
});

test('the heartbeat of an active station is accepted (STA-3)', () => {
  expect(isHeard('TESTER-1', { isActive: true })).toBeUndefined();
});

test.each([
  ['unknown', undefined],
  ['inactive', { isActive: false }],
])('the heartbeat of an %s station is refused (STA-3)', (_, station) => {
  expect(isHeard('TESTER-1', station)).toEqual({
    code: 'NOT_FOUND',
    rule: 'STA-3',
    path: ['code'],
    message: 'There is no active station TESTER-1; register or activate it first.',
  });
});

test.each([
  [{ status: 'degraded' }, 'DEGRADED'],
  [{ status: 'DeGraded' }, 'DEGRADED'],
  [{ status: 'unhealthy' }, 'DEGRADED'],
  [{ status: ' UNHEALTHY ' }, 'DEGRADED'],
  [{ status: 'healthy' }, 'ONLINE'],
  [{ status: 'offline' }, 'ONLINE'],
  [{ status: null }, 'ONLINE'],
  [{ status: ['degraded'] }, 'ONLINE'],
  [{ Status: 'degraded' }, 'ONLINE'],
  [{}, 'ONLINE'],
  [undefined, 'ONLINE'],
])('a heartbeat with health %j sets %s (STA-3)', (health, status) => {
  expect(reportedStatusOf(health)).toBe(status);
});

test.each([
  ['2026-11-20T08:00:00.000Z', 'as it was seen'],
  ['2026-11-20T08:00:30.000Z', 'silent for exactly 30 s'],
  ['2026-11-20T07:59:59.000Z', 'seen by a clock that is ahead'],
])('at %s a station has the status that it reported: %s (STA-4)', (now) => {
  const lastSeenAt = '2026-11-20T08:00:00.000Z';

  const statuses = STATION_STATUSES.map((reportedStatus) =>
    stationStatus({ reportedStatus, lastSeenAt }, now, OFFLINE_AFTER_SECONDS),
  );

  expect(statuses).toEqual(['ONLINE', 'OFFLINE', 'DEGRADED']);
});

test('a station without contact for 30.001 s is OFFLINE, also when it was DEGRADED (STA-4)', () => {
  const lastSeenAt = '2026-11-20T08:00:00.000Z';
  const now = '2026-11-20T08:00:30.001Z';

  const statuses = STATION_STATUSES.map((reportedStatus) =>
    stationStatus({ reportedStatus, lastSeenAt }, now, OFFLINE_AFTER_SECONDS),
  );

  expect(OFFLINE_AFTER_SECONDS).toBe(30);
  expect(statuses).toEqual(['OFFLINE', 'OFFLINE', 'OFFLINE']);
});

test('the time limit without contact is configurable (STA-4)', () => {
  const station = { reportedStatus: 'ONLINE', lastSeenAt: '2026-11-20T08:00:00.000Z' } as const;

  expect(stationStatus(station, '2026-11-20T08:01:00.000Z', 60)).toBe('ONLINE');
  expect(stationStatus(station, '2026-11-20T08:01:00.001Z', 60)).toBe('OFFLINE');
});

test('a station that never had contact is OFFLINE (STA-4)', () => {
  expect(
    stationStatus({ reportedStatus: 'ONLINE', lastSeenAt: null }, '2026-11-20T08:00:00.000Z', OFFLINE_AFTER_SECONDS),
  ).toBe('OFFLINE');
});

test('a station without references may be deleted (GEN-1)', () => {
  expect(
    isStationUnused(
      { code: 'TESTER-1' },
      { equipment: 0, executions: 0, sessions: 0, deployments: 0, inspections: 0, components: 0, apiKeys: 0 },
    ),
  ).toBeUndefined();
});

test('a station in use is deactivated instead of deleted (GEN-1)', () => {
  expect(
    isStationUnused(
      { code: 'TESTER-1' },
      { equipment: 1, executions: 40, sessions: 0, deployments: 0, inspections: 0, components: 0, apiKeys: 0 },
    ),
  ).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'GEN-1',
    path: ['station'],
    message: 'Station TESTER-1 is in use (equipment: 1, executions: 40); deactivate it instead of deleting it.',
  });
});
