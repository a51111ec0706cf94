-- AUT-6, AUT-7: keys of services next to those of stations. A key has either a station or a role. A service is its key: `name` is the
-- name of the service, and the id of the key is the id of the actor.
ALTER TYPE actor_kind ADD VALUE 'SERVICE';

ALTER TABLE api_keys
  ALTER COLUMN station_id DROP NOT NULL,
  ADD COLUMN role role,
  ADD COLUMN is_read_only boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT ck_api_keys_aut_6_station_or_role CHECK ((station_id IS NULL) <> (role IS NULL)),
  ADD CONSTRAINT ck_api_keys_aut_6_role_below_admin CHECK (role <> 'ADMIN'),
  ADD CONSTRAINT ck_api_keys_aut_7_only_services_read_only CHECK (role IS NOT NULL OR NOT is_read_only);
