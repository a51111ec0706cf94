DO $$
DECLARE
  found record;
BEGIN
  FOR found IN
    SELECT format('COMMENT ON COLUMN %s.%I IS NULL', d.objoid::regclass, a.attname) AS command
    FROM pg_description d
    JOIN pg_class c ON c.oid = d.objoid AND c.relnamespace = current_schema()::regnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid
    WHERE d.classoid = 'pg_class'::regclass AND d.objsubid > 0
    UNION ALL
    SELECT format('COMMENT ON %s %s IS NULL', CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, c.oid::regclass)
    FROM pg_description d
    JOIN pg_class c ON c.oid = d.objoid AND c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'm')
    WHERE d.classoid = 'pg_class'::regclass AND d.objsubid = 0
    UNION ALL
    SELECT format('COMMENT ON TYPE %s IS NULL', t.oid::regtype)
    FROM pg_description d
    JOIN pg_type t ON t.oid = d.objoid AND t.typnamespace = current_schema()::regnamespace
    WHERE d.classoid = 'pg_type'::regclass
  LOOP
    EXECUTE found.command;
  END LOOP;
END
$$;
