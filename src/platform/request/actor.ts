/**
 * Who changes data, passed to the database's audit triggers (AUD-1) in one setting that is local to the transaction: a
 * JSON object with the names of the columns of `audit_entries`. Setting and reading one text costs a fraction of ten
 * settings.
 */
import type { Tx } from '../postgres/client.ts';
import { sql, type Sql } from '../postgres/sql.ts';
import type { Context } from './context.ts';
import { actingStation, type Viewer } from '../rules/access.ts';

/**
 * Who acts, from where and why, by the columns of `audit_entries`. `action` says what happened, such as `lot.closed`.
 * An absent value is stored as NULL.
 */
export type Actor = Readonly<
  Partial<
    Record<
      'actor_kind' | 'actor_id' | 'station_id' | 'session_id' | 'ip' | 'user_agent' | 'request_id' | 'reason',
      string | null
    >
  >
> & {
  readonly action: string;
};

/** The actor of a request. Without a viewer the server itself acts, and at the command line the system. */
export function actorOf(
  { viewer, requestId, origin }: Pick<Context, 'viewer' | 'requestId' | 'origin'>,
  action: string,
  reason: string | null = null,
): Actor {
  return { ...principalOf(viewer), ip: origin.ip, user_agent: origin.userAgent, request_id: requestId, action, reason };
}

/** The select items that set the actor of the transaction, and clear the actors of single rows. */
export function actorSetting(actor: Actor): Sql {
  const given = Object.fromEntries(Object.entries(actor).filter(([, value]) => value !== null));
  return sql`set_config('lotgraph.actor', ${JSON.stringify(given)}, true) AS actor, set_config('lotgraph.deeds', '', true) AS deeds`;
}

/**
 * A condition for the WHERE of an INSERT of rows with different actors: it passes the actor of each row, by the row's
 * id, to the audit triggers. A row without an actor is rejected, also in later INSERTs, until `actorSetting` sets an
 * actor for the whole transaction again.
 */
export function rowActors(actors: ReadonlyMap<string, Actor>): Sql {
  const rows = [...actors].map(([id, actor]) => ({ ...actor, record_id: id }));
  return sql`(SELECT set_config('lotgraph.deeds', ${JSON.stringify(rows)}, true)) IS NOT NULL`;
}

/** The action of the rows of a simulated plant: history that nobody has waited for. */
export const HISTORY_ACTION = 'plant.simulated';
/** The user agent of `lotgraph import`: its records are history, too. */
export const HISTORY_USER_AGENT = 'lotgraph import';

/** Makes the system the actor of the transaction, for work that no request has caused. */
export async function actAsSystem(tx: Tx, action: string, reason: string | null = null): Promise<void> {
  await tx.sql`SELECT ${actorSetting({ action, reason })}`;
}

function principalOf(viewer: Viewer | null): Partial<Actor> {
  if (viewer === null || viewer.kind === 'SYSTEM') return { actor_kind: 'SYSTEM' };
  if (viewer.kind === 'SERVICE') return { actor_kind: 'SERVICE', actor_id: viewer.id };
  const station_id = actingStation(viewer)?.id ?? null;
  if (viewer.kind === 'STATION') return { actor_kind: 'STATION', actor_id: viewer.id, station_id };
  return { actor_kind: 'USER', actor_id: viewer.id, station_id, session_id: viewer.sessionId ?? null };
}
