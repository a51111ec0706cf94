/** PD-13: what may be changed in a finished execution. Its unit, its step and its start never change. */
import { type Step, stepLabel, stepLabels, type StepName } from '../../../catalog/process/route.rules.ts';
import { type Answer, rejection } from '../../../platform/rules/rejection.ts';
import { present } from '../../../platform/values/assert.ts';
import type { Instant } from '../../../platform/values/time.ts';
import { isLotActive, lotIsNotHeld } from '../../lot/lot.rules.ts';
import { type Reading, unitsFit, withLimitsOfStep } from '../result/measurement.rules.ts';
import type { ProcessDefect, ProcessResult } from '../result/result.rules.ts';
import {
  type CompletionFacts,
  contentAnswers,
  conversionAnswers,
  type FinishedWork,
} from '../work/completion.rules.ts';
import { nameOfUnit, type Unit } from '../../unit/unit.rules.ts';
import { equipmentTypeFits, type UsedEquipment } from '../work/start.rules.ts';
import { isSameJson } from '../../../platform/values/json.ts';

/** The fields of a correction; an absent field stays unchanged. */
export interface Correction {
  readonly result?: ProcessResult | undefined;
  readonly measurements?: readonly Reading[] | undefined;
  readonly defects?: readonly ProcessDefect[] | undefined;
  readonly notes?: string | null | undefined;
  readonly completedAt?: Instant | undefined;
}

/** What a correction is judged by: the facts of a completion, where `work` is the whole new record, and more. */
export interface CorrectionFacts extends CompletionFacts {
  readonly before: FinishedWork;
  readonly correction: Correction;
  /** Whether the execution is the unit's last one of its step. */
  readonly isLatest: boolean;
  /** Later steps of the level on which the unit has executions. */
  readonly laterSteps: readonly StepName[];
  /** The equipment that the correction names; null when it removes the equipment, undefined when it leaves it. */
  readonly newEquipment: Pick<UsedEquipment, 'code' | 'type'> | null | undefined;
}

/** PD-13: only a finished execution is corrected. */
export function isFinished(execution: { readonly completedAt: Instant | null }): Answer {
  if (execution.completedAt !== null) return undefined;
  return rejection(
    'PD-13',
    'id',
    'The execution is still open; only a finished one can be corrected. Complete or withdraw it.',
  );
}

/** PD-4: the result of a finished execution. */
export function finishedWorkOf(
  execution: Omit<FinishedWork, 'result' | 'completedAt'> & {
    readonly result: ProcessResult | null;
    readonly completedAt: Instant | null;
  },
): FinishedWork {
  const { measurements, defects, notes } = execution;
  const result = present(execution.result, 'The result of a finished execution');
  return {
    result,
    measurements,
    defects,
    notes,
    completedAt: present(execution.completedAt, 'The end of a finished execution'),
  };
}

/** PD-13: the whole new record. Absent fields stay, except that a given result without defects means no defects. */
export function correctedWork(
  before: FinishedWork,
  correction: Correction,
  step: Pick<Step, 'characteristics'>,
): FinishedWork {
  const { result, measurements, defects, notes, completedAt } = correction;
  return {
    result: result ?? before.result,
    measurements: measurements === undefined ? before.measurements : withLimitsOfStep(step, measurements),
    defects: defects ?? (result === undefined ? before.defects : []),
    notes: notes === undefined ? before.notes : notes,
    completedAt: completedAt ?? before.completedAt,
  };
}

/** PD-13: a correction is judged as a change first, then by all rules on the whole new record. */
export function correctionAnswers(facts: CorrectionFacts): readonly Answer[] {
  const { unit, step, work, before, correction } = facts;
  const givesPass = before.result !== 'PASS' && work.result === 'PASS';
  const takesPass = before.result === 'PASS' && work.result !== 'PASS';
  if (!isInRoute(facts))
    return [
      ...unchangedOutsideRoute(facts),
      ...(correction.measurements === undefined ? [] : unitsFit(step, work.measurements)),
      ...contentAnswers(facts),
    ];
  return [
    facts.newEquipment === undefined ? undefined : equipmentTypeFits(step, facts.newEquipment ?? undefined),
    ...(correction.measurements === undefined ? [] : unitsFit(step, work.measurements)),
    ...(hasNewResult(before, work) ? [isLatestOfStep(facts), lotIsOpen(unit)] : []),
    takesPass ? nothingStandsOnPass(unit, facts.laterSteps) : undefined,
    givesPass ? lotIsNotHeld(unit.lot, 'CORRECTION_TO_PASS') : undefined,
    ...contentAnswers(facts),
    ...(givesPass ? conversionAnswers(facts) : []),
  ];
}

/** PD-13: whether the result changes, which sets the status of the unit again. */
export function hasNewResult(before: Pick<FinishedWork, 'result'>, work: Pick<FinishedWork, 'result'>): boolean {
  return before.result !== work.result;
}

/** Whether the step is part of the present route of the lot. */
function isInRoute({ step, route }: Pick<CorrectionFacts, 'step' | 'route'>): boolean {
  return route.isFactoryRoute || route.steps.some(({ id }) => id === step.id);
}

/** PD-13: an execution of a step outside of the present route keeps everything but its readings and notes. */
function unchangedOutsideRoute({ step, route, before, work, newEquipment }: CorrectionFacts): readonly Answer[] {
  const changed = {
    result: hasNewResult(before, work),
    defects: !isSameJson(before.defects, work.defects),
    completedAt: before.completedAt !== work.completedAt,
    equipment: newEquipment !== undefined,
  };
  return Object.entries(changed)
    .filter(([, isChanged]) => isChanged)
    .map(([field]) => {
      const message = `Step ${stepLabel(step)} is not part of ${route.name}, by which the lot is made now; only readings and notes can be corrected.`;
      return rejection('PD-13', field, message);
    });
}

function isLatestOfStep(facts: CorrectionFacts): Answer {
  if (facts.isLatest) return undefined;
  const message = `${nameOfUnit(facts.unit)} has a later execution of the step; only the latest one can get a new result.`;
  return rejection('PD-13', 'result', message);
}

function lotIsOpen(unit: Unit): Answer {
  if (isLotActive(unit.lot)) return undefined;
  const message = `Lot ${unit.lot.number} is ${unit.lot.status}; a new result can be given only in a CREATED or IN_PROGRESS lot.`;
  return rejection('PD-13', 'result', message);
}

/** A PASS stays while later work depends on it. */
function nothingStandsOnPass(unit: Unit, laterSteps: readonly StepName[]): Answer {
  const why = whatStandsOnPass(unit, laterSteps);
  return why === undefined
    ? undefined
    : rejection('PD-13', 'result', `The PASS cannot be taken away: ${nameOfUnit(unit)} ${why}.`);
}

function whatStandsOnPass(unit: Unit, laterSteps: readonly StepName[]): string | undefined {
  if (laterSteps.length > 0) return `has executions of ${stepLabels(laterSteps)}, which came after it`;
  if (unit.kind === 'WIP_ITEM' && unit.wipItem.status === 'CONVERTED') return 'is CONVERTED';
  if (unit.kind === 'SERIAL' && unit.serial.status === 'PASSED') return 'is PASSED';
  return undefined;
}
