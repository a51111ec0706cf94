-- The floor: lots, their WIP items and serials, and the executions of steps on them.

CREATE TYPE lot_status AS ENUM ('CREATED', 'IN_PROGRESS', 'COMPLETED', 'CLOSED');
CREATE TYPE lot_disposition AS ENUM ('UNDECIDED', 'QUARANTINED', 'RELEASED', 'REJECTED');
CREATE TYPE wip_item_status AS ENUM ('CREATED', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'CONVERTED');
CREATE TYPE serial_status AS ENUM ('CREATED', 'IN_PROGRESS', 'PASSED', 'FAILED');
CREATE TYPE process_result AS ENUM ('PASS', 'FAIL', 'REWORK');

INSERT INTO state_flows (machine, from_state, to_state) VALUES
  ('lots.status', 'CREATED', 'IN_PROGRESS'),
  ('lots.status', 'IN_PROGRESS', 'COMPLETED'),
  ('lots.status', 'COMPLETED', 'CLOSED'),
  ('lots.disposition', 'UNDECIDED', 'QUARANTINED'),
  ('lots.disposition', 'UNDECIDED', 'RELEASED'),
  ('lots.disposition', 'UNDECIDED', 'REJECTED'),
  ('lots.disposition', 'QUARANTINED', 'RELEASED'),
  ('lots.disposition', 'QUARANTINED', 'REJECTED'),
  ('lots.disposition', 'RELEASED', 'QUARANTINED'),
  ('wip_items.status', 'CREATED', 'IN_PROGRESS'),
  ('wip_items.status', 'IN_PROGRESS', 'COMPLETED'),
  ('wip_items.status', 'IN_PROGRESS', 'FAILED'),
  ('wip_items.status', 'FAILED', 'IN_PROGRESS'),
  ('wip_items.status', 'COMPLETED', 'CONVERTED'),
  ('wip_items.status', 'COMPLETED', 'IN_PROGRESS'),
  ('serials.status', 'CREATED', 'IN_PROGRESS'),
  ('serials.status', 'IN_PROGRESS', 'PASSED'),
  ('serials.status', 'IN_PROGRESS', 'FAILED'),
  ('serials.status', 'FAILED', 'IN_PROGRESS');

CREATE TABLE lots (
  id uuid NOT NULL DEFAULT uuid7(),
  number char(13) NOT NULL,
  product_model_id uuid NOT NULL,
  production_line_id uuid NOT NULL,
  production_date date NOT NULL,
  target_quantity integer NOT NULL DEFAULT 100,
  status lot_status NOT NULL DEFAULT 'CREATED',
  disposition lot_disposition NOT NULL DEFAULT 'UNDECIDED',
  disposition_reason varchar(1000),
  disposition_at timestamptz(3),
  disposition_by_id uuid,
  started_at timestamptz(3),
  completed_at timestamptz(3),
  closed_at timestamptz(3),
  completion_reason varchar(1000),
  supplier_code varchar(100),
  external_number varchar(100),
  quality_requirements jsonb NOT NULL DEFAULT '{}',
  metadata jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_lots PRIMARY KEY (id),
  CONSTRAINT uq_lots_lot_1_number UNIQUE (number),
  CONSTRAINT ck_lots_lot_1_number_format CHECK (number ~ '^[A-Z0-9]{11}[0-9]{2}$'),
  CONSTRAINT ck_lots_lot_3_target_range CHECK (target_quantity BETWEEN 1 AND 1000000),
  CONSTRAINT ck_lots_lot_5_status_times CHECK (
    (started_at IS NOT NULL) = (status <> 'CREATED')
    AND (completed_at IS NOT NULL) = (status IN ('COMPLETED', 'CLOSED'))
    AND (closed_at IS NOT NULL) = (status = 'CLOSED')
    AND (completed_at IS NULL OR completed_at >= started_at)
    AND (closed_at IS NULL OR closed_at >= completed_at)
  ),
  CONSTRAINT ck_lots_lot_6_disposition_is_signed CHECK (
    CASE disposition
      WHEN 'UNDECIDED' THEN num_nonnulls(disposition_reason, disposition_at, disposition_by_id) = 0
      ELSE disposition_reason IS NOT NULL AND disposition_at IS NOT NULL
    END
  ),
  CONSTRAINT ck_lots_production_date_range CHECK (production_date BETWEEN '2000-01-01' AND '2099-12-31'),
  CONSTRAINT ck_lots_quality_requirements_object CHECK (jsonb_typeof(quality_requirements) = 'object'),
  CONSTRAINT ck_lots_metadata_object CHECK (jsonb_typeof(metadata) = 'object'),
  CONSTRAINT fk_lots_product_model_id FOREIGN KEY (product_model_id) REFERENCES product_models (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_lots_production_line_id FOREIGN KEY (production_line_id) REFERENCES production_lines (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_lots_disposition_by_id FOREIGN KEY (disposition_by_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE UNIQUE INDEX puq_lots_external_number ON lots (external_number) WHERE external_number IS NOT NULL;
CREATE INDEX ix_lots_created_at ON lots (created_at DESC, id DESC);
CREATE INDEX ix_lots_status_created_at ON lots (status, created_at DESC, id DESC);
CREATE INDEX ix_lots_production_date ON lots (production_date DESC, id DESC);
CREATE INDEX ix_lots_product_model_id_production_date ON lots (product_model_id, production_date);
CREATE INDEX ix_lots_production_line_id_production_date ON lots (production_line_id, production_date);
CREATE INDEX ix_lots_open ON lots (production_date) WHERE status IN ('CREATED', 'IN_PROGRESS');
CREATE INDEX ix_lots_held ON lots (disposition_at) WHERE disposition IN ('QUARANTINED', 'REJECTED');
CREATE INDEX ix_lots_completed_at ON lots (completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX ix_lots_closed_at ON lots (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX ix_lots_number_prefix ON lots (number bpchar_pattern_ops);
CREATE INDEX ix_lots_metadata ON lots USING gin (metadata);

CREATE TRIGGER tg_lots_status_flow BEFORE UPDATE OF status ON lots
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION guard_flow('status', 'ck_lots_lot_5_status_flow');
CREATE TRIGGER tg_lots_disposition_flow BEFORE UPDATE OF disposition ON lots
  FOR EACH ROW WHEN (OLD.disposition <> NEW.disposition) EXECUTE FUNCTION guard_flow('disposition', 'ck_lots_lot_6_disposition_flow');
CREATE TRIGGER tg_lots_touch BEFORE UPDATE ON lots FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TABLE wip_items (
  id uuid NOT NULL DEFAULT uuid7(),
  number varchar(25) NOT NULL,
  lot_id uuid NOT NULL,
  sequence integer NOT NULL,
  status wip_item_status NOT NULL DEFAULT 'CREATED',
  external_number varchar(100),
  current_process_id uuid,
  completed_at timestamptz(3),
  converted_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_wip_items PRIMARY KEY (id),
  CONSTRAINT uq_wip_items_wip_1_number UNIQUE (number),
  CONSTRAINT uq_wip_items_wip_2_lot_sequence UNIQUE (lot_id, sequence),
  CONSTRAINT uq_wip_items_id_lot_id UNIQUE (id, lot_id),
  CONSTRAINT uq_wip_items_id_lot_id_sequence UNIQUE (id, lot_id, sequence),
  CONSTRAINT ck_wip_items_wip_1_number_format CHECK (number ~ '^WIP-[A-Z0-9]{13}-[0-9]{3,7}$'),
  CONSTRAINT ck_wip_items_wip_2_sequence_range CHECK (sequence BETWEEN 1 AND 1000000),
  CONSTRAINT ck_wip_items_wip_5_status_times CHECK (
    (completed_at IS NOT NULL) = (status IN ('COMPLETED', 'CONVERTED'))
    AND (converted_at IS NOT NULL) = (status = 'CONVERTED')
  ),
  CONSTRAINT fk_wip_items_lot_id FOREIGN KEY (lot_id) REFERENCES lots (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_wip_items_current_process_id FOREIGN KEY (current_process_id) REFERENCES processes (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE UNIQUE INDEX puq_wip_items_external_number ON wip_items (external_number) WHERE external_number IS NOT NULL;
CREATE INDEX ix_wip_items_lot_id_status ON wip_items (lot_id, status);
CREATE INDEX ix_wip_items_active ON wip_items (lot_id, sequence) WHERE status <> 'CONVERTED';
CREATE INDEX ix_wip_items_current_process_id ON wip_items (current_process_id) WHERE current_process_id IS NOT NULL;
CREATE INDEX ix_wip_items_completed_at ON wip_items (completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX ix_wip_items_converted_at ON wip_items (converted_at) WHERE converted_at IS NOT NULL;
CREATE INDEX ix_wip_items_created_at ON wip_items (created_at);

CREATE TRIGGER tg_wip_items_status_flow BEFORE UPDATE OF status ON wip_items
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION guard_flow('status', 'ck_wip_items_wip_5_status_flow');
CREATE TRIGGER tg_wip_items_touch BEFORE UPDATE ON wip_items FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TABLE serials (
  id uuid NOT NULL DEFAULT uuid7(),
  number varchar(20) NOT NULL,
  lot_id uuid NOT NULL,
  wip_item_id uuid NOT NULL,
  sequence integer NOT NULL,
  status serial_status NOT NULL DEFAULT 'CREATED',
  external_number varchar(100),
  rework_count integer NOT NULL DEFAULT 0,
  max_reworks integer NOT NULL,
  failure_reason varchar(1000),
  completed_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_serials PRIMARY KEY (id),
  CONSTRAINT uq_serials_ser_1_number UNIQUE (number),
  CONSTRAINT uq_serials_ser_5_one_per_wip_item UNIQUE (wip_item_id),
  CONSTRAINT uq_serials_id_wip_item_id_lot_id UNIQUE (id, wip_item_id, lot_id),
  CONSTRAINT uq_serials_id_lot_id UNIQUE (id, lot_id),
  CONSTRAINT ck_serials_ser_1_number_format CHECK (number ~ '^[A-Z0-9]{11}[0-9]{5,9}$'),
  CONSTRAINT ck_serials_ser_2_rework_limit CHECK (rework_count BETWEEN 0 AND max_reworks),
  CONSTRAINT ck_serials_ser_3_terminal_has_time CHECK ((completed_at IS NOT NULL) = (status IN ('PASSED', 'FAILED'))),
  CONSTRAINT ck_serials_ser_4_failure_has_reason CHECK (
    CASE status WHEN 'FAILED' THEN failure_reason IS NOT NULL AND failure_reason ~ '\S' ELSE failure_reason IS NULL END
  ),
  CONSTRAINT fk_serials_lot_id FOREIGN KEY (lot_id) REFERENCES lots (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_serials_ser_5_same_unit_as_wip_item FOREIGN KEY (wip_item_id, lot_id, sequence) REFERENCES wip_items (id, lot_id, sequence)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE UNIQUE INDEX puq_serials_external_number ON serials (external_number) WHERE external_number IS NOT NULL;
CREATE INDEX ix_serials_lot_id_sequence ON serials (lot_id, sequence);
CREATE INDEX ix_serials_lot_id_status ON serials (lot_id, status);
CREATE INDEX ix_serials_active ON serials (lot_id) WHERE status IN ('CREATED', 'IN_PROGRESS');
CREATE INDEX ix_serials_failed ON serials (lot_id, sequence) WHERE status = 'FAILED';
CREATE INDEX ix_serials_reworked ON serials (lot_id) WHERE rework_count > 0;
CREATE INDEX ix_serials_completed_at ON serials (completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX ix_serials_created_at ON serials (created_at);

CREATE TRIGGER tg_serials_status_flow BEFORE UPDATE OF status ON serials
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION guard_flow('status', 'ck_serials_ser_3_status_flow');
CREATE TRIGGER tg_serials_touch BEFORE UPDATE ON serials FOR EACH ROW EXECUTE FUNCTION touch_row();

-- The compound references say more than single ones could: the step has the level of the record, the item belongs to the lot, the
-- serial was that item. Each also proves that its row exists, so no second, plain reference stands beside it.
CREATE TABLE process_data (
  id uuid NOT NULL DEFAULT uuid7(),
  level process_level NOT NULL,
  lot_id uuid NOT NULL,
  wip_item_id uuid,
  serial_id uuid,
  unit_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(serial_id, wip_item_id, lot_id)) STORED,
  process_id uuid NOT NULL,
  attempt integer NOT NULL,
  operator_id uuid NOT NULL,
  equipment_id uuid,
  station_id uuid,
  result process_result,
  measurements jsonb NOT NULL DEFAULT '[]',
  defects jsonb NOT NULL DEFAULT '[]',
  notes varchar(1000),
  started_at timestamptz(3) NOT NULL DEFAULT now(),
  completed_at timestamptz(3),
  duration_seconds integer GENERATED ALWAYS AS (floor(extract(epoch FROM completed_at - started_at))::integer) STORED,
  corrected_at timestamptz(3),
  corrected_by_id uuid,
  correction_reason varchar(1000),
  search tsvector NOT NULL GENERATED ALWAYS AS (
    setweight(to_tsvector('simple', coalesce(notes, '')), 'A')
    || setweight(jsonb_to_tsvector('simple', defects, '["string"]'), 'B')
    || setweight(jsonb_to_tsvector('simple', measurements, '["string"]'), 'C')
  ) STORED,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_process_data PRIMARY KEY (id),
  CONSTRAINT uq_process_data_pd_9_attempt UNIQUE (unit_id, process_id, attempt),
  CONSTRAINT ck_process_data_pd_1_level_fits_unit CHECK (
    CASE level
      WHEN 'LOT' THEN wip_item_id IS NULL AND serial_id IS NULL
      WHEN 'WIP' THEN wip_item_id IS NOT NULL AND serial_id IS NULL
      WHEN 'SERIAL' THEN wip_item_id IS NOT NULL AND serial_id IS NOT NULL
      ELSE false
    END
  ),
  CONSTRAINT ck_process_data_pd_2_defects_fit_result CHECK (
    CASE result WHEN 'FAIL' THEN defects <> '[]' WHEN 'REWORK' THEN true ELSE defects = '[]' END
  ),
  CONSTRAINT ck_process_data_pd_3_time_order CHECK (completed_at >= started_at),
  CONSTRAINT ck_process_data_pd_4_open_has_no_result CHECK ((result IS NULL) = (completed_at IS NULL)),
  CONSTRAINT ck_process_data_pd_9_attempt_positive CHECK (attempt >= 1),
  CONSTRAINT ck_process_data_pd_13_correction_is_signed CHECK (
    num_nonnulls(corrected_at, corrected_by_id, correction_reason) IN (0, 3) AND (corrected_at IS NULL OR completed_at IS NOT NULL)
  ),
  CONSTRAINT ck_process_data_measurements_array CHECK (jsonb_typeof(measurements) = 'array'),
  CONSTRAINT ck_process_data_defects_array CHECK (jsonb_typeof(defects) = 'array'),
  CONSTRAINT fk_process_data_lot_id FOREIGN KEY (lot_id) REFERENCES lots (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_process_data_pd_17_process_of_level FOREIGN KEY (process_id, level) REFERENCES processes (id, level)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_process_data_pd_18_wip_item_of_lot FOREIGN KEY (wip_item_id, lot_id) REFERENCES wip_items (id, lot_id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_process_data_pd_18_serial_of_wip_item FOREIGN KEY (serial_id, wip_item_id, lot_id)
    REFERENCES serials (id, wip_item_id, lot_id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_process_data_operator_id FOREIGN KEY (operator_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_process_data_equipment_id FOREIGN KEY (equipment_id) REFERENCES equipment (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_process_data_station_id FOREIGN KEY (station_id) REFERENCES stations (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_process_data_corrected_by_id FOREIGN KEY (corrected_by_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE UNIQUE INDEX puq_process_data_pd_5_one_open ON process_data (unit_id, process_id) WHERE completed_at IS NULL;
CREATE UNIQUE INDEX puq_process_data_pd_6_one_pass ON process_data (unit_id, process_id) WHERE result = 'PASS';
CREATE INDEX ix_process_data_started_at ON process_data (started_at DESC, id DESC);
CREATE INDEX ix_process_data_lot_id_started_at ON process_data (lot_id, started_at);
CREATE INDEX ix_process_data_wip_item_id_started_at ON process_data (wip_item_id, started_at) WHERE wip_item_id IS NOT NULL;
CREATE INDEX ix_process_data_serial_id_started_at ON process_data (serial_id, started_at) WHERE serial_id IS NOT NULL;
CREATE INDEX ix_process_data_process_id_completed_at ON process_data (process_id, completed_at, result);
CREATE INDEX ix_process_data_operator_id_completed_at ON process_data (operator_id, completed_at);
CREATE INDEX ix_process_data_equipment_id_started_at ON process_data (equipment_id, started_at) WHERE equipment_id IS NOT NULL;
CREATE INDEX ix_process_data_failures ON process_data (process_id, completed_at) WHERE result = 'FAIL';
CREATE INDEX ix_process_data_open ON process_data (process_id, started_at) WHERE completed_at IS NULL;
CREATE INDEX ix_process_data_completed_at ON process_data (completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX ix_process_data_defects ON process_data USING gin (defects jsonb_path_ops);
CREATE INDEX ix_process_data_measurements ON process_data USING gin (measurements jsonb_path_ops);
CREATE INDEX ix_process_data_search ON process_data USING gin (search);

CREATE TRIGGER tg_process_data_touch BEFORE UPDATE ON process_data
  FOR EACH ROW EXECUTE FUNCTION touch_row('unit_id', 'duration_seconds', 'search');
