/** Alerts that the server raises: at once, as a reaction to a change, and after a check (ALT-4, KPI-17). */
import { present } from '../../platform/values/assert.ts';
import { v7 as uuid7 } from 'uuid';
import type { Tx } from '../../platform/postgres/client.ts';
import { actAsSystem } from '../../platform/request/actor.ts';
import type { LotEnd } from '../../production/lot/lot-ended.commands.ts';
import type { FinishedExecution } from '../../production/process-data/recording/execution-finished.commands.ts';
import type { JudgedInspection } from '../../quality/verdict/inspection-judged.commands.ts';
import { alertOfExecution, alertOfInspection, alertOfLot } from './alert-cause.rules.ts';
import {
  delayedExecutions,
  failedMigrations,
  idleEquipment,
  qualityFigures,
  recentStepFigures,
} from './alert-check.loaders.ts';
import {
  alertOfDelay,
  alertOfEquipment,
  alertOfStep,
  alertsOfQuality,
  type FailureRatios,
} from './alert-check.rules.ts';
import { type AutomaticAlert, onePerCause } from './alert.rules.ts';
import { alertOfMigration } from './process-alert.rules.ts';

/**
 * ALT-4: Raises alerts by one statement, without alerts by none. A cause with an open alert gets no second one, also when
 * two transactions raise it at the same time: the second one waits at the unique index. The severity of the open alert may
 * rise, and it then says the new texts; it keeps its status. Returns how many were raised or rose.
 */
export async function raiseAlerts(tx: Tx, alerts: readonly AutomaticAlert[]): Promise<number> {
  if (alerts.length === 0) return 0;
  const rows = onePerCause(alerts).map(({ subject, ...alert }) => ({ ...alert, ...subject, id: uuid7() }));
  const raised = await tx.sql<{ readonly id: string }>`
    INSERT INTO alerts AS t (id, type, severity, title, message, lot_id, wip_item_id, serial_id, process_id, equipment_id, process_data_id, inspection_id, dedup_key)
    SELECT id, type, severity, title, message, "lotId", "wipItemId", "serialId", "processId", "equipmentId", "processDataId", "inspectionId", "dedupKey"
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS raised(id uuid, type alert_type, severity alert_severity, title text, message text, "lotId" uuid, "wipItemId" uuid, "serialId" uuid,
      "processId" uuid, "equipmentId" uuid, "processDataId" uuid, "inspectionId" uuid, "dedupKey" text)
    ORDER BY "dedupKey"
    ON CONFLICT (dedup_key) WHERE status <> 'ARCHIVED'
      DO UPDATE SET severity = excluded.severity, title = excluded.title, message = excluded.message WHERE t.severity < excluded.severity
    RETURNING t.id`;
  return raised.length;
}

/** ALT-4: The id of the open alert of a cause. */
export async function openAlertOf(tx: Tx, { dedupKey }: Pick<AutomaticAlert, 'dedupKey'>): Promise<string> {
  const [open] = await tx.sql<{ readonly id: string }>`
    SELECT id FROM alerts WHERE dedup_key = ${dedupKey} AND status <> 'ARCHIVED'`;
  return present(open, `The open alert of ${dedupKey}`).id;
}

/** KPI-17: Raises alerts about the system itself. Returns how many were raised or rose. */
export async function raiseSystemAlerts(tx: Tx, alerts: readonly AutomaticAlert[]): Promise<number> {
  await actAsSystem(tx, 'alert.raised');
  return raiseAlerts(tx, alerts);
}

/** KPI-17: Raises the alerts of executions that failed badly, or are to be done again. */
export async function alertToExecutions(tx: Tx, executions: readonly FinishedExecution[]): Promise<void> {
  await raiseAlerts(
    tx,
    executions.flatMap((execution) => alertOfExecution(execution) ?? []),
  );
}

/** KPI-17: Raises the alerts of lots that became COMPLETED or CLOSED. */
export async function alertToLots(tx: Tx, lots: readonly LotEnd[]): Promise<void> {
  await raiseAlerts(tx, lots.map(alertOfLot));
}

/** INS-8, KPI-17: Raises the alerts of inspections that failed. */
export async function alertToInspections(tx: Tx, inspections: readonly JudgedInspection[]): Promise<void> {
  await raiseAlerts(
    tx,
    inspections.flatMap((inspection) => alertOfInspection(inspection) ?? []),
  );
}

/** KPI-17: Looks for the causes that no change shows, and raises their alerts. Returns how many were raised or rose. */
export async function checkAlerts(tx: Tx, ratios: FailureRatios): Promise<number> {
  await actAsSystem(tx, 'alert.raised');
  const [steps, equipment, executions, quality, migrations] = await Promise.all([
    recentStepFigures(tx),
    idleEquipment(tx),
    delayedExecutions(tx),
    qualityFigures(tx),
    failedMigrations(tx),
  ]);
  return raiseAlerts(tx, [
    ...steps.flatMap((step) => alertOfStep(step, ratios) ?? []),
    ...equipment.flatMap((each) => alertOfEquipment(each) ?? []),
    ...executions.flatMap((execution) => alertOfDelay(execution) ?? []),
    ...alertsOfQuality(quality),
    ...migrations.map(alertOfMigration),
  ]);
}
