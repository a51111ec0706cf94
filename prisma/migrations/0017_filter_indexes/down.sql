DROP STATISTICS st_process_data_verdict;
DROP INDEX ix_process_data_repeated;
DROP INDEX ix_process_data_out_of_spec;
DROP FUNCTION verdict_of(jsonb);
