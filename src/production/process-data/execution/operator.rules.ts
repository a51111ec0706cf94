import { CREW, ENG, nameOfViewer, type Viewer } from '../../../platform/rules/access.ts';
import { rejection, type Answer } from '../../../platform/rules/rejection.ts';
import type { Instant } from '../../../platform/values/time.ts';

/** The user who runs a step. */
export interface Operator {
  readonly id: string;
  readonly username: string;
  readonly isActive: boolean;
}

/**
 * The operator that the input names: a user, nobody, or, when a station or service asks about readiness, a user whom it
 * will name when it starts.
 */
export type NamedOperator = Operator | 'NAMED_LATER' | undefined;

/**
 * PD-15: each execution has an active operator, by default the viewer. OPERATOR and INSPECTOR may name only themselves;
 * ENGINEER, MANAGER and ADMIN may name anybody; a station and a service must name a user.
 */
export function operatorFits(viewer: Viewer, operator: NamedOperator): Answer {
  const refused = operatorMayBeNamed(viewer, operator);
  if (refused !== undefined || operator === undefined || operator === 'NAMED_LATER' || operator.isActive)
    return refused;
  return rejection(
    'PD-15',
    'operator',
    `User ${operator.username} is inactive; only an active user can be the operator.`,
    'INVALID_INPUT',
  );
}

/** The id of the operator: the named one, else the viewer; undefined only where `operatorFits` rejects. */
export function operatorIdOf(viewer: Viewer, operator: Operator | undefined): string | undefined {
  return operator?.id ?? (viewer.kind === 'USER' ? viewer.id : undefined);
}

/**
 * PD-14: an open execution may be withdrawn by its own operator or station, and by ENGINEER, MANAGER and ADMIN; a
 * finished one by nobody.
 */
export function mayWithdraw(
  execution: {
    readonly operatorId: string;
    readonly operatorUsername: string;
    readonly stationId: string | null;
    readonly completedAt: Instant | null;
  },
  viewer: Viewer,
): Answer {
  if (!isOwn(execution, viewer) && !isEngineer(viewer)) {
    const right = `only its operator or station, or one of ${ENG.roles.join(', ')}, may withdraw it`;
    const message = `The execution belongs to ${execution.operatorUsername}; ${right}.`;
    return rejection('PD-14', 'id', message, 'FORBIDDEN');
  }
  if (execution.completedAt === null) return undefined;
  const message = `The execution was completed at ${execution.completedAt}; only an open one can be withdrawn. Correct it instead.`;
  return rejection('PD-14', 'id', message);
}

/** PD-14: an execution that has built in components stays, because their uses name it; it is completed instead. */
export function installedNothing(componentCount: number): Answer {
  if (componentCount === 0) return undefined;
  const what = componentCount === 1 ? '1 component' : `${componentCount} components`;
  const message = `The execution has built in ${what}, and their record names it; complete it with FAIL or REWORK instead.`;
  return rejection('PD-14', 'id', message);
}

function operatorMayBeNamed(viewer: Viewer, operator: NamedOperator): Answer {
  if (viewer.kind !== 'STATION' && !CREW.roles.includes(viewer.role)) {
    return rejection(
      'PD-15',
      'operator',
      `The role ${viewer.role} runs no steps; that is for ${CREW.roles.join(', ')}.`,
      'FORBIDDEN',
    );
  }
  if (viewer.kind !== 'USER') {
    if (operator !== undefined) return undefined;
    return rejection('PD-15', 'operator', `${nameOfViewer(viewer)} must name the operator.`, 'INVALID_INPUT');
  }
  if (operator === undefined || operator === 'NAMED_LATER' || operator.id === viewer.id || isEngineer(viewer))
    return undefined;
  const message = `The role ${viewer.role} works in its own name only; ${operator.username} can be named by ${ENG.roles.join(', ')}.`;
  return rejection('PD-15', 'operator', message, 'FORBIDDEN');
}

function isOwn(execution: { readonly operatorId: string; readonly stationId: string | null }, viewer: Viewer): boolean {
  if (viewer.kind === 'USER') return execution.operatorId === viewer.id;
  return viewer.kind === 'STATION' && execution.stationId === viewer.id;
}

function isEngineer(viewer: Viewer): boolean {
  return viewer.kind !== 'STATION' && ENG.roles.includes(viewer.role);
}
