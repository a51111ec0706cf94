import { actorTarget } from '../../catalog/station/station.loaders.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { table } from '../../platform/postgres/table.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId } from '../../platform/read/loader.ts';
import { referenceFilter } from '../../platform/read/relation-filter.ts';
import { EVENT_LEVELS } from '../../platform/rules/event-level.ts';

/** The table of system events. */
const systemEvents = table('SystemEvent', 'system_events');

/** Loads system events by id. */
export const systemEventById = byId(systemEvents);

const { column } = systemEvents;

/** The list of system events, with its filter and its orders. */
export const systemEventList = connection({
  table: systemEvents,
  filter: {
    level: filter.enumFilter(EVENT_LEVELS, column('level'), 'How much it matters.'),
    event: filter.textFilter(column('event'), 'What happened, as in the log.'),
    requestId: filter.textFilter(sql`${column('requestId')}::text`, 'The request in which it happened.'),
    actor: referenceFilter(actorTarget, column('actorId'), 'The user, station or service whose doing it was.'),
    createdAt: filter.instantFilter(column('createdAt'), 'When it was recorded (UTC).'),
  },
  orders: {
    CREATED_AT: order('By when it was recorded.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'CREATED_AT', direction: 'DESC' }],
});
