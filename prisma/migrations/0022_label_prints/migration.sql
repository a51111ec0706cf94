-- Labels: every print of the label of a lot, a WIP item or a serial, and how it ended.

CREATE TYPE label_print_status AS ENUM ('SUCCESS', 'FAILED');

CREATE TABLE label_prints (
  id uuid NOT NULL DEFAULT uuid7(),
  label_type label_type NOT NULL,
  lot_id uuid,
  wip_item_id uuid,
  serial_id uuid,
  text varchar(255) NOT NULL,
  process_data_id uuid,
  printer varchar(100),
  status label_print_status NOT NULL,
  error_message varchar(1000),
  printed_by_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT pk_label_prints PRIMARY KEY (id),
  CONSTRAINT ck_label_prints_lbl_1_unit_fits_type CHECK (
    (lot_id IS NOT NULL) = (label_type = 'LOT_LABEL')
    AND (wip_item_id IS NOT NULL) = (label_type = 'WIP_LABEL')
    AND (serial_id IS NOT NULL) = (label_type = 'SERIAL_LABEL')
  ),
  CONSTRAINT ck_label_prints_lbl_1_failure_has_message CHECK ((error_message IS NOT NULL) = (status = 'FAILED')),
  CONSTRAINT fk_label_prints_lot_id FOREIGN KEY (lot_id) REFERENCES lots (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_label_prints_wip_item_id FOREIGN KEY (wip_item_id) REFERENCES wip_items (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_label_prints_serial_id FOREIGN KEY (serial_id) REFERENCES serials (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_label_prints_process_data_id FOREIGN KEY (process_data_id) REFERENCES process_data (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_label_prints_printed_by_id FOREIGN KEY (printed_by_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE INDEX ix_label_prints_created_at ON label_prints (created_at);
CREATE INDEX ix_label_prints_failed ON label_prints (created_at) WHERE status = 'FAILED';
CREATE INDEX ix_label_prints_lot_id ON label_prints (lot_id) WHERE lot_id IS NOT NULL;
CREATE INDEX ix_label_prints_wip_item_id ON label_prints (wip_item_id) WHERE wip_item_id IS NOT NULL;
CREATE INDEX ix_label_prints_serial_id ON label_prints (serial_id) WHERE serial_id IS NOT NULL;
CREATE INDEX ix_label_prints_process_data_id ON label_prints (process_data_id) WHERE process_data_id IS NOT NULL;

CREATE TRIGGER tg_label_prints_audit_insert AFTER INSERT ON label_prints REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_label_prints_audit_update AFTER UPDATE ON label_prints REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_label_prints_audit_delete AFTER DELETE ON label_prints REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');

-- Labels that steps print (LBL-2) are found in the audit trail, which is complete and in the order of commits. Nothing that was done before
-- this migration is printed.
CREATE TABLE label_print_cursors (
  id smallint NOT NULL,
  position bigint NOT NULL,
  CONSTRAINT pk_label_print_cursors PRIMARY KEY (id),
  CONSTRAINT ck_label_print_cursors_one_row CHECK (id = 1)
);
INSERT INTO label_print_cursors (id, position) SELECT 1, coalesce(max(position), 0) FROM audit_positions;
