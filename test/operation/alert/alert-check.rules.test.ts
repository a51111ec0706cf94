import { describe, expect, test } from 'vitest';
import {
  alertOfDelay,
  alertOfEquipment,
  alertOfStep,
  alertsOfQuality,
  allowedSeconds,
} from '../../../src/operation/alert/alert-check.rules.ts';

describe('a step (KPI-17)', () => {
  const ratios = { medium: 0.1, high: 0.2 };
  const severityOf = (finishedCount: number, failCount: number): string | undefined =>
    alertOfStep({ id: 'step', number: 10, code: 'MOUNT', finishedCount, failCount }, ratios)?.severity;

  test('as in the example: 8 runs with 0.125 are MEDIUM, 7 with 0.285714 HIGH, 5 none', () => {
    expect([severityOf(8, 1), severityOf(7, 2), severityOf(5, 5)]).toEqual(['MEDIUM', 'HIGH', undefined]);
  });

  test('at exactly the limit raises nothing more', () => {
    expect([severityOf(10, 1), severityOf(30, 3), severityOf(10, 2), severityOf(6, 0)]).toEqual([
      undefined,
      undefined,
      'MEDIUM',
      undefined,
    ]);
  });

  test('is named with its figures', () => {
    expect(alertOfStep({ id: 'step', number: 10, code: 'MOUNT', finishedCount: 7, failCount: 2 }, ratios)).toEqual({
      type: 'QUALITY_THRESHOLD',
      severity: 'HIGH',
      title: 'Step 10 MOUNT fails too often',
      message: '2 of 7 executions of step 10 MOUNT failed within 60 minutes (28.6 %).',
      subject: { processId: 'step' },
      dedupKey: 'QUALITY_THRESHOLD:step:step',
    });
  });
});

test('equipment is named after more than 120 minutes out of use (KPI-17)', () => {
  const press = { id: 'press', code: 'PRESS', name: 'Press 1', status: 'MAINTENANCE' } as const;
  expect(alertOfEquipment({ ...press, minutes: 120 })).toBeUndefined();
  expect(alertOfEquipment({ ...press, minutes: 120.01 })).toEqual({
    type: 'EQUIPMENT_FAILURE',
    severity: 'HIGH',
    title: 'Equipment PRESS is MAINTENANCE for more than 120 minutes',
    message: 'Equipment PRESS, Press 1, is MAINTENANCE for more than 120 minutes.',
    subject: { equipmentId: 'press' },
    dedupKey: 'EQUIPMENT_FAILURE:equipment:press',
  });
});

describe('an open execution (KPI-17)', () => {
  const open = {
    id: 'execution',
    unitNumber: 'KR01PSA261101001',
    process: { id: 'step', number: 60, code: 'FINAL' },
    lotId: 'lot',
    wipItemId: 'item',
    serialId: 'serial',
    equipmentId: null,
  };

  test('may take three times its plan, but at least 900 seconds, and 8 hours without a plan', () => {
    expect([allowedSeconds(301), allowedSeconds(300), allowedSeconds(10), allowedSeconds(null)]).toEqual([
      903, 900, 900, 28_800,
    ]);
  });

  test('raises an alert when it takes longer', () => {
    expect(alertOfDelay({ ...open, plannedSeconds: 400, openSeconds: 1_200 })).toBeUndefined();
    expect(alertOfDelay({ ...open, plannedSeconds: 400, openSeconds: 1_200.5 })).toEqual({
      type: 'PROCESS_DELAY',
      severity: 'MEDIUM',
      title: 'Step 60 FINAL of KR01PSA261101001 takes too long',
      message: 'Step 60 FINAL of KR01PSA261101001 is open for more than 1200 seconds; 400 seconds are planned for it.',
      subject: {
        lotId: 'lot',
        wipItemId: 'item',
        serialId: 'serial',
        processId: 'step',
        equipmentId: null,
        processDataId: 'execution',
      },
      dedupKey: 'PROCESS_DELAY:execution:execution',
    });
    expect(alertOfDelay({ ...open, plannedSeconds: null, openSeconds: 28_801 })?.message).toBe(
      'Step 60 FINAL of KR01PSA261101001 is open for more than 28800 seconds; no time is planned for it.',
    );
  });
});

describe('the quality of the plant (KPI-17)', () => {
  const fine = {
    completedCount: 0,
    failCount: 0,
    meanScore: null,
    pendingCount: 100,
    defectCount: 0,
    unreviewedCount: 0,
    falsePositiveCount: 0,
  };
  const found = (figures: Partial<typeof fine> | { meanScore: number }): readonly string[] =>
    alertsOfQuality({ ...fine, ...figures }).map(({ dedupKey, severity }) => `${dedupKey} ${severity}`);

  test('is fine at exactly every limit', () => {
    expect(found({})).toEqual([]);
    expect(found({ completedCount: 20, failCount: 1 })).toEqual([]);
    expect(found({ completedCount: 5, failCount: 5 })).toEqual([]);
    expect(found({ meanScore: 0.8 })).toEqual([]);
    expect(found({ defectCount: 10, unreviewedCount: 3, falsePositiveCount: 0 })).toEqual([]);
    expect(found({ defectCount: 9, unreviewedCount: 9 })).toEqual([]);
    expect(found({ defectCount: 20, unreviewedCount: 0, falsePositiveCount: 2 })).toEqual([]);
  });

  test('is named beyond each of them', () => {
    expect(found({ completedCount: 6, failCount: 1 })).toEqual(['QUALITY_THRESHOLD:inspections HIGH']);
    expect(found({ completedCount: 20, failCount: 3 })).toEqual(['QUALITY_THRESHOLD:inspections MEDIUM']);
    expect(found({ meanScore: 0.7999 })).toEqual(['QUALITY_THRESHOLD:score MEDIUM']);
    expect(found({ pendingCount: 101 })).toEqual(['PROCESS_DELAY:backlog MEDIUM']);
    expect(found({ defectCount: 10, unreviewedCount: 4 })).toEqual(['QUALITY_THRESHOLD:review LOW']);
    expect(found({ defectCount: 10, falsePositiveCount: 2 })).toEqual(['QUALITY_THRESHOLD:false positives LOW']);
  });

  test('is described with its figures', () => {
    const bad = {
      completedCount: 8,
      failCount: 2,
      meanScore: 0.5,
      pendingCount: 101,
      defectCount: 20,
      unreviewedCount: 10,
      falsePositiveCount: 5,
    };
    expect(alertsOfQuality(bad).map(({ message }) => message)).toEqual([
      '2 of 8 inspections failed within 60 minutes (25.0 %).',
      'The mean quality score of the last 10 minutes is 0.5000, below 0.8.',
      'More than 100 inspections are PENDING.',
      '10 of 20 findings of the last 24 hours wait for a reviewer.',
      '5 of 10 reviewed findings of the last 24 hours are false positives.',
    ]);
  });
});
