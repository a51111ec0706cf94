import { describe, expect, test } from 'vitest';
import { alertOfExecution, alertOfInspection, alertOfLot } from '../../../src/operation/alert/alert-cause.rules.ts';
import type { ProcessResult } from '../../../src/production/process-data/result/result.rules.ts';

type Severity = 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';
const outcome = (result: ProcessResult, ...severities: readonly Severity[]) => ({
  result,
  defects: severities.map((severity) => ({ code: 'BENT', severity, quantity: 1 })),
});
const lot = {
  id: 'lot',
  number: 'KR01PSA261101',
  status: 'IN_PROGRESS',
  disposition: 'UNDECIDED',
  productionLineId: 'line',
} as const;
const execution = {
  processDataId: 'execution',
  unit: {
    kind: 'SERIAL',
    lot,
    serial: { id: 'serial', number: 'KR01PSA261101001', status: 'IN_PROGRESS', wipItemId: 'item' },
  },
  step: { id: 'step', number: 60, code: 'FINAL' },
  equipmentId: 'press',
} as const;
const raised = (after: ReturnType<typeof outcome>, before?: ReturnType<typeof outcome>): string | undefined => {
  const alert = alertOfExecution({ ...execution, outcome: after, ...(before === undefined ? {} : { before }) });
  return alert && `${alert.type} ${alert.severity}`;
};

describe('an execution', () => {
  test('that fails with a HIGH or CRITICAL defect raises an alert, with a lower one none (KPI-17)', () => {
    expect(raised(outcome('FAIL', 'MEDIUM', 'CRITICAL', 'HIGH'))).toBe('DEFECT_DETECTED HIGH');
    expect(raised(outcome('FAIL', 'LOW', 'HIGH'))).toBe('DEFECT_DETECTED MEDIUM');
    expect(raised(outcome('FAIL', 'MEDIUM'))).toBeUndefined();
    expect(raised(outcome('PASS'))).toBeUndefined();
  });

  test('that is to be done again raises one, whatever its defects are (KPI-17)', () => {
    expect(raised(outcome('REWORK'))).toBe('REWORK_REQUEST LOW');
    expect(raised(outcome('REWORK', 'CRITICAL'))).toBe('REWORK_REQUEST LOW');
  });

  test('that is corrected raises one only where the result before had no such cause, or a lesser one (KPI-17)', () => {
    expect(raised(outcome('FAIL', 'HIGH'), outcome('PASS'))).toBe('DEFECT_DETECTED MEDIUM');
    expect(raised(outcome('FAIL', 'CRITICAL'), outcome('FAIL', 'HIGH'))).toBe('DEFECT_DETECTED HIGH');
    expect(raised(outcome('FAIL', 'HIGH'), outcome('REWORK'))).toBe('DEFECT_DETECTED MEDIUM');
    expect(raised(outcome('FAIL', 'HIGH'), outcome('FAIL', 'CRITICAL'))).toBeUndefined();
    expect(raised(outcome('REWORK'), outcome('REWORK'))).toBeUndefined();
    expect(raised(outcome('PASS'), outcome('FAIL', 'HIGH'))).toBeUndefined();
  });

  test('names its unit, its step, its equipment and its defects (KPI-17)', () => {
    expect(alertOfExecution({ ...execution, outcome: outcome('FAIL', 'CRITICAL', 'LOW') })).toEqual({
      type: 'DEFECT_DETECTED',
      severity: 'HIGH',
      title: 'Step 60 FINAL of serial KR01PSA261101001 failed',
      message: 'Step 60 FINAL of serial KR01PSA261101001 failed: BENT (CRITICAL, 1), BENT (LOW, 1).',
      subject: {
        lotId: 'lot',
        wipItemId: 'item',
        serialId: 'serial',
        processId: 'step',
        equipmentId: 'press',
        processDataId: 'execution',
      },
      dedupKey: 'DEFECT_DETECTED:execution:execution',
    });
    const again = alertOfExecution({
      ...execution,
      outcome: outcome('REWORK'),
      unit: { kind: 'LOT', lot },
      equipmentId: null,
    });
    expect(again).toMatchObject({
      title: 'Step 60 FINAL of lot KR01PSA261101 is to be done again',
      message: 'Step 60 FINAL of lot KR01PSA261101 is to be done again.',
      subject: { lotId: 'lot', wipItemId: null, serialId: null, equipmentId: null },
      dedupKey: 'REWORK_REQUEST:execution:execution',
    });
  });
});

test('a lot that is COMPLETED and one that is CLOSED are two causes (KPI-17, ALT-4)', () => {
  const ended = { lotId: '1', number: 'KR01PSA261101' };
  expect(alertOfLot({ ...ended, status: 'COMPLETED' })).toEqual({
    type: 'LOT_COMPLETED',
    severity: 'LOW',
    title: 'Lot KR01PSA261101 is COMPLETED',
    message: 'Lot KR01PSA261101 is COMPLETED.',
    subject: { lotId: '1' },
    dedupKey: 'LOT_COMPLETED:lot:1',
  });
  expect(alertOfLot({ ...ended, status: 'CLOSED' })).toMatchObject({
    type: 'LOT_CLOSED',
    dedupKey: 'LOT_CLOSED:lot:1',
  });
});

describe('an inspection', () => {
  const inspection = {
    id: 'inspection',
    type: 'VISUAL',
    sampleCode: 'TRAY-1',
    round: 2,
    lotId: 'lot',
    wipItemId: null,
    serialId: 'serial',
  } as const;
  const judged = (verdict: 'PASS' | 'FAIL', isCritical = false) => ({ verdict, isCritical });

  test('that fails raises an alert: HIGH with a critical finding, else MEDIUM (INS-8, KPI-17)', () => {
    expect(alertOfInspection({ inspection, ...judged('FAIL', true) })).toEqual({
      type: 'QUALITY_THRESHOLD',
      severity: 'HIGH',
      title: 'Inspection VISUAL of TRAY-1, round 2 failed',
      message: 'Inspection VISUAL of TRAY-1, round 2 failed. It has a critical finding.',
      subject: { lotId: 'lot', wipItemId: null, serialId: 'serial', inspectionId: 'inspection' },
      dedupKey: 'QUALITY_THRESHOLD:inspection:inspection',
    });
    expect(alertOfInspection({ inspection, ...judged('FAIL') })).toMatchObject({
      severity: 'MEDIUM',
      message: 'Inspection VISUAL of TRAY-1, round 2 failed. Its quality score is below that of a PASS.',
    });
    expect(alertOfInspection({ inspection, ...judged('PASS') })).toBeUndefined();
  });

  test('that a review makes worse raises one; one that it leaves as it is, or makes better, does not (INS-6, INS-8)', () => {
    expect(alertOfInspection({ inspection, ...judged('FAIL'), before: judged('PASS') })?.severity).toBe('MEDIUM');
    expect(alertOfInspection({ inspection, ...judged('FAIL', true), before: judged('FAIL') })?.severity).toBe('HIGH');
    expect(alertOfInspection({ inspection, ...judged('FAIL'), before: judged('FAIL') })).toBeUndefined();
    expect(alertOfInspection({ inspection, ...judged('FAIL'), before: judged('FAIL', true) })).toBeUndefined();
    expect(alertOfInspection({ inspection, ...judged('PASS'), before: judged('FAIL', true) })).toBeUndefined();
  });
});
