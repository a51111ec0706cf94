import { processTarget } from '../../catalog/process/process.loaders.ts';
import { stations, stationTarget } from '../../catalog/station/station.loaders.ts';
import { referenceLabel, rowByReference } from '../../platform/command/row-lock.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import { arrayParameter, sql, type Sql } from '../../platform/postgres/sql.ts';
import { type Row, table } from '../../platform/postgres/table.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId, type Loader, loadOne } from '../../platform/read/loader.ts';
import { type ListedTarget, relationFilter } from '../../platform/read/relation-filter.ts';
import type { Context } from '../../platform/request/context.ts';
import type { Viewer } from '../../platform/rules/access.ts';
import { type Rejection, rejection } from '../../platform/rules/rejection.ts';
import { freeSlotsOf, maySeeSession, PROCESS_SESSION_STATUSES, type SessionCounts } from './process-session.rules.ts';

/** The table of process sessions. */
export const processSessions = table('ProcessSession', 'process_sessions');

/** Loads process sessions by id, also those that the viewer may not see. */
export const processSessionById = byId(processSessions);

/** Loads process sessions by id; null for one that the viewer may not see. */
export const visibleProcessSessionById: Loader<string, Row<'ProcessSession'> | null> = {
  load: async (context, id) => seenBy(context, await processSessionById.load(context, id)),
  loadMany: async (context, ids) =>
    (await processSessionById.loadMany(context, ids)).map((session) => seenBy(context, session)),
};

function seenBy({ viewer }: Context, session: Row<'ProcessSession'> | null): Row<'ProcessSession'> | null {
  return session !== null && maySeeSession(viewer, session) ? session : null;
}

/** The condition, on the alias `t`, that the viewer may see a session: the rule `maySeeSession` in SQL. */
export function isVisibleSession(viewer: Viewer | null): Sql {
  return viewer?.kind === 'STATION' ? sql`t.station_id = ${viewer.id}::uuid` : sql`TRUE`;
}

/** SES-4: Counts the finished executions of sessions. */
export const countsBySession = loadOne<string, SessionCounts & { readonly id: string }>({
  batch: (ids, db) =>
    db.prepared(sql`
      SELECT process_session_id AS id, count(*) FILTER (WHERE result = 'PASS')::int AS "passCount",
             count(*) FILTER (WHERE result = 'FAIL')::int AS "failCount", count(*) FILTER (WHERE result = 'REWORK')::int AS "reworkCount"
      FROM process_data WHERE process_session_id = ANY(${arrayParameter('uuid', ids)}) GROUP BY 1`),
  keyOf: ({ id }) => id,
});

/** SES-5: A session of the alias `ps` as executions see it, as JSON. */
export const SESSION_OF_WORK = sql`json_build_object('id', ps.id, 'batchCode', ps.batch_code, 'status', ps.status,
  'processId', ps.process_id, 'processCode', (SELECT p.code FROM processes p WHERE p.id = ps.process_id),
  'stationId', ps.station_id, 'stationCode', (SELECT s.code FROM stations s WHERE s.id = ps.station_id))`;

const { column } = processSessions;

/** The list of process sessions, with its filter and orders. */
export const processSessionList = connection({
  table: processSessions,
  filter: {
    station: relationFilter(stationTarget, column('stationId'), 'The station.'),
    batchCode: filter.identifierFilter(column('batchCode'), 'What the shop floor calls the batch.'),
    process: relationFilter(processTarget, column('processId'), 'The step.'),
    status: filter.enumFilter(PROCESS_SESSION_STATUSES, column('status'), 'Whether it takes work.'),
    slot: filter.integerFilter(column('slot'), 'Its place at the station.'),
    openedAt: filter.instantFilter(column('openedAt'), 'When it was opened (UTC).'),
    closedAt: filter.instantFilter(column('closedAt'), 'When it was closed or cancelled (UTC).'),
    parameters: filter.jsonFilter(column('parameters'), 'How the run is set up.'),
  },
  orders: {
    OPENED_AT: order('By when the session was opened.', {
      field: 'openedAt',
      column: column('openedAt'),
      cast: 'timestamptz',
    }),
    CLOSED_AT: order('By when the session was closed or cancelled; OPEN ones come last.', {
      field: 'closedAt',
      column: column('closedAt'),
      cast: 'timestamptz',
      isNullable: true,
    }),
  },
  defaultOrder: [{ field: 'OPENED_AT', direction: 'DESC' }],
});

/** Process sessions as filters take them. */
export const processSessionTarget: ListedTarget = {
  name: 'ProcessSession',
  what: 'a process session',
  keys: {},
  list: processSessionList,
};

/** SES-2: The free slots of a station, or why there are none to name. */
export async function freeSlotsAt(
  { db }: Context,
  reference: Reference,
): Promise<{ readonly value: readonly number[] } | { readonly rejections: readonly Rejection[] }> {
  const station = await rowByReference(db, stations, reference);
  if (station === undefined) {
    const message = `${referenceLabel(reference, 'Station')} does not exist.`;
    return { rejections: [rejection('NOT_FOUND', 'station', message)] };
  }
  const taken = await db.prepared<{ readonly slot: number }>(
    sql`SELECT slot FROM process_sessions WHERE station_id = ${station.id}::uuid AND status = 'OPEN'`,
  );
  return { value: freeSlotsOf(taken.map(({ slot }) => slot)) };
}
