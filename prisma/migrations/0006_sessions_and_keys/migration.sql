-- Who is signed in, and which station may speak: the refresh tokens of people and the keys of stations, as hashes only.

CREATE TABLE login_sessions (
  id uuid NOT NULL DEFAULT uuid7(),
  user_id uuid NOT NULL,
  token_hash char(64) NOT NULL,
  family_id uuid NOT NULL,
  ip inet,
  user_agent text,
  expires_at timestamptz(3) NOT NULL,
  rotated_at timestamptz(3),
  revoked_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT pk_login_sessions PRIMARY KEY (id),
  CONSTRAINT uq_login_sessions_token_hash UNIQUE (token_hash),
  CONSTRAINT fk_login_sessions_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE INDEX ix_login_sessions_user_id ON login_sessions (user_id);
CREATE INDEX ix_login_sessions_family_id ON login_sessions (family_id);

CREATE TABLE api_keys (
  id uuid NOT NULL DEFAULT uuid7(),
  name varchar(100) NOT NULL,
  station_id uuid NOT NULL,
  prefix char(8) NOT NULL,
  secret_hash char(64) NOT NULL,
  expires_at timestamptz(3) NOT NULL DEFAULT now() + interval '365 days',
  revoked_at timestamptz(3),
  last_used_at timestamptz(3),
  created_by_id uuid NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_api_keys PRIMARY KEY (id),
  CONSTRAINT uq_api_keys_prefix UNIQUE (prefix),
  CONSTRAINT ck_api_keys_expiry_after_creation CHECK (expires_at > created_at),
  CONSTRAINT fk_api_keys_station_id FOREIGN KEY (station_id) REFERENCES stations (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT fk_api_keys_created_by_id FOREIGN KEY (created_by_id) REFERENCES users (id) ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE INDEX ix_api_keys_station_id ON api_keys (station_id);

CREATE TRIGGER tg_api_keys_touch BEFORE UPDATE ON api_keys
  FOR EACH ROW EXECUTE FUNCTION touch_row('last_used_at');

-- The record follows both (AUD-1). A login session is not in the graph, but who was signed in when belongs to the record.
CREATE TRIGGER tg_login_sessions_audit AFTER INSERT OR UPDATE OR DELETE ON login_sessions
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{}', '{token_hash}');
CREATE TRIGGER tg_api_keys_audit AFTER INSERT OR UPDATE OR DELETE ON api_keys
  FOR EACH ROW EXECUTE FUNCTION write_audit('{}', '{last_used_at}', '{secret_hash}');
