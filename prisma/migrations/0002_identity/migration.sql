-- Who: the people.

CREATE TYPE role AS ENUM ('ADMIN', 'MANAGER', 'ENGINEER', 'INSPECTOR', 'OPERATOR', 'AUDITOR', 'VIEWER');

CREATE TABLE users (
  id uuid NOT NULL DEFAULT uuid7(),
  username varchar(50) NOT NULL,
  full_name varchar(100) NOT NULL,
  email varchar(255),
  role role NOT NULL DEFAULT 'OPERATOR',
  department varchar(100),
  is_active boolean NOT NULL DEFAULT true,
  password_hash varchar(255) NOT NULL,
  last_login_at timestamptz(3),
  failed_logins integer NOT NULL DEFAULT 0,
  locked_until timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_users PRIMARY KEY (id),
  CONSTRAINT uq_users_username UNIQUE (username),
  CONSTRAINT uq_users_email UNIQUE (email),
  CONSTRAINT ck_users_usr_1_username_format CHECK (username ~ '^[a-z0-9_]{3,50}$'),
  CONSTRAINT ck_users_failed_logins_not_negative CHECK (failed_logins >= 0)
);

CREATE INDEX ix_users_active_role ON users (role) WHERE is_active;
CREATE INDEX ix_users_last_login_at ON users (last_login_at DESC) WHERE last_login_at IS NOT NULL;

CREATE TRIGGER tg_users_touch BEFORE UPDATE ON users
  FOR EACH ROW EXECUTE FUNCTION touch_row('last_login_at', 'failed_logins', 'locked_until');
