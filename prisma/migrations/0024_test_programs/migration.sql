-- Test programs in versions, their deployments to stations, and the version that a process session runs.

CREATE TYPE deployment_status AS ENUM ('PENDING', 'DEPLOYED', 'FAILED', 'ROLLED_BACK');

INSERT INTO state_flows (machine, from_state, to_state) VALUES
  ('test_program_deployments.status', 'PENDING', 'DEPLOYED'),
  ('test_program_deployments.status', 'PENDING', 'FAILED'),
  ('test_program_deployments.status', 'DEPLOYED', 'ROLLED_BACK'),
  ('test_program_deployments.status', 'DEPLOYED', 'FAILED');

CREATE TABLE test_programs (
  id uuid NOT NULL DEFAULT uuid7(),
  name varchar(100) NOT NULL,
  display_name varchar(200),
  description varchar(2000),
  process_id uuid,
  current_version_id uuid,
  is_active boolean NOT NULL DEFAULT true,
  is_deprecated boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_test_programs PRIMARY KEY (id),
  CONSTRAINT uq_test_programs_tpg_1_name UNIQUE (name),
  CONSTRAINT uq_test_programs_current_version_id_id UNIQUE (current_version_id, id),
  CONSTRAINT ck_test_programs_tpg_1_name_format CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]*$'),
  CONSTRAINT fk_test_programs_process_id FOREIGN KEY (process_id) REFERENCES processes (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE INDEX ix_test_programs_process_id ON test_programs (process_id) WHERE process_id IS NOT NULL;
CREATE INDEX ix_test_programs_created_at ON test_programs (created_at);

CREATE TABLE test_program_versions (
  id uuid NOT NULL DEFAULT uuid7(),
  test_program_id uuid NOT NULL,
  version varchar(20) NOT NULL,
  checksum_sha256 char(64) NOT NULL,
  size_bytes bigint NOT NULL,
  storage_key varchar(200) NOT NULL,
  hardware jsonb NOT NULL DEFAULT '{}',
  parameters jsonb NOT NULL DEFAULT '{}',
  steps jsonb NOT NULL DEFAULT '[]',
  change_notes varchar(2000),
  uploaded_by_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT pk_test_program_versions PRIMARY KEY (id),
  CONSTRAINT uq_test_program_versions_tpg_2_version UNIQUE (test_program_id, version),
  CONSTRAINT uq_test_program_versions_id_program UNIQUE (id, test_program_id),
  CONSTRAINT ck_test_program_versions_tpg_2_version_format CHECK (version ~ '^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$'),
  CONSTRAINT ck_test_program_versions_tpg_2_checksum_format CHECK (checksum_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT ck_test_program_versions_tpg_2_size_positive CHECK (size_bytes > 0),
  CONSTRAINT ck_test_program_versions_hardware_object CHECK (jsonb_typeof(hardware) = 'object'),
  CONSTRAINT ck_test_program_versions_parameters_object CHECK (jsonb_typeof(parameters) = 'object'),
  CONSTRAINT ck_test_program_versions_steps_array CHECK (jsonb_typeof(steps) = 'array'),
  CONSTRAINT fk_test_program_versions_test_program_id FOREIGN KEY (test_program_id) REFERENCES test_programs (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_test_program_versions_uploaded_by_id FOREIGN KEY (uploaded_by_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE INDEX ix_test_program_versions_test_program_id_created_at ON test_program_versions (test_program_id, created_at);
CREATE INDEX ix_test_program_versions_storage_key ON test_program_versions (storage_key);

ALTER TABLE test_programs ADD CONSTRAINT fk_test_programs_tpg_3_current_is_own_version
  FOREIGN KEY (current_version_id, id) REFERENCES test_program_versions (id, test_program_id)
  ON DELETE RESTRICT ON UPDATE RESTRICT;

CREATE TABLE test_program_deployments (
  id uuid NOT NULL DEFAULT uuid7(),
  test_program_id uuid NOT NULL,
  test_program_version_id uuid NOT NULL,
  station_id uuid,
  batch_code varchar(200),
  status deployment_status NOT NULL DEFAULT 'PENDING',
  error_message varchar(2000),
  deployed_by_id uuid,
  deployed_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_test_program_deployments PRIMARY KEY (id),
  CONSTRAINT ck_test_program_deployments_tpg_4_has_target CHECK (
    coalesce(btrim(batch_code), '-') <> '' AND num_nonnulls(station_id, batch_code) > 0
  ),
  CONSTRAINT ck_test_program_deployments_tpg_4_deployed_has_time CHECK (
    CASE status WHEN 'PENDING' THEN deployed_at IS NULL WHEN 'FAILED' THEN true ELSE deployed_at IS NOT NULL END
  ),
  CONSTRAINT ck_test_program_deployments_tpg_4_failed_has_message CHECK (
    CASE status WHEN 'FAILED' THEN coalesce(btrim(error_message), '') <> '' ELSE error_message IS NULL END
  ),
  CONSTRAINT fk_test_program_deployments_test_program_id FOREIGN KEY (test_program_id) REFERENCES test_programs (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_test_program_deployments_tpg_3_own_version FOREIGN KEY (test_program_version_id, test_program_id)
    REFERENCES test_program_versions (id, test_program_id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_test_program_deployments_station_id FOREIGN KEY (station_id) REFERENCES stations (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_test_program_deployments_deployed_by_id FOREIGN KEY (deployed_by_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE UNIQUE INDEX puq_test_program_deployments_tpg_4_one_pending_at_station
  ON test_program_deployments (test_program_id, station_id) WHERE status = 'PENDING' AND station_id IS NOT NULL;
CREATE UNIQUE INDEX puq_test_program_deployments_tpg_4_one_pending_for_batch
  ON test_program_deployments (test_program_id, batch_code) WHERE status = 'PENDING' AND station_id IS NULL;
CREATE INDEX ix_test_program_deployments_station_id ON test_program_deployments (station_id, created_at DESC);
CREATE INDEX ix_test_program_deployments_pending ON test_program_deployments (station_id) WHERE status = 'PENDING';
CREATE INDEX ix_test_program_deployments_test_program_id ON test_program_deployments (test_program_id, created_at);
CREATE INDEX ix_test_program_deployments_version_id ON test_program_deployments (test_program_version_id, test_program_id);

ALTER TABLE process_sessions ADD COLUMN test_program_version_id uuid;
ALTER TABLE process_sessions ADD CONSTRAINT fk_process_sessions_test_program_version_id
  FOREIGN KEY (test_program_version_id) REFERENCES test_program_versions (id) ON DELETE RESTRICT ON UPDATE RESTRICT;
CREATE INDEX ix_process_sessions_test_program_version_id ON process_sessions (test_program_version_id)
  WHERE test_program_version_id IS NOT NULL;

-- TPG-2: The content of a version never changes.
CREATE TRIGGER tg_test_program_versions_append_only BEFORE UPDATE ON test_program_versions
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TRIGGER tg_test_programs_touch BEFORE UPDATE ON test_programs FOR EACH ROW EXECUTE FUNCTION touch_row();
CREATE TRIGGER tg_test_program_deployments_status_flow BEFORE UPDATE OF status ON test_program_deployments
  FOR EACH ROW WHEN (OLD.status <> NEW.status)
  EXECUTE FUNCTION guard_flow('status', 'ck_test_program_deployments_tpg_4_status_flow');
CREATE TRIGGER tg_test_program_deployments_touch BEFORE UPDATE ON test_program_deployments
  FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TRIGGER tg_test_programs_audit_insert AFTER INSERT ON test_programs REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_test_programs_audit_update AFTER UPDATE ON test_programs REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_test_programs_audit_delete AFTER DELETE ON test_programs REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_test_program_versions_audit_insert AFTER INSERT ON test_program_versions REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_test_program_versions_audit_update AFTER UPDATE ON test_program_versions REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_test_program_versions_audit_delete AFTER DELETE ON test_program_versions REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_test_program_deployments_audit_insert AFTER INSERT ON test_program_deployments REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_test_program_deployments_audit_update AFTER UPDATE ON test_program_deployments REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_test_program_deployments_audit_delete AFTER DELETE ON test_program_deployments REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
