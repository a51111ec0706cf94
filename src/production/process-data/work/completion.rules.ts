/**
 * What must be true before an execution gets its result: at its completion, in the second half of a record, and after a
 * correction.
 */
import { isConversion, type NamedRoute, type Step, type StepName } from '../../../catalog/process/route.rules.ts';
import type { Answer, Rejection } from '../../../platform/rules/rejection.ts';
import type { Instant } from '../../../platform/values/time.ts';
import { lotIsNotHeld } from '../../lot/lot.rules.ts';
import { endsAfterStart, hasNoPass, isNotInFuture } from '../execution/process-data.rules.ts';
import {
  hasNoReadings,
  isAllowedOutOfSpec,
  type Reading,
  readingsAllow,
  unitsFit,
} from '../result/measurement.rules.ts';
import { defectsFit, type ProcessDefect, type ProcessResult } from '../result/result.rules.ts';
import type { Unit } from '../../unit/unit.rules.ts';
import { mayConvert } from '../../wip-item/wip-item.rules.ts';

/** The result of an execution. */
export interface FinishedWork {
  readonly result: ProcessResult;
  readonly measurements: readonly Reading[];
  readonly defects: readonly ProcessDefect[];
  readonly notes: string | null;
  readonly completedAt: Instant;
}

/** Everything that a completion is judged by. */
export interface CompletionFacts {
  readonly unit: Unit;
  readonly step: Step;
  /** The route of the lot, as this unit has to pass it (RTE-6). */
  readonly route: NamedRoute;
  /** The steps on which another execution of the unit has a PASS. */
  readonly passedStepIds: ReadonlySet<string>;
  /** The steps of the unit's other open executions. */
  readonly otherOpenSteps: readonly StepName[];
  readonly startedAt: Instant;
  /** The measurements carry the limits of the step already (PD-10). */
  readonly work: FinishedWork;
  readonly now: Instant;
}

/**
 * The rules of a completion, in the order in which they are judged. A reading in a wrong unit of measure is malformed
 * input and goes first. A PASS on the conversion step converts the item, and is rejected when the item cannot be
 * converted (WIP-7).
 */
export function completionAnswers(facts: CompletionFacts): readonly Answer[] {
  const { unit, step, work } = facts;
  return [
    ...unitsFit(step, work.measurements),
    work.result === 'PASS' ? lotIsNotHeld(unit.lot, 'PASS') : undefined,
    ...contentAnswers(facts),
    ...conversionAnswers(facts),
  ];
}

/** The rules that judge a finished record by its content, whether it was just completed or corrected. */
export function contentAnswers(facts: CompletionFacts): readonly Answer[] {
  const { unit, step, work, startedAt, now } = facts;
  return [
    work.result === 'PASS' ? hasNoPass(unit, step, facts.passedStepIds, 'result') : undefined,
    endsAfterStart(startedAt, work.completedAt),
    isNotInFuture(work.completedAt, now, 'completedAt'),
    defectsFit(work.result, work.defects),
    ...readingsAllow(work.result, step, work.measurements),
  ];
}

/** WIP-7: why the item cannot be converted, where the result would convert it. */
export function conversionAnswers(facts: CompletionFacts): readonly Rejection[] {
  const { unit, step, work } = facts;
  if (unit.kind !== 'WIP_ITEM' || !isConverting(step, work.result)) return [];
  return mayConvert(unit.wipItem, facts.route.steps, facts.passedStepIds, facts.otherOpenSteps);
}

/** Whether the result converts the item to a serial. */
export function isConverting(step: Pick<Step, 'type'>, result: ProcessResult): boolean {
  return isConversion(step) && result === 'PASS';
}

/** The warnings of a completion. */
export const COMPLETION_WARNINGS = [
  'FAIL_WITHOUT_NOTES',
  'REWORK_WITHOUT_NOTES',
  'NO_MEASUREMENTS',
  'OUT_OF_SPEC_ALLOWED',
] as const;
/** One of the warnings. */
export type CompletionWarning = (typeof COMPLETION_WARNINGS)[number];

/** What is allowed but should be known. */
export function completionWarnings(step: Step, work: Omit<FinishedWork, 'completedAt'>): readonly CompletionWarning[] {
  const hasUnexplainedDefects = work.defects.length > 0 && work.notes === null;
  const warnings: CompletionWarning[] = [];
  if (hasUnexplainedDefects && work.result === 'FAIL') warnings.push('FAIL_WITHOUT_NOTES');
  if (hasUnexplainedDefects && work.result === 'REWORK') warnings.push('REWORK_WITHOUT_NOTES');
  if (hasNoReadings(step, work.measurements)) warnings.push('NO_MEASUREMENTS');
  if (isAllowedOutOfSpec(work.result, step, work.measurements)) warnings.push('OUT_OF_SPEC_ALLOWED');
  return warnings;
}
