-- Process sessions: batch runs of one step at one station, and the session of an execution.

CREATE TYPE process_session_status AS ENUM ('OPEN', 'CLOSED', 'CANCELLED');

INSERT INTO state_flows (machine, from_state, to_state) VALUES
  ('process_sessions.status', 'OPEN', 'CLOSED'),
  ('process_sessions.status', 'OPEN', 'CANCELLED');

CREATE TABLE process_sessions (
  id uuid NOT NULL DEFAULT uuid7(),
  station_id uuid NOT NULL,
  process_id uuid NOT NULL,
  batch_code varchar(200) NOT NULL,
  slot integer NOT NULL,
  parameters jsonb NOT NULL DEFAULT '{}',
  hardware_config jsonb NOT NULL DEFAULT '{}',
  status process_session_status NOT NULL DEFAULT 'OPEN',
  opened_at timestamptz(3) NOT NULL DEFAULT now(),
  closed_at timestamptz(3),
  opened_by_id uuid,
  closed_by_id uuid,
  close_notes varchar(1000),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_process_sessions PRIMARY KEY (id),
  CONSTRAINT uq_process_sessions_id_process_id_station_id UNIQUE (id, process_id, station_id),
  CONSTRAINT ck_process_sessions_ses_1_batch_code_not_blank CHECK (btrim(batch_code) <> ''),
  CONSTRAINT ck_process_sessions_ses_2_slot_range CHECK (slot BETWEEN 1 AND 12),
  CONSTRAINT ck_process_sessions_ses_3_closed_has_time CHECK (
    (closed_at IS NOT NULL) = (status <> 'OPEN') AND (closed_at IS NULL OR closed_at >= opened_at)
  ),
  CONSTRAINT ck_process_sessions_ses_3_cancelled_has_reason CHECK (status <> 'CANCELLED' OR coalesce(btrim(close_notes), '') <> ''),
  CONSTRAINT ck_process_sessions_parameters_object CHECK (jsonb_typeof(parameters) = 'object'),
  CONSTRAINT ck_process_sessions_hardware_config_object CHECK (jsonb_typeof(hardware_config) = 'object'),
  CONSTRAINT fk_process_sessions_station_id FOREIGN KEY (station_id) REFERENCES stations (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_process_sessions_process_id FOREIGN KEY (process_id) REFERENCES processes (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_process_sessions_opened_by_id FOREIGN KEY (opened_by_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_process_sessions_closed_by_id FOREIGN KEY (closed_by_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE UNIQUE INDEX puq_process_sessions_ses_1_one_open ON process_sessions (station_id, batch_code, process_id) WHERE status = 'OPEN';
CREATE UNIQUE INDEX puq_process_sessions_ses_2_one_per_slot ON process_sessions (station_id, slot) WHERE status = 'OPEN';
CREATE INDEX ix_process_sessions_station_id_opened_at ON process_sessions (station_id, opened_at);
CREATE INDEX ix_process_sessions_batch_code ON process_sessions (batch_code varchar_pattern_ops);
CREATE INDEX ix_process_sessions_process_id ON process_sessions (process_id);
CREATE INDEX ix_process_sessions_opened_at ON process_sessions (opened_at);
CREATE INDEX ix_process_sessions_closed_at ON process_sessions (closed_at, id);
CREATE INDEX ix_process_sessions_closed_at_descending ON process_sessions (closed_at DESC NULLS LAST, id DESC);
CREATE INDEX ix_process_sessions_parameters ON process_sessions USING gin (parameters);

-- An execution has the step and the station of its session. The station is checked too: without one the foreign key would not look.
ALTER TABLE process_data ADD COLUMN process_session_id uuid;
ALTER TABLE process_data ADD CONSTRAINT ck_process_data_ses_5_session_has_station
  CHECK (process_session_id IS NULL OR station_id IS NOT NULL);
ALTER TABLE process_data ADD CONSTRAINT fk_process_data_ses_5_session_of_step_and_station
  FOREIGN KEY (process_session_id, process_id, station_id) REFERENCES process_sessions (id, process_id, station_id)
  ON DELETE RESTRICT ON UPDATE RESTRICT;
CREATE INDEX ix_process_data_process_session_id ON process_data (process_session_id) WHERE process_session_id IS NOT NULL;

-- A connection whose setting `lotgraph.station_id` names a station sees and changes only the sessions of that station. Without the
-- setting, as in the application, which judges each request by itself, it sees all.
ALTER TABLE process_sessions ENABLE ROW LEVEL SECURITY;
CREATE POLICY pl_process_sessions_own_station ON process_sessions
  USING (coalesce(current_setting('lotgraph.station_id', true), '') IN ('', station_id::text));

CREATE TRIGGER tg_process_sessions_status_flow BEFORE UPDATE OF status ON process_sessions
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION guard_flow('status', 'ck_process_sessions_ses_3_status_flow');
CREATE TRIGGER tg_process_sessions_touch BEFORE UPDATE ON process_sessions FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TRIGGER tg_process_sessions_audit_insert AFTER INSERT ON process_sessions REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_process_sessions_audit_update AFTER UPDATE ON process_sessions REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_process_sessions_audit_delete AFTER DELETE ON process_sessions REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
