-- Lots that have a route of their own fall back to the one route of before. Refuses where processes cannot stand in it together.
DROP INDEX puq_processes_prc_3_one_active_conversion;
CREATE UNIQUE INDEX puq_processes_prc_3_one_active_conversion ON processes ((true)) WHERE is_active AND type = 'SERIAL_CONVERSION';
ALTER TABLE processes DROP CONSTRAINT ck_processes_prc_3_conversion_is_wip_level;
ALTER TABLE processes ADD CONSTRAINT ck_processes_prc_3_conversion_is_wip_level CHECK (NOT is_active OR type <> 'SERIAL_CONVERSION' OR level = 'WIP');
ALTER TABLE processes DROP CONSTRAINT ck_processes_prc_1_number_range;
ALTER TABLE processes ADD CONSTRAINT ck_processes_prc_1_number_range CHECK (number BETWEEN 1 AND 100);
ALTER TABLE processes DROP COLUMN is_in_factory_route;
ALTER TABLE wip_items DROP COLUMN previous_completed_at;
ALTER TABLE lots DROP COLUMN route_id;
DROP TABLE route_steps;
DROP TABLE routes;
DROP FUNCTION guard_draft();
DELETE FROM state_flows WHERE machine = 'routes.status';
DROP TYPE route_status;
