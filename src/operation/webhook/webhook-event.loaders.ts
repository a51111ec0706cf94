import type { FeedPage } from '../../platform/graphql/subscription-feed.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { pageAfter } from '../audit/changes.loaders.ts';
import { type EventEntry, wantedActions, wantedAlerts } from './webhook-event.rules.ts';

/**
 * WHK-2, AUD-3: The events of a webhook after a position: alerts that were raised or rose, of its types, and changes by
 * its actions. An alert that is both is an event of its type.
 */
export function eventsAfter(
  db: Reader,
  events: readonly string[],
  after: number,
  first: number,
): Promise<FeedPage<EventEntry>> {
  const actions = JSON.stringify(wantedActions(events));
  return pageAfter(db, {
    columns: sql`coalesce(alert.type::text, t.action) AS type, t.recorded_at AS "recordedAt", t.entity, t.record_id AS "recordId", t.operation, t.changed_fields AS "changedFields", t.reason,
      CASE WHEN alert.id IS NULL THEN NULL ELSE json_build_object('severity', coalesce(t.new_values ->> 'severity', alert.severity::text), 'title', alert.title, 'message', alert.message) END AS alert`,
    join: sql`LEFT JOIN alerts alert ON t.entity = 'alerts' AND alert.id = t.record_id AND alert.type::text = ANY(${[...wantedAlerts(events)]}::text[])
      AND (t.operation = 'INSERT' OR (t.operation = 'UPDATE' AND 'severity' = ANY(t.changed_fields)))`,
    where: sql`(alert.id IS NOT NULL OR (t.operation IN ('INSERT', 'UPDATE', 'DELETE') AND EXISTS (
      SELECT FROM jsonb_to_recordset(${actions}::jsonb) AS wanted(action text, entity text)
      WHERE wanted.action = t.action AND (wanted.entity IS NULL OR wanted.entity = t.entity))))`,
    after,
    first,
  });
}
