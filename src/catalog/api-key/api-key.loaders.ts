import { userTarget } from '../../identity/user/user.loaders.ts';
import { stationTarget } from '../station/station.loaders.ts';
import { referenceFilter, relationFilter } from '../../platform/read/relation-filter.ts';
import { prefixOf, USE_RECORDED_EVERY_SECONDS } from './api-key.rules.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { arrayParameter, sql, type Sql } from '../../platform/postgres/sql.ts';
import { table } from '../../platform/postgres/table.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId, loadOne } from '../../platform/read/loader.ts';
import { ROLES, type Role } from '../../platform/rules/access.ts';
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
    role: filter.enumFilter(ROLES, column('role'), 'The role of the service as which the key acts.'),
    createdBy: referenceFilter(userTarget, column('createdById'), 'The administrator who made the key.'),
    isUsable: filter.booleanFilter(isUsableSql, 'Whether the key is accepted.'),
  },
  orders: {
    CREATED_AT: order('By when the key was made.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'CREATED_AT', direction: 'DESC' }],
});

/**
 * AUT-5, AUT-6: The stations and services of API keys, by one statement; undefined for a key that is not valid now, and
 * for any other text.
 */
export async function holdersOfKeys(
  db: Reader,
  keys: readonly string[],
): Promise<readonly (HolderOfKey | undefined)[]> {
  const prefixes = keys.map((key) => prefixOf(key) ?? null);
  const hashes = keys.map(hashOfSecret);
  const holders = await db.prepared<HolderOfKey & { readonly place: number }>(sql`
    SELECT asked.place::int, s.id AS "stationId", s.code AS "stationCode", k.id AS "keyId", k.name, k.role, k.is_read_only AS "isReadOnly",
      coalesce(k.last_used_at <= now() - make_interval(secs => ${USE_RECORDED_EVERY_SECONDS}), true) AS "isUseToBeNoted"
    FROM unnest(${arrayParameter('text', prefixes)}, ${arrayParameter('text', hashes)}) WITH ORDINALITY AS asked(prefix, hash, place)
      JOIN api_keys k ON k.prefix = asked.prefix::char(8) AND k.secret_hash = asked.hash::char(64) LEFT JOIN stations s ON s.id = k.station_id
    WHERE k.revoked_at IS NULL AND k.expires_at > now() AND s.is_active IS NOT FALSE`);
  const byPosition = new Map(holders.map(({ place, ...holder }) => [place, holder]));
  return keys.map((_key, index) => byPosition.get(index + 1));
}

/** The station or service that a key identifies. `isUseToBeNoted` says whether this use of the key must be recorded. */
export type HolderOfKey = {
  readonly keyId: string;
  readonly name: string;
  readonly isReadOnly: boolean;
  readonly isUseToBeNoted: boolean;
} & (
  | { readonly stationId: string; readonly stationCode: string; readonly role: null }
  | { readonly stationId: null; readonly stationCode: null; readonly role: Role }
);

/** A service as others see it: what its key says of it, without the key. */
export interface NamedService {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly isReadOnly: boolean;
}

/** Loads services by the id of their key; null for the key of a station. */
export const serviceById = loadOne<string, NamedService>({
  batch: (ids, db) =>
    db.prepared(
      sql`SELECT k.id, k.name, k.role, k.is_read_only AS "isReadOnly" FROM api_keys k WHERE k.id = ANY(${arrayParameter('uuid', ids)}) AND k.role IS NOT NULL`,
    ),
  keyOf: ({ id }) => id,
});

/** AUT-5, AUT-6 in SQL: the rule `isUsable` at the time of the request. */
function isUsableSql({ now }: Context): Sql {
  return sql`(t.revoked_at IS NULL AND t.expires_at > ${now}::timestamptz AND (SELECT s.is_active FROM stations s WHERE s.id = t.station_id) IS NOT FALSE)`;
}
