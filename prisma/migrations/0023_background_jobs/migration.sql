-- Background jobs: batches of results and exports, which workers do after the request was answered.

CREATE TYPE job_kind AS ENUM ('BATCH_COMPLETION', 'DATA_EXPORT');
CREATE TYPE job_status AS ENUM ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED');

INSERT INTO state_flows (machine, from_state, to_state) VALUES
  ('background_jobs.status', 'QUEUED', 'RUNNING'),
  ('background_jobs.status', 'QUEUED', 'CANCELLED'),
  ('background_jobs.status', 'RUNNING', 'SUCCEEDED'),
  ('background_jobs.status', 'RUNNING', 'FAILED'),
  ('background_jobs.status', 'RUNNING', 'CANCELLED'),
  ('background_jobs.status', 'RUNNING', 'QUEUED');

CREATE TABLE background_jobs (
  id uuid NOT NULL DEFAULT uuid7(),
  kind job_kind NOT NULL,
  status job_status NOT NULL DEFAULT 'QUEUED',
  params jsonb NOT NULL DEFAULT '{}',
  total_count integer NOT NULL DEFAULT 0,
  done_count integer NOT NULL DEFAULT 0,
  failed_count integer NOT NULL DEFAULT 0,
  error_message varchar(2000),
  requested_by_id uuid NOT NULL,
  queued_at timestamptz(3) NOT NULL DEFAULT now(),
  started_at timestamptz(3),
  finished_at timestamptz(3),
  file_name varchar(255),
  storage_key varchar(200),
  size_bytes bigint,
  checksum_sha256 char(64),
  attempts integer NOT NULL DEFAULT 0,
  locked_by varchar(100),
  locked_until timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_background_jobs PRIMARY KEY (id),
  CONSTRAINT ck_background_jobs_bgj_1_times_fit_status CHECK (
    CASE status
      WHEN 'QUEUED' THEN started_at IS NULL AND finished_at IS NULL
      WHEN 'RUNNING' THEN started_at IS NOT NULL AND finished_at IS NULL
      WHEN 'CANCELLED' THEN finished_at IS NOT NULL
      ELSE started_at IS NOT NULL AND finished_at IS NOT NULL AND finished_at >= started_at
    END
  ),
  CONSTRAINT ck_background_jobs_bgj_1_lease_fits_status CHECK (
    num_nonnulls(locked_by, locked_until) = CASE status WHEN 'RUNNING' THEN 2 ELSE 0 END
  ),
  CONSTRAINT ck_background_jobs_bgj_1_attempts_range CHECK (attempts BETWEEN 0 AND 3),
  CONSTRAINT ck_background_jobs_bgj_1_counts CHECK (
    done_count >= 0 AND failed_count >= 0 AND done_count + failed_count <= total_count
    AND (status <> 'SUCCEEDED' OR done_count + failed_count = total_count)
  ),
  CONSTRAINT ck_background_jobs_bgj_1_file_fits_status CHECK (
    num_nonnulls(file_name, storage_key, size_bytes, checksum_sha256) = CASE WHEN kind = 'DATA_EXPORT' AND status = 'SUCCEEDED' THEN 4 ELSE 0 END
  ),
  CONSTRAINT ck_background_jobs_params_object CHECK (jsonb_typeof(params) = 'object'),
  CONSTRAINT ck_background_jobs_checksum_format CHECK (checksum_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT ck_background_jobs_size_not_negative CHECK (size_bytes >= 0),
  CONSTRAINT fk_background_jobs_requested_by_id FOREIGN KEY (requested_by_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE INDEX ix_background_jobs_queue ON background_jobs (queued_at, id) WHERE status = 'QUEUED';
CREATE INDEX ix_background_jobs_leases ON background_jobs (locked_until) WHERE status = 'RUNNING';
CREATE INDEX ix_background_jobs_requested_by_id_queued_at ON background_jobs (requested_by_id, queued_at);
CREATE INDEX ix_background_jobs_queued_at ON background_jobs (queued_at, id);
CREATE INDEX ix_background_jobs_storage_key ON background_jobs (storage_key) WHERE storage_key IS NOT NULL;

CREATE TABLE background_job_items (
  id uuid NOT NULL DEFAULT uuid7(),
  background_job_id uuid NOT NULL,
  index integer NOT NULL,
  input jsonb NOT NULL DEFAULT '{}',
  process_data_id uuid,
  errors jsonb NOT NULL DEFAULT '[]',
  finished_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT pk_background_job_items PRIMARY KEY (id),
  CONSTRAINT uq_background_job_items_job_index UNIQUE (background_job_id, index),
  CONSTRAINT ck_background_job_items_index_not_negative CHECK (index >= 0),
  CONSTRAINT ck_background_job_items_input_object CHECK (jsonb_typeof(input) = 'object'),
  CONSTRAINT ck_background_job_items_errors_array CHECK (jsonb_typeof(errors) = 'array'),
  CONSTRAINT ck_background_job_items_bgj_2_one_outcome CHECK (
    CASE WHEN finished_at IS NULL THEN process_data_id IS NULL AND errors = '[]' ELSE (process_data_id IS NULL) = (errors <> '[]') END
  ),
  CONSTRAINT fk_background_job_items_background_job_id FOREIGN KEY (background_job_id) REFERENCES background_jobs (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_background_job_items_process_data_id FOREIGN KEY (process_data_id) REFERENCES process_data (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE INDEX ix_background_job_items_process_data_id ON background_job_items (process_data_id) WHERE process_data_id IS NOT NULL;

-- BGJ-1: What became of an item is written once.
CREATE FUNCTION guard_finished_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'change of a finished item of %', OLD.background_job_id
    USING ERRCODE = '23514', CONSTRAINT = TG_ARGV[1], SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = TG_ARGV[0];
END $$;

CREATE TRIGGER tg_background_job_items_done_once BEFORE UPDATE ON background_job_items
  FOR EACH ROW WHEN (OLD.finished_at IS NOT NULL) EXECUTE FUNCTION guard_finished_item('finished_at', 'ck_background_job_items_bgj_1_done_once');
CREATE TRIGGER tg_background_jobs_status_flow BEFORE UPDATE OF status ON background_jobs
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION guard_flow('status', 'ck_background_jobs_bgj_1_status_flow');
CREATE TRIGGER tg_background_jobs_touch BEFORE UPDATE ON background_jobs
  FOR EACH ROW EXECUTE FUNCTION touch_row('done_count', 'failed_count', 'locked_until');

CREATE TRIGGER tg_background_jobs_audit_insert AFTER INSERT ON background_jobs REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{done_count,failed_count,locked_until}', '{}');
CREATE TRIGGER tg_background_jobs_audit_update AFTER UPDATE ON background_jobs REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{done_count,failed_count,locked_until}', '{}');
CREATE TRIGGER tg_background_jobs_audit_delete AFTER DELETE ON background_jobs REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{done_count,failed_count,locked_until}', '{}');
