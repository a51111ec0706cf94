import { describe, expect, test } from 'vitest';
import type { Viewer } from '../../../src/platform/rules/access.ts';
import {
  completionJoins,
  freeSlotsOf,
  isOwnSession,
  maySeeSession,
  NO_COUNTS,
  opensAtOwnStation,
  passRatioOf,
  sameSession,
  sessionDurationSeconds,
  sessionMayBeDeleted,
  sessionMayChange,
  sessionMayEnd,
  type SessionOfWork,
  sessionTakesWork,
  SLOTS,
  slotFor,
  stationTakesSessions,
  stepTakesSessions,
  totalCountOf,
} from '../../../src/production/process-session/process-session.rules.ts';
import { MOUNT, SOLDER, step } from '../../support/floor.ts';

const SESSION: SessionOfWork = {
  id: 'session',
  batchCode: 'B-17',
  status: 'OPEN',
  processId: MOUNT.id,
  processCode: MOUNT.code,
  stationId: 'tester',
  stationCode: 'TESTER-1',
};
const STATION: Viewer = { kind: 'STATION', id: 'tester', code: 'TESTER-1' };
const PERSON: Viewer = { kind: 'USER', id: 'anna', username: 'anna', role: 'OPERATOR' };
const refused = (rule: string, path: string, message: string, code = 'RULE_VIOLATED') => ({
  code,
  rule,
  path: [path],
  message,
});

describe('opening a session', () => {
  test('finds the open one of the same batch and step, case by case (SES-1)', () => {
    expect(sameSession([SESSION], { processId: MOUNT.id, batchCode: 'B-17' })).toBe(SESSION);
    expect(sameSession([SESSION], { processId: MOUNT.id, batchCode: 'b-17' })).toBeUndefined();
    expect(sameSession([SESSION], { processId: SOLDER.id, batchCode: 'B-17' })).toBeUndefined();
  });

  test('needs an active station and an active step (SES-1)', () => {
    expect(stationTakesSessions({ code: 'TESTER-1', isActive: true })).toBeUndefined();
    expect(stationTakesSessions({ code: 'TESTER-1', isActive: false })).toEqual(
      refused('SES-1', 'station', 'Station TESTER-1 is inactive; a session is opened at an active one.'),
    );
    expect(stepTakesSessions(MOUNT)).toBeUndefined();
    expect(stepTakesSessions(step(10, 'MOUNT', { isActive: false }))).toEqual(
      refused('SES-1', 'process', 'Step 10 MOUNT is inactive; a session is opened for an active one.'),
    );
  });

  test('takes the lowest free slot, or the one that is asked for (SES-2)', () => {
    expect(freeSlotsOf([])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(freeSlotsOf([1, 3, 12])).toEqual([2, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(slotFor({ code: 'TESTER-1' }, [1, 3], undefined)).toEqual({ value: 2 });
    expect(slotFor({ code: 'TESTER-1' }, [1, 3], 12)).toEqual({ value: 12 });
  });

  test('is refused for a slot that is taken, and when all are (SES-2)', () => {
    const most = freeSlotsOf([]).slice(0, SLOTS - 2);
    expect(slotFor({ code: 'TESTER-1' }, most, 3)).toEqual({
      rejection: refused('SES-2', 'slot', 'Slot 3 of station TESTER-1 is taken; free are 11, 12.'),
    });
    const message = 'All 12 slots of station TESTER-1 are taken; close a session there first.';
    for (const asked of [undefined, 3])
      expect(slotFor({ code: 'TESTER-1' }, freeSlotsOf([]), asked)).toEqual({
        rejection: refused('SES-2', 'station', message, 'LIMIT_EXCEEDED'),
      });
  });

  test('at another station is refused for the key of a station (SES-1)', () => {
    expect(opensAtOwnStation(PERSON, { key: 'code', value: 'TESTER-2' })).toBeUndefined();
    expect(opensAtOwnStation(STATION, { key: 'code', value: 'TESTER-1' })).toBeUndefined();
    expect(opensAtOwnStation(STATION, { key: 'id', value: 'tester' })).toBeUndefined();
    expect(opensAtOwnStation(STATION, { key: 'id', value: 'other' })).toEqual(
      refused('SES-1', 'station', 'The key of station TESTER-1 opens sessions at that station only.', 'FORBIDDEN'),
    );
  });
});

describe('a session', () => {
  test('is changed only while it is OPEN (SES-3)', () => {
    expect(sessionMayChange(SESSION)).toBeUndefined();
    expect(sessionMayChange({ ...SESSION, status: 'CLOSED' })).toEqual(
      refused('SES-3', 'id', 'Process session B-17 is CLOSED; only an OPEN one can be changed.'),
    );
  });

  test('ends once, when no execution of it is open (SES-3)', () => {
    expect(sessionMayEnd(SESSION, 'CLOSED', 0)).toBeUndefined();
    expect(sessionMayEnd(SESSION, 'CANCELLED', 0)).toBeUndefined();
    expect(sessionMayEnd(SESSION, 'CANCELLED', 2)).toEqual(
      refused('SES-3', 'id', 'Process session B-17 has open executions: 2; complete or withdraw them first.'),
    );
    expect(sessionMayEnd({ ...SESSION, status: 'CANCELLED' }, 'CLOSED', 0)).toEqual(
      refused('SES-3', 'id', 'Process session B-17 is CANCELLED; only from OPEN can it become CLOSED.'),
    );
  });

  test('is deleted only when it is CANCELLED and has no executions (SES-6)', () => {
    expect(sessionMayBeDeleted({ ...SESSION, status: 'CANCELLED' }, 0)).toBeUndefined();
    expect(sessionMayBeDeleted(SESSION, 0)).toEqual(
      refused('SES-6', 'id', 'Process session B-17 is OPEN; only a CANCELLED one can be deleted.'),
    );
    expect(sessionMayBeDeleted({ ...SESSION, status: 'CANCELLED' }, 3)).toEqual(
      refused('SES-6', 'id', 'Process session B-17 has executions: 3; it stays as a part of their record.'),
    );
  });

  test('counts its finished executions, and has no ratio before the first (SES-4)', () => {
    const counts = { passCount: 3, failCount: 2, reworkCount: 1 };
    expect([totalCountOf(counts), passRatioOf(counts)]).toEqual([6, 0.5]);
    expect([totalCountOf(NO_COUNTS), passRatioOf(NO_COUNTS)]).toEqual([0, null]);
  });

  test('lasts whole seconds, and has no duration while it is OPEN', () => {
    const openedAt = '2026-11-20T08:00:00.000Z';
    expect(sessionDurationSeconds({ openedAt, closedAt: '2026-11-20T08:01:00.999Z' })).toBe(60);
    expect(sessionDurationSeconds({ openedAt, closedAt: null })).toBeNull();
  });

  test('is seen and used by the key of its own station only', () => {
    const at = { rule: 'SES-3', path: 'id' } as const;
    const message = 'The key of station TESTER-1 uses only the process sessions of that station.';
    expect([maySeeSession(STATION, SESSION), maySeeSession(PERSON, SESSION), maySeeSession(null, SESSION)]).toEqual([
      true,
      true,
      true,
    ]);
    expect(maySeeSession(STATION, { stationId: 'other' })).toBe(false);
    expect(isOwnSession(STATION, SESSION, at)).toBeUndefined();
    expect(isOwnSession(PERSON, undefined, at)).toBeUndefined();
    expect(isOwnSession(null, null, at)).toBeUndefined();
    for (const session of [{ stationId: 'other' }, undefined, null])
      expect(isOwnSession(STATION, session, at)).toEqual(refused('SES-3', 'id', message, 'FORBIDDEN'));
  });
});

describe('an execution', () => {
  test('joins an OPEN session of its step and station (SES-5)', () => {
    expect(sessionTakesWork(SESSION, MOUNT, undefined)).toBeUndefined();
    expect(sessionTakesWork(SESSION, MOUNT, 'tester')).toBeUndefined();
  });

  test.each([
    [{ status: 'CLOSED' as const }, MOUNT, undefined, 'Process session B-17 is CLOSED; only an OPEN one takes work.'],
    [{}, SOLDER, undefined, 'Process session B-17 is for step MOUNT, not for 30 SOLDER.'],
    [{}, MOUNT, 'other', 'Process session B-17 is at station TESTER-1; the work is done at another one.'],
  ])('is refused by any other (SES-5): %o, %o, %s', (change, of, station, message) => {
    expect(sessionTakesWork({ ...SESSION, ...change }, of, station)).toEqual(
      refused('SES-5', 'processSession', message),
    );
  });

  test('keeps its session at its completion, or joins one where it is in none (SES-5)', () => {
    const inNone = { processSessionId: null, stationId: null };
    expect(completionJoins(SESSION, { ...inNone, processSessionId: 'session' }, MOUNT)).toBeUndefined();
    expect(completionJoins(SESSION, inNone, MOUNT)).toBeUndefined();
    expect(completionJoins(SESSION, { ...inNone, stationId: 'other' }, MOUNT)).toMatchObject({ rule: 'SES-5' });
    expect(completionJoins(SESSION, { ...inNone, processSessionId: 'another' }, MOUNT)).toEqual(
      refused('SES-5', 'processSession', 'The execution is in another process session; it does not change to B-17.'),
    );
  });
});
