-- Filters of lists that people keep under a name, for themselves or for all.

CREATE TYPE filter_target AS ENUM ('LOTS', 'WIP_ITEMS', 'SERIALS', 'PROCESS_DATA', 'EQUIPMENT', 'INSPECTIONS', 'DEFECTS');

CREATE TABLE saved_filters (
  id uuid NOT NULL DEFAULT uuid7(),
  owner_id uuid NOT NULL,
  name varchar(100) NOT NULL,
  description varchar(1000),
  target filter_target NOT NULL,
  filter jsonb NOT NULL DEFAULT '{}',
  order_by jsonb NOT NULL DEFAULT '[]',
  is_shared boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_saved_filters PRIMARY KEY (id),
  CONSTRAINT uq_saved_filters_flt_1_owner_target_name UNIQUE (owner_id, target, name),
  CONSTRAINT ck_saved_filters_flt_1_name_not_blank CHECK (name ~ '[^[:space:]]'),
  CONSTRAINT ck_saved_filters_filter_object CHECK (jsonb_typeof(filter) = 'object'),
  CONSTRAINT ck_saved_filters_order_by_array CHECK (jsonb_typeof(order_by) = 'array'),
  CONSTRAINT fk_saved_filters_owner_id FOREIGN KEY (owner_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE INDEX ix_saved_filters_shared ON saved_filters (target) WHERE is_shared;

CREATE TRIGGER tg_saved_filters_touch BEFORE UPDATE ON saved_filters FOR EACH ROW EXECUTE FUNCTION touch_row();
CREATE TRIGGER tg_saved_filters_audit_insert AFTER INSERT ON saved_filters REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_saved_filters_audit_update AFTER UPDATE ON saved_filters REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_saved_filters_audit_delete AFTER DELETE ON saved_filters REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
