-- Settings that administrators change while lotgraph runs, and values that the plant's own programs keep here.

CREATE TYPE config_type AS ENUM ('STRING', 'INTEGER', 'BOOLEAN', 'JSON', 'ENCRYPTED');
COMMENT ON TYPE config_type IS 'What the value of a config entry is.';

CREATE TABLE config_entries (
  id uuid NOT NULL DEFAULT uuid7(),
  key varchar(255) NOT NULL,
  environment environment NOT NULL DEFAULT 'PRODUCTION',
  type config_type NOT NULL DEFAULT 'STRING',
  value text,
  sealed_value text,
  description varchar(1000),
  is_sensitive boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_config_entries PRIMARY KEY (id),
  CONSTRAINT uq_config_entries_cfg_1_key_environment UNIQUE (key, environment),
  CONSTRAINT ck_config_entries_key_form CHECK (key ~ '^[a-z0-9_]+(\.[a-z0-9_]+)*$'),
  CONSTRAINT ck_config_entries_cfg_2_encrypted_is_sensitive CHECK (type <> 'ENCRYPTED' OR is_sensitive),
  CONSTRAINT ck_config_entries_cfg_2_value_fits_type CHECK (
    CASE type WHEN 'INTEGER' THEN value ~ '^-?[0-9]{1,18}$' WHEN 'BOOLEAN' THEN value IN ('true', 'false') ELSE true END
  ),
  CONSTRAINT ck_config_entries_cfg_3_sensitive_is_sealed CHECK (
    CASE WHEN is_sensitive THEN value IS NULL ELSE sealed_value IS NULL END
  )
);

CREATE TRIGGER tg_config_entries_touch BEFORE UPDATE ON config_entries FOR EACH ROW EXECUTE FUNCTION touch_row();
CREATE TRIGGER tg_config_entries_audit_insert AFTER INSERT ON config_entries REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{"sealed_value": "[redacted]"}');
CREATE TRIGGER tg_config_entries_audit_update AFTER UPDATE ON config_entries REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{"sealed_value": "[redacted]"}');
CREATE TRIGGER tg_config_entries_audit_delete AFTER DELETE ON config_entries REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{"sealed_value": "[redacted]"}');

COMMENT ON TABLE config_entries IS 'A setting of the plant, for one environment.';
COMMENT ON COLUMN config_entries.id IS 'Identifies the entry for ever.';
COMMENT ON COLUMN config_entries.key IS 'Names the setting: words of `a-z 0-9 _`, separated by dots, such as `site.time_zone`.';
COMMENT ON COLUMN config_entries.environment IS 'Where the entry counts: a process reads those of its own environment.';
COMMENT ON COLUMN config_entries.type IS 'What the value is.';
COMMENT ON COLUMN config_entries.value IS 'The value as text; null when there is none, and when it is sensitive.';
COMMENT ON COLUMN config_entries.sealed_value IS 'A sensitive value, encrypted; never shown. Null when there is none.';
COMMENT ON COLUMN config_entries.description IS 'What it is for; null when not described.';
COMMENT ON COLUMN config_entries.is_sensitive IS 'True when the value is never shown again.';
COMMENT ON COLUMN config_entries.created_at IS 'When the record was made (UTC).';
COMMENT ON COLUMN config_entries.updated_at IS 'When the record last changed (UTC).';
COMMENT ON COLUMN config_entries.version IS 'Rises by one with each change, for `expectedVersion`.';
