DROP TABLE idempotency_keys;
DROP TABLE number_counters;
DROP TABLE state_flows;
DROP FUNCTION guard_flow();
DROP FUNCTION touch_row();
DROP FUNCTION uuid7();
