DROP INDEX ix_process_data_completed_at_descending;
DROP INDEX ix_process_data_completed_at;
CREATE INDEX ix_process_data_completed_at ON process_data (completed_at) WHERE completed_at IS NOT NULL;
DROP INDEX ix_serials_completed_at_descending;
DROP INDEX ix_serials_completed_at;
CREATE INDEX ix_serials_completed_at ON serials (completed_at) WHERE completed_at IS NOT NULL;
DROP INDEX ix_wip_items_completed_at_descending;
DROP INDEX ix_wip_items_completed_at;
CREATE INDEX ix_wip_items_completed_at ON wip_items (completed_at) WHERE completed_at IS NOT NULL;
