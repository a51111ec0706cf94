ALTER FUNCTION write_audit() SET search_path = pg_catalog, pg_temp;
