import { equipmentTarget } from '../../catalog/equipment/equipment.loaders.ts';
import { processTarget } from '../../catalog/process/process.loaders.ts';
import type { FeedPage } from '../../platform/graphql/subscription-feed.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { allOf, sql } from '../../platform/postgres/sql.ts';
import { table } from '../../platform/postgres/table.ts';
import { connection, type Match } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId } from '../../platform/read/loader.ts';
import { relationFilter } from '../../platform/read/relation-filter.ts';
import { lotTarget } from '../../production/lot/lot.loaders.ts';
import { serialTarget } from '../../production/serial/serial.loaders.ts';
import { wipItemTarget } from '../../production/wip-item/wip-item.loaders.ts';
import { type HasPosition, pageAfter } from '../audit/changes.loaders.ts';
import { ALERT_SEVERITIES, ALERT_STATUSES, ALERT_TYPES, type AlertSeverity } from './alert.rules.ts';

/** The table of alerts. */
export const alerts = table('Alert', 'alerts');

/** Loads alerts by id. */
export const alertById = byId(alerts);

/** The number of UNREAD alerts of a list. */
export interface UnreadCount {
  readonly count: number;
}

/** ALT-2: the number of UNREAD alerts among those that match, one statement. */
function unreadOf(db: Reader, { from, where, parent }: Match) {
  return db.query<UnreadCount & { readonly parent: string | null }>(sql`
    SELECT ${parent} AS parent, count(*) FILTER (WHERE t.status = 'UNREAD')::int AS count FROM ${from} WHERE ${where} GROUP BY 1`);
}

const { column } = alerts;

/** The list of alerts, with its filter, its orders and the number of UNREAD ones. */
export const alertList = connection({
  table: alerts,
  filter: {
    type: filter.enumFilter(ALERT_TYPES, column('type'), 'What the alert is about.'),
    severity: filter.enumFilter(ALERT_SEVERITIES, column('severity'), 'How urgent it is.'),
    status: filter.enumFilter(ALERT_STATUSES, column('status'), 'Whether it has been seen, and dealt with.'),
    lot: relationFilter(lotTarget, column('lotId'), 'The lot it is about, also by a unit or an execution of it.'),
    wipItem: relationFilter(wipItemTarget, column('wipItemId'), 'The WIP item it is about.'),
    serial: relationFilter(serialTarget, column('serialId'), 'The serial it is about.'),
    process: relationFilter(processTarget, column('processId'), 'The process it is about.'),
    equipment: relationFilter(equipmentTarget, column('equipmentId'), 'The equipment it is about.'),
    createdAt: filter.instantFilter(column('createdAt'), 'When it was raised (UTC).'),
  },
  orders: {
    CREATED_AT: order('By when the alert was raised.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
    SEVERITY: order('By how urgent it is: LOW, MEDIUM, HIGH.', {
      field: 'severity',
      column: column('severity'),
      cast: 'alert_severity',
    }),
    STATUS: order('By status: UNREAD, READ, ARCHIVED.', {
      field: 'status',
      column: column('status'),
      cast: 'alert_status',
    }),
  },
  defaultOrder: [{ field: 'CREATED_AT', direction: 'DESC' }],
  summarize: unreadOf,
});

/** An alert that was raised, or whose severity rose. */
export interface RaisedAlert extends HasPosition {
  readonly alertId: string;
}

/** ALT-4: The alerts that were raised after a position, and those whose severity rose; all severities for undefined. */
export function alertsRaisedAfter(
  db: Reader,
  severities: readonly AlertSeverity[] | undefined,
  after: number,
  first: number,
): Promise<FeedPage<RaisedAlert>> {
  const isRaised = sql`t.entity = 'alerts' AND (t.operation = 'INSERT' OR (t.operation = 'UPDATE' AND 'severity' = ANY(t.changed_fields)))`;
  const ofSeverity =
    severities === undefined ? [] : [sql`t.new_values ->> 'severity' = ANY(${[...severities]}::text[])`];
  return pageAfter(db, {
    columns: sql`t.record_id AS "alertId"`,
    where: allOf([isRaised, ...ofSeverity]),
    after,
    first,
  });
}
