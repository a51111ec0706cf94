-- Removes the saved filters.
DROP TABLE saved_filters;
DROP TYPE filter_target;
