-- The creation of a row of a mutable table lasts: no caller can move it, as none can set `version` and `updated_at`.
CREATE OR REPLACE FUNCTION touch_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  is_changed boolean;
BEGIN
  NEW.created_at := OLD.created_at;
  NEW.version := OLD.version;
  NEW.updated_at := OLD.updated_at;
  IF TG_NARGS = 0 THEN
    is_changed := OLD IS DISTINCT FROM NEW;
  ELSE
    is_changed := to_jsonb(OLD) - TG_ARGV IS DISTINCT FROM to_jsonb(NEW) - TG_ARGV;
  END IF;
  IF is_changed THEN
    NEW.version := OLD.version + 1;
    NEW.updated_at := now();
  END IF;
  RETURN NEW;
END $$;
