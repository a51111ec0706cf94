import { v7 as uuid7 } from 'uuid';
import { equipmentTable } from './equipment.loaders.ts';
import {
  equipmentMayBecome,
  isEquipmentUnused,
  mayRetire,
  nextMaintenanceFits,
  NO_MAINTENANCE,
  periodBoundary,
} from './equipment.rules.ts';
import { ChangeEquipmentStatus, CreateEquipment, DeleteEquipment, UpdateEquipment } from './equipment.shapes.ts';
import { lockProcess } from '../process/process.commands.ts';
import { lockProductionLine } from '../production-line/production-line.commands.ts';
import { lockStation } from '../station/station.commands.ts';
import { command } from '../../platform/command/declaration.ts';
import { enforce, isCurrent } from '../../platform/command/rejection.ts';
import { definedFields, type Lock, lockRow, rowByReference } from '../../platform/command/row-lock.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { ENG, FLOOR } from '../../platform/rules/access.ts';
import { isKeyFree } from '../../platform/rules/natural-key.ts';
import { present } from '../../platform/values/assert.ts';
import { type DateText, type Instant, startOfDay } from '../../platform/values/time.ts';

/** EQP-1, EQP-2, EQP-3: Creates equipment as AVAILABLE, with its first status period. */
export const createEquipment = command({
  name: 'createEquipment',
  action: 'equipment.created',
  description:
    'Makes a machine or tool known. It is AVAILABLE at first, and so its first status period begins (EQP-2).',
  access: ENG,
  input: CreateEquipment,
  async run({ tx, now, viewer }, { productionLine, process, station, ...fields }) {
    const productionLineId = await lockedIdOf(productionLine, (line) => lockProductionLine(tx, line, 'SHARE'));
    const processId = await lockedIdOf(process, (step) => lockProcess(tx, step, 'SHARE'));
    const stationId = await lockedIdOf(station, (each) => lockStation(tx, each, 'SHARE'));
    const known = await rowByReference(tx, equipmentTable, { key: 'code', value: fields.code });
    enforce(
      isKeyFree('Equipment', { path: 'code', value: fields.code, existing: known, rule: 'EQP-1' }),
      nextMaintenanceFits(fields, NO_MAINTENANCE),
    );
    const references = { productionLineId, processId, stationId };
    const { id, status } = await tx.equipment.create({
      data: { ...definedFields({ ...fields, ...datesOf(fields), ...references }), statusChangedAt: now, id: uuid7() },
    });
    await tx.equipmentStatusPeriod.create({
      data: {
        id: uuid7(),
        equipmentId: id,
        status,
        startedAt: now,
        changedById: viewer.kind === 'USER' ? viewer.id : null,
      },
    });
    return { equipment: id };
  },
});

/** EQP-3: Changes equipment, except its code and its status. */
export const updateEquipment = command({
  name: 'updateEquipment',
  action: 'equipment.updated',
  description: 'Changes equipment. Its code stays; its status is changed by changeEquipmentStatus.',
  access: ENG,
  input: UpdateEquipment,
  async run({ tx }, { equipment: reference, productionLine, process, station, expectedVersion, ...fields }) {
    const productionLineId = await lockedIdOf(productionLine, (line) => lockProductionLine(tx, line, 'SHARE'));
    const processId = await lockedIdOf(process, (step) => lockProcess(tx, step, 'SHARE'));
    const equipment = await lockEquipment(tx, reference, 'NO KEY UPDATE');
    const stationId = await lockedIdOf(station, (each) => lockStation(tx, each, 'SHARE'));
    enforce(isCurrent(equipment, expectedVersion, { equipment: equipment.id }), nextMaintenanceFits(fields, equipment));
    const references = { productionLineId, processId, stationId };
    await tx.equipment.update({
      where: { id: equipment.id },
      data: definedFields({ ...fields, ...datesOf(fields), ...references }),
    });
    return { equipment: equipment.id };
  },
});

/** GEN-1: Deletes equipment without executions, with its status periods. */
export const deleteEquipment = command({
  name: 'deleteEquipment',
  action: 'equipment.deleted',
  description:
    'Deletes equipment that nothing was run on, with its status periods; one in use is deactivated instead (GEN-1).',
  access: ENG,
  input: DeleteEquipment,
  async run({ tx }, { equipment: reference, expectedVersion }) {
    const equipment = await lockEquipment(tx, reference, 'UPDATE');
    enforce(
      isCurrent(equipment, expectedVersion, { equipment: equipment.id }),
      isEquipmentUnused(equipment, await usesOf(tx, equipment.id)),
    );
    await tx.equipmentStatusPeriod.deleteMany({ where: { equipmentId: equipment.id } });
    await tx.equipment.delete({ where: { id: equipment.id } });
    return { deletedId: equipment.id };
  },
});

/** EQP-2: Moves equipment to another status. The current period ends and the next one begins at the same instant. */
export const changeEquipmentStatus = command({
  name: 'changeEquipmentStatus',
  action: 'equipment.statusChanged',
  description:
    'Moves equipment to another status: its present period ends and the next one begins, at one instant (EQP-2). Only engineers retire it.',
  access: FLOOR,
  input: ChangeEquipmentStatus,
  async run({ tx, now, viewer }, { equipment: reference, status, reason, expectedVersion }) {
    enforce(mayRetire(status, viewer));
    const equipment = await lockEquipment(tx, reference, 'NO KEY UPDATE');
    enforce(isCurrent(equipment, expectedVersion, { equipment: equipment.id }), equipmentMayBecome(equipment, status));
    const open = await openPeriodOf(tx, equipment.id);
    const boundary = periodBoundary(open.startedAt, now);
    await tx.equipmentStatusPeriod.update({ where: { id: open.id }, data: { endedAt: boundary } });
    const period = await tx.equipmentStatusPeriod.create({
      data: {
        id: uuid7(),
        equipmentId: equipment.id,
        status,
        startedAt: boundary,
        reason: reason ?? null,
        changedById: viewer.kind === 'USER' ? viewer.id : null,
      },
    });
    await tx.equipment.update({ where: { id: equipment.id }, data: { status, statusChangedAt: boundary } });
    return { equipment: equipment.id, period: period.id };
  },
});

/** Locks equipment: for a change of it, or to keep it as it is while work is recorded on it. */
export async function lockEquipment(tx: Tx, reference: Reference, lock: Lock): Promise<Row<'Equipment'>> {
  return lockRow(tx, equipmentTable, { reference, lock, path: 'equipment', what: 'Equipment' });
}

/** Locks the record that is referred to, and returns its id. Null and undefined stay as they are. */
async function lockedIdOf(
  reference: Reference | null | undefined,
  lock: (reference: Reference) => Promise<{ readonly id: string }>,
): Promise<string | null | undefined> {
  return reference === null || reference === undefined ? reference : (await lock(reference)).id;
}

interface Dates {
  readonly lastMaintenanceOn?: DateText | null | undefined;
  readonly nextMaintenanceOn?: DateText | null | undefined;
}

/** Prisma expects a date as the instant at which its day begins. */
function datesOf({ lastMaintenanceOn, nextMaintenanceOn }: Dates): Dates {
  const instantOf = (date: DateText | null | undefined): Instant | null | undefined =>
    typeof date === 'string' ? startOfDay(date) : date;
  return { lastMaintenanceOn: instantOf(lastMaintenanceOn), nextMaintenanceOn: instantOf(nextMaintenanceOn) };
}

/** The open period. Equipment always has one, because it is created with its first period. */
async function openPeriodOf(
  tx: Tx,
  equipmentId: string,
): Promise<{ readonly id: string; readonly startedAt: Instant }> {
  const [open] = await tx.sql<{ id: string; startedAt: Instant }>`
    SELECT id, started_at AS "startedAt" FROM equipment_status_periods WHERE equipment_id = ${equipmentId}::uuid AND ended_at IS NULL`;
  return present(open, 'The open status period');
}

interface EquipmentUses {
  readonly executions: number;
  readonly alerts: number;
}

async function usesOf(tx: Tx, id: string): Promise<EquipmentUses> {
  const [uses] = await tx.sql<EquipmentUses>`
    SELECT (SELECT count(*)::int FROM process_data WHERE equipment_id = ${id}::uuid) AS executions,
           (SELECT count(*)::int FROM alerts WHERE equipment_id = ${id}::uuid) AS alerts`;
  return uses ?? { executions: 0, alerts: 0 };
}
