-- What operations and statements cost on this plant: the baselines, and what was measured against them.

CREATE TYPE performance_kind AS ENUM ('BASELINE', 'MEASUREMENT');
COMMENT ON TYPE performance_kind IS 'Whether a figure is what others are compared with.';

CREATE TABLE performance_baselines (
  id uuid NOT NULL DEFAULT uuid7(),
  metric varchar(100) NOT NULL,
  subject varchar(200) NOT NULL,
  kind performance_kind NOT NULL,
  value numeric(20,6) NOT NULL,
  unit varchar(50) NOT NULL,
  measured_at timestamptz(3) NOT NULL DEFAULT now(),
  postgres_version varchar(100) NOT NULL,
  notes varchar(1000),
  replaced_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT pk_performance_baselines PRIMARY KEY (id),
  CONSTRAINT ck_performance_baselines_value_positive CHECK (value > 0),
  CONSTRAINT ck_performance_baselines_prf_1_only_baseline_replaced CHECK (replaced_at IS NULL OR kind = 'BASELINE')
);

CREATE UNIQUE INDEX puq_performance_baselines_prf_1_one_baseline ON performance_baselines (metric, subject)
  WHERE kind = 'BASELINE' AND replaced_at IS NULL;
CREATE INDEX ix_performance_baselines_metric_subject ON performance_baselines (metric, subject, measured_at DESC);
CREATE INDEX ix_performance_baselines_measured_at ON performance_baselines (measured_at);

CREATE TRIGGER tg_performance_baselines_audit_insert AFTER INSERT ON performance_baselines REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_performance_baselines_audit_update AFTER UPDATE ON performance_baselines REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_performance_baselines_audit_delete AFTER DELETE ON performance_baselines REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');

COMMENT ON TABLE performance_baselines IS 'A measured cost of an operation or a statement: a baseline, or a measurement that is compared with it.';
COMMENT ON COLUMN performance_baselines.id IS 'Identifies the figure for ever.';
COMMENT ON COLUMN performance_baselines.metric IS 'What was measured, such as `duration`.';
COMMENT ON COLUMN performance_baselines.subject IS 'Of what: the name of an operation, or a statement.';
COMMENT ON COLUMN performance_baselines.kind IS 'Whether it is what others are compared with.';
COMMENT ON COLUMN performance_baselines.value IS 'The figure, greater than 0; a greater one is worse.';
COMMENT ON COLUMN performance_baselines.unit IS 'The unit of the figure, such as `ms`.';
COMMENT ON COLUMN performance_baselines.measured_at IS 'When it was recorded (UTC).';
COMMENT ON COLUMN performance_baselines.postgres_version IS 'The version of the database server.';
COMMENT ON COLUMN performance_baselines.notes IS 'How it was measured; null when not described.';
COMMENT ON COLUMN performance_baselines.replaced_at IS 'When a newer baseline replaced it (UTC); null for the current one, and for measurements.';
COMMENT ON COLUMN performance_baselines.created_at IS 'When the record was made (UTC).';
