import { rejection, type Answer } from '../../platform/rules/rejection.ts';
import { compareDecimals } from '../../platform/values/decimal.ts';
import { later, type Instant } from '../../platform/values/time.ts';
import { isLotHeld, type LotDisposition } from '../lot/lot.rules.ts';
import type { UnitKind } from '../lot/unit-number.rules.ts';
import type { SerialStatus } from '../serial/serial.rules.ts';
import type { WipItemStatus } from '../wip-item/wip-item.rules.ts';

/** The most characters of the texts of a use. */
export const USE_LENGTHS = { externalLotNumber: 100, role: 50, unit: 20, position: 100 } as const;
/** CMP-2: The quantity as it is stored: digits before and after the point. */
export const QUANTITY_DIGITS = { whole: 12, fraction: 6 } as const;
/** CMP-2: The quantity and its unit when none is given. */
export const DEFAULT_QUANTITY = { quantity: '1', unit: '1' } as const;

/** The columns of a lot that the rules read. */
export interface UsedLot {
  readonly id: string;
  readonly number: string;
  readonly disposition: LotDisposition;
}

/** The columns of a serial that the rules read. */
export interface UsedSerial {
  readonly id: string;
  readonly number: string;
  readonly status: SerialStatus;
  readonly wipItemId: string;
}

/** What a component is built into, with its lot. */
export type Consumer =
  | { readonly kind: 'LOT'; readonly lot: UsedLot }
  | {
      readonly kind: 'WIP_ITEM';
      readonly lot: UsedLot;
      readonly wipItem: { readonly id: string; readonly number: string; readonly status: WipItemStatus };
    }
  | { readonly kind: 'SERIAL'; readonly lot: UsedLot; readonly serial: UsedSerial };

/** The lot or the serial that is built in, with its lot. */
export type OwnComponent =
  | { readonly kind: 'LOT'; readonly lot: UsedLot }
  | { readonly kind: 'SERIAL'; readonly lot: UsedLot; readonly serial: UsedSerial };

/** CMP-1: What is built in: a lot or a serial of ours, or a lot of a supplier, which has nothing but its number. */
export type Component = OwnComponent | { readonly kind: 'EXTERNAL_LOT'; readonly number: string };

/** An execution by the units that it may belong to. */
interface ExecutionOfUnit {
  readonly unitId: string;
}

/** CMP-1: Whether the text of a quantity has no more digits than its column. */
export function quantityHasRoom(quantity: string): boolean {
  const [whole = '', fraction = ''] = quantity.split('.');
  const digits = whole.replace(/^-?0*/, '').length;
  return digits <= QUANTITY_DIGITS.whole && fraction.replace(/0+$/, '').length <= QUANTITY_DIGITS.fraction;
}

/** CMP-2: A serial is one piece. */
export function quantityFits(component: Component, quantity: string): Answer {
  if (component.kind !== 'SERIAL' || compareDecimals(quantity, '1') === 0) return undefined;
  const message = `Serial ${component.serial.number} is one piece, not ${quantity}; a serial is built in as quantity 1.`;
  return rejection('CMP-2', 'quantity', message, 'INVALID_INPUT');
}

/** CMP-1: The execution that builds in belongs to the consumer, to the item that it was, or to its lot. */
export function executionIsOfConsumer(execution: ExecutionOfUnit | undefined, consumer: Consumer): Answer {
  if (execution === undefined || idsOfConsumer(consumer).includes(execution.unitId)) return undefined;
  const message = `The execution is not one of ${nameOfConsumer(consumer)}, of the item that it was, or of its lot.`;
  return rejection('CMP-1', 'processData', message);
}

/** CMP-3: Only a serial that PASSED is built in. */
export function isGoodSerial(component: Component): Answer {
  if (component.kind !== 'SERIAL' || component.serial.status === 'PASSED') return undefined;
  const { number, status } = component.serial;
  return rejection('CMP-3', COMPONENT_SERIAL, `Serial ${number} is ${status}; only a PASSED serial is built in.`);
}

/** CMP-3: A serial is in one place at a time. `place` is the number of what it is built into; undefined when free. */
export function isInNoOtherPlace(component: Component, place: string | undefined): Answer {
  if (component.kind !== 'SERIAL' || place === undefined) return undefined;
  const message = `Serial ${component.serial.number} is built into ${place}; remove it there first.`;
  return rejection('CMP-3', COMPONENT_SERIAL, message);
}

/** CMP-3: A serial is not built in before it was removed from where it was. */
export function isInstalledAfterRemoval(
  component: Component,
  installedAt: Instant,
  lastRemovedAt: Instant | undefined,
): Answer {
  if (component.kind !== 'SERIAL' || lastRemovedAt === undefined || installedAt >= lastRemovedAt) return undefined;
  const message = `Serial ${component.serial.number} was removed at ${lastRemovedAt}; it cannot be built in at ${installedAt}, before that.`;
  return rejection('CMP-3', 'installedAt', message);
}

/** CMP-3: A use that does not say when it began begins now, but not before the serial was removed elsewhere. */
export function installationTime(
  installedAt: Instant | undefined,
  lastRemovedAt: Instant | undefined,
  now: Instant,
): Instant {
  return installedAt ?? later(now, lastRemovedAt ?? now);
}

/** CMP-4: A use is removed once. */
export function isStillInstalled(use: { readonly removedAt: Instant | null }): Answer {
  if (use.removedAt === null) return undefined;
  return rejection('CMP-4', 'id', `The component was removed at ${use.removedAt} already; a use ends once.`);
}

/** CMP-4: A component is not removed before it was built in. */
export function isRemovedAfterInstallation(removedAt: Instant, installedAt: Instant): Answer {
  if (removedAt >= installedAt) return undefined;
  const message = `The component was built in at ${installedAt}; it cannot be removed at ${removedAt}, before that.`;
  return rejection('CMP-4', 'removedAt', message);
}

/** CMP-4: A removal that does not say when it was is now, but not before the component was built in. */
export function removalTime(removedAt: Instant | undefined, installedAt: Instant, now: Instant): Instant {
  return removedAt ?? later(now, installedAt);
}

/** CMP-5: Nothing contains itself. `isCircle`: the component contains the consumer, at whatever depth. */
export function containsNotItself(component: Component, consumer: Consumer, isCircle: boolean): Answer {
  if (!isCircle) return undefined;
  const message = `${nameOfComponent(component)} contains ${nameOfConsumer(consumer)}, itself or in one of its parts, or is made of it; nothing is built into itself.`;
  return rejection('CMP-5', 'component', message);
}

/** CMP-6: A held lot, and a serial of a held lot, is not built in. A lot of a supplier has no disposition here. */
export function componentIsNotHeld(component: Component): Answer {
  if (component.kind === 'EXTERNAL_LOT' || !isLotHeld(component.lot)) return undefined;
  const { number, disposition } = component.lot;
  const what = component.kind === 'LOT' ? `Lot ${number}` : `The lot ${number} of serial ${component.serial.number}`;
  return rejection('CMP-6', 'component', `${what} is ${disposition}; nothing of a held lot is built in.`);
}

/** CMP-6: Nothing is built into a unit of a held lot. */
export function consumerIsNotHeld({ lot }: Consumer): Answer {
  if (!isLotHeld(lot)) return undefined;
  const message = `Lot ${lot.number} is ${lot.disposition}; nothing is built into a held lot or its units.`;
  return rejection('CMP-6', 'consumer', message);
}

/** WIP-8: A CONVERTED item takes no components; its serial does. */
export function takesComponents(consumer: Consumer): Answer {
  if (consumer.kind !== 'WIP_ITEM' || consumer.wipItem.status !== 'CONVERTED') return undefined;
  const message = `WIP item ${consumer.wipItem.number} is CONVERTED and takes no components; build them into its serial.`;
  return rejection('WIP-8', 'consumer', message);
}

/** The columns of a use that name what it was built into. */
export function columnsOfConsumer(consumer: Consumer): {
  readonly consumerLotId: string | null;
  readonly consumerWipItemId: string | null;
  readonly consumerSerialId: string | null;
} {
  return {
    consumerLotId: consumer.kind === 'LOT' ? consumer.lot.id : null,
    consumerWipItemId: consumer.kind === 'WIP_ITEM' ? consumer.wipItem.id : null,
    consumerSerialId: consumer.kind === 'SERIAL' ? consumer.serial.id : null,
  };
}

/** The columns of a use that name what was built in. */
export function columnsOfComponent(component: Component): {
  readonly componentLotId: string | null;
  readonly componentSerialId: string | null;
  readonly externalLotNumber: string | null;
} {
  return {
    componentLotId: component.kind === 'LOT' ? component.lot.id : null,
    componentSerialId: component.kind === 'SERIAL' ? component.serial.id : null,
    externalLotNumber: component.kind === 'EXTERNAL_LOT' ? component.number : null,
  };
}

/** The kind of what a use names by its columns. */
export function kindOfConsumer(use: {
  readonly consumerLotId: string | null;
  readonly consumerWipItemId: string | null;
}): UnitKind {
  if (use.consumerLotId !== null) return 'LOT';
  return use.consumerWipItemId === null ? 'SERIAL' : 'WIP_ITEM';
}

const COMPONENT_SERIAL = 'component.serial';

function idsOfConsumer(consumer: Consumer): readonly string[] {
  if (consumer.kind === 'LOT') return [consumer.lot.id];
  if (consumer.kind === 'WIP_ITEM') return [consumer.wipItem.id, consumer.lot.id];
  return [consumer.serial.id, consumer.serial.wipItemId, consumer.lot.id];
}

function nameOfConsumer(consumer: Consumer): string {
  if (consumer.kind === 'LOT') return `lot ${consumer.lot.number}`;
  return consumer.kind === 'WIP_ITEM' ? `WIP item ${consumer.wipItem.number}` : `serial ${consumer.serial.number}`;
}

function nameOfComponent(component: Component): string {
  if (component.kind === 'EXTERNAL_LOT') return `Supplier lot ${component.number}`;
  return component.kind === 'LOT' ? `Lot ${component.lot.number}` : `Serial ${component.serial.number}`;
}
