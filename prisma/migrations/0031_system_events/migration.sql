-- What happens in the running of the service, for those who look after it. Kept for 90 days.

-- In the order of importance.
CREATE TYPE event_level AS ENUM ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL');

CREATE TABLE system_events (
  id uuid NOT NULL DEFAULT uuid7(),
  level event_level NOT NULL,
  event varchar(60) NOT NULL,
  message varchar(500) NOT NULL,
  request_id uuid,
  actor_id uuid,
  details jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT pk_system_events PRIMARY KEY (id),
  CONSTRAINT ck_system_events_details_object CHECK (jsonb_typeof(details) = 'object')
);

CREATE INDEX ix_system_events_created_at ON system_events (created_at);
CREATE INDEX ix_system_events_level_created_at ON system_events (level, created_at);
CREATE INDEX ix_system_events_event_created_at ON system_events (event, created_at);
CREATE INDEX ix_system_events_request_id ON system_events (request_id) WHERE request_id IS NOT NULL;
