-- Webhooks: what happens is posted to addresses outside, signed, in the order of the audit positions.

CREATE TYPE webhook_delivery_status AS ENUM ('PENDING', 'SENDING', 'DELIVERED', 'FAILED');

INSERT INTO state_flows (machine, from_state, to_state) VALUES
  ('webhook_deliveries.status', 'PENDING', 'SENDING'),
  ('webhook_deliveries.status', 'SENDING', 'PENDING'),
  ('webhook_deliveries.status', 'SENDING', 'DELIVERED'),
  ('webhook_deliveries.status', 'SENDING', 'FAILED'),
  ('webhook_deliveries.status', 'DELIVERED', 'PENDING'),
  ('webhook_deliveries.status', 'FAILED', 'PENDING');

CREATE TABLE webhooks (
  id uuid NOT NULL DEFAULT uuid7(),
  name varchar(100) NOT NULL,
  url varchar(2000) NOT NULL,
  -- Encrypted, so that a copy of the database cannot sign.
  sealed_secret text NOT NULL,
  events text[] DEFAULT '{}',
  is_active boolean NOT NULL DEFAULT true,
  -- Up to which position of the audit trail events were looked for.
  read_position bigint NOT NULL,
  redelivered_at timestamptz(3),
  created_by_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_webhooks PRIMARY KEY (id),
  CONSTRAINT uq_webhooks_whk_1_name UNIQUE (name),
  CONSTRAINT ck_webhooks_whk_1_url_form CHECK (url ~ '^https?://[^@/?#]+(/.*)?$'),
  CONSTRAINT ck_webhooks_whk_1_events_count CHECK (events IS NOT NULL AND cardinality(events) BETWEEN 1 AND 50),
  CONSTRAINT ck_webhooks_read_position_not_negative CHECK (read_position >= 0),
  CONSTRAINT fk_webhooks_created_by_id FOREIGN KEY (created_by_id) REFERENCES users (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE TABLE webhook_deliveries (
  id uuid NOT NULL DEFAULT uuid7(),
  webhook_id uuid NOT NULL,
  position bigint NOT NULL,
  type varchar(60) NOT NULL,
  occurred_at timestamptz(3) NOT NULL,
  data jsonb NOT NULL DEFAULT '{}',
  status webhook_delivery_status NOT NULL DEFAULT 'PENDING',
  attempts integer NOT NULL DEFAULT 0,
  run_after timestamptz(3) NOT NULL DEFAULT now(),
  started_at timestamptz(3),
  locked_by varchar(100),
  locked_until timestamptz(3),
  delivered_at timestamptz(3),
  response_status integer,
  error_message varchar(2000),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_webhook_deliveries PRIMARY KEY (id),
  CONSTRAINT uq_webhook_deliveries_whk_2_webhook_id_position UNIQUE (webhook_id, position),
  CONSTRAINT ck_webhook_deliveries_data_object CHECK (jsonb_typeof(data) = 'object'),
  CONSTRAINT ck_webhook_deliveries_whk_3_lease_fits_status CHECK (
    num_nonnulls(locked_by, locked_until) = CASE status WHEN 'SENDING' THEN 2 ELSE 0 END
  ),
  CONSTRAINT ck_webhook_deliveries_whk_3_delivered_has_time CHECK ((delivered_at IS NOT NULL) = (status = 'DELIVERED')),
  CONSTRAINT ck_webhook_deliveries_attempts_not_negative CHECK (attempts >= 0),
  CONSTRAINT fk_webhook_deliveries_webhook_id FOREIGN KEY (webhook_id) REFERENCES webhooks (id)
    ON DELETE RESTRICT ON UPDATE RESTRICT
);

-- One delivery of a webhook is sent at a time, so that its events arrive in order.
CREATE UNIQUE INDEX puq_webhook_deliveries_whk_2_one_at_a_time ON webhook_deliveries (webhook_id) WHERE status = 'SENDING';
CREATE INDEX ix_webhook_deliveries_open ON webhook_deliveries (webhook_id, position) WHERE status IN ('PENDING', 'SENDING');
CREATE INDEX ix_webhook_deliveries_leases ON webhook_deliveries (locked_until) WHERE status = 'SENDING';
CREATE INDEX ix_webhook_deliveries_webhook_id_created_at ON webhook_deliveries (webhook_id, created_at);
CREATE INDEX ix_webhook_deliveries_created_at ON webhook_deliveries (created_at);

CREATE TRIGGER tg_webhook_deliveries_status_flow BEFORE UPDATE OF status ON webhook_deliveries
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION guard_flow('status', 'ck_webhook_deliveries_whk_3_status_flow');
CREATE TRIGGER tg_webhook_deliveries_touch BEFORE UPDATE ON webhook_deliveries FOR EACH ROW EXECUTE FUNCTION touch_row();
CREATE TRIGGER tg_webhooks_touch BEFORE UPDATE ON webhooks FOR EACH ROW EXECUTE FUNCTION touch_row('read_position');

CREATE TRIGGER tg_webhooks_audit_insert AFTER INSERT ON webhooks REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{read_position}', '{"sealed_secret": "[redacted]"}');
CREATE TRIGGER tg_webhooks_audit_update AFTER UPDATE ON webhooks REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{read_position}', '{"sealed_secret": "[redacted]"}');
CREATE TRIGGER tg_webhooks_audit_delete AFTER DELETE ON webhooks REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{read_position}', '{"sealed_secret": "[redacted]"}');
