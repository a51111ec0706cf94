import { v7 as uuid7 } from 'uuid';
import { command } from '../../platform/command/declaration.ts';
import { takeNumbers } from '../../platform/command/number-counter.ts';
import { enforce } from '../../platform/command/rejection.ts';
import { definedFields, type Lock } from '../../platform/command/row-lock.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { FLOOR } from '../../platform/rules/access.ts';
import { present } from '../../platform/values/assert.ts';
import type { Instant } from '../../platform/values/time.ts';
import { lockLot, startLot } from '../lot/lot.commands.ts';
import { lotIsNotHeld, takesNewItems } from '../lot/lot.rules.ts';
import { findUnit, lockUnit } from '../lot/unit-number.commands.ts';
import { sequenceWidth, wipItemNumber } from '../lot/unit-number.rules.ts';
import { numberedWipItems } from './wip-item.loaders.ts';
import {
  externalNumbersAreFree,
  externalNumbersFit,
  generationFits,
  wipItemBecoming,
  wipItemMayMove,
  type WipItemStamps,
} from './wip-item.rules.ts';
import { GenerateWipItems } from './wip-item.shapes.ts';

/**
 * WIP-2, WIP-3, WIP-4: Creates 1 to 100 WIP items of a lot, numbered without gaps. The first generation starts the lot.
 */
export const generateWipItems = command({
  name: 'generateWipItems',
  action: 'wipItem.generated',
  description:
    'Makes 1 to 100 WIP items of a lot, numbered on without gap. The first generation starts the lot (WIP-2, WIP-3, WIP-4).',
  access: FLOOR,
  input: GenerateWipItems,
  async run({ tx, now }, { lot: reference, quantity, externalNumbers }) {
    enforce(externalNumbersFit(quantity, externalNumbers));
    const lot = await lockLot(tx, reference, 'NO KEY UPDATE');
    enforce(
      takesNewItems(lot),
      lotIsNotHeld(lot, 'NEW_ITEMS'),
      generationFits(lot, await itemCountOf(tx, lot.id), quantity),
      externalNumbersAreFree(externalNumbers, await takenExternalNumbers(tx, externalNumbers)),
    );
    await startLot(tx, lot, now);
    const first = await takeNumbers(tx, `WIP/${lot.id}`, quantity);
    return { lot: lot.id, wipItems: await insertItems(tx, { lot, first, quantity, externalNumbers }) };
  },
});

/** Locks an item. The lot, if it is locked at all, is locked before. */
export async function lockWipItem(tx: Tx, reference: Reference, lock: Lock, path = 'wipItem'): Promise<Row<'WipItem'>> {
  return lockUnit(tx, numberedWipItems, { reference, lock, path });
}

/** Locks the lot of an item, then the item. */
export async function lockWipItemInLot(
  tx: Tx,
  reference: Reference,
  locks: { readonly lot: Lock; readonly wipItem: Lock },
  path = 'wipItem',
): Promise<{ readonly lot: Row<'Lot'>; readonly wipItem: Row<'WipItem'> }> {
  const { id, lotId } = await findUnit(tx, numberedWipItems, reference, path);
  const lot = await lockLot(tx, { key: 'id', value: lotId }, locks.lot);
  return { lot, wipItem: await lockWipItem(tx, { key: 'id', value: id }, locks.wipItem, path) };
}

/**
 * The columns of an item that change with work on it: the status with its times (WIP-5), and the step that is being
 * run.
 */
export type WipItemMove = { readonly [Field in keyof WipItemStamps]?: WipItemStamps[Field] | undefined } & {
  readonly currentProcessId?: string | null | undefined;
};

/**
 * WIP-5, WIP-6: Moves different items, each only as its table allows, and returns them as they are then, in their
 * order. The items are locked for change.
 */
export function moveWipItems<Item extends MovableItem>(
  tx: Tx,
  moves: readonly { readonly item: Item; readonly to: WipItemMove }[],
): readonly Item[] {
  const mayMoveTo = (item: Item, status = item.status) =>
    status === item.status ? undefined : wipItemMayMove(item, status);
  enforce(...moves.map(({ item, to }) => mayMoveTo(item, to.status)));
  const moved = moves.map(({ item, to }) => ({ ...item, ...definedFields(to) }));
  if (moved.length === 0) return moved;
  const rows = moved.map(({ id, status, completedAt, convertedAt, currentProcessId }) => ({
    id,
    status,
    completedAt,
    convertedAt,
    currentProcessId,
  }));
  tx.send(sql`
    UPDATE wip_items item
    SET status = moved.status, completed_at = moved."completedAt", previous_completed_at = CASE WHEN moved."completedAt" IS NULL THEN coalesce(item.completed_at, item.previous_completed_at) ELSE item.previous_completed_at END, converted_at = moved."convertedAt", current_process_id = moved."currentProcessId"
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS moved(id uuid, status wip_item_status, "completedAt" timestamptz, "convertedAt" timestamptz, "currentProcessId" uuid)
    WHERE item.id = moved.id`);
  return moved;
}

/** WIP-7: The items have become serials and take no more work. They are locked for change. */
export function markConverted(tx: Tx, items: readonly { readonly item: MovableItem; readonly at: Instant }[]): void {
  const moves = items.map(({ item, at }) => ({
    item,
    to: { ...wipItemBecoming(item, 'CONVERTED', at), currentProcessId: null },
  }));
  moveWipItems(tx, moves);
}

interface MovableItem extends WipItemStamps {
  readonly id: string;
  readonly number: string;
  readonly currentProcessId: string | null;
}

interface Count {
  readonly count: number;
}

async function itemCountOf(tx: Tx, lotId: string): Promise<number> {
  const [counted] = await tx.sql<Count>`SELECT count(*)::int AS count FROM wip_items WHERE lot_id = ${lotId}::uuid`;
  return present(counted, 'The number of items').count;
}

async function takenExternalNumbers(tx: Tx, externalNumbers: readonly string[]): Promise<ReadonlySet<string>> {
  if (externalNumbers.length === 0) return new Set();
  const taken = await tx.sql<{ externalNumber: string }>`
    SELECT external_number AS "externalNumber" FROM wip_items WHERE external_number = ANY(${[...externalNumbers]}::text[])`;
  return new Set(taken.map(({ externalNumber }) => externalNumber));
}

interface NewItems {
  readonly lot: Pick<Row<'Lot'>, 'id' | 'number' | 'targetQuantity'>;
  /** The sequence of the first item. */
  readonly first: number;
  readonly quantity: number;
  readonly externalNumbers: readonly string[];
}

/** Inserts all items by one statement, and returns their ids in the order of their sequences. */
async function insertItems(tx: Tx, { lot, first, quantity, externalNumbers }: NewItems): Promise<readonly string[]> {
  const width = sequenceWidth(lot.targetQuantity);
  const sequences = Array.from({ length: quantity }, (_, index) => first + index);
  const ids = sequences.map(() => uuid7());
  const numbers = sequences.map((sequence) => wipItemNumber(lot.number, sequence, width));
  await tx.sql`
    INSERT INTO wip_items (id, number, lot_id, sequence, external_number)
    SELECT item.id, item.number, ${lot.id}::uuid, item.sequence, item.external_number
    FROM unnest(${ids}::uuid[], ${numbers}::text[], ${sequences}::int[], ${[...externalNumbers]}::text[])
      AS item(id, number, sequence, external_number)`;
  return ids;
}
