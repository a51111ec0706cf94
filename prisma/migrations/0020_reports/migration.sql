-- Reports, which a worker makes from the records of the plant, and the schedules that request them.

CREATE TYPE report_type AS ENUM (
  'INSPECTION_SUMMARY', 'DEFECT_ANALYSIS', 'QUALITY_METRICS', 'PRODUCTION_OVERVIEW', 'COMPLIANCE_REPORT', 'PERFORMANCE_ANALYSIS'
);
CREATE TYPE report_status AS ENUM ('QUEUED', 'GENERATING', 'COMPLETED', 'FAILED', 'CANCELLED');
CREATE TYPE report_format AS ENUM ('PDF', 'EXCEL', 'CSV', 'JSON', 'HTML');
CREATE TYPE report_interval AS ENUM ('DAILY', 'WEEKLY', 'MONTHLY');

INSERT INTO state_flows (machine, from_state, to_state) VALUES
  ('reports.status', 'QUEUED', 'GENERATING'),
  ('reports.status', 'QUEUED', 'CANCELLED'),
  ('reports.status', 'GENERATING', 'COMPLETED'),
  ('reports.status', 'GENERATING', 'FAILED'),
  ('reports.status', 'GENERATING', 'CANCELLED'),
  ('reports.status', 'GENERATING', 'QUEUED'),
  ('reports.status', 'COMPLETED', 'QUEUED'),
  ('reports.status', 'FAILED', 'QUEUED'),
  ('reports.status', 'CANCELLED', 'QUEUED');

CREATE TABLE report_schedules (
  id uuid NOT NULL DEFAULT uuid7(),
  name varchar(100) NOT NULL,
  type report_type NOT NULL,
  title varchar(200) NOT NULL,
  format report_format NOT NULL,
  filter jsonb NOT NULL DEFAULT '{}',
  interval report_interval NOT NULL,
  hour integer NOT NULL,
  time_zone varchar(50) NOT NULL,
  access_roles text[] DEFAULT '{}',
  is_active boolean NOT NULL DEFAULT true,
  owner_id uuid NOT NULL,
  next_run_at timestamptz(3) NOT NULL,
  last_run_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_report_schedules PRIMARY KEY (id),
  CONSTRAINT uq_report_schedules_rpt_6_owner_name UNIQUE (owner_id, name),
  CONSTRAINT ck_report_schedules_hour_range CHECK (hour BETWEEN 0 AND 23),
  CONSTRAINT ck_report_schedules_filter_object CHECK (jsonb_typeof(filter) = 'object'),
  CONSTRAINT ck_report_schedules_access_roles_known CHECK (
    access_roles IS NOT NULL AND access_roles <@ '{ADMIN,MANAGER,ENGINEER,INSPECTOR,OPERATOR,AUDITOR,VIEWER}'::text[]
  ),
  CONSTRAINT fk_report_schedules_owner_id FOREIGN KEY (owner_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE INDEX ix_report_schedules_due ON report_schedules (next_run_at) WHERE is_active;

CREATE TABLE reports (
  id uuid NOT NULL DEFAULT uuid7(),
  type report_type NOT NULL,
  title varchar(200) NOT NULL,
  description varchar(2000),
  format report_format NOT NULL,
  status report_status NOT NULL DEFAULT 'QUEUED',
  filter jsonb NOT NULL DEFAULT '{}',
  period_from timestamptz(3) NOT NULL,
  period_to timestamptz(3) NOT NULL,
  time_zone varchar(50) NOT NULL,
  access_roles text[] DEFAULT '{}',
  requested_by_id uuid NOT NULL,
  schedule_id uuid,
  file_name varchar(255),
  storage_key varchar(200),
  size_bytes bigint,
  checksum_sha256 char(64),
  data_as_of timestamptz(3),
  started_at timestamptz(3),
  completed_at timestamptz(3),
  expires_at timestamptz(3),
  error_message varchar(2000),
  attempts integer NOT NULL DEFAULT 0,
  locked_by varchar(100),
  locked_until timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_reports PRIMARY KEY (id),
  CONSTRAINT ck_reports_rpt_1_period_order CHECK (period_from < period_to),
  CONSTRAINT ck_reports_rpt_2_completed_has_file CHECK (
    num_nonnulls(file_name, storage_key, size_bytes, checksum_sha256, data_as_of, completed_at, expires_at)
      = CASE status WHEN 'COMPLETED' THEN 7 ELSE 0 END
  ),
  CONSTRAINT ck_reports_rpt_2_lease_fits_status CHECK (
    num_nonnulls(locked_by, locked_until) = CASE status WHEN 'GENERATING' THEN 2 ELSE 0 END
  ),
  CONSTRAINT ck_reports_rpt_2_attempts_range CHECK (attempts BETWEEN 0 AND 3),
  CONSTRAINT ck_reports_checksum_format CHECK (checksum_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT ck_reports_size_not_negative CHECK (size_bytes >= 0),
  CONSTRAINT ck_reports_filter_object CHECK (jsonb_typeof(filter) = 'object'),
  CONSTRAINT ck_reports_access_roles_known CHECK (
    access_roles IS NOT NULL AND access_roles <@ '{ADMIN,MANAGER,ENGINEER,INSPECTOR,OPERATOR,AUDITOR,VIEWER}'::text[]
  ),
  CONSTRAINT fk_reports_requested_by_id FOREIGN KEY (requested_by_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_reports_schedule_id FOREIGN KEY (schedule_id) REFERENCES report_schedules (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE INDEX ix_reports_queue ON reports (created_at, id) WHERE status = 'QUEUED';
CREATE INDEX ix_reports_leases ON reports (locked_until) WHERE status = 'GENERATING';
CREATE INDEX ix_reports_type_status ON reports (type, status);
CREATE INDEX ix_reports_requested_by_id_created_at ON reports (requested_by_id, created_at);
CREATE INDEX ix_reports_created_at ON reports (created_at);
CREATE INDEX ix_reports_expires_at ON reports (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX ix_reports_schedule_id ON reports (schedule_id) WHERE schedule_id IS NOT NULL;
CREATE INDEX ix_reports_storage_key ON reports (storage_key) WHERE storage_key IS NOT NULL;

CREATE TRIGGER tg_reports_status_flow BEFORE UPDATE OF status ON reports
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION guard_flow('status', 'ck_reports_rpt_2_status_flow');
CREATE TRIGGER tg_reports_touch BEFORE UPDATE ON reports FOR EACH ROW EXECUTE FUNCTION touch_row('locked_until');
CREATE TRIGGER tg_report_schedules_touch BEFORE UPDATE ON report_schedules FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TRIGGER tg_reports_audit_insert AFTER INSERT ON reports REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{locked_until}', '{}');
CREATE TRIGGER tg_reports_audit_update AFTER UPDATE ON reports REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{locked_until}', '{}');
CREATE TRIGGER tg_reports_audit_delete AFTER DELETE ON reports REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{locked_until}', '{}');
CREATE TRIGGER tg_report_schedules_audit_insert AFTER INSERT ON report_schedules REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_report_schedules_audit_update AFTER UPDATE ON report_schedules REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_report_schedules_audit_delete AFTER DELETE ON report_schedules REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
