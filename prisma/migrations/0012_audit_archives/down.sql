DROP FUNCTION note_access(varchar, uuid, audit_operation);
CREATE FUNCTION note_access(entity varchar, record_id uuid, operation audit_operation) RETURNS uuid
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO public.audit_entries (id, entity, record_id, operation, action, actor_kind, actor_id, station_id, session_id, ip, user_agent, request_id, reason)
  SELECT public.uuid7(), $1, $2, $3, coalesce(who ->> 'action', 'sql.' || lower($3::text)), coalesce(who ->> 'actor_kind', 'SYSTEM')::public.actor_kind,
    (who ->> 'actor_id')::uuid, (who ->> 'station_id')::uuid, (who ->> 'session_id')::uuid, (who ->> 'ip')::inet, left(who ->> 'user_agent', 500),
    (who ->> 'request_id')::uuid, who ->> 'reason'
  FROM (SELECT coalesce(nullif(current_setting('lotgraph.actor', true), '')::jsonb, '{}')) AS setting (who)
  WHERE $3 IN ('VIEW', 'DOWNLOAD', 'EXPORT')
  RETURNING id
$$;
ALTER TABLE audit_blocks ADD COLUMN archived_at timestamptz(3);
DROP TRIGGER tg_audit_blocks_append_only ON audit_blocks;
UPDATE audit_blocks SET archived_at = (SELECT max(created_at) FROM audit_archives) WHERE number <= (SELECT max(last_block) FROM audit_archives);
CREATE TRIGGER tg_audit_blocks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_blocks
  FOR EACH STATEMENT EXECUTE FUNCTION append_only('UPDATE');
ALTER TABLE audit_blocks DROP COLUMN horizon;
DROP TABLE audit_archives;
