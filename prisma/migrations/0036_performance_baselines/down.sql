-- Removes the performance baselines.
DROP TABLE performance_baselines;
DROP TYPE performance_kind;
