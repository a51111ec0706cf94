import { stationTarget } from '../../catalog/station/station.loaders.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { table } from '../../platform/postgres/table.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId } from '../../platform/read/loader.ts';
import { referenceFilter, relationFilter } from '../../platform/read/relation-filter.ts';
import { normalizedCode } from '../../platform/rules/natural-key.ts';
import { present } from '../../platform/values/assert.ts';
import type { Instant } from '../../platform/values/time.ts';
import { processDataTarget } from '../process-data/execution/process-data.loaders.ts';
import { unitTarget, type UnitIds } from '../unit/unit.loaders.ts';
import type { OwnComponent } from './component-use.rules.ts';

/** The table of uses of components. */
export const componentUses = table('ComponentUse', 'component_uses');

/** Loads uses of components by id. */
export const componentUseById = byId(componentUses);

const { column } = componentUses;

/** The list of uses of components, with its filter and orders. */
export const componentUseList = connection({
  table: componentUses,
  filter: {
    consumer: referenceFilter(unitTarget, column('consumerId'), 'The very unit it was built into.'),
    component: referenceFilter(
      unitTarget,
      column('componentId'),
      'The very lot or serial that was built in; null for a supplier lot.',
    ),
    externalLotNumber: filter.keyFilter(
      column('externalLotNumber'),
      normalizedCode,
      'The number of the supplier lot, in any case.',
    ),
    role: filter.keyFilter(column('role'), normalizedCode, 'What the component is for, in any case.'),
    isRemoved: filter.booleanFilter(sql`${column('removedAt')} IS NOT NULL`, 'Whether it was removed.'),
    processData: relationFilter(processDataTarget, column('processDataId'), 'The execution that installed it.'),
    station: relationFilter(stationTarget, column('stationId'), 'The station where it was built in.'),
    installedAt: filter.instantFilter(column('installedAt'), 'When it was built in (UTC).'),
    removedAt: filter.instantFilter(column('removedAt'), 'When it was removed (UTC).'),
    createdAt: filter.instantFilter(column('createdAt'), 'When it was made (UTC).'),
  },
  orders: {
    INSTALLED_AT: order('By when it was built in; not by when that was recorded.', {
      field: 'installedAt',
      column: column('installedAt'),
      cast: 'timestamptz',
    }),
    REMOVED_AT: order('By when it was removed; one that is installed comes last.', {
      field: 'removedAt',
      column: column('removedAt'),
      cast: 'timestamptz',
      isNullable: true,
    }),
    CREATED_AT: order('By when it was recorded.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'INSTALLED_AT', direction: 'DESC' }],
});

/** CMP-3: Where a serial is built in, and when it was last removed; undefined where it is in no place, or never was. */
export interface PlacesOfSerial {
  readonly place: string | undefined;
  readonly lastRemovedAt: Instant | undefined;
}

/** CMP-3: Where a serial is and was built in, by one statement. */
export async function placesOfSerial(db: Reader, serialId: string): Promise<PlacesOfSerial> {
  const [found] = await db.sql<{ readonly place: string | null; readonly lastRemovedAt: Instant | null }>`
    SELECT max(coalesce(lot.number, item.number, serial.number)) FILTER (WHERE t.removed_at IS NULL) AS place,
           max(t.removed_at) AS "lastRemovedAt"
    FROM component_uses t
      LEFT JOIN lots lot ON lot.id = t.consumer_lot_id
      LEFT JOIN wip_items item ON item.id = t.consumer_wip_item_id
      LEFT JOIN serials serial ON serial.id = t.consumer_serial_id
    WHERE t.component_serial_id = ${serialId}::uuid`;
  const { place, lastRemovedAt } = present(found, 'The places of a serial');
  return { place: place ?? undefined, lastRemovedAt: lastRemovedAt ?? undefined };
}

/**
 * CMP-5: Whether the component contains the consumer. What a unit goes into is: the consumers of the serial that it is
 * or became, and the consumers of its lot, because the units of a lot are what the lot is made of. A lot that takes a
 * component passes it on to all of its units. The walk goes forward from the consumer, each consumer once; it ends
 * in the component when the component, or a unit of it, was reached. Removed uses count. A use is added under the lock
 * of the genealogy, and a new item or serial only lengthens a path that is there, so no circle can close in parallel.
 */
export async function isContained(db: Reader, consumer: UnitIds, component: OwnComponent): Promise<boolean> {
  const reached =
    component.kind === 'LOT'
      ? sql`lot_id = ${component.lot.id}::uuid`
      : sql`id = ANY(${[component.serial.id, component.serial.wipItemId, component.lot.id]}::uuid[])`;
  const { serialId, wipItemId, lotId } = consumer;
  const [found] = await db.sql<{ readonly isContained: boolean }>`
    WITH RECURSIVE reached (id, lot_id) AS (
      SELECT ${serialId ?? wipItemId ?? lotId}::uuid, ${lotId}::uuid
      UNION
      SELECT t.consumer_id, coalesce(t.consumer_lot_id, item.lot_id, serial.lot_id)
      FROM reached
        CROSS JOIN LATERAL (
          SELECT reached.lot_id AS id
          UNION ALL SELECT s.id FROM serials s WHERE s.id = reached.id
          UNION ALL SELECT s.id FROM serials s WHERE s.wip_item_id = reached.id
          UNION ALL SELECT s.id FROM serials s WHERE s.lot_id = reached.id
        ) AS part
        JOIN component_uses t ON t.component_id = part.id
        LEFT JOIN wip_items item ON item.id = t.consumer_wip_item_id
        LEFT JOIN serials serial ON serial.id = t.consumer_serial_id
    )
    SELECT EXISTS (SELECT FROM reached WHERE ${reached}) AS "isContained"`;
  return present(found, 'The walk from a consumer').isContained;
}
