-- AUD-1 for rows of several requests that one statement inserts: `lotgraph.deeds` tells whose deed each row is, by its id. A row that it
-- does not name is refused, for an entry must have an action. Without it, and for changes and deletions, `lotgraph.actor` counts as before.
CREATE OR REPLACE FUNCTION write_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
<<who>>
DECLARE
  generated text[] := TG_ARGV[0];
  uncounted text[] := TG_ARGV[1]::text[] || '{updated_at}';
  secrets jsonb := TG_ARGV[2];
  told jsonb := coalesce(nullif(current_setting('lotgraph.actor', true), '')::jsonb, '{}');
  action varchar := coalesce(told ->> 'action', 'sql.' || lower(TG_OP));
  actor_kind public.actor_kind := coalesce(told ->> 'actor_kind', 'SYSTEM');
  actor_id uuid := told ->> 'actor_id';
  station_id uuid := told ->> 'station_id';
  session_id uuid := told ->> 'session_id';
  ip inet := told ->> 'ip';
  user_agent varchar := left(told ->> 'user_agent', 500);
  request_id uuid := told ->> 'request_id';
  reason varchar := told ->> 'reason';
  deeds jsonb := nullif(current_setting('lotgraph.deeds', true), '')::jsonb;
BEGIN
  CASE TG_OP
  WHEN 'INSERT' THEN
    IF who.deeds IS NULL THEN
      INSERT INTO public.audit_entries (id, entity, record_id, operation, action, new_values,
        actor_kind, actor_id, station_id, session_id, ip, user_agent, request_id, reason)
      SELECT public.uuid7(), TG_TABLE_NAME, n.id, 'INSERT', who.action, to_jsonb(n) - who.generated || who.secrets,
        who.actor_kind, who.actor_id, who.station_id, who.session_id, who.ip, who.user_agent, who.request_id, who.reason
      FROM new_rows AS n;
    ELSE
      INSERT INTO public.audit_entries (id, entity, record_id, operation, action, new_values,
        actor_kind, actor_id, station_id, session_id, ip, user_agent, request_id, reason)
      SELECT public.uuid7(), TG_TABLE_NAME, n.id, 'INSERT', deed.action, to_jsonb(n) - who.generated || who.secrets,
        deed.actor_kind, deed.actor_id, deed.station_id, deed.session_id, deed.ip, left(deed.user_agent, 500), deed.request_id, deed.reason
      FROM new_rows AS n LEFT JOIN jsonb_to_recordset(who.deeds) AS deed (record_id uuid, action varchar, actor_kind public.actor_kind,
        actor_id uuid, station_id uuid, session_id uuid, ip inet, user_agent varchar, request_id uuid, reason varchar) ON deed.record_id = n.id;
    END IF;
  WHEN 'DELETE' THEN
    INSERT INTO public.audit_entries (id, entity, record_id, operation, action, old_values,
      actor_kind, actor_id, station_id, session_id, ip, user_agent, request_id, reason)
    SELECT public.uuid7(), TG_TABLE_NAME, o.id, 'DELETE', who.action, to_jsonb(o) - who.generated || who.secrets,
      who.actor_kind, who.actor_id, who.station_id, who.session_id, who.ip, who.user_agent, who.request_id, who.reason
    FROM old_rows AS o;
  ELSE
    -- A row meets what it was by its id, in one sort whatever their number: the session keeps the plan of its first statements, and a join
    -- planned for one row would take for ever with thousands. A row whose id was changed meets nothing: the table refuses its entry.
    INSERT INTO public.audit_entries (id, entity, record_id, operation, action, old_values, new_values, changed_fields,
      actor_kind, actor_id, station_id, session_id, ip, user_agent, request_id, reason)
    SELECT public.uuid7(), TG_TABLE_NAME, change.id, 'UPDATE', who.action, difference.old_values, difference.new_values, difference.fields,
      who.actor_kind, who.actor_id, who.station_id, who.session_id, who.ip, who.user_agent, who.request_id, who.reason
    FROM (
      SELECT id, is_new, content AS new, lag(content) OVER (PARTITION BY id ORDER BY is_new) AS old
      FROM (
        SELECT o.id, false AS is_new, to_jsonb(o) - who.generated AS content FROM old_rows AS o
        UNION ALL SELECT n.id, true, to_jsonb(n) - who.generated FROM new_rows AS n
      ) AS states
    ) AS change CROSS JOIN LATERAL (
      SELECT array_agg(f.key ORDER BY f.key) FILTER (WHERE f.key <> 'version') AS fields,
        jsonb_object_agg(f.key, coalesce(who.secrets -> f.key, change.old -> f.key)) FILTER (WHERE change.old IS NOT NULL) AS old_values,
        jsonb_object_agg(f.key, coalesce(who.secrets -> f.key, f.value)) AS new_values
      FROM jsonb_each(change.new) AS f
      WHERE f.key <> ALL (who.uncounted) AND (f.value IS DISTINCT FROM change.old -> f.key OR f.key = 'version')
    ) AS difference
    WHERE change.is_new AND difference.fields IS NOT NULL;
  END CASE;
  RETURN NULL;
END $$;
