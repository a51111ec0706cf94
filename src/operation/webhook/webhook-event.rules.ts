import { capitalized } from '../../platform/values/characters.ts';
import { encodeGlobalId } from '../../platform/values/global-id.ts';
import type { Instant } from '../../platform/values/time.ts';
import { ALERT_TYPES, type AlertSeverity, type AlertType } from '../alert/alert.rules.ts';
import { AUDITED_TABLES, fieldOfColumn, OTHER_ACTIONS, typeOfEntity } from '../audit/audit.rules.ts';

/** WHK-1: The words of events: the types of alerts, and all actions. */
export function knownEvents(declared: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...ALERT_TYPES, ...declared, ...OTHER_ACTIONS]);
}

/** An action that a webhook asks for, and the table whose rows it is about; null where any is. */
export interface WantedAction {
  readonly action: string;
  readonly entity: string | null;
}

/** WHK-2: The types of alerts among events. */
export function wantedAlerts(events: readonly string[]): readonly AlertType[] {
  return ALERT_TYPES.filter((type) => events.includes(type));
}

/**
 * WHK-2: The actions among events. An action changes rows of several tables; its event is the change of what it names:
 * `lot.closed` is about a lot, so the alert that it raises is not an event of it.
 */
export function wantedActions(events: readonly string[]): readonly WantedAction[] {
  return events.filter((event) => event.includes('.')).map((action) => ({ action, entity: entityOfAction(action) }));
}

function entityOfAction(action: string): string | null {
  const type = capitalized(action.slice(0, action.indexOf('.')));
  return Object.entries(AUDITED_TABLES).find(([, each]) => each === type)?.[0] ?? null;
}

/** A sealed entry of the audit trail that is an event of a webhook. */
export interface EventEntry {
  readonly position: string;
  /** The type of the alert, or the action. */
  readonly type: string;
  readonly recordedAt: Instant;
  readonly entity: string;
  readonly recordId: string;
  readonly operation: string;
  readonly changedFields: readonly string[];
  readonly reason: string | null;
  /** What the alert says; null for an event that is not an alert. */
  readonly alert: { readonly severity: AlertSeverity; readonly title: string; readonly message: string } | null;
}

/**
 * WHK-2: What is posted of an event: which record, and what happened to it. Values of records are not part of it: the
 * receiver reads what it may see in the graph.
 */
export function dataOf({ entity, recordId, operation, changedFields, reason, alert }: EventEntry): object {
  const typename = typeOfEntity(entity);
  const record = { typename, id: encodeGlobalId(typename, recordId) };
  if (alert !== null) return { ...record, ...alert };
  return { ...record, operation, changedFields: changedFields.map(fieldOfColumn), reason };
}
