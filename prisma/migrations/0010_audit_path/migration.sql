-- AUD-1 as before, at a lower cost. Each call of the trigger sets its own search path, so that nobody can put objects of his own before
-- those it means. Where the session has another path that costs about 240 microseconds, half of the whole trigger; where it has the very
-- same path, nothing. Our connections have this one (database.ts). The function names all tables with their schema, PostgreSQL's own
-- objects come first, and only the owner may create anything in `public` (database-roles.ts): what it finds is what it found before.
ALTER FUNCTION write_audit() SET search_path = pg_catalog, public, pg_temp;
