-- Quality: inspections of samples of a lot, their findings, the jobs by which models look for findings, and the evidence.

CREATE TYPE inspection_type AS ENUM ('VISUAL', 'ELECTRICAL', 'THERMAL', 'DIMENSIONAL', 'FUNCTIONAL', 'OPTICAL');
CREATE TYPE inspection_status AS ENUM ('PENDING', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'CANCELLED');
CREATE TYPE inspection_verdict AS ENUM ('PASS', 'FAIL');
CREATE TYPE defect_type AS ENUM ('SCRATCH', 'VOID', 'CONTAMINATION', 'MISALIGNMENT', 'SHORT', 'OPEN', 'CRACK', 'BURN', 'FOREIGN_OBJECT', 'DELAMINATION', 'CORROSION');
CREATE TYPE defect_severity AS ENUM ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL');
CREATE TYPE detection_method AS ENUM ('ML_AUTOMATED', 'MANUAL_REVIEW', 'HYBRID', 'RULE_BASED');
CREATE TYPE review_status AS ENUM ('PENDING', 'CONFIRMED', 'REJECTED', 'NEEDS_REVIEW', 'FALSE_POSITIVE');
CREATE TYPE inference_status AS ENUM ('QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT');
CREATE TYPE artifact_type AS ENUM ('IMAGE', 'VIDEO', 'MEASUREMENT', 'DOCUMENT', 'LOG', 'MODEL_OUTPUT');
CREATE TYPE storage_location AS ENUM ('PRIMARY', 'ARCHIVE', 'COLD_STORAGE', 'TEMPORARY');

INSERT INTO state_flows (machine, from_state, to_state) VALUES
  ('inspections.status', 'PENDING', 'IN_PROGRESS'),
  ('inspections.status', 'PENDING', 'CANCELLED'),
  ('inspections.status', 'IN_PROGRESS', 'COMPLETED'),
  ('inspections.status', 'IN_PROGRESS', 'FAILED'),
  ('inspections.status', 'IN_PROGRESS', 'CANCELLED'),
  ('defects.review_status', 'PENDING', 'CONFIRMED'),
  ('defects.review_status', 'PENDING', 'REJECTED'),
  ('defects.review_status', 'PENDING', 'FALSE_POSITIVE'),
  ('defects.review_status', 'PENDING', 'NEEDS_REVIEW'),
  ('defects.review_status', 'NEEDS_REVIEW', 'CONFIRMED'),
  ('defects.review_status', 'NEEDS_REVIEW', 'REJECTED'),
  ('defects.review_status', 'NEEDS_REVIEW', 'FALSE_POSITIVE'),
  ('defects.review_status', 'CONFIRMED', 'NEEDS_REVIEW'),
  ('defects.review_status', 'REJECTED', 'NEEDS_REVIEW'),
  ('defects.review_status', 'FALSE_POSITIVE', 'NEEDS_REVIEW'),
  ('inference_jobs.status', 'QUEUED', 'PROCESSING'),
  ('inference_jobs.status', 'QUEUED', 'CANCELLED'),
  ('inference_jobs.status', 'PROCESSING', 'COMPLETED'),
  ('inference_jobs.status', 'PROCESSING', 'FAILED'),
  ('inference_jobs.status', 'PROCESSING', 'TIMEOUT'),
  ('inference_jobs.status', 'PROCESSING', 'QUEUED'),
  ('inference_jobs.status', 'PROCESSING', 'CANCELLED'),
  ('inference_jobs.status', 'FAILED', 'QUEUED'),
  ('inference_jobs.status', 'TIMEOUT', 'QUEUED');

CREATE TABLE inspections (
  id uuid NOT NULL DEFAULT uuid7(),
  lot_id uuid NOT NULL,
  wip_item_id uuid,
  serial_id uuid,
  sample_code varchar(100) NOT NULL,
  type inspection_type NOT NULL,
  status inspection_status NOT NULL DEFAULT 'PENDING',
  round integer NOT NULL DEFAULT 1,
  priority integer NOT NULL DEFAULT 5,
  station_id uuid,
  inspector_id uuid,
  started_at timestamptz(3),
  completed_at timestamptz(3),
  verdict inspection_verdict,
  quality_score numeric(5, 4),
  confidence numeric(5, 4),
  failure_reason varchar(1000),
  metadata jsonb NOT NULL DEFAULT '{}',
  created_by_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_inspections PRIMARY KEY (id),
  CONSTRAINT uq_inspections_id_lot_id UNIQUE (id, lot_id),
  CONSTRAINT ck_inspections_ins_1_priority_range CHECK (priority BETWEEN 1 AND 10),
  CONSTRAINT ck_inspections_ins_1_sample_code_format CHECK (sample_code ~ '^[A-Z0-9][A-Z0-9_-]{2,99}$'),
  CONSTRAINT ck_inspections_ins_1_one_unit CHECK (num_nonnulls(wip_item_id, serial_id) <= 1),
  CONSTRAINT ck_inspections_ins_3_times_fit_status CHECK (
    CASE status
      WHEN 'PENDING' THEN started_at IS NULL AND completed_at IS NULL
      WHEN 'COMPLETED' THEN started_at IS NOT NULL AND completed_at IS NOT NULL AND completed_at >= started_at
      WHEN 'CANCELLED' THEN completed_at IS NULL
      ELSE started_at IS NOT NULL AND completed_at IS NULL
    END
  ),
  CONSTRAINT ck_inspections_ins_3_reason_fits_status CHECK ((failure_reason IS NOT NULL) = (status IN ('FAILED', 'CANCELLED'))),
  CONSTRAINT ck_inspections_ins_4_verdict_fits_status CHECK (
    num_nonnulls(verdict, quality_score, confidence) = CASE status WHEN 'COMPLETED' THEN 3 ELSE 0 END
    AND (quality_score IS NULL OR quality_score BETWEEN 0 AND 1)
    AND (confidence IS NULL OR confidence BETWEEN 0 AND 1)
    AND (verdict IS DISTINCT FROM 'PASS' OR quality_score >= 0.75)
  ),
  CONSTRAINT ck_inspections_round_positive CHECK (round > 0),
  CONSTRAINT ck_inspections_metadata_object CHECK (jsonb_typeof(metadata) = 'object'),
  CONSTRAINT fk_inspections_lot_id FOREIGN KEY (lot_id) REFERENCES lots (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_inspections_ins_1_wip_item_of_lot FOREIGN KEY (wip_item_id, lot_id) REFERENCES wip_items (id, lot_id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_inspections_ins_1_serial_of_lot FOREIGN KEY (serial_id, lot_id) REFERENCES serials (id, lot_id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_inspections_station_id FOREIGN KEY (station_id) REFERENCES stations (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_inspections_inspector_id FOREIGN KEY (inspector_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_inspections_created_by_id FOREIGN KEY (created_by_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE UNIQUE INDEX puq_inspections_ins_2_one_per_round ON inspections (lot_id, sample_code, type, round)
  WHERE status IN ('PENDING', 'IN_PROGRESS', 'COMPLETED');
CREATE INDEX ix_inspections_queue ON inspections (priority DESC, created_at, id) WHERE status = 'PENDING';
CREATE INDEX ix_inspections_lot_id_created_at ON inspections (lot_id, created_at);
CREATE INDEX ix_inspections_wip_item_id ON inspections (wip_item_id) WHERE wip_item_id IS NOT NULL;
CREATE INDEX ix_inspections_serial_id ON inspections (serial_id) WHERE serial_id IS NOT NULL;
CREATE INDEX ix_inspections_status_created_at ON inspections (status, created_at);
CREATE INDEX ix_inspections_type_status ON inspections (type, status);
CREATE INDEX ix_inspections_sample_code ON inspections (sample_code varchar_pattern_ops);
CREATE INDEX ix_inspections_station_id ON inspections (station_id) WHERE station_id IS NOT NULL;
CREATE INDEX ix_inspections_inspector_id ON inspections (inspector_id) WHERE inspector_id IS NOT NULL;
CREATE INDEX ix_inspections_completed_at ON inspections (completed_at, id);
CREATE INDEX ix_inspections_completed_at_descending ON inspections (completed_at DESC NULLS LAST, id DESC);
CREATE INDEX ix_inspections_created_at ON inspections (created_at);
CREATE INDEX ix_inspections_priority_created_at ON inspections (priority DESC, created_at, id);
CREATE INDEX ix_inspections_metadata ON inspections USING gin (metadata);

CREATE TABLE inference_jobs (
  id uuid NOT NULL DEFAULT uuid7(),
  inspection_id uuid NOT NULL,
  model_name varchar(100) NOT NULL,
  model_version varchar(20) NOT NULL,
  status inference_status NOT NULL DEFAULT 'QUEUED',
  priority integer NOT NULL DEFAULT 5,
  batch_size integer NOT NULL DEFAULT 1,
  confidence_threshold numeric(5, 4) NOT NULL DEFAULT 0.7,
  processing_parameters jsonb NOT NULL DEFAULT '{}',
  performance_metrics jsonb NOT NULL DEFAULT '{}',
  input_artifact_ids jsonb NOT NULL DEFAULT '[]',
  attempts integer NOT NULL DEFAULT 0,
  max_attempts integer NOT NULL DEFAULT 3,
  queued_at timestamptz(3) NOT NULL DEFAULT now(),
  run_after timestamptz(3) NOT NULL DEFAULT now(),
  started_at timestamptz(3),
  completed_at timestamptz(3),
  worker_code varchar(100),
  lease_until timestamptz(3),
  external_request_id varchar(100),
  error_message varchar(2000),
  discarded_count integer NOT NULL DEFAULT 0,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_inference_jobs PRIMARY KEY (id),
  CONSTRAINT uq_inference_jobs_id_inspection_id UNIQUE (id, inspection_id),
  CONSTRAINT ck_inference_jobs_job_1_times_fit_status CHECK (
    (started_at IS NULL OR started_at >= queued_at)
    AND (completed_at IS NULL OR (started_at IS NOT NULL AND completed_at >= started_at))
    AND CASE status
      WHEN 'QUEUED' THEN started_at IS NULL AND completed_at IS NULL
      WHEN 'PROCESSING' THEN started_at IS NOT NULL AND completed_at IS NULL
      WHEN 'CANCELLED' THEN completed_at IS NULL
      ELSE completed_at IS NOT NULL
    END
  ),
  CONSTRAINT ck_inference_jobs_job_1_claim_fits_status CHECK (
    (worker_code IS NOT NULL) = (status = 'PROCESSING') AND (lease_until IS NOT NULL) = (status = 'PROCESSING')
  ),
  CONSTRAINT ck_inference_jobs_job_4_attempts_range CHECK (max_attempts BETWEEN 1 AND 10 AND attempts BETWEEN 0 AND max_attempts),
  CONSTRAINT ck_inference_jobs_priority_range CHECK (priority BETWEEN 1 AND 10),
  CONSTRAINT ck_inference_jobs_batch_size_positive CHECK (batch_size > 0),
  CONSTRAINT ck_inference_jobs_threshold_range CHECK (confidence_threshold BETWEEN 0 AND 1),
  CONSTRAINT ck_inference_jobs_discarded_count_not_negative CHECK (discarded_count >= 0),
  CONSTRAINT ck_inference_jobs_processing_parameters_object CHECK (jsonb_typeof(processing_parameters) = 'object'),
  CONSTRAINT ck_inference_jobs_performance_metrics_object CHECK (jsonb_typeof(performance_metrics) = 'object'),
  CONSTRAINT ck_inference_jobs_input_artifact_ids_array CHECK (jsonb_typeof(input_artifact_ids) = 'array'),
  CONSTRAINT fk_inference_jobs_inspection_id FOREIGN KEY (inspection_id) REFERENCES inspections (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE INDEX ix_inference_jobs_queue ON inference_jobs (priority DESC, queued_at, id) WHERE status = 'QUEUED';
CREATE INDEX ix_inference_jobs_leases ON inference_jobs (lease_until) WHERE status = 'PROCESSING';
CREATE INDEX ix_inference_jobs_inspection_id ON inference_jobs (inspection_id);
CREATE INDEX ix_inference_jobs_status_created_at ON inference_jobs (status, created_at);
CREATE INDEX ix_inference_jobs_model ON inference_jobs (model_name, model_version);
CREATE INDEX ix_inference_jobs_completed_at ON inference_jobs (completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX ix_inference_jobs_external_request_id ON inference_jobs (external_request_id) WHERE external_request_id IS NOT NULL;
CREATE INDEX ix_inference_jobs_created_at ON inference_jobs (created_at);
CREATE INDEX ix_inference_jobs_input_artifact_ids ON inference_jobs USING gin (input_artifact_ids);

CREATE TABLE defects (
  id uuid NOT NULL DEFAULT uuid7(),
  inspection_id uuid NOT NULL,
  type defect_type NOT NULL,
  severity defect_severity NOT NULL,
  detection_method detection_method NOT NULL,
  confidence numeric(5, 4),
  location jsonb,
  description varchar(2000),
  review_status review_status NOT NULL DEFAULT 'PENDING',
  reviewed_by_id uuid,
  reviewed_at timestamptz(3),
  review_notes varchar(2000),
  corrective_action varchar(2000),
  inference_job_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_defects PRIMARY KEY (id),
  CONSTRAINT uq_defects_id_inspection_id UNIQUE (id, inspection_id),
  CONSTRAINT ck_defects_def_1_confidence_range CHECK (confidence BETWEEN 0 AND 1),
  CONSTRAINT ck_defects_def_2_location_shape CHECK (
    CASE
      WHEN location IS NULL THEN true
      WHEN (jsonb_typeof(location -> 'x'), jsonb_typeof(location -> 'y'), jsonb_typeof(location -> 'width'), jsonb_typeof(location -> 'height'))
        IS DISTINCT FROM ('number', 'number', 'number', 'number') THEN false
      ELSE (location ->> 'x')::numeric >= 0 AND (location ->> 'y')::numeric >= 0
        AND (location ->> 'width')::numeric > 0 AND (location ->> 'height')::numeric > 0
    END
  ),
  CONSTRAINT ck_defects_def_3_review_is_signed CHECK (
    CASE review_status
      WHEN 'PENDING' THEN num_nonnulls(reviewed_by_id, reviewed_at, review_notes) = 0
      WHEN 'NEEDS_REVIEW' THEN num_nulls(reviewed_by_id, reviewed_at, review_notes) = 0
      ELSE num_nulls(reviewed_by_id, reviewed_at) = 0
    END
  ),
  CONSTRAINT fk_defects_inspection_id FOREIGN KEY (inspection_id) REFERENCES inspections (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_defects_reviewed_by_id FOREIGN KEY (reviewed_by_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_defects_def_5_job_of_inspection FOREIGN KEY (inference_job_id, inspection_id) REFERENCES inference_jobs (id, inspection_id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE INDEX ix_defects_inspection_id ON defects (inspection_id);
CREATE INDEX ix_defects_type_severity ON defects (type, severity);
CREATE INDEX ix_defects_confidence ON defects (confidence DESC);
CREATE INDEX ix_defects_open_review ON defects (created_at) WHERE review_status IN ('PENDING', 'NEEDS_REVIEW');
CREATE INDEX ix_defects_detection_method ON defects (detection_method);
CREATE INDEX ix_defects_created_at ON defects (created_at);
CREATE INDEX ix_defects_inference_job_id ON defects (inference_job_id) WHERE inference_job_id IS NOT NULL;
CREATE INDEX ix_defects_description_search ON defects USING gin (to_tsvector('simple', coalesce(description, '')));

-- A file name has no separator, no character that a file system or a shell reads as something else, no control character, and no mark that
-- turns the direction of the text: U+200E, U+200F, U+061C, U+202A to U+202E, U+2066 to U+2069. It is not a device of Windows, and does not
-- begin with a point or a space, or end with one: Windows drops these at the end.
CREATE TABLE artifacts (
  id uuid NOT NULL DEFAULT uuid7(),
  inspection_id uuid NOT NULL,
  inference_job_id uuid,
  defect_id uuid,
  type artifact_type NOT NULL,
  file_name varchar(255) NOT NULL,
  content_type varchar(100) NOT NULL,
  size_bytes bigint NOT NULL,
  checksum_sha256 char(64) NOT NULL,
  storage_key varchar(200),
  is_stored boolean NOT NULL DEFAULT true,
  storage_location storage_location NOT NULL DEFAULT 'PRIMARY',
  archived_at timestamptz(3),
  tags text[] DEFAULT '{}',
  metadata jsonb NOT NULL DEFAULT '{}',
  uploaded_by_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_artifacts PRIMARY KEY (id),
  CONSTRAINT uq_artifacts_art_1_inspection_file_name UNIQUE (inspection_id, file_name),
  CONSTRAINT ck_artifacts_art_1_file_name_safe CHECK (
    file_name <> '' AND file_name !~ '[/\\<>:"|?*\u0001-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]'
    AND file_name !~ '^[. ]' AND file_name !~ '[. ]$' AND file_name !~ '\.\.'
    AND file_name !~* '^(con|prn|aux|nul|com[0-9]|lpt[0-9]) *(\.|$)'
  ),
  CONSTRAINT ck_artifacts_art_2_checksum_format CHECK (checksum_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT ck_artifacts_size_not_negative CHECK (size_bytes >= 0),
  CONSTRAINT ck_artifacts_art_5_archived_has_time CHECK (
    (archived_at IS NOT NULL) = (storage_location IN ('ARCHIVE', 'COLD_STORAGE'))
  ),
  CONSTRAINT ck_artifacts_tags_count CHECK (tags IS NOT NULL AND cardinality(tags) <= 30 AND array_position(tags, NULL) IS NULL),
  CONSTRAINT ck_artifacts_metadata_object CHECK (jsonb_typeof(metadata) = 'object'),
  CONSTRAINT fk_artifacts_inspection_id FOREIGN KEY (inspection_id) REFERENCES inspections (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_artifacts_art_6_job_of_inspection FOREIGN KEY (inference_job_id, inspection_id) REFERENCES inference_jobs (id, inspection_id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_artifacts_art_6_defect_of_inspection FOREIGN KEY (defect_id, inspection_id) REFERENCES defects (id, inspection_id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_artifacts_uploaded_by_id FOREIGN KEY (uploaded_by_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE INDEX ix_artifacts_inspection_id_type ON artifacts (inspection_id, type);
CREATE INDEX ix_artifacts_checksum_sha256 ON artifacts (checksum_sha256);
CREATE INDEX ix_artifacts_tags ON artifacts USING gin (tags);
CREATE INDEX ix_artifacts_storage_key ON artifacts (storage_key);
CREATE INDEX ix_artifacts_storage_location ON artifacts (storage_location);
CREATE INDEX ix_artifacts_created_at ON artifacts (created_at);
CREATE INDEX ix_artifacts_inference_job_id ON artifacts (inference_job_id) WHERE inference_job_id IS NOT NULL;
CREATE INDEX ix_artifacts_defect_id ON artifacts (defect_id) WHERE defect_id IS NOT NULL;

CREATE TRIGGER tg_inspections_status_flow BEFORE UPDATE OF status ON inspections
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION guard_flow('status', 'ck_inspections_ins_3_status_flow');
CREATE TRIGGER tg_inspections_touch BEFORE UPDATE ON inspections FOR EACH ROW EXECUTE FUNCTION touch_row();
CREATE TRIGGER tg_inference_jobs_status_flow BEFORE UPDATE OF status ON inference_jobs
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION guard_flow('status', 'ck_inference_jobs_job_1_status_flow');
CREATE TRIGGER tg_inference_jobs_touch BEFORE UPDATE ON inference_jobs FOR EACH ROW EXECUTE FUNCTION touch_row('lease_until');
CREATE TRIGGER tg_defects_review_status_flow BEFORE UPDATE OF review_status ON defects
  FOR EACH ROW WHEN (OLD.review_status <> NEW.review_status) EXECUTE FUNCTION guard_flow('review_status', 'ck_defects_def_3_review_status_flow');
CREATE TRIGGER tg_defects_touch BEFORE UPDATE ON defects FOR EACH ROW EXECUTE FUNCTION touch_row();
CREATE TRIGGER tg_artifacts_touch BEFORE UPDATE ON artifacts FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TRIGGER tg_inspections_audit_insert AFTER INSERT ON inspections REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_inspections_audit_update AFTER UPDATE ON inspections REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_inspections_audit_delete AFTER DELETE ON inspections REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_inference_jobs_audit_insert AFTER INSERT ON inference_jobs REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{lease_until}', '{}');
CREATE TRIGGER tg_inference_jobs_audit_update AFTER UPDATE ON inference_jobs REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{lease_until}', '{}');
CREATE TRIGGER tg_inference_jobs_audit_delete AFTER DELETE ON inference_jobs REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{lease_until}', '{}');
CREATE TRIGGER tg_defects_audit_insert AFTER INSERT ON defects REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_defects_audit_update AFTER UPDATE ON defects REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_defects_audit_delete AFTER DELETE ON defects REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_artifacts_audit_insert AFTER INSERT ON artifacts REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_artifacts_audit_update AFTER UPDATE ON artifacts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_artifacts_audit_delete AFTER DELETE ON artifacts REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
