/**
 * Builds components in and removes them.
 *
 * The order of locks is: genealogy, lots, items, serials, execution; within a table by ascending id. A supplier lot is no
 * unit of ours, so it closes no circle, and needs no lock of the genealogy.
 */
import { v7 as uuid7 } from 'uuid';
import { command } from '../../platform/command/declaration.ts';
import { enforce, found, isCurrent, reject } from '../../platform/command/rejection.ts';
import { lockRow, rowsByReference } from '../../platform/command/row-lock.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Row, Table } from '../../platform/postgres/table.ts';
import { actingStation, FLOOR, personOf } from '../../platform/rules/access.ts';
import { lots, numberedLots } from '../lot/lot.loaders.ts';
import { findUnit } from '../lot/unit-number.commands.ts';
import { isNotInFuture } from '../process-data/execution/process-data.rules.ts';
import { processDataTable } from '../process-data/execution/process-data.loaders.ts';
import { numberedSerials, serials } from '../serial/serial.loaders.ts';
import { unitIdsOf, type UnitIds } from '../unit/unit.loaders.ts';
import { noSuchUnit } from '../unit/unit-reference.rules.ts';
import { wipItems } from '../wip-item/wip-item.loaders.ts';
import { componentUses, isContained, placesOfSerial } from './component-use.loaders.ts';
import {
  columnsOfComponent,
  columnsOfConsumer,
  type Component,
  componentIsNotHeld,
  type Consumer,
  consumerIsNotHeld,
  containsNotItself,
  executionIsOfConsumer,
  installationTime,
  isGoodSerial,
  isInNoOtherPlace,
  isInstalledAfterRemoval,
  isRemovedAfterInstallation,
  isStillInstalled,
  type OwnComponent,
  quantityFits,
  removalTime,
  takesComponents,
} from './component-use.rules.ts';
import { InstallComponent, type NamedComponent, RemoveComponent } from './component-use.shapes.ts';

/** CMP-1, CMP-2, CMP-3, CMP-5, CMP-6, WIP-8: Builds a lot, a serial or a supplier lot into a unit. */
export const installComponent = command({
  name: 'installComponent',
  action: 'componentUse.installed',
  description:
    'Builds a lot, a PASSED serial or a supplier lot into a lot, a WIP item or a serial (CMP-1). A serial is in one place at a time (CMP-3), nothing contains itself (CMP-5), and nothing of a held lot is built in (CMP-6).',
  access: FLOOR,
  input: InstallComponent,
  async run({ tx, now, viewer }, { consumer: into, component: named, processData, installedAt: at, ...details }) {
    if (named.kind !== 'EXTERNAL_LOT') await lockGenealogy(tx);
    const ids = (await unitIdsOf(tx, into)) ?? reject(noSuchUnit(into, 'consumer'));
    const { consumer, component } = await lockUnits(tx, ids, named);
    const execution = processData === undefined ? undefined : await lockExecution(tx, processData);
    const { place, lastRemovedAt } =
      component.kind === 'SERIAL' ? await placesOfSerial(tx, component.serial.id) : NO_PLACE;
    const isCircle = component.kind !== 'EXTERNAL_LOT' && (await isContained(tx, ids, component));
    const installedAt = installationTime(at, lastRemovedAt, now);
    enforce(
      executionIsOfConsumer(execution, consumer),
      quantityFits(component, details.quantity),
      isGoodSerial(component),
      isInNoOtherPlace(component, place),
      isInstalledAfterRemoval(component, installedAt, lastRemovedAt),
      containsNotItself(component, consumer, isCircle),
      componentIsNotHeld(component),
      consumerIsNotHeld(consumer),
      takesComponents(consumer),
      isNotInFuture(installedAt, now, 'installedAt'),
    );
    const { role = null, position = null, quantity, unit } = details;
    const { id } = await tx.componentUse.create({
      data: {
        ...columnsOfConsumer(consumer),
        ...columnsOfComponent(component),
        id: uuid7(),
        role,
        quantity,
        unit,
        position,
        processDataId: execution?.id ?? null,
        installedAt,
        installedById: personOf(viewer),
        stationId: actingStation(viewer)?.id ?? null,
      },
    });
    return { componentUse: id };
  },
});

/** CMP-4: Removes a component. Its use stays, with the reason. */
export const removeComponent = command({
  name: 'removeComponent',
  action: 'componentUse.removed',
  description:
    'Takes a component out of its unit, also out of a held one, and says why. The use stays in the record (CMP-4).',
  access: FLOOR,
  input: RemoveComponent,
  async run({ tx, now, viewer }, { id, reason, removedAt: at, expectedVersion }) {
    const use = await lockRow(tx, componentUses, {
      reference: { key: 'id', value: id },
      lock: 'NO KEY UPDATE',
      path: 'id',
      what: 'Component use',
    });
    const removedAt = removalTime(at, use.installedAt, now);
    enforce(
      isCurrent(use, expectedVersion, { componentUse: id }),
      isStillInstalled(use),
      isRemovedAfterInstallation(removedAt, use.installedAt),
      isNotInFuture(removedAt, now, 'removedAt'),
    );
    await tx.componentUse.update({
      where: { id },
      data: {
        removedAt,
        removedById: personOf(viewer),
        removalStationId: actingStation(viewer)?.id ?? null,
        removalReason: reason,
      },
    });
    return { componentUse: id };
  },
});

const NO_PLACE = { place: undefined, lastRemovedAt: undefined };

/** CMP-5: Only one command at a time adds to the genealogy, until its transaction ends. */
async function lockGenealogy(tx: Tx): Promise<void> {
  await tx.query(sql`SELECT pg_advisory_xact_lock(hashtext('lotgraph genealogy'))`);
}

/** The consumer and the component. Their lots, the item and the serials are locked, so that they keep their states. */
async function lockUnits(
  tx: Tx,
  ids: UnitIds,
  named: NamedComponent,
): Promise<{ readonly consumer: Consumer; readonly component: Component }> {
  const part = named.kind === 'EXTERNAL_LOT' ? named : await idsOfComponent(tx, named);
  const isOurs = part.kind !== 'EXTERNAL_LOT';
  const lotOf = await lockRows<'Lot'>(tx, lots, [ids.lotId, ...(isOurs ? [part.lotId] : [])]);
  const itemOf = await lockRows<'WipItem'>(tx, wipItems, ids.kind === 'WIP_ITEM' ? [ids.wipItemId] : []);
  const serialIds = [ids.serialId, isOurs ? part.serialId : null].filter((id) => id !== null);
  const serialOf = await lockRows<'Serial'>(tx, serials, serialIds);
  const ownOf = (own: LotOrSerialIds, path: string): OwnComponent =>
    own.kind === 'LOT'
      ? { kind: 'LOT', lot: lotOf(own.lotId, path) }
      : { kind: 'SERIAL', lot: lotOf(own.lotId, path), serial: serialOf(own.serialId, path) };
  const consumer: Consumer =
    ids.kind === 'WIP_ITEM'
      ? { kind: 'WIP_ITEM', lot: lotOf(ids.lotId, 'consumer'), wipItem: itemOf(ids.wipItemId, 'consumer') }
      : ownOf(ids, 'consumer');
  return { consumer, component: isOurs ? ownOf(part, 'component') : part };
}

/** A lot or a serial by its ids, which never change. */
type LotOrSerialIds =
  | { readonly kind: 'LOT'; readonly lotId: string; readonly serialId: null }
  | { readonly kind: 'SERIAL'; readonly lotId: string; readonly serialId: string };

async function idsOfComponent(
  tx: Tx,
  { kind, reference }: Exclude<NamedComponent, { readonly kind: 'EXTERNAL_LOT' }>,
): Promise<LotOrSerialIds> {
  if (kind === 'LOT') {
    const { id } = await findUnit(tx, numberedLots, reference, 'component.lot');
    return { kind, lotId: id, serialId: null };
  }
  const { id, lotId } = await findUnit(tx, numberedSerials, reference, 'component.serial');
  return { kind, lotId, serialId: id };
}

/** Locks rows against changes, in the order of their ids. A row that was deleted in the meantime is rejected. */
async function lockRows<Model extends 'Lot' | 'WipItem' | 'Serial'>(
  tx: Tx,
  table: Table<Model>,
  ids: readonly string[],
): Promise<(id: string, path: string) => Row<Model>> {
  const references = ids.map((value) => ({ key: 'id', value }));
  const rowOf = await rowsByReference(tx, table, references, sql`ORDER BY t.id FOR SHARE`);
  return (value, path) => found(rowOf({ key: 'id', value }), path, 'The unit with this id');
}

/** An execution, kept as it is: one that is withdrawn would take its components with it. */
async function lockExecution(tx: Tx, id: string): Promise<Row<'ProcessData'>> {
  const reference = { key: 'id', value: id };
  return lockRow(tx, processDataTable, { reference, lock: 'SHARE', path: 'processData', what: 'Execution' });
}
