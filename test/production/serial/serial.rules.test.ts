import { describe, expect, test } from 'vitest';
import { allowsTransition } from '../../../src/platform/rules/state-machine.ts';
import { rejection } from '../../../src/platform/rules/rejection.ts';
import {
  FAILURE_REASON_LENGTH,
  SERIAL_FLOW,
  SERIAL_STATUSES,
  canRework,
  failedSerial,
  failureReasonOf,
  hasNoOpenWork,
  hasPassedItsRoute,
  isSerialActive,
  isTerminal,
  mayRework,
  mayStart,
  nextStepOfSerial,
  passedSerial,
  reworksLeft,
  serialMayMove,
  serialMovesOfCorrection,
  serialStatusAfterCorrection,
  serialStatusAfterResult,
  workingSerial,
} from '../../../src/production/serial/serial.rules.ts';
import { BURN_IN, FINAL, MOUNT, NOW, ROUTE, defect, idsOf, step } from '../../support/floor.ts';

const serial = { number: 'KR01PSA261101001', status: 'FAILED', reworkCount: 0, maxReworks: 3 } as const;

describe('the status of a serial', () => {
  const moves = new Set(['CREATED IN_PROGRESS', 'IN_PROGRESS PASSED', 'IN_PROGRESS FAILED', 'FAILED IN_PROGRESS']);
  const pairs = SERIAL_STATUSES.flatMap((from) => SERIAL_STATUSES.map((to) => [from, to] as const));

  test.each(pairs)('changes by its table: from %s to %s (SER-3)', (from, to) => {
    const allowed = moves.has(`${from} ${to}`);

    expect(allowsTransition(SERIAL_FLOW, from, to)).toBe(allowed);
    expect(serialMayMove({ ...serial, status: from }, to) === undefined).toBe(allowed);
  });

  test('is final when PASSED (SER-3)', () => {
    expect(SERIAL_FLOW.machine).toBe('serials.status');
    expect(serialMayMove({ ...serial, status: 'PASSED' }, 'FAILED')).toEqual(
      rejection('SER-3', 'status', 'Serial KR01PSA261101001 is PASSED; only from IN_PROGRESS can it become FAILED.'),
    );
  });

  test('has a time when it is terminal, and only then (SER-3)', () => {
    expect(passedSerial(NOW)).toEqual({ status: 'PASSED', completedAt: NOW, failureReason: null });
    expect(failedSerial(NOW, 'Scratched').completedAt).toBe(NOW);
    expect(workingSerial().completedAt).toBeNull();
  });

  test('has a reason when it is FAILED, and only then (SER-4)', () => {
    expect(failedSerial(NOW, 'Scratched')).toEqual({ status: 'FAILED', completedAt: NOW, failureReason: 'Scratched' });
    expect(passedSerial(NOW).failureReason).toBeNull();
    expect(workingSerial()).toEqual({ status: 'IN_PROGRESS', completedAt: null, failureReason: null });
    expect(FAILURE_REASON_LENGTH).toBe(1_000);
  });

  test('is active while work is running or can still start', () => {
    expect(SERIAL_STATUSES.filter((status) => isSerialActive({ status }))).toEqual(['CREATED', 'IN_PROGRESS']);
  });
});

describe('rework', () => {
  test('is allowed for a FAILED serial as long as a rework is left; the 4th of 3 is refused (SER-2)', () => {
    expect(mayRework(serial)).toBeUndefined();
    expect(mayRework({ ...serial, reworkCount: 2 })).toBeUndefined();
    expect(mayRework({ ...serial, reworkCount: 3 })).toEqual(
      rejection('SER-2', 'serial', 'Serial KR01PSA261101001 was reworked 3 of at most 3 times; no rework is left.'),
    );
  });

  test('is never allowed for a serial without reworks (SER-2)', () => {
    expect(mayRework({ ...serial, maxReworks: 0 })).toEqual(
      rejection('SER-2', 'serial', 'Serial KR01PSA261101001 was reworked 0 of at most 0 times; no rework is left.'),
    );
  });

  test('is allowed for a FAILED serial only (SER-2)', () => {
    for (const status of ['CREATED', 'IN_PROGRESS', 'PASSED'] as const) {
      expect(mayRework({ ...serial, status, reworkCount: 3 })).toEqual(
        rejection('SER-2', 'serial', `Serial KR01PSA261101001 is ${status}; only a FAILED serial can be reworked.`),
      );
    }
  });

  test('is impossible for a terminal serial: PASSED, or FAILED with no rework left (LOT-8)', () => {
    const last = { reworkCount: 3, maxReworks: 3 };

    expect(SERIAL_STATUSES.filter((status) => isTerminal({ ...last, status }))).toEqual(['PASSED', 'FAILED']);
    expect(SERIAL_STATUSES.filter((status) => isTerminal({ ...serial, status }))).toEqual(['PASSED']);
  });

  test('is possible when the serial FAILED and a rework is left (SER-2)', () => {
    expect(reworksLeft({ reworkCount: 1, maxReworks: 3 })).toBe(2);
    expect(SERIAL_STATUSES.filter((status) => canRework({ ...serial, status }))).toEqual(['FAILED']);
    expect(canRework({ ...serial, reworkCount: 3 })).toBe(false);
  });
});

describe('the result of a step', () => {
  test('PASS passes the serial when every active SERIAL-level step now has one (SER-6)', () => {
    expect(serialStatusAfterResult('IN_PROGRESS', 'PASS', ROUTE, idsOf(BURN_IN))).toBe('IN_PROGRESS');
    expect(serialStatusAfterResult('IN_PROGRESS', 'PASS', ROUTE, idsOf(BURN_IN, FINAL))).toBe('PASSED');
    const route = [BURN_IN, step(100, 'FINAL', { level: 'SERIAL', isActive: false })];
    expect(serialStatusAfterResult('IN_PROGRESS', 'PASS', route, idsOf(BURN_IN))).toBe('PASSED');
  });

  test('FAIL fails the serial, and REWORK keeps it IN_PROGRESS (SER-6)', () => {
    expect(serialStatusAfterResult('IN_PROGRESS', 'FAIL', ROUTE, idsOf())).toBe('FAILED');
    expect(serialStatusAfterResult('IN_PROGRESS', 'REWORK', ROUTE, idsOf())).toBe('IN_PROGRESS');
  });

  test('of a second open execution that ends late neither revives a FAILED serial nor undoes a PASSED one (SER-6)', () => {
    expect(serialStatusAfterResult('FAILED', 'PASS', ROUTE, idsOf(BURN_IN, FINAL))).toBe('FAILED');
    expect(serialStatusAfterResult('PASSED', 'FAIL', ROUTE, idsOf(BURN_IN, FINAL))).toBe('PASSED');
  });

  test('is the reason of a failure, as the step and the first defect (SER-6)', () => {
    expect(failureReasonOf(FINAL, [defect('SHORT'), defect('SCRATCH')])).toBe('FINAL: SHORT');
    expect(() => failureReasonOf(FINAL, [])).toThrow('The defect of a failed step is missing.');
  });

  test('determines the next step, the lowest without PASS; a PASSED serial has none', () => {
    expect(nextStepOfSerial({ status: 'CREATED' }, ROUTE, idsOf())).toBe(BURN_IN);
    expect(nextStepOfSerial({ status: 'FAILED' }, ROUTE, idsOf(BURN_IN))).toBe(FINAL);
    expect(nextStepOfSerial({ status: 'IN_PROGRESS' }, ROUTE, idsOf(BURN_IN, FINAL))).toBeUndefined();
    expect(nextStepOfSerial({ status: 'PASSED' }, ROUTE, idsOf(BURN_IN))).toBeUndefined();
  });
});

describe('a manual pass or failure', () => {
  test('needs, to pass, a PASS on every active SERIAL-level step, and names the missing ones (SER-7)', () => {
    expect(hasPassedItsRoute(serial, ROUTE, idsOf(BURN_IN, FINAL))).toBeUndefined();
    expect(hasPassedItsRoute(serial, ROUTE, idsOf())).toEqual(
      rejection('SER-7', 'serial', 'Serial KR01PSA261101001 has no PASS yet on 95 BURN_IN, 100 FINAL.'),
    );
  });

  test('needs no PASS without SERIAL-level steps (SER-7)', () => {
    expect(hasPassedItsRoute(serial, [MOUNT], idsOf())).toBeUndefined();
  });

  test('is refused with an open execution (SER-7)', () => {
    expect(hasNoOpenWork(serial, [])).toBeUndefined();
    expect(hasNoOpenWork(serial, [BURN_IN])).toEqual(
      rejection(
        'SER-7',
        'serial',
        'Serial KR01PSA261101001 has an open execution of 95 BURN_IN; complete or withdraw it first.',
      ),
    );
  });
});

describe('a correction', () => {
  test('sets the status again, where PASSED is final (PD-13)', () => {
    expect(serialStatusAfterCorrection('FAILED', 'PASS', ROUTE, idsOf(BURN_IN, FINAL))).toBe('PASSED');
    expect(serialStatusAfterCorrection('FAILED', 'REWORK', ROUTE, idsOf())).toBe('IN_PROGRESS');
    expect(serialStatusAfterCorrection('IN_PROGRESS', 'FAIL', ROUTE, idsOf())).toBe('FAILED');
    expect(serialStatusAfterCorrection('PASSED', 'REWORK', ROUTE, idsOf())).toBe('PASSED');
  });

  test('goes through IN_PROGRESS where the table has no direct transition (PD-13)', () => {
    expect(serialMovesOfCorrection('FAILED', 'PASSED')).toEqual(['IN_PROGRESS', 'PASSED']);
    expect(serialMovesOfCorrection('FAILED', 'FAILED')).toEqual(['IN_PROGRESS', 'FAILED']);
    expect(serialMovesOfCorrection('IN_PROGRESS', 'IN_PROGRESS')).toEqual([]);
    expect(serialMovesOfCorrection('FAILED', 'IN_PROGRESS')).toEqual(['IN_PROGRESS']);
    expect(serialMovesOfCorrection('IN_PROGRESS', 'FAILED')).toEqual(['FAILED']);
    expect(serialMovesOfCorrection('PASSED', 'PASSED')).toEqual([]);
  });
});

test('only a CREATED serial is started manually; a FAILED one is reworked, so that the rework is counted (SER-2, SER-3)', () => {
  expect(mayStart({ ...serial, status: 'CREATED' })).toBeUndefined();
  expect(mayStart({ ...serial, status: 'FAILED' })).toEqual(
    rejection('SER-3', 'status', 'Serial KR01PSA261101001 is FAILED; a FAILED one is reworked instead.'),
  );
  expect(mayStart({ ...serial, status: 'PASSED' })).toEqual(
    rejection('SER-3', 'status', 'Serial KR01PSA261101001 is PASSED; only a CREATED one can be started.'),
  );
});
