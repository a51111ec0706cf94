CREATE OR REPLACE FUNCTION write_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  who jsonb := coalesce(nullif(current_setting('lotgraph.actor', true), '')::jsonb, '{}');
  generated text[] := TG_ARGV[0];
  secrets text[] := TG_ARGV[2];
  old_values jsonb;
  new_values jsonb;
  changed text[] := '{}';
  secret text;
BEGIN
  IF TG_OP <> 'INSERT' THEN
    old_values := to_jsonb(OLD) - generated;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    new_values := to_jsonb(NEW) - generated;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    SELECT coalesce(array_agg(n.key ORDER BY n.key), '{}') INTO changed FROM jsonb_each(new_values) AS n
    WHERE n.value IS DISTINCT FROM old_values -> n.key AND n.key <> 'version' AND n.key <> 'updated_at' AND n.key <> ALL (TG_ARGV[1]::text[]);
    IF cardinality(changed) = 0 THEN
      RETURN NULL;
    END IF;
    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, new_values -> o.key) INTO old_values, new_values
    FROM jsonb_each(old_values) AS o WHERE o.key = ANY (changed || 'version'::text);
  END IF;
  FOREACH secret IN ARRAY secrets LOOP
    old_values := CASE WHEN old_values ? secret THEN old_values || jsonb_build_object(secret, '[redacted]') ELSE old_values END;
    new_values := CASE WHEN new_values ? secret THEN new_values || jsonb_build_object(secret, '[redacted]') ELSE new_values END;
  END LOOP;
  INSERT INTO public.audit_entries (id, entity, record_id, operation, action, old_values, new_values, changed_fields,
    actor_kind, actor_id, station_id, session_id, ip, user_agent, request_id, reason)
  VALUES (public.uuid7(), TG_TABLE_NAME, (CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END), TG_OP::public.audit_operation,
    coalesce(who ->> 'action', 'sql.' || lower(TG_OP)), old_values, new_values, changed,
    coalesce(who ->> 'actor_kind', 'SYSTEM')::public.actor_kind, (who ->> 'actor_id')::uuid, (who ->> 'station_id')::uuid,
    (who ->> 'session_id')::uuid, (who ->> 'ip')::inet, left(who ->> 'user_agent', 500), (who ->> 'request_id')::uuid, who ->> 'reason');
  RETURN NULL;
END $$;

DROP TRIGGER tg_api_keys_audit_delete ON api_keys;
DROP TRIGGER tg_api_keys_audit_update ON api_keys;
DROP TRIGGER tg_api_keys_audit_insert ON api_keys;
CREATE TRIGGER tg_api_keys_audit AFTER INSERT OR UPDATE OR DELETE ON api_keys
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{last_used_at}', '{secret_hash}');
DROP TRIGGER tg_login_sessions_audit_delete ON login_sessions;
DROP TRIGGER tg_login_sessions_audit_update ON login_sessions;
DROP TRIGGER tg_login_sessions_audit_insert ON login_sessions;
CREATE TRIGGER tg_login_sessions_audit AFTER INSERT OR UPDATE OR DELETE ON login_sessions
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{}', '{token_hash}');
DROP TRIGGER tg_process_data_audit_delete ON process_data;
DROP TRIGGER tg_process_data_audit_update ON process_data;
DROP TRIGGER tg_process_data_audit_insert ON process_data;
CREATE TRIGGER tg_process_data_audit AFTER INSERT OR UPDATE OR DELETE ON process_data
  FOR EACH ROW EXECUTE FUNCTION write_audit('{unit_id,duration_seconds,search}', '{}', '{}');
DROP TRIGGER tg_serials_audit_delete ON serials;
DROP TRIGGER tg_serials_audit_update ON serials;
DROP TRIGGER tg_serials_audit_insert ON serials;
CREATE TRIGGER tg_serials_audit AFTER INSERT OR UPDATE OR DELETE ON serials
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{}', '{}');
DROP TRIGGER tg_wip_items_audit_delete ON wip_items;
DROP TRIGGER tg_wip_items_audit_update ON wip_items;
DROP TRIGGER tg_wip_items_audit_insert ON wip_items;
CREATE TRIGGER tg_wip_items_audit AFTER INSERT OR UPDATE OR DELETE ON wip_items
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{}', '{}');
DROP TRIGGER tg_lots_audit_delete ON lots;
DROP TRIGGER tg_lots_audit_update ON lots;
DROP TRIGGER tg_lots_audit_insert ON lots;
CREATE TRIGGER tg_lots_audit AFTER INSERT OR UPDATE OR DELETE ON lots
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{}', '{}');
DROP TRIGGER tg_equipment_status_periods_audit_delete ON equipment_status_periods;
DROP TRIGGER tg_equipment_status_periods_audit_update ON equipment_status_periods;
DROP TRIGGER tg_equipment_status_periods_audit_insert ON equipment_status_periods;
CREATE TRIGGER tg_equipment_status_periods_audit AFTER INSERT OR UPDATE OR DELETE ON equipment_status_periods
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{}', '{}');
DROP TRIGGER tg_equipment_audit_delete ON equipment;
DROP TRIGGER tg_equipment_audit_update ON equipment;
DROP TRIGGER tg_equipment_audit_insert ON equipment;
CREATE TRIGGER tg_equipment_audit AFTER INSERT OR UPDATE OR DELETE ON equipment
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{}', '{}');
DROP TRIGGER tg_stations_audit_delete ON stations;
DROP TRIGGER tg_stations_audit_update ON stations;
DROP TRIGGER tg_stations_audit_insert ON stations;
CREATE TRIGGER tg_stations_audit AFTER INSERT OR UPDATE OR DELETE ON stations
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{reported_status,software_version,health,last_seen_at}', '{}');
DROP TRIGGER tg_processes_audit_delete ON processes;
DROP TRIGGER tg_processes_audit_update ON processes;
DROP TRIGGER tg_processes_audit_insert ON processes;
CREATE TRIGGER tg_processes_audit AFTER INSERT OR UPDATE OR DELETE ON processes
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{}', '{}');
DROP TRIGGER tg_production_lines_audit_delete ON production_lines;
DROP TRIGGER tg_production_lines_audit_update ON production_lines;
DROP TRIGGER tg_production_lines_audit_insert ON production_lines;
CREATE TRIGGER tg_production_lines_audit AFTER INSERT OR UPDATE OR DELETE ON production_lines
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{}', '{}');
DROP TRIGGER tg_product_models_audit_delete ON product_models;
DROP TRIGGER tg_product_models_audit_update ON product_models;
DROP TRIGGER tg_product_models_audit_insert ON product_models;
CREATE TRIGGER tg_product_models_audit AFTER INSERT OR UPDATE OR DELETE ON product_models
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{}', '{}');
DROP TRIGGER tg_users_audit_delete ON users;
DROP TRIGGER tg_users_audit_update ON users;
DROP TRIGGER tg_users_audit_insert ON users;
CREATE TRIGGER tg_users_audit AFTER INSERT OR UPDATE OR DELETE ON users
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{last_login_at,failed_logins,locked_until}', '{password_hash}');
