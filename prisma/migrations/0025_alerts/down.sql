-- Removes alerts.
DROP TABLE alerts;
DELETE FROM state_flows WHERE machine = 'alerts.status';
DROP TYPE alert_status;
DROP TYPE alert_severity;
DROP TYPE alert_type;
