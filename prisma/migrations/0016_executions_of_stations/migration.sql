-- The executions of a station, the latest first, are read from an index; without it the list of a station that is seldom used read the
-- whole table. Executions without a station are not in it.
CREATE INDEX ix_process_data_station_id_started_at ON process_data (station_id, started_at) WHERE station_id IS NOT NULL;
