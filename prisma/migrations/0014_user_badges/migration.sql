-- USR-7: the code on a person's badge, by which a station looks up the operator. Nobody signs in with it.
ALTER TABLE users
  ADD COLUMN badge_code varchar(50),
  ADD CONSTRAINT uq_users_usr_7_badge_code UNIQUE (badge_code),
  ADD CONSTRAINT ck_users_usr_7_badge_code_format CHECK (badge_code ~ '^[A-Z0-9][A-Z0-9._:-]{0,49}$');

-- AUT-2, AUD-1: the lock of a user is part of the record from now on, so that it shows who was locked and who unlocked them. Locks of
-- before were not recorded, so they end here: at most 15 minutes early.
DROP TRIGGER tg_users_touch ON users;
CREATE TRIGGER tg_users_touch BEFORE UPDATE ON users
  FOR EACH ROW EXECUTE FUNCTION touch_row('last_login_at', 'failed_logins');
DROP TRIGGER tg_users_audit_insert ON users;
CREATE TRIGGER tg_users_audit_insert AFTER INSERT ON users REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{last_login_at,failed_logins}', '{"password_hash": "[redacted]"}');
DROP TRIGGER tg_users_audit_update ON users;
CREATE TRIGGER tg_users_audit_update AFTER UPDATE ON users REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{last_login_at,failed_logins}', '{"password_hash": "[redacted]"}');
DROP TRIGGER tg_users_audit_delete ON users;
CREATE TRIGGER tg_users_audit_delete AFTER DELETE ON users REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{last_login_at,failed_logins}', '{"password_hash": "[redacted]"}');

SELECT set_config('lotgraph.actor', '{"action": "user.unlocked", "reason": "Locks of users are part of the record from now on."}', true);
UPDATE users SET locked_until = NULL, failed_logins = 0 WHERE locked_until IS NOT NULL;
SELECT set_config('lotgraph.actor', '', true);
