-- Removes reports and their schedules. The files of reports stay in the file store.
DROP TABLE reports;
DROP TABLE report_schedules;
DELETE FROM state_flows WHERE machine = 'reports.status';
DROP TYPE report_interval;
DROP TYPE report_format;
DROP TYPE report_status;
DROP TYPE report_type;
