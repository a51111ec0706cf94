import { describe, expect, test } from 'vitest';
import { rejection } from '../../../src/platform/rules/rejection.ts';
import {
  durationSeconds,
  earlierStepsArePassed,
  endsAfterStart,
  endTime,
  FUTURE_TOLERANCE_MILLISECONDS,
  hasAttemptLeft,
  hasNoOpenExecution,
  hasNoPass,
  isNotInFuture,
  isStillOpen,
  MAX_BATCH_SIZE,
  nextAttempt,
  NOTES_LENGTH,
  passedAfter,
  startTime,
  timesOfRecord,
} from '../../../src/production/process-data/execution/process-data.rules.ts';
import {
  DEFAULT_DEFECT_SEVERITY,
  DEFECT_CODE,
  DEFECT_LENGTHS,
  DEFECT_QUANTITY,
  DEFECT_SEVERITIES,
  defectsFit,
  MAX_DEFECTS,
  PROCESS_RESULTS,
} from '../../../src/production/process-data/result/result.rules.ts';
import {
  BURN_IN,
  CONVERT,
  defect,
  FINAL,
  idsOf,
  itemUnit,
  MOUNT,
  NOW,
  ROUTE,
  serialUnit,
  SOLDER,
  step,
} from '../../support/floor.ts';

const EARLIER = '2026-11-20T07:00:00.000Z';
const LATER = '2026-11-20T08:00:30.000Z';
const ITEM = 'WIP item WIP-KR01PSA261101-001';

test('the limits of an execution are those of the domain', () => {
  expect(PROCESS_RESULTS).toEqual(['PASS', 'FAIL', 'REWORK']);
  expect(NOTES_LENGTH).toBe(1_000);
});

test('a batch has at most 1,000 records (PD-19)', () => {
  expect(MAX_BATCH_SIZE).toBe(1_000);
});

describe('defects', () => {
  test('of a failed process are at least one (PD-2)', () => {
    expect(defectsFit('FAIL', [defect('SHORT')])).toBeUndefined();
    expect(defectsFit('FAIL', [])).toEqual(
      rejection('PD-2', 'defects', 'A failed process must name at least one defect.'),
    );
  });

  test('of a passed process are none (PD-2)', () => {
    expect(defectsFit('PASS', [])).toBeUndefined();
    expect(defectsFit('PASS', [defect('SHORT')])).toEqual(
      rejection(
        'PD-2',
        'defects',
        'A passed process cannot carry defects; leave them out, or record a FAIL or a REWORK.',
      ),
    );
  });

  test('of a rework are optional (PD-2)', () => {
    expect(defectsFit('REWORK', [])).toBeUndefined();
    expect(defectsFit('REWORK', [defect('SHORT')])).toBeUndefined();
  });

  test('have the limits of the ledger (PD-12)', () => {
    expect(DEFECT_SEVERITIES).toEqual(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL']);
    expect(DEFAULT_DEFECT_SEVERITY).toBe('MEDIUM');
    expect(DEFECT_LENGTHS).toEqual({ description: 500, location: 200 });
    expect(DEFECT_QUANTITY).toEqual({ min: 1, max: 1_000_000, default: 1 });
    expect(MAX_DEFECTS).toBe(50);
  });

  test.each([
    ['S', true],
    ['SHORT_1.A-B', true],
    ['X'.repeat(50), true],
    ['X'.repeat(51), false],
    ['', false],
    ['short', false],
    ['A B', false],
  ])('have a code of 1..50 of A-Z 0-9 _ . -: %j is %s (PD-12)', (code, isRight) => {
    expect(DEFECT_CODE.pattern.test(code)).toBe(isRight);
    expect(DEFECT_CODE.rule).toBe('PD-12');
  });
});

describe('the time of work', () => {
  test('ends no earlier than it starts; equal is allowed (PD-3)', () => {
    expect(endsAfterStart(NOW, LATER)).toBeUndefined();
    expect(endsAfterStart(NOW, NOW)).toBeUndefined();
    expect(endsAfterStart(NOW, EARLIER)).toEqual(
      rejection('PD-3', 'completedAt', `The work cannot end at ${EARLIER}, before its start at ${NOW}.`),
    );
  });

  test('has a duration in whole seconds, rounded down, which is null while the work is open (PD-3)', () => {
    expect(durationSeconds(NOW, NOW)).toBe(0);
    expect(durationSeconds(NOW, '2026-11-20T08:00:01.999Z')).toBe(1);
    expect(durationSeconds(NOW, null)).toBeNull();
  });

  test('is not in the future: 60 s are allowed, 60.001 s are not (PD-7)', () => {
    expect(FUTURE_TOLERANCE_MILLISECONDS).toBe(60_000);
    expect(isNotInFuture(EARLIER, NOW, 'startedAt')).toBeUndefined();
    expect(isNotInFuture('2026-11-20T08:01:00.000Z', NOW, 'startedAt')).toBeUndefined();
    const tooLate = '2026-11-20T08:01:00.001Z';
    const message = `${tooLate} is in the future; it is ${NOW} now, and at most 60 seconds more are allowed.`;
    expect(isNotInFuture(tooLate, NOW, 'completedAt')).toEqual(rejection('PD-7', 'completedAt', message));
  });

  test('starts now unless a time is given (PD-7)', () => {
    expect(startTime(undefined, NOW)).toBe(NOW);
    expect(startTime(EARLIER, NOW)).toBe(EARLIER);
  });

  test('ends now unless a time is given, and never before the start (PD-7)', () => {
    expect(endTime(undefined, EARLIER, NOW)).toBe(NOW);
    expect(endTime(undefined, LATER, NOW)).toBe(LATER);
    expect(endTime(EARLIER, LATER, NOW)).toBe(EARLIER);
  });

  test('starts at its end in a record without a start (PD-7)', () => {
    expect(timesOfRecord({}, NOW)).toEqual({ startedAt: NOW, completedAt: NOW });
    expect(timesOfRecord({ completedAt: EARLIER }, NOW)).toEqual({ startedAt: EARLIER, completedAt: EARLIER });
    expect(timesOfRecord({ startedAt: EARLIER }, NOW)).toEqual({ startedAt: EARLIER, completedAt: NOW });
    expect(timesOfRecord({ startedAt: LATER }, NOW)).toEqual({ startedAt: LATER, completedAt: LATER });
    expect(timesOfRecord({ startedAt: EARLIER, completedAt: LATER }, NOW)).toEqual({
      startedAt: EARLIER,
      completedAt: LATER,
    });
  });
});

describe('the limits of repetition', () => {
  test('allow one completion of an execution (PD-4)', () => {
    expect(isStillOpen({ result: null, completedAt: null })).toBeUndefined();
    expect(isStillOpen({ result: 'FAIL', completedAt: NOW })).toEqual(
      rejection(
        'PD-4',
        'processData',
        `The execution was completed with FAIL at ${NOW}; only an open one can be completed. Correct it instead.`,
      ),
    );
    expect(isStillOpen({ result: 'PASS', completedAt: NOW }, 'unit')?.path).toEqual(['unit']);
  });

  test('allow one open execution of a step on a unit; the refusal names its operator and start (PD-5)', () => {
    const open = { process: MOUNT, operatorUsername: 'anna', startedAt: EARLIER };

    expect(hasNoOpenExecution(itemUnit(), MOUNT, [])).toBeUndefined();
    expect(hasNoOpenExecution(itemUnit(), SOLDER, [open])).toBeUndefined();
    expect(hasNoOpenExecution(itemUnit(), MOUNT, [{ ...open, process: SOLDER }, open])).toEqual(
      rejection(
        'PD-5',
        'unit',
        `${ITEM} already has an open execution of 10 MOUNT, started by anna at ${EARLIER}; complete or withdraw it first.`,
      ),
    );
  });

  test('allow one PASS of a step on a unit (PD-6)', () => {
    expect(hasNoPass(itemUnit(), SOLDER, idsOf(MOUNT), 'unit')).toBeUndefined();
    expect(hasNoPass(itemUnit(), MOUNT, idsOf(MOUNT), 'unit')).toEqual(
      rejection('PD-6', 'unit', `${ITEM} has passed 10 MOUNT already; a unit passes a step once.`),
    );
    expect(hasNoPass(itemUnit(), MOUNT, idsOf(MOUNT), 'result')?.path).toEqual(['result']);
  });

  test('count only a PASS among the passed steps of a unit (PD-6)', () => {
    expect(passedAfter(idsOf(MOUNT), SOLDER, 'PASS')).toEqual(idsOf(MOUNT, SOLDER));
    expect(passedAfter(idsOf(MOUNT), SOLDER, 'FAIL')).toEqual(idsOf(MOUNT));
    expect(passedAfter(idsOf(MOUNT), SOLDER, 'REWORK')).toEqual(idsOf(MOUNT));
  });
});

describe('the order of steps', () => {
  test('does not restrict the first step of a level (PD-8)', () => {
    expect(earlierStepsArePassed(itemUnit(), MOUNT, ROUTE, idsOf())).toBeUndefined();
    expect(earlierStepsArePassed(serialUnit(), BURN_IN, ROUTE, idsOf())).toBeUndefined();
  });

  test('requires a PASS of the previous step of the level on the unit (PD-8)', () => {
    expect(earlierStepsArePassed(itemUnit(), SOLDER, ROUTE, idsOf(MOUNT))).toBeUndefined();
    expect(earlierStepsArePassed(itemUnit(), SOLDER, ROUTE, idsOf())).toEqual(
      rejection('PD-8', 'process', `${ITEM} has no PASS yet on 10 MOUNT; step 30 SOLDER comes after that.`),
    );
    expect(earlierStepsArePassed(serialUnit(), FINAL, ROUTE, idsOf(MOUNT, SOLDER))).toEqual(
      rejection(
        'PD-8',
        'process',
        'Serial KR01PSA261101001 has no PASS yet on 95 BURN_IN; step 100 FINAL comes after that.',
      ),
    );
  });

  test('requires only the nearest lower active step, whatever precedes it (PD-8)', () => {
    const glue = step(20, 'GLUE');

    expect(earlierStepsArePassed(itemUnit(), SOLDER, [...ROUTE, glue], idsOf(glue))).toBeUndefined();
    expect(
      earlierStepsArePassed(itemUnit(), SOLDER, [...ROUTE, { ...glue, isActive: false }], idsOf(MOUNT)),
    ).toBeUndefined();
  });

  test('requires every active WIP-level MANUFACTURING step before the conversion step, and names the missing ones (PD-8)', () => {
    expect(earlierStepsArePassed(itemUnit(), CONVERT, ROUTE, idsOf(MOUNT, SOLDER))).toBeUndefined();
    expect(earlierStepsArePassed(itemUnit(), CONVERT, [...ROUTE, step(20, 'GLUE')], idsOf(SOLDER))).toEqual(
      rejection('PD-8', 'process', `${ITEM} has no PASS yet on 10 MOUNT, 20 GLUE; step 90 CONVERT comes after that.`),
    );
  });
});

describe('the attempts of a step', () => {
  const twice = step(10, 'MOUNT', { maxAttempts: 2 });

  test('are limited: with a limit of 2 the third start is refused (PD-9)', () => {
    expect(hasAttemptLeft(itemUnit(), twice, 0)).toBeUndefined();
    expect(hasAttemptLeft(itemUnit(), twice, 1)).toBeUndefined();
    expect(hasAttemptLeft(itemUnit(), twice, 2)).toEqual(
      rejection('PD-9', 'process', `${ITEM} finished 2 attempts of 10 MOUNT; at most 2 are allowed.`),
    );
  });

  test('are unlimited without a limit (PD-9)', () => {
    expect(hasAttemptLeft(itemUnit(), MOUNT, 1_000)).toBeUndefined();
  });

  test('are counted from 1 (PD-9)', () => {
    expect(nextAttempt(0)).toBe(1);
    expect(nextAttempt(2)).toBe(3);
  });
});
