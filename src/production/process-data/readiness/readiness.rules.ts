/** How the checks of a start (work/start.rules.ts) answer the question whether a unit is ready. */
import { type Route, type RouteStep, mandatorySteps, stepsWithoutPass } from '../../../catalog/process/route.rules.ts';
import type { RuleId } from '../../../platform/rules/rejection.ts';
import type { DateText } from '../../../platform/values/time.ts';
import {
  type Check,
  PLACE_WARNINGS,
  placeWarnings,
  START_WARNINGS,
  type StartFacts,
  startWarnings,
} from '../work/start.rules.ts';
import { nextStepOfSerial } from '../../serial/serial.rules.ts';
import { LEVEL_OF_UNIT, type Unit } from '../../unit/unit.rules.ts';
import { nextStepOfItem } from '../../wip-item/wip-item.rules.ts';

/** One check of a start: the rule, whether it is satisfied, and a sentence for people. */
export interface ReadinessCheck {
  readonly rule: RuleId;
  readonly isPassed: boolean;
  readonly message: string;
}

/** The checks as the answer to a question about readiness. */
export function reportOf(checks: readonly Check[]): readonly ReadinessCheck[] {
  return checks.map(({ rule, answer, passed }) => ({
    rule,
    isPassed: answer === undefined,
    message: answer?.message ?? passed,
  }));
}

/** Whether a start would succeed. */
export function isReady(checks: readonly Check[]): boolean {
  return checks.every((check) => check.answer === undefined);
}

/** The warnings that an answer about readiness may carry. */
export const READINESS_WARNINGS = [...START_WARNINGS, ...PLACE_WARNINGS, 'ALREADY_PASSED', 'LOT_QUARANTINED'] as const;
/** One of the warnings. */
export type ReadinessWarning = (typeof READINESS_WARNINGS)[number];

/** Warnings besides the checks: what does not prevent a start but should be known. */
export function readinessWarnings(facts: StartFacts, today: DateText): readonly ReadinessWarning[] {
  const { equipment, step, unit } = facts;
  const warnings: ReadinessWarning[] = [
    ...startWarnings(equipment, today),
    ...placeWarnings(equipment, step, unit.lot),
  ];
  if (hasPass(facts)) warnings.push('ALREADY_PASSED');
  if (facts.unit.lot.disposition === 'QUARANTINED') warnings.push('LOT_QUARANTINED');
  return warnings;
}

/** Whether the unit has a PASS on the step. */
export function hasPass(facts: Pick<StartFacts, 'step' | 'passedStepIds'>): boolean {
  return facts.passedStepIds.has(facts.step.id);
}

/** The next step of the unit; undefined when none is left. */
export function nextStepOfUnit(unit: Unit, route: Route, passedStepIds: ReadonlySet<string>): RouteStep | undefined {
  if (unit.kind === 'WIP_ITEM') return nextStepOfItem(unit.wipItem, route, passedStepIds);
  if (unit.kind === 'SERIAL') return nextStepOfSerial(unit.serial, route, passedStepIds);
  return stepsWithoutPass(mandatorySteps(route, LEVEL_OF_UNIT.LOT), passedStepIds)[0];
}
