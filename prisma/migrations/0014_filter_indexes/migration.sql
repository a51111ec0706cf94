-- Lists of what quality looks for: executions out of specification (PD-10), and those of a step that was done again. Both are few among
-- many, so their indexes are small, and an execution that is neither costs only the question.
--
-- The function is the rule `verdictOfReading`, exact to the last digit, because it compares numerics and not doubles.
CREATE FUNCTION is_out_of_spec(measurements jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT EXISTS (
    SELECT FROM jsonb_array_elements(measurements) AS entry
    WHERE (entry ->> 'value')::numeric < (entry ->> 'lowerLimit')::numeric OR (entry ->> 'value')::numeric > (entry ->> 'upperLimit')::numeric
  )
$$;
CREATE INDEX ix_process_data_out_of_spec ON process_data (started_at DESC, id DESC) WHERE is_out_of_spec(measurements);
CREATE INDEX ix_process_data_repeated ON process_data (started_at DESC, id DESC) WHERE attempt > 1;
