-- Refused while somebody keeps a filter of alerts: it is theirs to delete.
ALTER TYPE filter_target RENAME TO filter_target_with_alerts;
CREATE TYPE filter_target AS ENUM ('LOTS', 'WIP_ITEMS', 'SERIALS', 'PROCESS_DATA', 'EQUIPMENT', 'INSPECTIONS', 'DEFECTS');
ALTER TABLE saved_filters ALTER COLUMN target TYPE filter_target USING target::text::filter_target;
DROP TYPE filter_target_with_alerts;
