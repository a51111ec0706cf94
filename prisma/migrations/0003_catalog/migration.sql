-- What is made, how and where: product models, production lines, processes, stations and equipment.

CREATE TYPE part_type AS ENUM ('PCB', 'SEMICONDUCTOR', 'COMPONENT', 'ASSEMBLY', 'WAFER');
CREATE TYPE product_model_status AS ENUM ('ACTIVE', 'INACTIVE', 'DISCONTINUED');
CREATE TYPE process_type AS ENUM ('MANUFACTURING', 'SERIAL_CONVERSION');
CREATE TYPE process_level AS ENUM ('LOT', 'WIP', 'SERIAL');
CREATE TYPE label_type AS ENUM ('LOT_LABEL', 'WIP_LABEL', 'SERIAL_LABEL');
CREATE TYPE equipment_status AS ENUM ('AVAILABLE', 'IN_USE', 'MAINTENANCE', 'OUT_OF_SERVICE', 'RETIRED');
CREATE TYPE station_status AS ENUM ('ONLINE', 'OFFLINE', 'DEGRADED');

INSERT INTO state_flows (machine, from_state, to_state) VALUES
  ('product_models.status', 'ACTIVE', 'INACTIVE'),
  ('product_models.status', 'ACTIVE', 'DISCONTINUED'),
  ('product_models.status', 'INACTIVE', 'ACTIVE'),
  ('product_models.status', 'INACTIVE', 'DISCONTINUED'),
  ('equipment.status', 'AVAILABLE', 'IN_USE'),
  ('equipment.status', 'AVAILABLE', 'MAINTENANCE'),
  ('equipment.status', 'AVAILABLE', 'OUT_OF_SERVICE'),
  ('equipment.status', 'AVAILABLE', 'RETIRED'),
  ('equipment.status', 'IN_USE', 'AVAILABLE'),
  ('equipment.status', 'IN_USE', 'MAINTENANCE'),
  ('equipment.status', 'IN_USE', 'OUT_OF_SERVICE'),
  ('equipment.status', 'MAINTENANCE', 'AVAILABLE'),
  ('equipment.status', 'MAINTENANCE', 'OUT_OF_SERVICE'),
  ('equipment.status', 'MAINTENANCE', 'RETIRED'),
  ('equipment.status', 'OUT_OF_SERVICE', 'AVAILABLE'),
  ('equipment.status', 'OUT_OF_SERVICE', 'MAINTENANCE'),
  ('equipment.status', 'OUT_OF_SERVICE', 'RETIRED');

CREATE TABLE product_models (
  id uuid NOT NULL DEFAULT uuid7(),
  code varchar(50) NOT NULL,
  lot_segment char(3) NOT NULL,
  name varchar(255) NOT NULL,
  local_name varchar(255),
  category varchar(100),
  part_type part_type NOT NULL DEFAULT 'ASSEMBLY',
  revision integer NOT NULL DEFAULT 1,
  cycle_days integer,
  max_lot_quantity integer NOT NULL DEFAULT 100,
  max_reworks integer NOT NULL DEFAULT 3,
  specifications jsonb NOT NULL DEFAULT '{}',
  tolerances jsonb NOT NULL DEFAULT '{}',
  status product_model_status NOT NULL DEFAULT 'ACTIVE',
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_product_models PRIMARY KEY (id),
  CONSTRAINT uq_product_models_code UNIQUE (code),
  CONSTRAINT ck_product_models_mdl_1_code_format CHECK (code ~ '^[A-Z0-9][A-Z0-9._-]{0,49}$'),
  CONSTRAINT ck_product_models_lot_segment_format CHECK (lot_segment ~ '^[A-Z0-9]{3}$'),
  CONSTRAINT ck_product_models_revision_positive CHECK (revision > 0),
  CONSTRAINT ck_product_models_cycle_days_positive CHECK (cycle_days > 0),
  CONSTRAINT ck_product_models_max_lot_quantity_range CHECK (max_lot_quantity BETWEEN 1 AND 1000000),
  CONSTRAINT ck_product_models_max_reworks_range CHECK (max_reworks BETWEEN 0 AND 100),
  CONSTRAINT ck_product_models_specifications_object CHECK (jsonb_typeof(specifications) = 'object'),
  CONSTRAINT ck_product_models_tolerances_object CHECK (jsonb_typeof(tolerances) = 'object')
);

CREATE INDEX ix_product_models_active ON product_models (code) WHERE status = 'ACTIVE';
CREATE INDEX ix_product_models_category ON product_models (category) WHERE category IS NOT NULL;
CREATE INDEX ix_product_models_name_search ON product_models USING gin (to_tsvector('simple', name));
CREATE INDEX ix_product_models_specifications ON product_models USING gin (specifications);

CREATE TRIGGER tg_product_models_status_flow BEFORE UPDATE OF status ON product_models
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION guard_flow('status', 'ck_product_models_mdl_2_status_flow');
CREATE TRIGGER tg_product_models_touch BEFORE UPDATE ON product_models FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TABLE production_lines (
  id uuid NOT NULL DEFAULT uuid7(),
  code varchar(50) NOT NULL,
  lot_segment char(4) NOT NULL,
  name varchar(255) NOT NULL,
  local_name varchar(255),
  description varchar(2000),
  location varchar(255),
  cycle_time_seconds integer,
  sort_order integer NOT NULL DEFAULT 1,
  config jsonb NOT NULL DEFAULT '{}',
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_production_lines PRIMARY KEY (id),
  CONSTRAINT uq_production_lines_code UNIQUE (code),
  CONSTRAINT ck_production_lines_lin_1_code_format CHECK (code ~ '^[A-Z0-9]{1,50}$'),
  CONSTRAINT ck_production_lines_lot_segment_format CHECK (lot_segment ~ '^[A-Z0-9]{4}$'),
  CONSTRAINT ck_production_lines_cycle_time_not_negative CHECK (cycle_time_seconds >= 0),
  CONSTRAINT ck_production_lines_sort_order_positive CHECK (sort_order > 0),
  CONSTRAINT ck_production_lines_config_object CHECK (jsonb_typeof(config) = 'object')
);

CREATE INDEX ix_production_lines_active ON production_lines (sort_order) WHERE is_active;

CREATE TRIGGER tg_production_lines_touch BEFORE UPDATE ON production_lines FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TABLE processes (
  id uuid NOT NULL DEFAULT uuid7(),
  number integer NOT NULL,
  code varchar(50) NOT NULL,
  name varchar(255) NOT NULL,
  local_name varchar(255),
  description varchar(2000),
  type process_type NOT NULL DEFAULT 'MANUFACTURING',
  level process_level NOT NULL DEFAULT 'WIP',
  planned_seconds integer,
  max_attempts integer,
  allow_out_of_spec_pass boolean NOT NULL DEFAULT false,
  quality_criteria jsonb NOT NULL DEFAULT '{}',
  defect_items jsonb NOT NULL DEFAULT '[]',
  auto_print_label boolean NOT NULL DEFAULT false,
  label_template label_type,
  sort_order integer NOT NULL,
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_processes PRIMARY KEY (id),
  CONSTRAINT uq_processes_prc_1_number UNIQUE (number),
  CONSTRAINT uq_processes_prc_1_code UNIQUE (code),
  CONSTRAINT uq_processes_id_level UNIQUE (id, level),
  CONSTRAINT ck_processes_prc_1_number_range CHECK (number BETWEEN 1 AND 100),
  CONSTRAINT ck_processes_prc_1_code_format CHECK (code ~ '^[A-Z0-9_]{1,50}$'),
  CONSTRAINT ck_processes_prc_3_conversion_is_wip_level CHECK (NOT is_active OR type <> 'SERIAL_CONVERSION' OR level = 'WIP'),
  CONSTRAINT ck_processes_planned_seconds_positive CHECK (planned_seconds > 0),
  CONSTRAINT ck_processes_max_attempts_positive CHECK (max_attempts >= 1),
  CONSTRAINT ck_processes_lbl_2_auto_print_has_template CHECK (NOT auto_print_label OR label_template IS NOT NULL),
  CONSTRAINT ck_processes_sort_order_positive CHECK (sort_order > 0),
  CONSTRAINT ck_processes_quality_criteria_object CHECK (jsonb_typeof(quality_criteria) = 'object'),
  CONSTRAINT ck_processes_defect_items_array CHECK (jsonb_typeof(defect_items) = 'array')
);

CREATE UNIQUE INDEX puq_processes_prc_3_one_active_conversion ON processes ((true)) WHERE is_active AND type = 'SERIAL_CONVERSION';
CREATE INDEX ix_processes_active ON processes (level, number) WHERE is_active;
CREATE INDEX ix_processes_quality_criteria ON processes USING gin (quality_criteria);
CREATE INDEX ix_processes_defect_items ON processes USING gin (defect_items);

CREATE TRIGGER tg_processes_touch BEFORE UPDATE ON processes FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TABLE stations (
  id uuid NOT NULL DEFAULT uuid7(),
  code varchar(100) NOT NULL,
  name varchar(255) NOT NULL,
  description varchar(2000),
  host varchar(255) NOT NULL,
  port integer NOT NULL DEFAULT 8080,
  production_line_id uuid,
  reported_status station_status NOT NULL DEFAULT 'OFFLINE',
  software_version varchar(50),
  health jsonb NOT NULL DEFAULT '{}',
  last_seen_at timestamptz(3),
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_stations PRIMARY KEY (id),
  CONSTRAINT uq_stations_sta_1_code UNIQUE (code),
  CONSTRAINT ck_stations_sta_1_code_format CHECK (code ~ '^[A-Z0-9_-]{1,100}$'),
  CONSTRAINT ck_stations_port_range CHECK (port BETWEEN 1 AND 65535),
  CONSTRAINT ck_stations_health_object CHECK (jsonb_typeof(health) = 'object'),
  CONSTRAINT fk_stations_production_line_id FOREIGN KEY (production_line_id) REFERENCES production_lines (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE INDEX ix_stations_last_seen_at ON stations (last_seen_at);
CREATE INDEX ix_stations_production_line_id ON stations (production_line_id);

CREATE TRIGGER tg_stations_touch BEFORE UPDATE ON stations
  FOR EACH ROW EXECUTE FUNCTION touch_row('reported_status', 'software_version', 'health', 'last_seen_at');

CREATE TABLE equipment (
  id uuid NOT NULL DEFAULT uuid7(),
  code varchar(50) NOT NULL,
  name varchar(255) NOT NULL,
  type varchar(100) NOT NULL,
  description varchar(2000),
  manufacturer varchar(255),
  model_number varchar(100),
  serial_number varchar(100),
  process_id uuid,
  production_line_id uuid,
  station_id uuid,
  status equipment_status NOT NULL DEFAULT 'AVAILABLE',
  status_changed_at timestamptz(3) NOT NULL DEFAULT now(),
  is_active boolean NOT NULL DEFAULT true,
  last_maintenance_on date,
  next_maintenance_on date,
  operation_hours numeric(10,2) NOT NULL DEFAULT 0,
  specifications jsonb NOT NULL DEFAULT '{}',
  maintenance_schedule jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_equipment PRIMARY KEY (id),
  CONSTRAINT uq_equipment_eqp_1_code UNIQUE (code),
  CONSTRAINT ck_equipment_eqp_1_code_format CHECK (code ~ '^[A-Z0-9_-]{1,50}$'),
  CONSTRAINT ck_equipment_eqp_1_type_format CHECK (type ~ '^[A-Z0-9_]{1,100}$'),
  CONSTRAINT ck_equipment_eqp_3_next_after_last CHECK (next_maintenance_on > last_maintenance_on),
  CONSTRAINT ck_equipment_operation_hours_not_negative CHECK (operation_hours >= 0),
  CONSTRAINT ck_equipment_specifications_object CHECK (jsonb_typeof(specifications) = 'object'),
  CONSTRAINT ck_equipment_maintenance_schedule_object CHECK (jsonb_typeof(maintenance_schedule) = 'object'),
  CONSTRAINT fk_equipment_process_id FOREIGN KEY (process_id) REFERENCES processes (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_equipment_production_line_id FOREIGN KEY (production_line_id) REFERENCES production_lines (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_equipment_station_id FOREIGN KEY (station_id) REFERENCES stations (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE INDEX ix_equipment_process_id ON equipment (process_id) WHERE process_id IS NOT NULL;
CREATE INDEX ix_equipment_production_line_id ON equipment (production_line_id) WHERE production_line_id IS NOT NULL;
CREATE INDEX ix_equipment_station_id ON equipment (station_id) WHERE station_id IS NOT NULL;
CREATE INDEX ix_equipment_status ON equipment (status) WHERE is_active;
CREATE INDEX ix_equipment_type ON equipment (type);
CREATE INDEX ix_equipment_next_maintenance_on ON equipment (next_maintenance_on) WHERE next_maintenance_on IS NOT NULL AND is_active;
CREATE INDEX ix_equipment_specifications ON equipment USING gin (specifications);

CREATE TRIGGER tg_equipment_status_flow BEFORE UPDATE OF status ON equipment
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION guard_flow('status', 'ck_equipment_eqp_2_status_flow');
CREATE TRIGGER tg_equipment_touch BEFORE UPDATE ON equipment FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TABLE equipment_status_periods (
  id uuid NOT NULL DEFAULT uuid7(),
  equipment_id uuid NOT NULL,
  status equipment_status NOT NULL,
  started_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3),
  reason varchar(1000),
  changed_by_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT pk_equipment_status_periods PRIMARY KEY (id),
  CONSTRAINT uq_equipment_status_periods_start UNIQUE (equipment_id, started_at),
  CONSTRAINT ck_equipment_status_periods_eqp_2_end_after_start CHECK (ended_at > started_at),
  CONSTRAINT fk_equipment_status_periods_equipment_id FOREIGN KEY (equipment_id) REFERENCES equipment (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_equipment_status_periods_changed_by_id FOREIGN KEY (changed_by_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE UNIQUE INDEX puq_equipment_status_periods_eqp_2_one_open ON equipment_status_periods (equipment_id) WHERE ended_at IS NULL;
