import { stationTarget } from '../station/station.loaders.ts';
import { relationFilter } from '../../platform/read/relation-filter.ts';
import { prefixOf, USE_RECORDED_EVERY_SECONDS } from './api-key.rules.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { arrayParameter, sql, type Sql } from '../../platform/postgres/sql.ts';
import { table } from '../../platform/postgres/table.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { byId } from '../../platform/read/loader.ts';
import type { Context } from '../../platform/request/context.ts';
import { hashOfSecret } from '../../platform/security/access-token.ts';

/** The table of API keys. */
export const apiKeys = table('ApiKey', 'api_keys');

/** Loads API keys by id. */
export const apiKeyById = byId(apiKeys);

const { column } = apiKeys;

/** The list of API keys, with its filter and orders. */
export const apiKeyList = connection({
  table: apiKeys,
  filter: {
    station: relationFilter(stationTarget, column('stationId'), 'The station as which the key acts.'),
    isUsable: filter.booleanFilter(isUsableSql, 'Whether the key is accepted.'),
  },
  orders: { CREATED_AT: [{ field: 'createdAt', column: column('createdAt'), cast: 'timestamptz' }] },
  defaultOrder: [{ field: 'CREATED_AT', direction: 'DESC' }],
});

/**
 * AUT-5: The stations of API keys, by one statement; undefined for a key that is not valid now, and for any other text.
 */
export async function stationsOfKeys(
  db: Reader,
  keys: readonly string[],
): Promise<readonly (StationOfKey | undefined)[]> {
  const prefixes = keys.map((key) => prefixOf(key) ?? null);
  const hashes = keys.map(hashOfSecret);
  const stations = await db.prepared<StationOfKey & { readonly place: number }>(sql`
    SELECT asked.place::int, s.id, s.code, k.id AS "keyId", coalesce(k.last_used_at <= now() - make_interval(secs => ${USE_RECORDED_EVERY_SECONDS}), true) AS "isUseToBeNoted"
    FROM unnest(${arrayParameter('text', prefixes)}, ${arrayParameter('text', hashes)}) WITH ORDINALITY AS asked(prefix, hash, place)
      JOIN api_keys k ON k.prefix = asked.prefix::char(8) AND k.secret_hash = asked.hash::char(64) JOIN stations s ON s.id = k.station_id
    WHERE k.revoked_at IS NULL AND k.expires_at > now() AND s.is_active`);
  const byPosition = new Map(stations.map(({ place, ...station }) => [place, station]));
  return keys.map((_key, index) => byPosition.get(index + 1));
}

/** A station as its key identifies it. `isUseToBeNoted` says whether this use of the key must be recorded. */
export interface StationOfKey {
  readonly id: string;
  readonly code: string;
  readonly keyId: string;
  readonly isUseToBeNoted: boolean;
}

/** AUT-5 in SQL: the rule `isUsable` at the time of the request. */
function isUsableSql({ now }: Context): Sql {
  return sql`(t.revoked_at IS NULL AND t.expires_at > ${now}::timestamptz AND (SELECT s.is_active FROM stations s WHERE s.id = t.station_id))`;
}
