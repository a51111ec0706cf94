/**
 * What must be true before work starts on a unit. A start, the first half of a record, and a question about readiness
 * are judged by the one list below, in its order. So the answer "ready" is true exactly when the start would succeed.
 */
import {
  type EquipmentStatus,
  equipmentFitsStep,
  equipmentTakesWork,
  needsMaintenance,
} from '../../../catalog/equipment/equipment.rules.ts';
import { type NamedRoute, type Step, stepLabel } from '../../../catalog/process/route.rules.ts';
import { actingStation, nameOfViewer, type Viewer } from '../../../platform/rules/access.ts';
import { type Answer, rejection, type RuleId } from '../../../platform/rules/rejection.ts';
import type { DateText, Instant } from '../../../platform/values/time.ts';
import { lotIsNotHeld } from '../../lot/lot.rules.ts';
import { sessionLabel, type SessionOfWork, sessionTakesWork } from '../../process-session/process-session.rules.ts';
import { type NamedOperator, operatorFits } from '../execution/operator.rules.ts';
import {
  earlierStepsArePassed,
  hasAttemptLeft,
  hasNoOpenExecution,
  hasNoPass,
  isNotInFuture,
  nextAttempt,
  type OpenExecution,
} from '../execution/process-data.rules.ts';
import {
  innerNameOfUnit,
  nameOfUnit,
  stepFitsUnit,
  stepIsInRoute,
  type Unit,
  unitIsLive,
  unitTakesWork,
} from '../../unit/unit.rules.ts';
/** The equipment that a start names. */
export interface UsedEquipment {
  readonly code: string;
  readonly type: string;
  readonly status: EquipmentStatus;
  readonly isActive: boolean;
  readonly nextMaintenanceOn: DateText | null;
  /** The step and the line that it belongs to; null for none. */
  readonly processId: string | null;
  readonly productionLineId: string | null;
}

/** Everything that a start is judged by. A command locks the records that can change before it reads them. */
export interface StartFacts {
  /** A start that breaks PD-6 is rejected at the input field `unit`, a record at `result`. */
  readonly action: 'START' | 'RECORD';
  readonly unit: Unit;
  readonly step: Step;
  /** The route of the lot, as this unit has to pass it (RTE-6). */
  readonly route: NamedRoute;
  /** The steps on which the unit has a PASS. */
  readonly passedStepIds: ReadonlySet<string>;
  /** The open executions of the unit. */
  readonly openExecutions: readonly OpenExecution[];
  /** Finished executions of the unit and the step. */
  readonly finishedAttempts: number;
  readonly equipment: UsedEquipment | undefined;
  /** Whether active equipment has this step as its own; asked only where the input names equipment of another step. */
  readonly isStepEquipped: boolean;
  /** The process session that the input names; undefined where it names none. */
  readonly session: SessionOfWork | undefined;
  readonly viewer: Viewer;
  readonly operator: NamedOperator;
  readonly startedAt: Instant;
  readonly now: Instant;
}

/** One rule of a start: its answer, and the sentence for people when it is satisfied. */
export interface Check {
  readonly rule: RuleId;
  readonly answer: Answer;
  readonly passed: string;
}

/** The rules of a start, in the order in which they are judged. */
export function startChecks(facts: StartFacts): readonly Check[] {
  const { unit, step, route, passedStepIds, equipment, operator, viewer, startedAt, now } = facts;
  const [name, innerName, label] = [nameOfUnit(unit), innerNameOfUnit(unit), stepLabel(step)];
  const outside = stepIsInRoute(step, unit, route);
  return [
    check('PD-17', stepFitsUnit(step, unit), `Step ${label} is active and has the level of ${innerName}.`),
    check('RTE-6', outside, `Step ${label} is part of ${route.name}.`),
    check('LOT-7', lotIsNotHeld(unit.lot, 'START'), `Lot ${unit.lot.number} is not held.`),
    check('WIP-8', unitTakesWork(unit), `${name} takes work.`),
    check(
      'PD-6',
      hasNoPass(unit, step, passedStepIds, PATH_OF_PASS[facts.action]),
      `${name} has no PASS of ${label} yet.`,
    ),
    check('PD-16', unitIsLive(unit, step, passedStepIds), `${name} is live, and so is its lot.`),
    check(
      'PD-5',
      hasNoOpenExecution(unit, step, facts.openExecutions),
      `No execution of ${label} is open on ${innerName}.`,
    ),
    ...(outside === undefined ? checksWithinRoute(facts) : []),
    check('EQP-4', equipment && equipmentTakesWork(equipment), equipmentSentence(equipment)),
    check(
      'EQP-5',
      equipment && equipmentFitsStep(equipment, step, facts.isStepEquipped, route.steps),
      equipment === undefined ? 'No equipment is named.' : `Equipment ${equipment.code} may run ${label}.`,
    ),
    check('RTE-8', equipmentTypeFits(step, equipment), equipmentTypeSentence(step)),
    ...checksOfSession(facts),
    check('PD-15', operatorFits(viewer, operator), operatorSentence(viewer, operator)),
    check('PD-7', isNotInFuture(startedAt, now, 'startedAt'), 'The start is not in the future.'),
  ];
}

/** RTE-8: a step that demands equipment is run on one of its types. */
export function equipmentTypeFits(
  step: Pick<Step, 'number' | 'code' | 'equipmentTypes'>,
  equipment: Pick<UsedEquipment, 'code' | 'type'> | undefined,
): Answer {
  const { equipmentTypes } = step;
  if (equipmentTypes.length === 0 || (equipment !== undefined && equipmentTypes.includes(equipment.type)))
    return undefined;
  const demand = `Step ${stepLabel(step)} is run on equipment of type ${equipmentTypes.join(' or ')}`;
  const is = equipment === undefined ? 'name one' : `${equipment.code} is of type ${equipment.type}`;
  return rejection('RTE-8', 'equipment', `${demand}; ${is}.`);
}

/** The answers of the checks, for `enforce`. */
export function answersOf(checks: readonly Check[]): readonly Answer[] {
  return checks.map((check) => check.answer);
}

/** The warnings of a start. */
export const START_WARNINGS = ['MAINTENANCE_DUE'] as const;

/** EQP-4: equipment whose maintenance is due may be used, with a warning. `today` is the day where the site is. */
export function startWarnings(
  equipment: Pick<UsedEquipment, 'nextMaintenanceOn'> | undefined,
  today: DateText,
): readonly (typeof START_WARNINGS)[number][] {
  return equipment !== undefined && needsMaintenance(equipment.nextMaintenanceOn, today) ? ['MAINTENANCE_DUE'] : [];
}

/** The checks that depend on the place of the step in the route. */
function checksWithinRoute({ unit, step, route, passedStepIds, finishedAttempts }: StartFacts): readonly Check[] {
  const [name, label] = [nameOfUnit(unit), stepLabel(step)];
  return [
    check(
      'PD-8',
      earlierStepsArePassed(unit, step, route.steps, passedStepIds),
      `${name} has passed what comes before ${label}.`,
    ),
    check('PD-9', hasAttemptLeft(unit, step, finishedAttempts), attemptSentence(step, finishedAttempts)),
  ];
}

/** SES-5: asked only where a session is named. */
function checksOfSession({ session, step, viewer }: StartFacts): readonly Check[] {
  if (session === undefined) return [];
  const answer = sessionTakesWork(session, step, actingStation(viewer)?.id);
  return [check('SES-5', answer, `${sessionLabel(session)} takes work of ${stepLabel(step)}.`)];
}

/** The warnings about equipment that stands elsewhere than the work. */
export const PLACE_WARNINGS = ['EQUIPMENT_OF_OTHER_LINE', 'EQUIPMENT_OF_OTHER_STEP'] as const;

/** EQP-5: equipment that belongs to another line or step than the work may be used, with a warning. */
export function placeWarnings(
  equipment: Pick<UsedEquipment, 'processId' | 'productionLineId'> | undefined,
  step: Pick<Step, 'id'>,
  lot: { readonly productionLineId: string },
): readonly (typeof PLACE_WARNINGS)[number][] {
  const warnings: (typeof PLACE_WARNINGS)[number][] = [];
  const { processId = null, productionLineId = null } = equipment ?? {};
  if (productionLineId !== null && productionLineId !== lot.productionLineId) warnings.push('EQUIPMENT_OF_OTHER_LINE');
  if (processId !== null && processId !== step.id) warnings.push('EQUIPMENT_OF_OTHER_STEP');
  return warnings;
}

function check(rule: RuleId, answer: Answer, passed: string): Check {
  return { rule, answer, passed };
}

const PATH_OF_PASS = { START: 'unit', RECORD: 'result' } as const;

function attemptSentence(step: Step, finishedAttempts: number): string {
  const limit = step.maxAttempts === null ? '; there is no limit' : ` of at most ${step.maxAttempts}`;
  return `This is attempt ${nextAttempt(finishedAttempts)}${limit}.`;
}

function equipmentSentence(equipment: UsedEquipment | undefined): string {
  return equipment === undefined ? 'No equipment is named.' : `Equipment ${equipment.code} takes work.`;
}

function equipmentTypeSentence({ equipmentTypes }: Pick<Step, 'equipmentTypes'>): string {
  return equipmentTypes.length === 0
    ? 'The step demands no type of equipment.'
    : `The equipment is of type ${equipmentTypes.join(' or ')}.`;
}

function operatorSentence(viewer: Viewer, operator: NamedOperator): string {
  if (operator === 'NAMED_LATER') return 'The operator is named at the start.';
  if (operator !== undefined) return `${operator.username} is the operator.`;
  return `${nameOfViewer(viewer)} ${viewer.kind === 'USER' ? 'is' : 'names'} the operator.`;
}
