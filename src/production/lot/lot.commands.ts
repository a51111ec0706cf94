import { v7 as uuid7 } from 'uuid';
import { lockProductModel } from '../../catalog/product-model/product-model.commands.ts';
import { keptRoutes, releasedRouteOf } from '../../catalog/route/route.loaders.ts';
import { lockProductionLine } from '../../catalog/production-line/production-line.commands.ts';
import { activeConversion } from '../../catalog/process/route.rules.ts';
import { command } from '../../platform/command/declaration.ts';
import { takeNumbers } from '../../platform/command/number-counter.ts';
import { enforce, isCurrent } from '../../platform/command/rejection.ts';
import { definedFields, type Lock, rowByReference, rowsByReference } from '../../platform/command/row-lock.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { type Access, LEADS, personsOf, QUALITY, userViewerOf } from '../../platform/rules/access.ts';
import { isKeyFree } from '../../platform/rules/natural-key.ts';
import type { Answer } from '../../platform/rules/rejection.ts';
import { present } from '../../platform/values/assert.ts';
import { type Instant, startOfDay } from '../../platform/values/time.ts';
import { completesItself } from './lot-quantity.rules.ts';
import { type CountsOfLot, countsOfLots, lots, numberedLots } from './lot.loaders.ts';
import {
  closedLot,
  completedLot,
  hasLotNumberLeft,
  isMadeForActiveModel,
  isMadeOnActiveLine,
  isStartedByFirstWork,
  type LotDisposition,
  lotMayBeDecided,
  mayClose,
  mayCompleteShort,
  mayDelete,
  startedLot,
  UNFINISHED_STATUSES,
  unfinishedItemStatuses,
  type UnfinishedWork,
} from './lot.rules.ts';
import { defaultTarget, targetFits, targetMayBecome } from './lot-target.rules.ts';
import { lotEnded } from './lot-ended.commands.ts';
import { ChangeLot, CreateLot, DecideLot, UpdateLot } from './lot.shapes.ts';
import { findUnit, lockUnit } from './unit-number.commands.ts';
import { lotNumber, lotNumberPrefix } from './unit-number.rules.ts';

/** LOT-1, LOT-2, LOT-3, LOT-13, RTE-4: Plans a lot of a model on a line. It keeps the route that is RELEASED now. */
export const createLot = command({
  name: 'createLot',
  action: 'lot.created',
  description:
    'Plans a lot of a model on a line. Its number comes from line, model and month, 01 to 99 and then A0 to Z9, without gap (LOT-1, LOT-2). It takes the RELEASED route of the model and keeps it (RTE-4).',
  access: LEADS,
  input: CreateLot,
  async run({ tx }, { productModel, productionLine, productionDate, ...fields }) {
    const line = await lockProductionLine(tx, productionLine, 'SHARE');
    const model = await lockProductModel(tx, productModel, 'SHARE');
    const routeId = await releasedRouteOf(tx, model.id);
    const targetQuantity = fields.targetQuantity ?? defaultTarget(model);
    enforce(
      targetFits(targetQuantity, model),
      isMadeForActiveModel(model),
      isMadeOnActiveLine(line),
      await externalNumberIsFree(tx, fields.externalNumber),
    );
    const prefix = lotNumberPrefix(line.lotSegment, model.lotSegment, productionDate);
    const sequence = await takeNumbers(tx, `LOT/${prefix}`, 1);
    enforce(hasLotNumberLeft(prefix, sequence));
    const { id } = await tx.lot.create({
      data: {
        ...definedFields(fields),
        id: uuid7(),
        number: lotNumber(prefix, sequence),
        productModelId: model.id,
        productionLineId: line.id,
        routeId,
        productionDate: startOfDay(productionDate),
        targetQuantity,
      },
    });
    return { lot: id };
  },
});

/**
 * LOT-3, LOT-8: Changes the plan of a lot. A target that is lowered to the number of finished units completes the lot.
 */
export const updateLot = command({
  name: 'updateLot',
  action: 'lot.updated',
  description:
    'Changes what is planned of a lot. A target lowered to the units that are done completes the lot (LOT-3, LOT-8).',
  access: LEADS,
  input: UpdateLot,
  async run({ tx, now }, { lot: reference, expectedVersion, ...changes }) {
    const { id, productModelId } = await findUnit(tx, numberedLots, reference, 'lot');
    // The order of locks has the model before the lot. Only a new target needs the model.
    const model = await lockProductModel(tx, { key: 'id', value: productModelId }, 'SHARE');
    const lot = await lockLot(tx, { key: 'id', value: id }, 'NO KEY UPDATE');
    const counts = await countsOf(tx, lot.id);
    enforce(
      isCurrent(lot, expectedVersion, { lot: lot.id }),
      targetMayBecome(changes.targetQuantity ?? lot.targetQuantity, lot, model, counts.wipItemCount),
    );
    await tx.lot.update({ where: { id: lot.id }, data: definedFields(changes) });
    await completeLotsIfDone(tx, [lot.id], now);
    return { lot: lot.id };
  },
});

/** LOT-11: Deletes a lot that was only planned. Its number is not used again. */
export const deleteLot = command({
  name: 'deleteLot',
  action: 'lot.deleted',
  description:
    'Deletes a lot that was only planned: CREATED, UNDECIDED and referred to by nothing. Its number is not used again (LOT-11).',
  access: LEADS,
  input: ChangeLot,
  async run({ tx }, { lot: reference, expectedVersion }) {
    const lot = await lockLot(tx, reference, 'UPDATE');
    enforce(isCurrent(lot, expectedVersion, { lot: lot.id }), mayDelete(lot, await usesOf(tx, lot.id)));
    await tx.lot.delete({ where: { id: lot.id } });
    return { deletedId: lot.id };
  },
});

/** LOT-9: Completes a lot short of its target. */
export const completeLot = command({
  name: 'completeLot',
  action: 'lot.completed',
  description: 'Completes an IN_PROGRESS lot short of its target, when nothing in it is unfinished (LOT-9).',
  access: LEADS,
  input: DecideLot,
  async run({ tx, now }, { lot: reference, reason, expectedVersion }) {
    const lot = await lockLot(tx, reference, 'NO KEY UPDATE');
    enforce(isCurrent(lot, expectedVersion, { lot: lot.id }), mayCompleteShort(lot, await unfinishedOf(tx, lot)));
    await tx.lot.update({ where: { id: lot.id }, data: { ...completedLot(lot, now), completionReason: reason } });
    lotEnded.note(tx, { lotId: lot.id, number: lot.number, status: 'COMPLETED' });
    return { lot: lot.id };
  },
});

/** LOT-10: Closes a COMPLETED lot. */
export const closeLot = command({
  name: 'closeLot',
  action: 'lot.closed',
  description: 'Closes a COMPLETED lot that is not QUARANTINED; nothing can be added to it afterwards (LOT-10).',
  access: LEADS,
  input: ChangeLot,
  async run({ tx, now }, { lot: reference, expectedVersion }) {
    const lot = await lockLot(tx, reference, 'NO KEY UPDATE');
    enforce(isCurrent(lot, expectedVersion, { lot: lot.id }), mayClose(lot));
    await tx.lot.update({ where: { id: lot.id }, data: closedLot(lot, now) });
    lotEnded.note(tx, { lotId: lot.id, number: lot.number, status: 'CLOSED' });
    return { lot: lot.id };
  },
});

/** LOT-6, LOT-7: Holds a lot until it is released or rejected. */
export const quarantineLot = decision('QUARANTINED', {
  name: 'quarantineLot',
  action: 'lot.quarantined',
  description: 'Holds a lot: it takes no new items, starts, passes or conversions until it is released (LOT-6, LOT-7).',
  access: QUALITY,
});

/** LOT-6: Rejects a lot for ever. */
export const rejectLot = decision('REJECTED', {
  name: 'rejectLot',
  action: 'lot.rejected',
  description: 'Decides for ever that a lot must not be used (LOT-6).',
  access: LEADS,
});

interface DecisionDeclaration {
  readonly name: string;
  readonly action: string;
  readonly description: string;
  readonly access: Access;
}

/** LOT-6: A decision about a lot, signed with reason, time and person; no service signs (AUT-6). */
function decision(disposition: LotDisposition, declared: DecisionDeclaration) {
  return command({
    ...declared,
    access: personsOf(declared.access),
    input: DecideLot,
    async run({ tx, now, viewer }, { lot: reference, reason, expectedVersion }) {
      const lot = await lockLot(tx, reference, 'NO KEY UPDATE');
      enforce(isCurrent(lot, expectedVersion, { lot: lot.id }), lotMayBeDecided(lot, disposition));
      await decideLot(tx, lot.id, { disposition, reason, now, personId: userViewerOf(viewer).id });
      return { lot: lot.id };
    },
  });
}

/** LOT-6: A decision about a lot. The person is null when a station decided. */
interface SignedDecision {
  readonly disposition: LotDisposition;
  readonly reason: string;
  readonly now: Instant;
  readonly personId: string | null;
}

/** LOT-6: Signs a decision about a lot. The lot is locked for change, and its table allows the decision. */
export async function decideLot(
  tx: Tx,
  lotId: string,
  { disposition, reason, now, personId }: SignedDecision,
): Promise<void> {
  const signed = { dispositionReason: reason, dispositionAt: now, dispositionById: personId };
  await tx.lot.update({ where: { id: lotId }, data: { disposition, ...signed } });
}

/**
 * Locks a lot. `SHARE` keeps its state while others may work in it at the same time; `NO KEY UPDATE` is for changing
 * it.
 */
export async function lockLot(tx: Tx, reference: Reference, lock: Lock, path = 'lot'): Promise<Row<'Lot'>> {
  return lockUnit(tx, numberedLots, { reference, lock, path });
}

/** LOT-5, WIP-4: The first work on a lot starts it; later work leaves it as it is. The lot is locked for change. */
export async function startLot(tx: Tx, lot: Pick<Row<'Lot'>, 'id' | 'status'>, now: Instant): Promise<void> {
  if (isStartedByFirstWork(lot)) await tx.lot.update({ where: { id: lot.id }, data: startedLot(now) });
}

/**
 * LOT-8: A lot completes itself when the number of its terminal serials reaches its target. The lots are locked for
 * change.
 */
export async function completeLotsIfDone(tx: Tx, lotIds: readonly string[], now: Instant): Promise<void> {
  if (lotIds.length === 0) return;
  const ids = [...new Set(lotIds)];
  const references = ids.map((value) => ({ key: 'id', value }));
  const lockedLot = await rowsByReference(tx, lots, references);
  for (const { lotId, ...counts } of await countsOfLots(tx, ids)) {
    const lot = present(lockedLot({ key: 'id', value: lotId }), 'The locked lot');
    if (!completesItself(lot, counts)) continue;
    await tx.lot.update({ where: { id: lotId }, data: completedLot(lot, now) });
    lotEnded.note(tx, { lotId, number: lot.number, status: 'COMPLETED' });
  }
}

async function countsOf(tx: Tx, lotId: string): Promise<CountsOfLot> {
  const [counts] = await countsOfLots(tx, [lotId]);
  return present(counts, 'The counts of a lot');
}

async function externalNumberIsFree(tx: Tx, externalNumber: string | undefined): Promise<Answer> {
  if (externalNumber === undefined) return undefined;
  const known = await rowByReference(tx, lots, { key: 'externalNumber', value: externalNumber });
  return isKeyFree('A lot with the external number', {
    path: 'externalNumber',
    value: externalNumber,
    existing: known,
  });
}

type LotUses = Readonly<
  Record<'wipItems' | 'serials' | 'processData' | 'inspections' | 'labelPrints' | 'componentUses' | 'alerts', number>
>;

async function usesOf(tx: Tx, lotId: string): Promise<LotUses> {
  const [uses] = await tx.sql<LotUses>`
    SELECT (SELECT count(*)::int FROM wip_items WHERE lot_id = ${lotId}::uuid) AS "wipItems",
           (SELECT count(*)::int FROM serials WHERE lot_id = ${lotId}::uuid) AS serials,
           (SELECT count(*)::int FROM process_data WHERE lot_id = ${lotId}::uuid) AS "processData",
           (SELECT count(*)::int FROM inspections WHERE lot_id = ${lotId}::uuid) AS inspections,
           (SELECT count(*)::int FROM label_prints WHERE lot_id = ${lotId}::uuid) AS "labelPrints",
           (SELECT count(*)::int FROM alerts WHERE lot_id = ${lotId}::uuid) AS alerts,
           (SELECT count(*)::int FROM component_uses WHERE consumer_lot_id = ${lotId}::uuid OR component_lot_id = ${lotId}::uuid) AS "componentUses"`;
  return present(uses, 'The uses of a lot');
}

interface Count {
  readonly count: number;
}

/**
 * LOT-9: Counts unfinished work. Items are locked before serials, as the order of locks demands; executions cannot
 * begin or end while the lot is locked for change.
 */
async function unfinishedOf(tx: Tx, { id: lotId, routeId }: Row<'Lot'>): Promise<UnfinishedWork> {
  const route = routeId === null ? undefined : (await keptRoutes(tx, [routeId])).get(routeId);
  // Lots without a route of their own can be converted by hand, so the factory route counts as one with a conversion.
  const hasConversion = route === undefined || activeConversion(route.steps) !== undefined;
  const [items] = await tx.sql<Count>`
    SELECT count(*) FILTER (WHERE status::text = ANY(${[...unfinishedItemStatuses(hasConversion)]}))::int AS count
    FROM (SELECT status FROM wip_items WHERE lot_id = ${lotId}::uuid ORDER BY id FOR SHARE) AS item`;
  const [serials] = await tx.sql<Count>`
    SELECT count(*) FILTER (WHERE status::text = ANY(${[...UNFINISHED_STATUSES.serials]}))::int AS count
    FROM (SELECT status FROM serials WHERE lot_id = ${lotId}::uuid ORDER BY id FOR SHARE) AS serial`;
  const [open] =
    await tx.sql<Count>`SELECT count(*)::int AS count FROM process_data WHERE lot_id = ${lotId}::uuid AND completed_at IS NULL`;
  const what = 'The unfinished work of a lot';
  return {
    executions: present(open, what).count,
    wipItems: present(items, what).count,
    serials: present(serials, what).count,
  };
}
