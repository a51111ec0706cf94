import { CREW, ENG, type Viewer } from '../../../platform/rules/access.ts';
import { rejection, type Answer } from '../../../platform/rules/rejection.ts';
import type { Instant } from '../../../platform/values/time.ts';

/** The person who runs a step. */
export interface Operator {
  readonly id: string;
  readonly username: string;
  readonly isActive: boolean;
}

/**
 * Whom the input names as operator: a person, nobody, or, when a station asks whether it could start, somebody it will
 * name at the start, because a station always must.
 */
export type NamedOperator = Operator | 'NAMED_LATER' | undefined;

/**
 * PD-15: each execution has an active operator. It is the viewer unless another is named: OPERATOR and INSPECTOR name
 * only themselves, ENGINEER, MANAGER and ADMIN anybody, and a station, which is nobody, must name one.
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

/** The operator of an execution: the one named, else the viewer. None only where `operatorFits` refuses. */
export function operatorIdOf(viewer: Viewer, operator: Operator | undefined): string | undefined {
  return operator?.id ?? (viewer.kind === 'USER' ? viewer.id : undefined);
}

/**
 * PD-14: an open execution may be withdrawn by its own operator or station, and by engineers and leads; a finished one
 * by nobody.
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

function operatorMayBeNamed(viewer: Viewer, operator: NamedOperator): Answer {
  if (viewer.kind === 'STATION') {
    if (operator !== undefined) return undefined;
    return rejection('PD-15', 'operator', `Station ${viewer.code} must name the operator.`, 'INVALID_INPUT');
  }
  if (!CREW.roles.includes(viewer.role)) {
    return rejection(
      'PD-15',
      'operator',
      `The role ${viewer.role} runs no steps; that is for ${CREW.roles.join(', ')}.`,
      'FORBIDDEN',
    );
  }
  if (operator === undefined || operator === 'NAMED_LATER' || operator.id === viewer.id || isEngineer(viewer))
    return undefined;
  const message = `The role ${viewer.role} works in its own name only; ${operator.username} can be named by ${ENG.roles.join(', ')}.`;
  return rejection('PD-15', 'operator', message, 'FORBIDDEN');
}

function isOwn(execution: { readonly operatorId: string; readonly stationId: string | null }, viewer: Viewer): boolean {
  return viewer.kind === 'USER' ? execution.operatorId === viewer.id : execution.stationId === viewer.id;
}

function isEngineer(viewer: Viewer): boolean {
  return viewer.kind === 'USER' && ENG.roles.includes(viewer.role);
}
