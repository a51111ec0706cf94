DROP TRIGGER tg_users_touch ON users;
CREATE TRIGGER tg_users_touch BEFORE UPDATE ON users
  FOR EACH ROW EXECUTE FUNCTION touch_row('last_login_at', 'failed_logins', 'locked_until');
DROP TRIGGER tg_users_audit_insert ON users;
CREATE TRIGGER tg_users_audit_insert AFTER INSERT ON users REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{last_login_at,failed_logins,locked_until}', '{"password_hash": "[redacted]"}');
DROP TRIGGER tg_users_audit_update ON users;
CREATE TRIGGER tg_users_audit_update AFTER UPDATE ON users REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{last_login_at,failed_logins,locked_until}', '{"password_hash": "[redacted]"}');
DROP TRIGGER tg_users_audit_delete ON users;
CREATE TRIGGER tg_users_audit_delete AFTER DELETE ON users REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{last_login_at,failed_logins,locked_until}', '{"password_hash": "[redacted]"}');
ALTER TABLE users DROP COLUMN badge_code;
