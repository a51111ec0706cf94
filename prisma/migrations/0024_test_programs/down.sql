-- Removes test programs with their versions and deployments. Their packages stay in the file store, where the sweep finds them.
ALTER TABLE process_sessions DROP COLUMN test_program_version_id;
DROP TABLE test_program_deployments;
ALTER TABLE test_programs DROP CONSTRAINT fk_test_programs_tpg_3_current_is_own_version;
DROP TABLE test_program_versions;
DROP TABLE test_programs;
DELETE FROM state_flows WHERE machine = 'test_program_deployments.status';
DROP TYPE deployment_status;
