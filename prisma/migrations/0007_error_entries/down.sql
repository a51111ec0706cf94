DROP TABLE error_entries;
