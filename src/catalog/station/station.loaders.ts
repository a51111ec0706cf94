import { plantSettings } from '../../platform/request/plant-settings.ts';
import { productionLineTarget } from '../production-line/production-line.loaders.ts';
import { userTarget } from '../../identity/user/user.loaders.ts';
import { codeKey, relationFilter, type FilterTarget, type ListedTarget } from '../../platform/read/relation-filter.ts';
import { connection } from '../../platform/read/connection.ts';
import type { Context } from '../../platform/request/context.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId, byKey } from '../../platform/read/loader.ts';
import { normalizedCode } from '../../platform/rules/natural-key.ts';
import { sql, type Sql } from '../../platform/postgres/sql.ts';
import { table } from '../../platform/postgres/table.ts';
import { STATION_STATUSES } from './station.rules.ts';

/** The table of stations. */
export const stations = table('Station', 'stations');

/** Loads stations by id. */
export const stationById = byId(stations);

/** Loads stations by code. */
export const stationByCode = byKey(stations, 'code');

const { column } = stations;

/** The list of stations, with its filter and orders. */
export const stationList = connection({
  table: stations,
  filter: {
    code: filter.keyFilter(column('code'), normalizedCode, 'The code.'),
    status: filter.enumFilter(STATION_STATUSES, statusSql, 'Whether the station is heard of.'),
    isActive: filter.booleanFilter(column('isActive'), 'Whether it is active.'),
    productionLine: relationFilter(productionLineTarget, column('productionLineId'), 'The line on which it stands.'),
    createdAt: filter.instantFilter(column('createdAt'), 'When it was made (UTC).'),
  },
  orders: {
    CODE: order('By code.', { field: 'code', column: column('code'), cast: 'text' }),
    CREATED_AT: order('By when the station was made.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'CODE' }],
});

/** Station as filters take them. */
export const stationTarget: ListedTarget = {
  name: 'Station',
  what: 'a station',
  keys: {
    code: codeKey({
      loader: stationByCode,
      normalise: normalizedCode,
      entity: 'Station',
      description: 'Its code, in any case.',
      hint: '; `stations` lists those that do',
    }),
  },
  list: stationList,
};

/** Those who act, users, stations and services, as filters take them; a service has an id only. */
export const actorTarget: FilterTarget = {
  name: 'Actor',
  types: ['User', 'Station', 'Service'],
  what: 'a user, a station or a service',
  keys: { ...userTarget.keys, ...stationTarget.keys },
};

/**
 * STA-4 in SQL: the rule `stationStatus` at the time of the request, so that a list that is filtered by status shows
 * only that status.
 */
function statusSql({ now, services }: Context): Sql {
  const since = sql`${now}::timestamptz - make_interval(secs => ${plantSettings(services).stationOfflineAfterSeconds}::int)`;
  return sql`CASE WHEN t.last_seen_at >= ${since} THEN t.reported_status ELSE 'OFFLINE' END`;
}
