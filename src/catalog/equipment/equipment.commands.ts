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

export const createEquipment = command({
  name: 'createEquipment',
  action: 'equipment.created',
  description:
    'Makes a machine or tool known. It is AVAILABLE at first, and so its first status period begins (EQP-2).',
  access: ENG,
  input: CreateEquipment,
  async run({ tx, now, viewer }, { productionLine, process, station, ...fields }) {
    const productionLineId = await idOf(productionLine, (reference) => lockProductionLine(tx, reference, 'SHARE'));
    const processId = await idOf(process, (reference) => lockProcess(tx, reference, 'SHARE'));
    const stationId = await idOf(station, (reference) => lockStation(tx, reference, 'SHARE'));
    const known = await rowByReference(tx, equipmentTable, { key: 'code', value: fields.code });
    enforce(isKeyFree('Equipment', 'code', fields.code, known, 'EQP-1'), nextMaintenanceFits(fields, NO_MAINTENANCE));
    const places = { productionLineId, processId, stationId };
    const { id, status } = await tx.equipment.create({
      data: { ...definedFields({ ...fields, ...datesOf(fields), ...places }), statusChangedAt: now, id: uuid7() },
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

export const updateEquipment = command({
  name: 'updateEquipment',
  action: 'equipment.updated',
  description: 'Changes equipment. Its code stays; its status is changed by changeEquipmentStatus.',
  access: ENG,
  input: UpdateEquipment,
  async run({ tx }, { equipment: reference, productionLine, process, station, expectedVersion, ...fields }) {
    const productionLineId = await idOf(productionLine, (line) => lockProductionLine(tx, line, 'SHARE'));
    const processId = await idOf(process, (step) => lockProcess(tx, step, 'SHARE'));
    const equipment = await lockEquipment(tx, reference, 'NO KEY UPDATE');
    const stationId = await idOf(station, (each) => lockStation(tx, each, 'SHARE'));
    enforce(isCurrent(equipment, expectedVersion, { equipment: equipment.id }), nextMaintenanceFits(fields, equipment));
    const places = { productionLineId, processId, stationId };
    await tx.equipment.update({
      where: { id: equipment.id },
      data: definedFields({ ...fields, ...datesOf(fields), ...places }),
    });
    return { equipment: equipment.id };
  },
});

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

/** Locks equipment, for a change of its own or to keep it as it is while work is done on it. */
export async function lockEquipment(tx: Tx, reference: Reference, lock: Lock): Promise<Row<'Equipment'>> {
  return lockRow(tx, equipmentTable, reference, lock, 'equipment', 'Equipment');
}

/** The id of what is referred to, once it is locked; null and absent stay what they are. */
async function idOf(
  reference: Reference | null | undefined,
  lock: (reference: Reference) => Promise<{ readonly id: string }>,
): Promise<string | null | undefined> {
  return reference === null || reference === undefined ? reference : (await lock(reference)).id;
}

interface Dates {
  readonly lastMaintenanceOn?: DateText | null | undefined;
  readonly nextMaintenanceOn?: DateText | null | undefined;
}

/** Prisma takes a date as the instant with which its day begins. */
function datesOf({ lastMaintenanceOn, nextMaintenanceOn }: Dates): Dates {
  const instantOf = (date: DateText | null | undefined): Instant | null | undefined =>
    typeof date === 'string' ? startOfDay(date) : date;
  return { lastMaintenanceOn: instantOf(lastMaintenanceOn), nextMaintenanceOn: instantOf(nextMaintenanceOn) };
}

/** The period that lasts. Equipment always has one: it is made with its first. */
async function openPeriodOf(
  tx: Tx,
  equipmentId: string,
): Promise<{ readonly id: string; readonly startedAt: Instant }> {
  const [open] = await tx.sql<{ id: string; startedAt: Instant }>`
    SELECT id, started_at AS "startedAt" FROM equipment_status_periods WHERE equipment_id = ${equipmentId}::uuid AND ended_at IS NULL`;
  return present(open, 'The open status period');
}

async function usesOf(tx: Tx, id: string): Promise<{ executions: number }> {
  const [uses] = await tx.sql<{
    executions: number;
  }>`SELECT count(*)::int AS executions FROM process_data WHERE equipment_id = ${id}::uuid`;
  return uses ?? { executions: 0 };
}
