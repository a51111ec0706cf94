-- RTE-2: a step that direct SQL writes while its route is released waits for the release, or the release waits for it. The guard locked
-- only routes that it refused, so that both could commit.
CREATE OR REPLACE FUNCTION guard_draft() RETURNS trigger LANGUAGE plpgsql AS $$
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
