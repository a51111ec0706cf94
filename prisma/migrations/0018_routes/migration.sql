-- Routes: the steps of each product model, in revisions. A lot keeps the route that it was made with; lots without one use the factory
-- route, as all lots did until now.

CREATE TYPE route_status AS ENUM ('DRAFT', 'RELEASED', 'RETIRED');

INSERT INTO state_flows (machine, from_state, to_state) VALUES
  ('routes.status', 'DRAFT', 'RELEASED'),
  ('routes.status', 'RELEASED', 'RETIRED'),
  ('routes.status', 'RETIRED', 'RELEASED');

CREATE TABLE routes (
  id uuid NOT NULL DEFAULT uuid7(),
  product_model_id uuid NOT NULL,
  revision integer NOT NULL,
  status route_status NOT NULL DEFAULT 'DRAFT',
  name varchar(100),
  notes varchar(2000),
  step_changes integer NOT NULL DEFAULT 0,
  released_at timestamptz(3),
  released_by_id uuid,
  release_reason varchar(1000),
  retired_at timestamptz(3),
  retired_by_id uuid,
  retire_reason varchar(1000),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_routes PRIMARY KEY (id),
  CONSTRAINT uq_routes_rte_1_model_revision UNIQUE (product_model_id, revision),
  CONSTRAINT uq_routes_id_product_model UNIQUE (id, product_model_id),
  CONSTRAINT ck_routes_revision_positive CHECK (revision > 0),
  CONSTRAINT ck_routes_step_changes_not_negative CHECK (step_changes >= 0),
  CONSTRAINT ck_routes_rte_3_release_is_signed CHECK (
    (released_at IS NOT NULL) = (status <> 'DRAFT') AND (release_reason IS NOT NULL) = (status <> 'DRAFT')
    AND (retired_at IS NOT NULL) = (status = 'RETIRED') AND (retire_reason IS NOT NULL) = (status = 'RETIRED')
    AND (released_by_id IS NULL OR status <> 'DRAFT') AND (retired_by_id IS NULL OR status = 'RETIRED')
  ),
  CONSTRAINT fk_routes_product_model_id FOREIGN KEY (product_model_id) REFERENCES product_models (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_routes_released_by_id FOREIGN KEY (released_by_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_routes_retired_by_id FOREIGN KEY (retired_by_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE UNIQUE INDEX puq_routes_rte_2_one_draft ON routes (product_model_id) WHERE status = 'DRAFT';
CREATE UNIQUE INDEX puq_routes_rte_3_one_released ON routes (product_model_id) WHERE status = 'RELEASED';
CREATE INDEX ix_routes_created_at ON routes (created_at);

-- A column that is null in a draft means: as the process says. The release writes the values in force, and null means none from then on.
-- Type and level are those of the process at the release.
CREATE TABLE route_steps (
  id uuid NOT NULL DEFAULT uuid7(),
  route_id uuid NOT NULL,
  process_id uuid NOT NULL,
  number integer NOT NULL,
  is_optional boolean NOT NULL DEFAULT false,
  max_attempts integer,
  planned_seconds integer,
  allow_out_of_spec_pass boolean,
  characteristics jsonb,
  equipment_types text[] DEFAULT '{}',
  type process_type,
  level process_level,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_route_steps PRIMARY KEY (id),
  -- Checked at the end of each statement, so that one update can swap two numbers.
  CONSTRAINT uq_route_steps_rte_1_number UNIQUE (route_id, number) DEFERRABLE,
  CONSTRAINT uq_route_steps_rte_1_process UNIQUE (route_id, process_id) DEFERRABLE,
  CONSTRAINT ck_route_steps_rte_1_number_range CHECK (number BETWEEN 1 AND 999),
  CONSTRAINT ck_route_steps_max_attempts_positive CHECK (max_attempts >= 1),
  CONSTRAINT ck_route_steps_planned_seconds_positive CHECK (planned_seconds > 0),
  CONSTRAINT ck_route_steps_characteristics_array CHECK (jsonb_typeof(characteristics) = 'array'),
  CONSTRAINT ck_route_steps_equipment_types_format CHECK (
    equipment_types IS NOT NULL
    AND (equipment_types = '{}' OR array_to_string(equipment_types, ' ', '?') ~ '^[A-Z0-9_]{1,100}( [A-Z0-9_]{1,100})*$')
  ),
  CONSTRAINT fk_route_steps_route_id FOREIGN KEY (route_id) REFERENCES routes (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_route_steps_process_id FOREIGN KEY (process_id) REFERENCES processes (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE INDEX ix_route_steps_process_id ON route_steps (process_id);

-- Refuses a change of a row whose route is not a draft. The routes are locked, so that none is released meanwhile. Arguments: the column
-- that holds the id of the route, the name of the constraint.
CREATE FUNCTION guard_draft() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  route_ids uuid[] := ARRAY[(to_jsonb(OLD) ->> TG_ARGV[0])::uuid, (to_jsonb(NEW) ->> TG_ARGV[0])::uuid];
BEGIN
  PERFORM FROM routes WHERE id = ANY(route_ids) ORDER BY id FOR SHARE;
  -- A statement of its own, which sees what was committed until the routes were locked.
  IF EXISTS (SELECT FROM routes WHERE id = ANY(route_ids) AND status <> 'DRAFT') THEN
    RAISE EXCEPTION 'change of % violates check constraint "%"', TG_TABLE_NAME, TG_ARGV[1]
      USING ERRCODE = '23514', CONSTRAINT = TG_ARGV[1], SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN coalesce(NEW, OLD);
END $$;

CREATE TRIGGER tg_routes_status_flow BEFORE UPDATE OF status ON routes
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION guard_flow('status', 'ck_routes_rte_3_status_flow');
CREATE TRIGGER tg_routes_draft_update BEFORE UPDATE ON routes
  FOR EACH ROW WHEN ((OLD.id, OLD.product_model_id, OLD.revision, OLD.name, OLD.notes) IS DISTINCT FROM (NEW.id, NEW.product_model_id, NEW.revision, NEW.name, NEW.notes))
  EXECUTE FUNCTION guard_draft('id', 'ck_routes_rte_2_draft_only');
CREATE TRIGGER tg_routes_draft_delete BEFORE DELETE ON routes
  FOR EACH ROW EXECUTE FUNCTION guard_draft('id', 'ck_routes_rte_2_draft_only');
CREATE TRIGGER tg_routes_touch BEFORE UPDATE ON routes FOR EACH ROW EXECUTE FUNCTION touch_row();
CREATE TRIGGER tg_route_steps_draft BEFORE INSERT OR UPDATE OR DELETE ON route_steps
  FOR EACH ROW EXECUTE FUNCTION guard_draft('route_id', 'ck_route_steps_rte_2_draft_only');
CREATE TRIGGER tg_route_steps_touch BEFORE UPDATE ON route_steps FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TRIGGER tg_routes_audit_insert AFTER INSERT ON routes REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_routes_audit_update AFTER UPDATE ON routes REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_routes_audit_delete AFTER DELETE ON routes REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_route_steps_audit_insert AFTER INSERT ON route_steps REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_route_steps_audit_update AFTER UPDATE ON route_steps REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_route_steps_audit_delete AFTER DELETE ON route_steps REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');

ALTER TABLE lots ADD COLUMN route_id uuid;
ALTER TABLE lots ADD CONSTRAINT fk_lots_rte_4_route_of_model FOREIGN KEY (route_id, product_model_id) REFERENCES routes (id, product_model_id)
  ON DELETE RESTRICT ON UPDATE RESTRICT;
CREATE INDEX ix_lots_route_id ON lots (route_id) WHERE route_id IS NOT NULL;

-- RTE-6: a withdrawn start of an optional step gives the item back the time of its completion.
ALTER TABLE wip_items ADD COLUMN previous_completed_at timestamptz(3);

-- The factory route: many products have steps of their own, so not every active process belongs to it, and numbers up to 100 are too few.
ALTER TABLE processes ADD COLUMN is_in_factory_route boolean NOT NULL DEFAULT true;
ALTER TABLE processes DROP CONSTRAINT ck_processes_prc_1_number_range;
ALTER TABLE processes ADD CONSTRAINT ck_processes_prc_1_number_range CHECK (number BETWEEN 1 AND 9999);
ALTER TABLE processes DROP CONSTRAINT ck_processes_prc_3_conversion_is_wip_level;
ALTER TABLE processes ADD CONSTRAINT ck_processes_prc_3_conversion_is_wip_level
  CHECK (NOT is_active OR NOT is_in_factory_route OR type <> 'SERIAL_CONVERSION' OR level = 'WIP');
DROP INDEX puq_processes_prc_3_one_active_conversion;
CREATE UNIQUE INDEX puq_processes_prc_3_one_active_conversion ON processes ((true))
  WHERE is_active AND is_in_factory_route AND type = 'SERIAL_CONVERSION';
