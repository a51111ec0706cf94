-- Refused while a service has a key, and while the record has an entry of a service: nobody may alter the record.
ALTER TABLE api_keys
  ALTER COLUMN station_id SET NOT NULL,
  DROP CONSTRAINT ck_api_keys_aut_7_only_services_read_only,
  DROP COLUMN is_read_only,
  DROP COLUMN role;

ALTER TABLE audit_entries DROP CONSTRAINT ck_audit_entries_actor_is_known;
ALTER TYPE actor_kind RENAME TO actor_kind_with_services;
CREATE TYPE actor_kind AS ENUM ('USER', 'STATION', 'SYSTEM');
ALTER TABLE audit_entries ALTER COLUMN actor_kind TYPE actor_kind USING actor_kind::text::actor_kind;
ALTER TABLE audit_entries
  ADD CONSTRAINT ck_audit_entries_actor_is_known CHECK ((actor_kind = 'SYSTEM') = (actor_id IS NULL) AND (actor_kind = 'SYSTEM' OR request_id IS NOT NULL));
DROP TYPE actor_kind_with_services;
