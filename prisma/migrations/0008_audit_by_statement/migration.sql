-- AUD-1 as before, at a lower cost: all entries of a statement are written by one INSERT, not each by one of its own. The trigger runs once
-- for a statement and gets its rows as tables; who, why and in which request is read once.
--
-- A trigger with such tables has one event, so each audited table has three. It also runs for a statement that changes no row, and then
-- writes none. Otherwise as 0005_audit says: the rights of the owner, one setting of the transaction, whole rows of insertions and
-- deletions, only the fields that differ of updates. Arguments: generated columns, which are left out; volatile ones, whose change alone
-- is none; secrets, each with what is told in place of it.
CREATE OR REPLACE FUNCTION write_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
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
BEGIN
  CASE TG_OP
  WHEN 'INSERT' THEN
    INSERT INTO public.audit_entries (id, entity, record_id, operation, action, new_values,
      actor_kind, actor_id, station_id, session_id, ip, user_agent, request_id, reason)
    SELECT public.uuid7(), TG_TABLE_NAME, n.id, 'INSERT', who.action, to_jsonb(n) - who.generated || who.secrets,
      who.actor_kind, who.actor_id, who.station_id, who.session_id, who.ip, who.user_agent, who.request_id, who.reason
    FROM new_rows AS n;
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

DROP TRIGGER tg_users_audit ON users;
CREATE TRIGGER tg_users_audit_insert AFTER INSERT ON users REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{last_login_at,failed_logins,locked_until}', '{"password_hash": "[redacted]"}');
CREATE TRIGGER tg_users_audit_update AFTER UPDATE ON users REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{last_login_at,failed_logins,locked_until}', '{"password_hash": "[redacted]"}');
CREATE TRIGGER tg_users_audit_delete AFTER DELETE ON users REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{last_login_at,failed_logins,locked_until}', '{"password_hash": "[redacted]"}');
DROP TRIGGER tg_product_models_audit ON product_models;
CREATE TRIGGER tg_product_models_audit_insert AFTER INSERT ON product_models REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_product_models_audit_update AFTER UPDATE ON product_models REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_product_models_audit_delete AFTER DELETE ON product_models REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
DROP TRIGGER tg_production_lines_audit ON production_lines;
CREATE TRIGGER tg_production_lines_audit_insert AFTER INSERT ON production_lines REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_production_lines_audit_update AFTER UPDATE ON production_lines REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_production_lines_audit_delete AFTER DELETE ON production_lines REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
DROP TRIGGER tg_processes_audit ON processes;
CREATE TRIGGER tg_processes_audit_insert AFTER INSERT ON processes REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_processes_audit_update AFTER UPDATE ON processes REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_processes_audit_delete AFTER DELETE ON processes REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
DROP TRIGGER tg_stations_audit ON stations;
CREATE TRIGGER tg_stations_audit_insert AFTER INSERT ON stations REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{reported_status,software_version,health,last_seen_at}', '{}');
CREATE TRIGGER tg_stations_audit_update AFTER UPDATE ON stations REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{reported_status,software_version,health,last_seen_at}', '{}');
CREATE TRIGGER tg_stations_audit_delete AFTER DELETE ON stations REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{reported_status,software_version,health,last_seen_at}', '{}');
DROP TRIGGER tg_equipment_audit ON equipment;
CREATE TRIGGER tg_equipment_audit_insert AFTER INSERT ON equipment REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_equipment_audit_update AFTER UPDATE ON equipment REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_equipment_audit_delete AFTER DELETE ON equipment REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
DROP TRIGGER tg_equipment_status_periods_audit ON equipment_status_periods;
CREATE TRIGGER tg_equipment_status_periods_audit_insert AFTER INSERT ON equipment_status_periods REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_equipment_status_periods_audit_update AFTER UPDATE ON equipment_status_periods REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_equipment_status_periods_audit_delete AFTER DELETE ON equipment_status_periods REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
DROP TRIGGER tg_lots_audit ON lots;
CREATE TRIGGER tg_lots_audit_insert AFTER INSERT ON lots REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_lots_audit_update AFTER UPDATE ON lots REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_lots_audit_delete AFTER DELETE ON lots REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
DROP TRIGGER tg_wip_items_audit ON wip_items;
CREATE TRIGGER tg_wip_items_audit_insert AFTER INSERT ON wip_items REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_wip_items_audit_update AFTER UPDATE ON wip_items REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_wip_items_audit_delete AFTER DELETE ON wip_items REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
DROP TRIGGER tg_serials_audit ON serials;
CREATE TRIGGER tg_serials_audit_insert AFTER INSERT ON serials REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_serials_audit_update AFTER UPDATE ON serials REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_serials_audit_delete AFTER DELETE ON serials REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
DROP TRIGGER tg_process_data_audit ON process_data;
CREATE TRIGGER tg_process_data_audit_insert AFTER INSERT ON process_data REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{unit_id,duration_seconds,search}', '{}', '{}');
CREATE TRIGGER tg_process_data_audit_update AFTER UPDATE ON process_data REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{unit_id,duration_seconds,search}', '{}', '{}');
CREATE TRIGGER tg_process_data_audit_delete AFTER DELETE ON process_data REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{unit_id,duration_seconds,search}', '{}', '{}');
DROP TRIGGER tg_login_sessions_audit ON login_sessions;
CREATE TRIGGER tg_login_sessions_audit_insert AFTER INSERT ON login_sessions REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{"token_hash": "[redacted]"}');
CREATE TRIGGER tg_login_sessions_audit_update AFTER UPDATE ON login_sessions REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{"token_hash": "[redacted]"}');
CREATE TRIGGER tg_login_sessions_audit_delete AFTER DELETE ON login_sessions REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{"token_hash": "[redacted]"}');
DROP TRIGGER tg_api_keys_audit ON api_keys;
CREATE TRIGGER tg_api_keys_audit_insert AFTER INSERT ON api_keys REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{last_used_at}', '{"secret_hash": "[redacted]"}');
CREATE TRIGGER tg_api_keys_audit_update AFTER UPDATE ON api_keys REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{last_used_at}', '{"secret_hash": "[redacted]"}');
CREATE TRIGGER tg_api_keys_audit_delete AFTER DELETE ON api_keys REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{last_used_at}', '{"secret_hash": "[redacted]"}');
