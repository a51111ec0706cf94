-- Genealogy: which lots, serials and supplier lots were built into which lots, WIP items and serials.

CREATE TABLE component_uses (
  id uuid NOT NULL DEFAULT uuid7(),
  consumer_lot_id uuid,
  consumer_wip_item_id uuid,
  consumer_serial_id uuid,
  consumer_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(consumer_serial_id, consumer_wip_item_id, consumer_lot_id)) STORED,
  component_lot_id uuid,
  component_serial_id uuid,
  external_lot_number varchar(100),
  component_id uuid GENERATED ALWAYS AS (coalesce(component_serial_id, component_lot_id)) STORED,
  role varchar(50),
  quantity numeric(18, 6) NOT NULL DEFAULT 1,
  unit varchar(20) NOT NULL DEFAULT '1',
  position varchar(100),
  process_data_id uuid,
  installed_at timestamptz(3) NOT NULL DEFAULT now(),
  installed_by_id uuid,
  station_id uuid,
  removed_at timestamptz(3),
  removed_by_id uuid,
  removal_station_id uuid,
  removal_reason varchar(1000),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_component_uses PRIMARY KEY (id),
  CONSTRAINT ck_component_uses_cmp_1_one_consumer CHECK (num_nonnulls(consumer_lot_id, consumer_wip_item_id, consumer_serial_id) = 1),
  CONSTRAINT ck_component_uses_cmp_1_one_component CHECK (num_nonnulls(component_lot_id, component_serial_id, external_lot_number) = 1),
  CONSTRAINT ck_component_uses_cmp_1_external_number_form CHECK (external_lot_number <> '' AND external_lot_number !~ '[a-z]'),
  CONSTRAINT ck_component_uses_cmp_2_quantity_positive CHECK (quantity > 0),
  CONSTRAINT ck_component_uses_cmp_2_serial_is_one CHECK (component_serial_id IS NULL OR quantity = 1),
  CONSTRAINT ck_component_uses_cmp_4_removal_is_signed CHECK (
    CASE
      WHEN removed_at IS NULL THEN num_nonnulls(removed_by_id, removal_station_id, removal_reason) = 0
      ELSE removal_reason IS NOT NULL AND removed_at >= installed_at
    END
  ),
  CONSTRAINT ck_component_uses_cmp_5_not_in_itself CHECK (component_id <> consumer_id),
  CONSTRAINT ck_component_uses_role_upper CHECK (role <> '' AND role !~ '[a-z]'),
  CONSTRAINT fk_component_uses_consumer_lot_id FOREIGN KEY (consumer_lot_id) REFERENCES lots (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_component_uses_consumer_wip_item_id FOREIGN KEY (consumer_wip_item_id) REFERENCES wip_items (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_component_uses_consumer_serial_id FOREIGN KEY (consumer_serial_id) REFERENCES serials (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_component_uses_component_lot_id FOREIGN KEY (component_lot_id) REFERENCES lots (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_component_uses_component_serial_id FOREIGN KEY (component_serial_id) REFERENCES serials (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_component_uses_process_data_id FOREIGN KEY (process_data_id) REFERENCES process_data (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_component_uses_installed_by_id FOREIGN KEY (installed_by_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_component_uses_station_id FOREIGN KEY (station_id) REFERENCES stations (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_component_uses_removed_by_id FOREIGN KEY (removed_by_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_component_uses_removal_station_id FOREIGN KEY (removal_station_id) REFERENCES stations (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE UNIQUE INDEX puq_component_uses_cmp_3_serial_installed_once ON component_uses (component_serial_id) WHERE removed_at IS NULL;
CREATE INDEX ix_component_uses_consumer_id ON component_uses (consumer_id, installed_at);
CREATE INDEX ix_component_uses_component_id ON component_uses (component_id, installed_at) WHERE component_id IS NOT NULL;
CREATE INDEX ix_component_uses_external_lot_number ON component_uses (external_lot_number varchar_pattern_ops) WHERE external_lot_number IS NOT NULL;
CREATE INDEX ix_component_uses_consumer_lot_id ON component_uses (consumer_lot_id) WHERE consumer_lot_id IS NOT NULL;
CREATE INDEX ix_component_uses_consumer_wip_item_id ON component_uses (consumer_wip_item_id) WHERE consumer_wip_item_id IS NOT NULL;
CREATE INDEX ix_component_uses_consumer_serial_id ON component_uses (consumer_serial_id) WHERE consumer_serial_id IS NOT NULL;
CREATE INDEX ix_component_uses_component_lot_id ON component_uses (component_lot_id) WHERE component_lot_id IS NOT NULL;
CREATE INDEX ix_component_uses_component_serial_id ON component_uses (component_serial_id) WHERE component_serial_id IS NOT NULL;
CREATE INDEX ix_component_uses_process_data_id ON component_uses (process_data_id) WHERE process_data_id IS NOT NULL;
CREATE INDEX ix_component_uses_station_id ON component_uses (station_id) WHERE station_id IS NOT NULL;
CREATE INDEX ix_component_uses_removal_station_id ON component_uses (removal_station_id) WHERE removal_station_id IS NOT NULL;
CREATE INDEX ix_component_uses_role ON component_uses (role varchar_pattern_ops) WHERE role IS NOT NULL;
CREATE INDEX ix_component_uses_installed_at ON component_uses (installed_at DESC, id DESC);
CREATE INDEX ix_component_uses_removed_at ON component_uses (removed_at, id);
CREATE INDEX ix_component_uses_removed_at_descending ON component_uses (removed_at DESC NULLS LAST, id DESC);
CREATE INDEX ix_component_uses_created_at ON component_uses (created_at, id);

CREATE TRIGGER tg_component_uses_touch BEFORE UPDATE ON component_uses
  FOR EACH ROW EXECUTE FUNCTION touch_row('consumer_id', 'component_id');
CREATE TRIGGER tg_component_uses_audit_insert AFTER INSERT ON component_uses REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{consumer_id,component_id}', '{}', '{}');
CREATE TRIGGER tg_component_uses_audit_update AFTER UPDATE ON component_uses REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{consumer_id,component_id}', '{}', '{}');
CREATE TRIGGER tg_component_uses_audit_delete AFTER DELETE ON component_uses REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{consumer_id,component_id}', '{}', '{}');
