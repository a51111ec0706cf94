import type { Database, Reader } from '../../platform/postgres/client.ts';
import { LIMITS } from '../../platform/process/limits.ts';
import type { Log } from '../../platform/process/log.ts';
import type { NotedEvent, SystemEvents } from '../../platform/request/system-events.ts';
import { EVENT_LENGTHS, EVENTS_WAITING } from './system-event.rules.ts';

/**
 * Keeps the events of a process. Those that are noted while others are being stored are stored together afterwards, by one
 * statement. Events that cannot be stored are in the log.
 */
export function eventKeeper(database: Database, log: Log): SystemEvents {
  let waiting: NotedEvent[] = [];
  let leftOut = 0;
  let last: Promise<void> = Promise.resolve();
  const store = async (): Promise<void> => {
    const events = waiting;
    waiting = [];
    if (events.length === 0) return;
    try {
      await insertEvents(database.reader(), events);
      if (leftOut > 0) log.warn({ event: 'events.left_out', count: leftOut }, 'system events were not stored');
      leftOut = 0;
    } catch (error) {
      log.warn({ event: 'events.not_stored', count: events.length, err: error }, 'system events could not be stored');
    }
  };
  return {
    note(event) {
      if (waiting.length >= EVENTS_WAITING) return void (leftOut += 1);
      waiting.push(event);
      if (waiting.length === 1) last = last.then(store);
    },
    settled: () => last,
  };
}

/** Deletes the events whose retention has ended. Returns how many. */
export async function deleteOldEvents(db: Reader): Promise<number> {
  const [deleted] = await db.sql<{ count: number }>`
    WITH old AS (DELETE FROM system_events WHERE created_at < now() - make_interval(days => ${LIMITS.events.keptDays}) RETURNING 1)
    SELECT count(*)::int AS count FROM old`;
  return deleted?.count ?? 0;
}

async function insertEvents(db: Reader, events: readonly NotedEvent[]): Promise<void> {
  const rows = events.map(({ event, message, ...more }) => ({
    details: {},
    ...more,
    event: event.slice(0, EVENT_LENGTHS.event),
    message: message.slice(0, EVENT_LENGTHS.message).toWellFormed(),
  }));
  await db.sql`
    INSERT INTO system_events (level, event, message, request_id, actor_id, details)
    SELECT level, event, message, "requestId", "actorId", details
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS noted(level event_level, event text, message text, "requestId" uuid, "actorId" uuid, details jsonb)`;
}
