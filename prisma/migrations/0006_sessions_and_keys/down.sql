DROP TABLE api_keys;
DROP TABLE login_sessions;
