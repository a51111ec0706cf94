import { v7 as uuid7 } from 'uuid';
import { demandedRoute } from '../../catalog/process/route.rules.ts';
import { command } from '../../platform/command/declaration.ts';
import { enforce, isCurrent } from '../../platform/command/rejection.ts';
import type { Lock } from '../../platform/command/row-lock.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { FLOOR, QUALITY } from '../../platform/rules/access.ts';
import { present } from '../../platform/values/assert.ts';
import type { Instant } from '../../platform/values/time.ts';
import { completeLotsIfDone, lockLot } from '../lot/lot.commands.ts';
import { keepsRoute, readRouteOf } from '../lot/route-of-lot.commands.ts';
import { lotIsNotHeld } from '../lot/lot.rules.ts';
import { findUnit, lockUnit } from '../lot/unit-number.commands.ts';
import { sequenceWidth, serialNumber } from '../lot/unit-number.rules.ts';
import { workOf } from '../lot/unit-work.loaders.ts';
import { numberedSerials } from './serial.loaders.ts';
import {
  failedSerial,
  hasNoOpenWork,
  hasPassedItsRoute,
  mayRework,
  mayStart,
  passedSerial,
  serialMayMove,
  type SerialStamps,
  type SerialStatus,
  workingSerial,
} from './serial.rules.ts';
import { ChangeSerial, FailSerial, ReworkSerial } from './serial.shapes.ts';

/** SER-3: Starts a CREATED serial. */
export const startSerial = command({
  name: 'startSerial',
  action: 'serial.started',
  description: 'Puts a CREATED serial to work (SER-3).',
  access: FLOOR,
  input: ChangeSerial,
  async run({ tx, now }, { serial: reference, expectedVersion }) {
    const { lot, serial } = await lockSerialInLot(tx, reference, FOR_CHANGE);
    enforce(
      isCurrent(serial, expectedVersion, { serial: serial.id }),
      lotIsNotHeld(lot, 'START_SERIAL'),
      mayStart(serial),
    );
    moveSerials(tx, [{ serial, to: 'IN_PROGRESS', at: now }]);
    return { serial: serial.id };
  },
});

/** SER-7, LOT-8: Passes a serial that has a PASS on every mandatory SERIAL-level step. The last one completes its lot. */
export const passSerial = command({
  name: 'passSerial',
  action: 'serial.passed',
  description:
    'Passes a serial that has a PASS on every mandatory SERIAL-level step of its route; the last one completes its lot (SER-7, LOT-8).',
  access: FLOOR,
  input: ChangeSerial,
  async run({ tx, now }, { serial: reference, expectedVersion }) {
    const { id, lotId } = await findUnit(tx, numberedSerials, reference, 'serial');
    const read = await readRouteOf(tx, lotId);
    const { lot, serial } = await lockSerialInLot(tx, { key: 'id', value: id }, FOR_CHANGE);
    keepsRoute(lot, read);
    const work = await workOf(tx, serial.id);
    enforce(
      isCurrent(serial, expectedVersion, { serial: serial.id }),
      lotIsNotHeld(lot, 'PASS_SERIAL'),
      serialMayMove(serial, 'PASSED'),
      hasPassedItsRoute(serial, demandedRoute(read.route.steps, work), work.passedStepIds),
      hasNoOpenWork(serial, work.openSteps),
    );
    moveSerials(tx, [{ serial, to: 'PASSED', at: now }]);
    await completeLotsIfDone(tx, [lot.id], now);
    return { serial: serial.id };
  },
});

/**
 * SER-4, LOT-8: Fails a serial with a reason. A serial without rework left is done, and the last one completes its lot.
 */
export const failSerial = command({
  name: 'failSerial',
  action: 'serial.failed',
  description:
    'Fails a serial and says why. One without rework left is done, and the last one completes its lot (SER-4, LOT-8).',
  access: FLOOR,
  input: FailSerial,
  async run({ tx, now }, { serial: reference, reason, expectedVersion }) {
    const { lot, serial } = await lockSerialInLot(tx, reference, FOR_CHANGE);
    const { openSteps } = await workOf(tx, serial.id);
    enforce(
      isCurrent(serial, expectedVersion, { serial: serial.id }),
      serialMayMove(serial, 'FAILED'),
      hasNoOpenWork(serial, openSteps),
    );
    moveSerials(tx, [{ serial, to: 'FAILED', reason, at: now }]);
    await completeLotsIfDone(tx, [lot.id], now);
    return { serial: serial.id };
  },
});

/** SER-2: Starts a FAILED serial again, as often as its `maxReworks` allows. */
export const reworkSerial = command({
  name: 'reworkSerial',
  action: 'serial.reworked',
  description: 'Puts a FAILED serial to work again, as often as its maxReworks allows (SER-2).',
  access: QUALITY,
  input: ReworkSerial,
  async run({ tx }, { serial: reference, expectedVersion }) {
    const { lot, serial } = await lockSerialInLot(tx, reference, FOR_CHANGE);
    enforce(
      isCurrent(serial, expectedVersion, { serial: serial.id }),
      lotIsNotHeld(lot, 'REWORK_SERIAL'),
      mayRework(serial),
    );
    await tx.serial.update({
      where: { id: serial.id },
      data: { ...workingSerial(), reworkCount: serial.reworkCount + 1 },
    });
    return { serial: serial.id };
  },
});

const FOR_CHANGE = { lot: 'NO KEY UPDATE', serial: 'NO KEY UPDATE' } as const;

/** Locks a serial. The lot, if it is locked at all, is locked before. */
export async function lockSerial(tx: Tx, reference: Reference, lock: Lock, path = 'serial'): Promise<Row<'Serial'>> {
  return lockUnit(tx, numberedSerials, { reference, lock, path });
}

/** Locks the lot of a serial, then the serial. */
export async function lockSerialInLot(
  tx: Tx,
  reference: Reference,
  locks: { readonly lot: Lock; readonly serial: Lock },
  path = 'serial',
): Promise<{ readonly lot: Row<'Lot'>; readonly serial: Row<'Serial'> }> {
  const { id, lotId } = await findUnit(tx, numberedSerials, reference, path);
  const lot = await lockLot(tx, { key: 'id', value: lotId }, locks.lot);
  return { lot, serial: await lockSerial(tx, { key: 'id', value: id }, locks.serial, path) };
}

/** An item that becomes a serial of its lot. */
export interface NewSerial {
  readonly item: Pick<Row<'WipItem'>, 'id' | 'sequence' | 'externalNumber'>;
  readonly lot: Pick<Row<'Lot'>, 'id' | 'number' | 'targetQuantity'>;
  readonly maxReworks: number;
}

/**
 * SER-5: Serials are created only by a conversion, and keep lot, sequence and external number of their items. Returns
 * the ids of the serials by the ids of their items.
 */
export async function insertSerials(tx: Tx, newSerials: readonly NewSerial[]): Promise<ReadonlyMap<string, string>> {
  const rows = newSerials.map(({ item: { id: wipItemId, sequence, externalNumber }, lot, maxReworks }) => {
    const number = serialNumber(lot.number, sequence, sequenceWidth(lot.targetQuantity));
    return { id: uuid7(), number, lotId: lot.id, wipItemId, sequence, externalNumber, maxReworks };
  });
  await tx.sql`
    INSERT INTO serials (id, number, lot_id, wip_item_id, sequence, external_number, max_reworks)
    SELECT id, number, "lotId", "wipItemId", sequence, "externalNumber", "maxReworks"
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS born(id uuid, number text, "lotId" uuid, "wipItemId" uuid, sequence int, "externalNumber" text, "maxReworks" int)`;
  return new Map(rows.map(({ id, wipItemId }) => [wipItemId, id]));
}

/** A move of a serial to another status, and the time at which it has it. FAILED needs a reason. */
export interface SerialMove<Unit> {
  readonly serial: Unit;
  readonly to: SerialStatus;
  readonly reason?: string | undefined;
  readonly at: Instant;
}

/**
 * SER-3, SER-4: Moves different serials, each only as its table allows, and returns them as they are then, in their
 * order. The serials are locked for change.
 */
export function moveSerials<Unit extends MovableSerial>(tx: Tx, moves: readonly SerialMove<Unit>[]): readonly Unit[] {
  enforce(...moves.map(({ serial, to }) => serialMayMove(serial, to)));
  const moved = moves.map(({ serial, to, reason, at }) => ({ ...serial, ...stampsOf(to, reason, at) }));
  if (moved.length === 0) return moved;
  const rows = moved.map(({ id, status, completedAt, failureReason }) => ({ id, status, completedAt, failureReason }));
  tx.send(sql`
    UPDATE serials serial SET status = moved.status, completed_at = moved."completedAt", failure_reason = moved."failureReason"
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS moved(id uuid, status serial_status, "completedAt" timestamptz, "failureReason" text)
    WHERE serial.id = moved.id`);
  return moved;
}

interface MovableSerial {
  readonly id: string;
  readonly number: string;
  readonly status: SerialStatus;
}

function stampsOf(to: SerialStatus, reason: string | undefined, at: Instant): SerialStamps {
  if (to === 'FAILED') return failedSerial(at, present(reason, 'The reason of a failed serial'));
  return to === 'PASSED' ? passedSerial(at) : workingSerial();
}
