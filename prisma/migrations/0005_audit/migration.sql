-- The record that convicts: who changed what, when, why, written by the database itself in the transaction of the change.

CREATE TYPE audit_operation AS ENUM ('INSERT', 'UPDATE', 'DELETE', 'VIEW', 'DOWNLOAD', 'EXPORT');
CREATE TYPE actor_kind AS ENUM ('USER', 'STATION', 'SYSTEM');

-- Actor and record carry no foreign keys: the log outlives its subjects.
CREATE TABLE audit_entries (
  id uuid NOT NULL DEFAULT uuid7(),
  seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  entity varchar(63) NOT NULL,
  record_id uuid NOT NULL,
  operation audit_operation NOT NULL,
  action varchar(60) NOT NULL,
  old_values jsonb,
  new_values jsonb,
  changed_fields text[] DEFAULT '{}',
  actor_kind actor_kind NOT NULL,
  actor_id uuid,
  station_id uuid,
  session_id uuid,
  ip inet,
  user_agent varchar(500),
  request_id uuid,
  reason varchar(1000),
  transaction_id bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  recorded_at timestamptz(3) NOT NULL DEFAULT statement_timestamp(),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT pk_audit_entries PRIMARY KEY (id),
  CONSTRAINT uq_audit_entries_seq UNIQUE (seq),
  CONSTRAINT ck_audit_entries_aud_1_values_fit_operation CHECK (
    (old_values IS NULL) = (operation IN ('INSERT', 'VIEW', 'DOWNLOAD', 'EXPORT')) AND (new_values IS NULL) = (operation IN ('DELETE', 'VIEW', 'DOWNLOAD', 'EXPORT'))),
  CONSTRAINT ck_audit_entries_changed_fields_of_update CHECK (
    changed_fields IS NOT NULL AND (operation = 'UPDATE' OR cardinality(changed_fields) = 0)),
  CONSTRAINT ck_audit_entries_actor_is_known CHECK ((actor_kind = 'SYSTEM') = (actor_id IS NULL) AND (actor_kind = 'SYSTEM' OR request_id IS NOT NULL))
);

CREATE INDEX ix_audit_entries_entity_record_id ON audit_entries (entity, record_id, seq DESC);
CREATE INDEX ix_audit_entries_actor_id_recorded_at ON audit_entries (actor_id, recorded_at) WHERE actor_id IS NOT NULL;
CREATE INDEX ix_audit_entries_action_recorded_at ON audit_entries (action, recorded_at);
CREATE INDEX ix_audit_entries_request_id ON audit_entries (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX ix_audit_entries_transaction_id_seq ON audit_entries (transaction_id, seq);
-- Time runs with the order of insertion, so ranges of blocks find a time span as well as a tree would, for next to nothing.
CREATE INDEX ix_audit_entries_recorded_at ON audit_entries USING brin (recorded_at);
-- One hash for each path and value, and inserted in batches (fastupdate): what a GIN costs least.
CREATE INDEX ix_audit_entries_old_values ON audit_entries USING gin (old_values jsonb_path_ops);
CREATE INDEX ix_audit_entries_new_values ON audit_entries USING gin (new_values jsonb_path_ops);

-- The order to read by (AUD-3): gap-free, given by the sealer. No foreign keys: a position outlives its archived entry.
CREATE TABLE audit_positions (
  position bigint NOT NULL,
  audit_entry_id uuid NOT NULL,
  block_number bigint NOT NULL,
  entry_hash char(64) NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT pk_audit_positions PRIMARY KEY (position),
  CONSTRAINT uq_audit_positions_audit_entry_id UNIQUE (audit_entry_id)
);

CREATE TABLE audit_blocks (
  number bigint NOT NULL,
  first_position bigint NOT NULL,
  last_position bigint NOT NULL,
  entry_count integer NOT NULL,
  previous_hash char(64) NOT NULL,
  hash char(64) NOT NULL,
  sealed_at timestamptz(3) NOT NULL DEFAULT now(),
  archived_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT pk_audit_blocks PRIMARY KEY (number),
  CONSTRAINT uq_audit_blocks_hash UNIQUE (hash),
  CONSTRAINT ck_audit_blocks_count_fits_positions CHECK (first_position >= 1 AND entry_count >= 1 AND last_position = first_position + entry_count - 1)
);

-- AUD-2: nothing of the record is changed or deleted, by nobody. Retention is the one exception: the owner of the table, in a
-- transaction that says so, may do to a table what the trigger's argument names; the application's role is never the owner.
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_NARGS = 1 AND TG_OP = TG_ARGV[0] AND current_setting('lotgraph.retention', true) = 'on'
     AND EXISTS (SELECT FROM pg_class WHERE oid = TG_RELID AND relowner = current_user::regrole) THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'insufficient_privilege', CONSTRAINT = TG_NAME, SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
END $$;

CREATE TRIGGER tg_audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION append_only('DELETE');
CREATE TRIGGER tg_audit_positions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_positions
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER tg_audit_blocks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_blocks
  FOR EACH STATEMENT EXECUTE FUNCTION append_only('UPDATE');

-- AUD-1: one entry for each changed row. It runs with the rights of its owner, so that nobody else needs the right to insert, and
-- nobody can choose a sequence number. Who, why and in which request stands in one setting of the transaction, a JSON object with the
-- names of the columns; without it the change came past the application and is the system's.
--
-- An insertion keeps the whole new row, a deletion the whole old one, an update only the fields that differ: together they tell every
-- state a row ever had, at a fraction of the size. `version` accompanies an update, so that a change past this trigger shows as a gap;
-- `updated_at` is the time of the entry. Arguments: generated columns, which are left out; volatile ones, whose change alone is none;
-- secrets, of which only is told that they were set or changed.
CREATE FUNCTION write_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
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

-- AUD-6: reading evidence leaves an entry without values. The only way to make an entry that is not a change of a row.
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

CREATE TRIGGER tg_users_audit AFTER INSERT OR UPDATE OR DELETE ON users
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{last_login_at,failed_logins,locked_until}', '{password_hash}');
CREATE TRIGGER tg_product_models_audit AFTER INSERT OR UPDATE OR DELETE ON product_models
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_production_lines_audit AFTER INSERT OR UPDATE OR DELETE ON production_lines
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_processes_audit AFTER INSERT OR UPDATE OR DELETE ON processes
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_stations_audit AFTER INSERT OR UPDATE OR DELETE ON stations
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{reported_status,software_version,health,last_seen_at}', '{}');
CREATE TRIGGER tg_equipment_audit AFTER INSERT OR UPDATE OR DELETE ON equipment
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_equipment_status_periods_audit AFTER INSERT OR UPDATE OR DELETE ON equipment_status_periods
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_lots_audit AFTER INSERT OR UPDATE OR DELETE ON lots
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_wip_items_audit AFTER INSERT OR UPDATE OR DELETE ON wip_items
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_serials_audit AFTER INSERT OR UPDATE OR DELETE ON serials
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_process_data_audit AFTER INSERT OR UPDATE OR DELETE ON process_data
  FOR EACH ROW EXECUTE FUNCTION write_audit('{unit_id,duration_seconds,search}', '{}', '{}');
