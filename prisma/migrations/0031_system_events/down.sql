-- Removes system events.
DROP TABLE system_events;
DROP TYPE event_level;
