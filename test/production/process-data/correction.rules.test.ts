import { factoryRouteOf } from '../../../src/catalog/process/route.rules.ts';
import { describe, expect, test } from 'vitest';
import { rejection, rejectionsIn, type Rejection } from '../../../src/platform/rules/rejection.ts';
import type { FinishedWork } from '../../../src/production/process-data/work/completion.rules.ts';
import {
  correctedWork,
  correctionAnswers,
  finishedWorkOf,
  hasNewResult,
  isFinished,
  type Correction,
  type CorrectionFacts,
} from '../../../src/production/process-data/recording/correction.rules.ts';
import type { Unit } from '../../../src/production/unit/unit.rules.ts';
import {
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
  lotUnit,
  reading,
  serialUnit,
  step,
} from '../../support/floor.ts';

const EARLIER = '2026-11-20T07:30:00.000Z';
const pass: FinishedWork = { result: 'PASS', measurements: [], defects: [], notes: 'fine', completedAt: NOW };
const fail: FinishedWork = { ...pass, result: 'FAIL', defects: [defect('SHORT')] };
const toPass: Correction = { result: 'PASS' };
const toFail: Correction = { result: 'FAIL', defects: [defect('SHORT')] };
const toNotes: Correction = { notes: 'better' };

const context = {
  unit: itemUnit('IN_PROGRESS') as Unit,
  step: MOUNT,
  route: factoryRouteOf(ROUTE),
  passedStepIds: idsOf(),
  otherOpenSteps: [],
  startedAt: '2026-11-20T07:00:00.000Z',
  now: NOW,
  isLatest: true,
  laterSteps: [],
  newEquipment: undefined,
};

function refused(
  before: FinishedWork,
  correction: Correction,
  changes: Partial<CorrectionFacts> = {},
): readonly Rejection[] {
  const step = changes.step ?? context.step;
  return rejectionsIn(
    correctionAnswers({ ...context, before, correction, work: correctedWork(before, correction, step), ...changes }),
  );
}

function rules(...of: Parameters<typeof refused>): readonly string[] {
  return refused(...of).map((each) => `${each.rule} ${each.path.join('.')}`);
}

describe('the corrected record', () => {
  test('must be a finished execution (PD-13)', () => {
    expect(isFinished({ completedAt: NOW })).toBeUndefined();
    expect(isFinished({ completedAt: null })).toEqual(
      rejection(
        'PD-13',
        'id',
        'The execution is still open; only a finished one can be corrected. Complete or withdraw it.',
      ),
    );
  });

  test('of a finished execution has a result and an end (PD-4)', () => {
    expect(finishedWorkOf(fail)).toEqual(fail);
    expect(() => finishedWorkOf({ ...fail, result: null })).toThrow('The result of a finished execution is missing.');
    expect(() => finishedWorkOf({ ...fail, completedAt: null })).toThrow('The end of a finished execution is missing.');
  });

  test('keeps absent fields (PD-13)', () => {
    expect(correctedWork(fail, {}, MOUNT)).toEqual(fail);
    expect(correctedWork(fail, { completedAt: EARLIER }, MOUNT)).toEqual({ ...fail, completedAt: EARLIER });
  });

  test('has no notes when they are null, and no measurements when the list is empty (PD-13)', () => {
    const measured = { ...fail, measurements: [reading('V', { value: '1' })] };

    expect(correctedWork(fail, { notes: null }, MOUNT)).toEqual({ ...fail, notes: null });
    expect(correctedWork(fail, toNotes, MOUNT)).toEqual({ ...fail, notes: 'better' });
    expect(correctedWork(measured, { measurements: [] }, MOUNT)).toEqual(fail);
  });

  test('has no defects when a result is given and defects are absent (PD-13)', () => {
    expect(correctedWork(fail, toPass, MOUNT)).toEqual(pass);
    expect(correctedWork(fail, { result: 'FAIL' }, MOUNT)).toEqual({ ...fail, defects: [] });
    expect(correctedWork(fail, { result: 'FAIL', defects: [defect('BENT')] }, MOUNT)).toEqual({
      ...fail,
      defects: [defect('BENT')],
    });
    expect(correctedWork(fail, { defects: [defect('BENT')] }, MOUNT)).toEqual({ ...fail, defects: [defect('BENT')] });
  });

  test('checks new measurements by the limits of the step, and keeps the limits of the old ones (PD-13, PD-10)', () => {
    const judging = step(10, 'MOUNT', { characteristics: new Map([['V', characteristic('V', { upperLimit: '5' })]]) });
    const old = { ...fail, measurements: [reading('V', { value: '6', upperLimit: '7' })] };

    expect(correctedWork(old, {}, judging)).toEqual(old);
    expect(correctedWork(old, { measurements: [reading('V', { value: '6' })] }, judging).measurements).toEqual([
      reading('V', { value: '6', upperLimit: '5' }),
    ]);
  });
});

describe('a new result', () => {
  test('is one that differs from the old (PD-13)', () => {
    expect(hasNewResult(fail, pass)).toBe(true);
    expect(hasNewResult(fail, fail)).toBe(false);
  });

  test('is allowed for the latest execution in an open lot (PD-13)', () => {
    expect(refused(fail, toPass)).toEqual([]);
    expect(refused(pass, toFail)).toEqual([]);
    expect(refused(fail, { result: 'REWORK' })).toEqual([]);
  });

  test('is allowed for the latest execution of the step only; other fields of older ones may change (PD-13)', () => {
    expect(refused(fail, toPass, { isLatest: false })).toEqual([
      rejection(
        'PD-13',
        'result',
        'WIP item WIP-KR01PSA261101-001 has a later execution of the step; only the latest one can get a new result.',
      ),
    ]);
    expect(refused(fail, toNotes, { isLatest: false })).toEqual([]);
  });

  test('is refused in a COMPLETED or CLOSED lot; other fields may change (PD-13)', () => {
    for (const status of ['COMPLETED', 'CLOSED'] as const) {
      expect(refused(fail, toPass, { unit: serialUnit('FAILED', lot(status)) })).toEqual([
        rejection(
          'PD-13',
          'result',
          `Lot KR01PSA261101 is ${status}; a new result can be given only in a CREATED or IN_PROGRESS lot.`,
        ),
      ]);
      expect(refused(pass, toNotes, { unit: serialUnit('PASSED', lot(status)) })).toEqual([]);
    }
  });
});

describe('the removal of a PASS', () => {
  const message = (why: string) => rejection('PD-13', 'result', `The PASS cannot be taken away: ${why}.`);

  test('is refused when a later step of the level has executions (PD-13)', () => {
    expect(refused(pass, toFail, { laterSteps: [SOLDER] })).toEqual([
      message('WIP item WIP-KR01PSA261101-001 has executions of 30 SOLDER, which came after it'),
    ]);
    expect(refused(pass, toNotes, { laterSteps: [SOLDER] })).toEqual([]);
    expect(refused(fail, { result: 'REWORK' }, { laterSteps: [SOLDER] })).toEqual([]);
  });

  test('is refused when the item is CONVERTED or the serial PASSED (PD-13)', () => {
    expect(refused(pass, toFail, { unit: itemUnit('CONVERTED') })).toEqual([
      message('WIP item WIP-KR01PSA261101-001 is CONVERTED'),
    ]);
    expect(refused(pass, toFail, { unit: serialUnit('PASSED') })).toEqual([
      message('Serial KR01PSA261101001 is PASSED'),
    ]);
  });

  test('is allowed while no later work depends on it (PD-13)', () => {
    expect(refused(pass, toFail, { unit: itemUnit('COMPLETED') })).toEqual([]);
    expect(refused(pass, toFail, { unit: serialUnit('IN_PROGRESS') })).toEqual([]);
    expect(refused(pass, toFail, { unit: lotUnit() })).toEqual([]);
  });
});

describe('the whole corrected record', () => {
  test('is refused with a new PASS in a held lot, which accepts any other result (LOT-7)', () => {
    const unit = itemUnit('FAILED', lot('IN_PROGRESS', 'QUARANTINED'));

    expect(refused(fail, toPass, { unit })).toEqual([
      rejection(
        'LOT-7',
        'lot',
        'Lot KR01PSA261101 is QUARANTINED and takes no correction to PASS; it must be released first.',
      ),
    ]);
    expect(refused(pass, toFail, { unit })).toEqual([]);
    expect(refused(pass, toNotes, { unit })).toEqual([]);
    expect(refused(fail, { result: 'REWORK' }, { unit })).toEqual([]);
  });

  test('is checked by the rules of a completion (PD-13)', () => {
    expect(rules(fail, toPass, { passedStepIds: idsOf(MOUNT) })).toEqual(['PD-6 result']);
    expect(rules(pass, { completedAt: '2026-11-20T06:00:00.000Z' })).toEqual(['PD-3 completedAt']);
    expect(rules(pass, { completedAt: '2026-11-20T08:01:00.001Z' })).toEqual(['PD-7 completedAt']);
    expect(rules(pass, { result: 'FAIL' })).toEqual(['PD-2 defects']);
    expect(rules(pass, { defects: [defect('SHORT')] })).toEqual(['PD-2 defects']);
  });

  test('is checked for the unit and limits of its new readings (PD-10, PD-11)', () => {
    const judging = step(10, 'MOUNT', {
      characteristics: new Map([['V', characteristic('V', { unit: 'V', upperLimit: '5' })]]),
    });
    const bad = reading('V', { value: '6', unit: 'mV' });

    expect(rules(pass, { measurements: [bad] }, { step: judging })).toEqual([
      'PD-11 measurements.0',
      'PD-10 measurements.0.value',
    ]);
    expect(rules({ ...fail, measurements: [bad] }, toNotes, { step: judging })).toEqual([]);
  });

  test('converts the item with a new PASS on the conversion step, when it can be converted (WIP-7)', () => {
    const converting = { step: CONVERT, passedStepIds: idsOf(MOUNT, SOLDER) };

    expect(rules(fail, toPass, { ...converting, unit: itemUnit('COMPLETED') })).toEqual([]);
    expect(rules(fail, toPass, { ...converting, unit: itemUnit('CONVERTED') })).toEqual(['WIP-7 wipItem']);
    expect(rules(pass, toNotes, { ...converting, unit: itemUnit('CONVERTED') })).toEqual([]);
  });
});
