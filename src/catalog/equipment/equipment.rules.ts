import { type StepName, stepLabel } from '../process/route.rules.ts';
import { allows, ENG, type Viewer } from '../../platform/rules/access.ts';
import { isDeletable, type TextForm } from '../../platform/rules/natural-key.ts';
import { type Answer, rejection } from '../../platform/rules/rejection.ts';
import { mayMove, type StateMachine } from '../../platform/rules/state-machine.ts';
import { type DateText, type Instant, later, plusMilliseconds } from '../../platform/values/time.ts';

/** EQP-2: The statuses of equipment. */
export const EQUIPMENT_STATUSES = ['AVAILABLE', 'IN_USE', 'MAINTENANCE', 'OUT_OF_SERVICE', 'RETIRED'] as const;
/** The status of equipment. */
export type EquipmentStatus = (typeof EQUIPMENT_STATUSES)[number];

/** EQP-1: An equipment code is 1..50 of `A-Z 0-9 _ -`. */
export const EQUIPMENT_CODE: TextForm = {
  rule: 'EQP-1',
  pattern: /^[A-Z0-9_-]{1,50}$/,
  form: '1 to 50 of A-Z 0-9 _ -',
};

/** EQP-1: An equipment type is 1..100 of `A-Z 0-9 _`. */
export const EQUIPMENT_TYPE: TextForm = { rule: 'EQP-1', pattern: /^[A-Z0-9_]{1,100}$/, form: '1 to 100 of A-Z 0-9 _' };

/** The greatest lengths of the texts of equipment, in characters. */
export const EQUIPMENT_LENGTHS = {
  name: 255,
  description: 2_000,
  manufacturer: 255,
  modelNumber: 100,
  serialNumber: 100,
  statusReason: 1_000,
} as const;

/** Operation hours have at most 8 digits before and 2 after the point; the greatest value is `99999999.99`. */
export const OPERATION_HOURS_PATTERN = /^\d{1,8}(\.\d{1,2})?$/;

/**
 * EQP-2: The statuses to which equipment may move. RETIRED is final, and equipment that is IN_USE is taken out of use
 * before it is retired.
 */
export const EQUIPMENT_FLOW: StateMachine<EquipmentStatus> = {
  machine: 'equipment.status',
  rule: 'EQP-2',
  moves: {
    AVAILABLE: ['IN_USE', 'MAINTENANCE', 'OUT_OF_SERVICE', 'RETIRED'],
    IN_USE: ['AVAILABLE', 'MAINTENANCE', 'OUT_OF_SERVICE'],
    MAINTENANCE: ['AVAILABLE', 'OUT_OF_SERVICE', 'RETIRED'],
    OUT_OF_SERVICE: ['AVAILABLE', 'MAINTENANCE', 'RETIRED'],
    RETIRED: [],
  },
};

/** EQP-4: The statuses in which equipment takes work. */
export const WORKING_STATUSES = ['AVAILABLE', 'IN_USE'] as const satisfies readonly EquipmentStatus[];

const PERIOD_MIN_MILLISECONDS = 1;

interface Machine {
  readonly code: string;
  readonly status: EquipmentStatus;
}

/** EQP-3: The days of the last and of the next maintenance. */
export interface MaintenanceDates {
  readonly lastMaintenanceOn: DateText | null;
  readonly nextMaintenanceOn: DateText | null;
}

/** The stored dates of equipment that is being created. */
export const NO_MAINTENANCE: MaintenanceDates = { lastMaintenanceOn: null, nextMaintenanceOn: null };

/** EQP-2: The status of equipment moves only as its table allows. */
export function equipmentMayBecome(equipment: Machine, status: EquipmentStatus): Answer {
  return mayMove(EQUIPMENT_FLOW, `Equipment ${equipment.code}`, equipment.status, status);
}

/** EQP-2: Everybody on the floor moves equipment, but only engineers retire it, because that is final. */
export function mayRetire(status: EquipmentStatus, viewer: Viewer): Answer {
  if (status !== 'RETIRED' || allows(ENG, viewer)) return undefined;
  return rejection(
    'FORBIDDEN',
    'status',
    `To retire equipment is for ${ENG.roles.join(', ')}; take it OUT_OF_SERVICE instead.`,
  );
}

/**
 * EQP-2: One instant closes a period and opens the next: now, but at least 1 ms after the period began, so that no
 * period is empty.
 */
export function periodBoundary(openSince: Instant, now: Instant): Instant {
  return later(now, plusMilliseconds(openSince, PERIOD_MIN_MILLISECONDS));
}

/** EQP-3: The next maintenance is after the last. For a date that a change leaves out, the stored one counts. */
export function nextMaintenanceFits(
  changes: { readonly [Field in keyof MaintenanceDates]?: MaintenanceDates[Field] | undefined },
  stored: MaintenanceDates,
): Answer {
  const last = changes.lastMaintenanceOn === undefined ? stored.lastMaintenanceOn : changes.lastMaintenanceOn;
  const next = changes.nextMaintenanceOn === undefined ? stored.nextMaintenanceOn : changes.nextMaintenanceOn;
  if (last === null || next === null || next > last) return undefined;
  return rejection(
    'EQP-3',
    'nextMaintenanceOn',
    `The next maintenance, on ${next}, must be after the last, on ${last}.`,
  );
}

/**
 * EQP-5: A step that has equipment of its own is run on that, or on equipment of no step. `isEquipped` says whether
 * active equipment has this step as its own. The route names the other step in the message.
 */
export function equipmentFitsStep(
  equipment: { readonly code: string; readonly processId: string | null },
  step: StepName,
  isEquipped: boolean,
  route: readonly StepName[],
): Answer {
  if (!isEquipped || equipment.processId === null || equipment.processId === step.id) return undefined;
  const other = route.find(({ id }) => id === equipment.processId);
  const its = other === undefined ? 'another step' : `step ${stepLabel(other)}`;
  return rejection(
    'EQP-5',
    'equipment',
    `Equipment ${equipment.code} belongs to ${its}, and step ${stepLabel(step)} has equipment of its own; name that, or take ${equipment.code} off its step if it serves several.`,
  );
}

/** EQP-4: Only active equipment that is AVAILABLE or IN_USE takes a start or record. */
export function equipmentTakesWork(equipment: Machine & { readonly isActive: boolean }): Answer {
  if (!equipment.isActive) {
    return rejection(
      'EQP-4',
      'equipment',
      `Equipment ${equipment.code} is inactive; only active equipment takes work.`,
    );
  }
  if (WORKING_STATUSES.some((status) => status === equipment.status)) return undefined;
  const wanted = WORKING_STATUSES.join(' or ');
  return rejection(
    'EQP-4',
    'equipment',
    `Equipment ${equipment.code} is ${equipment.status}; only equipment that is ${wanted} takes work.`,
  );
}

/**
 * EQP-3: Maintenance that is due today counts as due. It causes a warning and does not stop work (EQP-4). `today` is
 * the day of the site.
 */
export function needsMaintenance(nextMaintenanceOn: DateText | null, today: DateText): boolean {
  return nextMaintenanceOn !== null && today >= nextMaintenanceOn;
}

/** GEN-1: Equipment with executions cannot be deleted; it is deactivated instead. */
export function isEquipmentUnused(
  equipment: Pick<Machine, 'code'>,
  uses: Readonly<Record<'executions' | 'alerts', number>>,
): Answer {
  return isDeletable(`Equipment ${equipment.code}`, uses, 'equipment');
}
