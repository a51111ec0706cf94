-- Alerts: what people have to know about, raised by hand or by the server.

CREATE TYPE alert_type AS ENUM (
  'DEFECT_DETECTED', 'REWORK_REQUEST', 'PROCESS_DELAY', 'LOT_COMPLETED', 'LOT_CLOSED', 'EQUIPMENT_FAILURE', 'QUALITY_THRESHOLD',
  'SYSTEM_ERROR', 'MANUAL'
);
-- In the order of severity: a rise is a greater value.
CREATE TYPE alert_severity AS ENUM ('LOW', 'MEDIUM', 'HIGH');
CREATE TYPE alert_status AS ENUM ('UNREAD', 'READ', 'ARCHIVED');

INSERT INTO state_flows (machine, from_state, to_state) VALUES
  ('alerts.status', 'UNREAD', 'READ'),
  ('alerts.status', 'UNREAD', 'ARCHIVED'),
  ('alerts.status', 'READ', 'ARCHIVED');

CREATE TABLE alerts (
  id uuid NOT NULL DEFAULT uuid7(),
  type alert_type NOT NULL,
  severity alert_severity NOT NULL DEFAULT 'MEDIUM',
  status alert_status NOT NULL DEFAULT 'UNREAD',
  title varchar(200) NOT NULL,
  message varchar(1000) NOT NULL,
  lot_id uuid,
  wip_item_id uuid,
  serial_id uuid,
  process_id uuid,
  equipment_id uuid,
  process_data_id uuid,
  inspection_id uuid,
  dedup_key varchar(200),
  created_by_id uuid,
  read_by_id uuid,
  read_at timestamptz(3),
  archived_by_id uuid,
  archived_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_alerts PRIMARY KEY (id),
  CONSTRAINT ck_alerts_alt_1_texts_not_empty CHECK (title <> '' AND message <> ''),
  CONSTRAINT ck_alerts_alt_1_status_times CHECK (
    CASE status
      WHEN 'UNREAD' THEN num_nonnulls(read_at, read_by_id, archived_at, archived_by_id) = 0
      WHEN 'READ' THEN read_at IS NOT NULL AND num_nonnulls(archived_at, archived_by_id) = 0
      ELSE archived_at IS NOT NULL AND (read_at IS NOT NULL OR read_by_id IS NULL)
    END
  ),
  CONSTRAINT ck_alerts_alt_3_manual_has_no_cause CHECK (
    (type = 'MANUAL') = (dedup_key IS NULL) AND (type = 'MANUAL' OR created_by_id IS NULL)
  ),
  CONSTRAINT fk_alerts_lot_id FOREIGN KEY (lot_id) REFERENCES lots (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_alerts_wip_item_id FOREIGN KEY (wip_item_id) REFERENCES wip_items (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_alerts_serial_id FOREIGN KEY (serial_id) REFERENCES serials (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_alerts_process_id FOREIGN KEY (process_id) REFERENCES processes (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_alerts_equipment_id FOREIGN KEY (equipment_id) REFERENCES equipment (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  -- An execution that was withdrawn is deleted (PD-14); the alert about it stays.
  CONSTRAINT fk_alerts_process_data_id FOREIGN KEY (process_data_id) REFERENCES process_data (id)
    ON DELETE SET NULL ON UPDATE RESTRICT,
  CONSTRAINT fk_alerts_inspection_id FOREIGN KEY (inspection_id) REFERENCES inspections (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_alerts_created_by_id FOREIGN KEY (created_by_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_alerts_read_by_id FOREIGN KEY (read_by_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_alerts_archived_by_id FOREIGN KEY (archived_by_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE UNIQUE INDEX puq_alerts_alt_4_one_open_per_cause ON alerts (dedup_key) WHERE status <> 'ARCHIVED';
CREATE INDEX ix_alerts_created_at ON alerts (created_at);
CREATE INDEX ix_alerts_status_created_at ON alerts (status, created_at);
CREATE INDEX ix_alerts_severity_created_at ON alerts (severity, created_at);
CREATE INDEX ix_alerts_type_created_at ON alerts (type, created_at);
CREATE INDEX ix_alerts_unread ON alerts (created_at DESC) WHERE status = 'UNREAD';
CREATE INDEX ix_alerts_lot_id ON alerts (lot_id) WHERE lot_id IS NOT NULL;
CREATE INDEX ix_alerts_wip_item_id ON alerts (wip_item_id) WHERE wip_item_id IS NOT NULL;
CREATE INDEX ix_alerts_serial_id ON alerts (serial_id) WHERE serial_id IS NOT NULL;
CREATE INDEX ix_alerts_process_id ON alerts (process_id) WHERE process_id IS NOT NULL;
CREATE INDEX ix_alerts_equipment_id ON alerts (equipment_id) WHERE equipment_id IS NOT NULL;
CREATE INDEX ix_alerts_process_data_id ON alerts (process_data_id) WHERE process_data_id IS NOT NULL;
CREATE INDEX ix_alerts_inspection_id ON alerts (inspection_id) WHERE inspection_id IS NOT NULL;

CREATE TRIGGER tg_alerts_status_flow BEFORE UPDATE OF status ON alerts
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION guard_flow('status', 'ck_alerts_alt_1_status_flow');
CREATE TRIGGER tg_alerts_touch BEFORE UPDATE ON alerts FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TRIGGER tg_alerts_audit_insert AFTER INSERT ON alerts REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_alerts_audit_update AFTER UPDATE ON alerts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_alerts_audit_delete AFTER DELETE ON alerts REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
