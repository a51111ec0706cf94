DROP INDEX ix_process_data_repeated;
DROP INDEX ix_process_data_out_of_spec;
DROP FUNCTION is_out_of_spec(jsonb);
