-- Removes the config entries.
DROP TABLE config_entries;
DROP TYPE config_type;
