import { factoryRouteOf } from '../../../src/catalog/process/route.rules.ts';
import { describe, expect, test } from 'vitest';
import { rejectionsIn } from '../../../src/platform/rules/rejection.ts';
import {
  COMPLETION_WARNINGS,
  completionAnswers,
  completionWarnings,
  conversionAnswers,
  isConverting,
  type CompletionFacts,
  type FinishedWork,
} from '../../../src/production/process-data/work/completion.rules.ts';
import {
  BURN_IN,
  CONVERT,
  MOUNT,
  NOW,
  ROUTE,
  SOLDER,
  characteristic,
  defect,
  idsOf,
  itemUnit,
  lot,
  reading,
  serialUnit,
  step,
} from '../../support/floor.ts';

const TEST = step(10, 'MOUNT', {
  characteristics: new Map([['VOLTAGE', characteristic('VOLTAGE', { unit: 'V', upperLimit: '5', required: true })]]),
});
const good = reading('VOLTAGE', { value: '5', upperLimit: '5' });

const pass: FinishedWork = { result: 'PASS', measurements: [], defects: [], notes: null, completedAt: NOW };
const fail: FinishedWork = { ...pass, result: 'FAIL', defects: [defect('SHORT')] };
const rework: FinishedWork = { ...pass, result: 'REWORK' };

const facts: CompletionFacts = {
  unit: itemUnit('IN_PROGRESS'),
  step: MOUNT,
  route: factoryRouteOf(ROUTE),
  passedStepIds: idsOf(),
  otherOpenSteps: [],
  startedAt: '2026-11-20T07:00:00.000Z',
  work: pass,
  now: NOW,
};

function refused(changes: Partial<CompletionFacts>): readonly string[] {
  return rejectionsIn(completionAnswers({ ...facts, ...changes })).map((each) => `${each.rule} ${each.path.join('.')}`);
}

describe('completion', () => {
  test.each([pass, fail, rework])('sets a result: $result (PD-4)', (work) => {
    expect(refused({ work })).toEqual([]);
  });

  test('is refused with PASS in a held lot, which accepts FAIL and REWORK (LOT-7)', () => {
    for (const disposition of ['QUARANTINED', 'REJECTED'] as const) {
      const unit = itemUnit('IN_PROGRESS', lot('IN_PROGRESS', disposition));

      expect(refused({ unit, work: pass })).toEqual(['LOT-7 lot']);
      expect(refused({ unit, work: fail })).toEqual([]);
      expect(refused({ unit, work: rework })).toEqual([]);
    }
  });

  test('is refused with a second PASS; FAIL and REWORK may repeat (PD-6)', () => {
    const passedStepIds = idsOf(MOUNT);

    expect(refused({ passedStepIds, work: pass })).toEqual(['PD-6 result']);
    expect(refused({ passedStepIds, work: fail })).toEqual([]);
    expect(refused({ passedStepIds, work: rework })).toEqual([]);
  });

  test('is refused with an end before the start or in the future (PD-3, PD-7)', () => {
    expect(refused({ work: { ...pass, completedAt: '2026-11-20T06:59:59.999Z' } })).toEqual(['PD-3 completedAt']);
    expect(refused({ work: { ...pass, completedAt: '2026-11-20T08:01:00.001Z' } })).toEqual(['PD-7 completedAt']);
  });

  test('needs defects that match the result (PD-2)', () => {
    expect(refused({ work: { ...fail, defects: [] } })).toEqual(['PD-2 defects']);
    expect(refused({ work: { ...pass, defects: fail.defects } })).toEqual(['PD-2 defects']);
  });

  test('needs readings that allow the result (PD-10)', () => {
    expect(refused({ step: TEST, work: { ...pass, measurements: [good] } })).toEqual([]);
    expect(refused({ step: TEST, work: { ...pass, measurements: [{ ...good, value: '5.1' }] } })).toEqual([
      'PD-10 measurements.0.value',
    ]);
    expect(refused({ step: TEST, work: pass })).toEqual(['PD-10 measurements']);
  });

  test('is malformed with a reading in a wrong unit of measure, whatever the result (PD-11)', () => {
    expect(refused({ step: TEST, work: { ...fail, measurements: [{ ...good, unit: 'mV' }] } })).toEqual([
      'PD-11 measurements.0',
    ]);
  });

  test('checks its rules in the order of the ledger (PD-2)', () => {
    const everything: CompletionFacts = {
      ...facts,
      unit: itemUnit('IN_PROGRESS', lot('IN_PROGRESS', 'QUARANTINED')),
      step: { ...TEST, id: CONVERT.id, type: 'SERIAL_CONVERSION' },
      passedStepIds: idsOf(CONVERT),
      startedAt: '2026-11-21T08:00:00.000Z',
      work: {
        ...fail,
        result: 'PASS',
        measurements: [{ ...good, value: '6', unit: 'mV' }],
        completedAt: '2026-11-20T09:00:00.000Z',
      },
    };

    expect(refused(everything)).toEqual([
      'PD-11 measurements.0',
      'LOT-7 lot',
      'PD-6 result',
      'PD-3 completedAt',
      'PD-7 completedAt',
      'PD-2 defects',
      'PD-10 measurements.0.value',
      'WIP-7 wipItem',
      'WIP-7 wipItem',
    ]);
  });
});

describe('conversion by a PASS', () => {
  const converting = { ...facts, unit: itemUnit('COMPLETED'), step: CONVERT, passedStepIds: idsOf(MOUNT, SOLDER) };

  test('is allowed on the conversion step of a COMPLETED item (WIP-7)', () => {
    expect(refused(converting)).toEqual([]);
    expect(isConverting(CONVERT, 'PASS')).toBe(true);
    expect(isConverting(CONVERT, 'FAIL')).toBe(false);
    expect(isConverting(MOUNT, 'PASS')).toBe(false);
  });

  test('is refused when the item cannot be converted (WIP-7)', () => {
    expect(refused({ ...converting, passedStepIds: idsOf(MOUNT) })).toEqual(['WIP-7 wipItem']);
    expect(refused({ ...converting, unit: itemUnit('CONVERTED') })).toEqual(['WIP-7 wipItem']);
    expect(refused({ ...converting, otherOpenSteps: [SOLDER] })).toEqual(['WIP-7 wipItem']);
  });

  test('is not checked for a FAIL on the conversion step, and for steps of other units (WIP-7)', () => {
    expect(refused({ ...converting, unit: itemUnit('CONVERTED'), work: fail })).toEqual([]);
    expect(conversionAnswers({ ...facts, unit: serialUnit(), step: BURN_IN })).toEqual([]);
  });
});

describe('the warnings of a completion', () => {
  test('are empty for a PASS without characteristics', () => {
    expect(COMPLETION_WARNINGS).toEqual([
      'FAIL_WITHOUT_NOTES',
      'REWORK_WITHOUT_NOTES',
      'NO_MEASUREMENTS',
      'OUT_OF_SPEC_ALLOWED',
    ]);
    expect(completionWarnings(MOUNT, pass)).toEqual([]);
  });

  test('include defects without notes', () => {
    expect(completionWarnings(MOUNT, fail)).toEqual(['FAIL_WITHOUT_NOTES']);
    expect(completionWarnings(MOUNT, { ...fail, notes: 'Bent pin.' })).toEqual([]);
    expect(completionWarnings(MOUNT, { ...rework, defects: fail.defects })).toEqual(['REWORK_WITHOUT_NOTES']);
    expect(completionWarnings(MOUNT, { ...rework, defects: fail.defects, notes: 'Bent pin.' })).toEqual([]);
    expect(completionWarnings(MOUNT, rework)).toEqual([]);
  });

  test('include characteristics without a reading, and an allowed PASS out of specification (PD-10)', () => {
    const lenient = { ...TEST, allowOutOfSpecPass: true };

    expect(completionWarnings(TEST, fail)).toEqual(['FAIL_WITHOUT_NOTES', 'NO_MEASUREMENTS']);
    expect(completionWarnings(lenient, { ...pass, measurements: [{ ...good, value: '6' }] })).toEqual([
      'OUT_OF_SPEC_ALLOWED',
    ]);
    expect(completionWarnings(lenient, { ...pass, measurements: [good] })).toEqual([]);
  });
});
