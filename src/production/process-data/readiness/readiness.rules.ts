/**
 * What must be true before work starts on a unit. The start, the first half of a record, and the question whether a
 * unit is ready are judged by the one list below, in its order; so the answer "ready" is true exactly when the start
 * would succeed.
 */
import { type Route, type RouteStep, stepsOfLevel, stepsWithoutPass } from '../../../catalog/process/route.rules.ts';
import type { RuleId } from '../../../platform/rules/rejection.ts';
import type { DateText } from '../../../platform/values/time.ts';
import { type Check, START_WARNINGS, type StartFacts, startWarnings } from '../work/start.rules.ts';
import { nextStepOfSerial } from '../../serial/serial.rules.ts';
import { LEVEL_OF_UNIT, type Unit } from '../../unit/unit.rules.ts';
import { nextStepOfItem } from '../../wip-item/wip-item.rules.ts';

export interface ReadinessCheck {
  readonly rule: RuleId;
  readonly isPassed: boolean;
  readonly message: string;
}

/** What a list of checks says to the one who asks. */
export function reportOf(checks: readonly Check[]): readonly ReadinessCheck[] {
  return checks.map(({ rule, answer, passed }) => ({
    rule,
    isPassed: answer === undefined,
    message: answer?.message ?? passed,
  }));
}

export function isReady(checks: readonly Check[]): boolean {
  return checks.every((check) => check.answer === undefined);
}

export const READINESS_WARNINGS = [...START_WARNINGS, 'ALREADY_PASSED', 'LOT_QUARANTINED'] as const;
export type ReadinessWarning = (typeof READINESS_WARNINGS)[number];

/** What the one who asks should know besides the checks. */
export function readinessWarnings(facts: StartFacts, today: DateText): readonly ReadinessWarning[] {
  const warnings: ReadinessWarning[] = [...startWarnings(facts.equipment, today)];
  if (hasPass(facts)) warnings.push('ALREADY_PASSED');
  if (facts.unit.lot.disposition === 'QUARANTINED') warnings.push('LOT_QUARANTINED');
  return warnings;
}

/** The unit has a PASS on the step. */
export function hasPass(facts: Pick<StartFacts, 'step' | 'passedStepIds'>): boolean {
  return facts.passedStepIds.has(facts.step.id);
}

/** The step that comes next for the unit, if any is left. */
export function nextStepOfUnit(unit: Unit, route: Route, passedStepIds: ReadonlySet<string>): RouteStep | undefined {
  if (unit.kind === 'WIP_ITEM') return nextStepOfItem(unit.wipItem, route, passedStepIds);
  if (unit.kind === 'SERIAL') return nextStepOfSerial(unit.serial, route, passedStepIds);
  return stepsWithoutPass(stepsOfLevel(route, LEVEL_OF_UNIT.LOT), passedStepIds)[0];
}
