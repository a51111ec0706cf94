import { v7 as uuid7 } from 'uuid';
import { equipmentTable } from '../../catalog/equipment/equipment.loaders.ts';
import { processes } from '../../catalog/process/process.loaders.ts';
import { command } from '../../platform/command/declaration.ts';
import { enforce, found } from '../../platform/command/rejection.ts';
import { referenceLabel, rowByReference } from '../../platform/command/row-lock.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { arrayParameter, sql } from '../../platform/postgres/sql.ts';
import type { ModelName, Table } from '../../platform/postgres/table.ts';
import { CREW, personOf, type Viewer } from '../../platform/rules/access.ts';
import type { Instant } from '../../platform/values/time.ts';
import { numberedLots } from '../../production/lot/lot.loaders.ts';
import { findUnit } from '../../production/lot/unit-number.commands.ts';
import { numberedSerials } from '../../production/serial/serial.loaders.ts';
import { ALERT_FLOW, alertsExist, type AlertStatus } from './alert.rules.ts';
import { ChangeAlerts, CreateAlert } from './alert.shapes.ts';
import { statesBefore } from '../../platform/rules/state-machine.ts';

/** ALT-1, ALT-3: Raises an alert by hand. */
export const createAlert = command({
  name: 'createAlert',
  action: 'alert.created',
  description:
    'Raises a MANUAL alert. All other types are raised by the server (ALT-3). An alert about a serial is one about its lot, too.',
  access: CREW,
  input: CreateAlert,
  async run({ tx, viewer }, { severity, title, message, lot, serial, process, equipment }) {
    const lotId = lot && (await findUnit(tx, numberedLots, lot, 'lot')).id;
    const unit = serial && (await findUnit(tx, numberedSerials, serial, 'serial'));
    const { id } = await tx.alert.create({
      data: {
        id: uuid7(),
        type: 'MANUAL',
        severity,
        title,
        message,
        lotId: lotId ?? unit?.lotId ?? null,
        serialId: unit?.id ?? null,
        processId: await idOf(tx, processes, process, { path: 'process', what: 'Step' }),
        equipmentId: await idOf(tx, equipmentTable, equipment, { path: 'equipment', what: 'Equipment' }),
        createdById: personOf(viewer),
      },
    });
    return { alert: id };
  },
});

/** ALT-1, ALT-2: Marks alerts as read. */
export const markAlertsRead = command({
  name: 'markAlertsRead',
  action: 'alert.read',
  description:
    'Marks alerts as READ: the UNREAD ones of those named; the others stay as they are and are not counted (ALT-2).',
  access: CREW,
  input: ChangeAlerts,
  run: async ({ tx, viewer, now }, { ids }) => move(tx, ids, 'READ', { viewer, now }),
});

/** ALT-1, ALT-2: Archives alerts. */
export const archiveAlerts = command({
  name: 'archiveAlerts',
  action: 'alert.archived',
  description:
    'Archives alerts that are dealt with: the UNREAD and READ ones of those named; the others stay as they are and are not counted. Afterwards the same cause may raise a new alert (ALT-2, ALT-4).',
  access: CREW,
  input: ChangeAlerts,
  run: async ({ tx, viewer, now }, { ids }) => move(tx, ids, 'ARCHIVED', { viewer, now }),
});

interface Signature {
  readonly viewer: Viewer;
  readonly now: Instant;
}

/** ALT-1, ALT-2: Moves those of the alerts that can move, signed; all must exist. An id that is named twice counts once. */
async function move(
  tx: Tx,
  named: readonly string[],
  status: Exclude<AlertStatus, 'UNREAD'>,
  { viewer, now }: Signature,
): Promise<{ readonly alerts: readonly string[]; readonly changedCount: number }> {
  const ids = [...new Set(named)];
  const locked = await tx.query<{ readonly id: string }>(
    sql`SELECT id FROM alerts WHERE id = ANY(${arrayParameter('uuid', ids)}) ORDER BY id FOR NO KEY UPDATE`,
  );
  const known = new Set(locked.map(({ id }) => id));
  enforce(alertsExist(named.flatMap((id, place) => (known.has(id) ? [] : [place]))));
  const person = personOf(viewer);
  const { count } = await tx.alert.updateMany({
    where: { id: { in: ids }, status: { in: [...statesBefore(ALERT_FLOW, status)] } },
    data:
      status === 'READ' ? { status, readAt: now, readById: person } : { status, archivedAt: now, archivedById: person },
  });
  return { alerts: ids, changedCount: count };
}

interface Named {
  readonly path: string;
  readonly what: string;
}

/** The id of the record of a reference, which must exist; null without a reference. */
async function idOf<Model extends ModelName>(
  tx: Tx,
  table: Table<Model>,
  reference: Reference | undefined,
  { path, what }: Named,
): Promise<string | null> {
  if (reference === undefined) return null;
  const row: { readonly id?: unknown } = found(
    await rowByReference(tx, table, reference),
    path,
    referenceLabel(reference, what),
  );
  return typeof row.id === 'string' ? row.id : null;
}
