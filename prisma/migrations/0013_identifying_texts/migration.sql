-- Texts that identify (docs/writing.md, section 2): stable under NFKC, without control characters, line separators and invisible
-- characters. Only the input schemas check scripts, dashes and digits, because SQL knows no scripts.
CREATE FUNCTION is_identifying_text(text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT $1 IS NFKC NORMALIZED
    AND $1 !~ '[\u0001-\u001f\u007f-\u009f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f]'
    AND $1 !~ '[\u200b-\u200f\u2028-\u202e\u2060-\u206f\ue000-\uf8ff\ufe00-\ufe0f\ufeff\ufff0-\ufffb\U000e0000-\U000e0fff]'
$$;

-- A trigger instead of a CHECK constraint, which would also be judged when another column of an older row changes: such a lot could
-- never be closed. Serials have no trigger, because their external number is copied from the item. Arguments: the column, the name of
-- the constraint.
CREATE FUNCTION guard_identifying_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'new row for relation "%" violates check constraint "%"', TG_TABLE_NAME, TG_ARGV[1]
    USING ERRCODE = '23514', CONSTRAINT = TG_ARGV[1], SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = TG_ARGV[0];
END $$;

CREATE TRIGGER tg_lots_external_number_characters BEFORE INSERT OR UPDATE OF external_number ON lots FOR EACH ROW
  WHEN (NOT is_identifying_text(NEW.external_number)) EXECUTE FUNCTION guard_identifying_text('external_number', 'ck_lots_external_number_characters');
CREATE TRIGGER tg_lots_supplier_code_characters BEFORE INSERT OR UPDATE OF supplier_code ON lots FOR EACH ROW
  WHEN (NOT is_identifying_text(NEW.supplier_code)) EXECUTE FUNCTION guard_identifying_text('supplier_code', 'ck_lots_supplier_code_characters');
CREATE TRIGGER tg_wip_items_external_number_characters BEFORE INSERT OR UPDATE OF external_number ON wip_items FOR EACH ROW
  WHEN (NOT is_identifying_text(NEW.external_number)) EXECUTE FUNCTION guard_identifying_text('external_number', 'ck_wip_items_external_number_characters');
CREATE TRIGGER tg_equipment_model_number_characters BEFORE INSERT OR UPDATE OF model_number ON equipment FOR EACH ROW
  WHEN (NOT is_identifying_text(NEW.model_number)) EXECUTE FUNCTION guard_identifying_text('model_number', 'ck_equipment_model_number_characters');
CREATE TRIGGER tg_equipment_serial_number_characters BEFORE INSERT OR UPDATE OF serial_number ON equipment FOR EACH ROW
  WHEN (NOT is_identifying_text(NEW.serial_number)) EXECUTE FUNCTION guard_identifying_text('serial_number', 'ck_equipment_serial_number_characters');
