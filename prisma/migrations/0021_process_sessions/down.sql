-- Removes process sessions. Executions keep their station.
ALTER TABLE process_data DROP COLUMN process_session_id;
DROP TABLE process_sessions;
DELETE FROM state_flows WHERE machine = 'process_sessions.status';
DROP TYPE process_session_status;
