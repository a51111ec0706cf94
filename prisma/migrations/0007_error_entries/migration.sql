-- Faults of the program, by the id of the request that met them. Written outside of the transaction that failed, and kept for 180 days.

CREATE TABLE error_entries (
  id uuid NOT NULL DEFAULT uuid7(),
  request_id uuid NOT NULL,
  seq integer NOT NULL DEFAULT 1,
  code varchar(40) NOT NULL,
  message text NOT NULL,
  stack text,
  operation_name varchar(100),
  path varchar(500),
  actor_id uuid,
  details jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT pk_error_entries PRIMARY KEY (id),
  CONSTRAINT uq_error_entries_request_id_seq UNIQUE (request_id, seq),
  CONSTRAINT ck_error_entries_details_object CHECK (jsonb_typeof(details) = 'object')
);

CREATE INDEX ix_error_entries_created_at ON error_entries (created_at);
CREATE INDEX ix_error_entries_code_created_at ON error_entries (code, created_at);
