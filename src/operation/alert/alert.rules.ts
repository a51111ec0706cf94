import { rejection, type Rejection } from '../../platform/rules/rejection.ts';
import type { StateMachine } from '../../platform/rules/state-machine.ts';

/** What an alert can be about. */
export const ALERT_TYPES = [
  'DEFECT_DETECTED',
  'REWORK_REQUEST',
  'PROCESS_DELAY',
  'LOT_COMPLETED',
  'LOT_CLOSED',
  'EQUIPMENT_FAILURE',
  'QUALITY_THRESHOLD',
  'SYSTEM_ERROR',
  'MANUAL',
] as const;
/** What an alert is about. */
export type AlertType = (typeof ALERT_TYPES)[number];

/** ALT-3: The types of alerts that the server raises. */
export type AutomaticType = Exclude<AlertType, 'MANUAL'>;

/** How urgent an alert can be, in ascending order. */
export const ALERT_SEVERITIES = ['LOW', 'MEDIUM', 'HIGH'] as const;
/** How urgent an alert is. */
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number];

/** ALT-1: The statuses of an alert. */
export const ALERT_STATUSES = ['UNREAD', 'READ', 'ARCHIVED'] as const;
/** The status of an alert. */
export type AlertStatus = (typeof ALERT_STATUSES)[number];

/** ALT-1: An alert is UNREAD, then READ, then ARCHIVED. */
export const ALERT_FLOW: StateMachine<AlertStatus> = {
  machine: 'alerts.status',
  rule: 'ALT-1',
  moves: { UNREAD: ['READ', 'ARCHIVED'], READ: ['ARCHIVED'], ARCHIVED: [] },
};

/** ALT-1: The maximum lengths of the texts of an alert, in characters. */
export const ALERT_LENGTHS = { title: 200, message: 1_000, dedupKey: 200 } as const;

/** ALT-2: The most alerts that one request changes. */
export const ALERTS_AT_ONCE = 200;

/** What an alert is about: the ids of records, those of which it names none left out. */
export interface AlertSubject {
  readonly lotId?: string | null;
  readonly wipItemId?: string | null;
  readonly serialId?: string | null;
  readonly processId?: string | null;
  readonly equipmentId?: string | null;
  readonly processDataId?: string | null;
  readonly inspectionId?: string | null;
}

/** An alert that the server raises, unless its cause has an open one. */
export interface AutomaticAlert {
  readonly type: AutomaticType;
  readonly severity: AlertSeverity;
  readonly title: string;
  readonly message: string;
  readonly subject: AlertSubject;
  /** ALT-4: The cause, as `dedupKeyOf` names it. */
  readonly dedupKey: string;
}

/**
 * ALT-4: The name of a cause: the type of the alert, what it is about, and the id of that. Causes of the whole plant have
 * no id.
 */
export function dedupKeyOf(type: AutomaticType, about: string, id?: string): string {
  return [type, about, ...(id === undefined ? [] : [id])].join(':');
}

/** ALT-4: Of several alerts of one cause the most severe, the first of equal ones; in the order of their causes. */
export function onePerCause(alerts: readonly AutomaticAlert[]): readonly AutomaticAlert[] {
  const strongest = new Map<string, AutomaticAlert>();
  for (const alert of alerts) {
    const known = strongest.get(alert.dedupKey);
    if (known === undefined || isMoreSevere(alert.severity, known.severity)) strongest.set(alert.dedupKey, alert);
  }
  return [...strongest.values()].toSorted((a, b) => (a.dedupKey < b.dedupKey ? -1 : 1));
}

/** ALT-4: Whether a severity is a rise from another one; every severity is one from none. */
export function isMoreSevere(severity: AlertSeverity, than: AlertSeverity | undefined): boolean {
  return than === undefined || ALERT_SEVERITIES.indexOf(severity) > ALERT_SEVERITIES.indexOf(than);
}

/** ALT-2: All alerts exist. `missing` are the places in the input of those that do not. */
export function alertsExist(missing: readonly number[]): readonly Rejection[] {
  return missing.map((place) => rejection('NOT_FOUND', `ids.${place}`, 'An alert with this id does not exist.'));
}

/** A text that fits, cut where it is too long. Characters are counted as PostgreSQL does. */
export function fitting(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}
