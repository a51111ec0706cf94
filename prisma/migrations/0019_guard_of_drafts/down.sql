CREATE OR REPLACE FUNCTION guard_draft() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  route_ids uuid[] := ARRAY[(to_jsonb(OLD) ->> TG_ARGV[0])::uuid, (to_jsonb(NEW) ->> TG_ARGV[0])::uuid];
BEGIN
  IF EXISTS (SELECT FROM routes WHERE id = ANY(route_ids) AND status <> 'DRAFT' FOR SHARE) THEN
    RAISE EXCEPTION 'change of % violates check constraint "%"', TG_TABLE_NAME, TG_ARGV[1]
      USING ERRCODE = '23514', CONSTRAINT = TG_ARGV[1], SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN coalesce(NEW, OLD);
END $$;
