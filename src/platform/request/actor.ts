/**
 * Who changes the world, told to the transaction for the database's audit triggers (AUD-1): one setting, local to the
 * transaction, a JSON object with the names of the columns of `audit_entries`. One text is set and read in a fraction
 * of what ten settings cost.
 */
import type { Tx } from '../postgres/client.ts';
import { sql, type Sql } from '../postgres/sql.ts';
import type { Context } from './context.ts';
import { actingStation, type Viewer } from '../rules/access.ts';

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

/** The principal of a request, and what he does. Nobody signed in: the server itself acts, in answer to the request. */
export function actorOf(
  { viewer, requestId, origin }: Pick<Context, 'viewer' | 'requestId' | 'origin'>,
  action: string,
  reason: string | null = null,
): Actor {
  return { ...principalOf(viewer), ip: origin.ip, user_agent: origin.userAgent, request_id: requestId, action, reason };
}

/** The select items that tell it. */
export function actorSetting(actor: Actor): Sql {
  const told = Object.fromEntries(Object.entries(actor).filter(([, value]) => value !== null));
  return sql`set_config('lotgraph.actor', ${JSON.stringify(told)}, true) AS actor, set_config('lotgraph.deeds', '', true) AS deeds`;
}

/**
 * Tells for the insertion that has it in its WHERE whose deed each row is, by its id: a row that nobody did is refused.
 * So are rows of other insertions, until somebody acts in his own name again.
 */
export function rowActors(actors: ReadonlyMap<string, Actor>): Sql {
  const deeds = [...actors].map(([id, actor]) => ({ ...actor, record_id: id }));
  return sql`(SELECT set_config('lotgraph.deeds', ${JSON.stringify(deeds)}, true)) IS NOT NULL`;
}

/** The transaction is the system's own: nobody asked for it. */
export async function actAsSystem(tx: Tx, action: string, reason: string | null = null): Promise<void> {
  await tx.sql`SELECT ${actorSetting({ action, reason })}`;
}

function principalOf(viewer: Viewer | null): Partial<Actor> {
  if (viewer === null) return { actor_kind: 'SYSTEM' };
  const station_id = actingStation(viewer)?.id ?? null;
  if (viewer.kind === 'STATION') return { actor_kind: 'STATION', actor_id: viewer.id, station_id };
  return { actor_kind: 'USER', actor_id: viewer.id, station_id, session_id: viewer.sessionId ?? null };
}
