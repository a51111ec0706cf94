-- What every later table stands on: time-ordered ids, the two generic triggers of mutable tables, the rows of the state machines,
-- the counters behind numbers, and the memory of requests that must have one effect only.
--
-- Throughout: a CHECK is content with NULL, so a condition in which a null must not pass spells the null out; constraints carry the
-- id of their rule in their name, from which the application answers a violation as the refusal of that rule.

-- A UUID of version 7 (RFC 9562): 48 bits of Unix milliseconds, the version, 12 bits of the fraction of the millisecond, and the
-- variant and 62 random bits of a version 4 UUID. The fraction keeps ids in the order of their making far below a millisecond.
CREATE FUNCTION uuid7() RETURNS uuid LANGUAGE plpgsql VOLATILE PARALLEL SAFE AS $$
DECLARE
  micros bigint := extract(epoch FROM clock_timestamp()) * 1000000;
BEGIN
  RETURN encode(
    int8send((micros / 1000) << 16 | x'7000'::bigint | (micros % 1000) * 4096 / 1000) || substr(uuid_send(gen_random_uuid()), 9),
    'hex')::uuid;
END $$;

-- Keeps `version` and `updated_at` of a mutable table: both move with each update that changes something, and a caller cannot set
-- them. The trigger's arguments name the columns whose change alone does not count: volatile ones, and generated ones, which have no
-- value yet when the trigger runs. Without such columns the rows are compared as they are, which is several times cheaper.
CREATE FUNCTION touch_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  is_changed boolean;
BEGIN
  NEW.version := OLD.version;
  NEW.updated_at := OLD.updated_at;
  IF TG_NARGS = 0 THEN
    is_changed := OLD IS DISTINCT FROM NEW;
  ELSE
    is_changed := to_jsonb(OLD) - TG_ARGV IS DISTINCT FROM to_jsonb(NEW) - TG_ARGV;
  END IF;
  IF is_changed THEN
    NEW.version := OLD.version + 1;
    NEW.updated_at := now();
  END IF;
  RETURN NEW;
END $$;

-- Refuses a state change that is not a row of `state_flows`, in the words of a violated check constraint of the given name: a client
-- that keeps only the message of an error still finds the name in it. Arguments: the column of the state, the name of the constraint.
CREATE FUNCTION guard_flow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  old_state text := to_jsonb(OLD) ->> TG_ARGV[0];
  new_state text := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
  IF NOT EXISTS (
    SELECT FROM state_flows
    WHERE machine = TG_TABLE_NAME || '.' || TG_ARGV[0] AND from_state = old_state AND to_state = new_state
  ) THEN
    RAISE EXCEPTION 'change of %.% from % to % violates check constraint "%"', TG_TABLE_NAME, TG_ARGV[0], old_state, new_state, TG_ARGV[1]
      USING ERRCODE = '23514', CONSTRAINT = TG_ARGV[1], SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = TG_ARGV[0];
  END IF;
  RETURN NEW;
END $$;

CREATE TABLE state_flows (
  machine varchar(60) NOT NULL,
  from_state varchar(30) NOT NULL,
  to_state varchar(30) NOT NULL,
  CONSTRAINT pk_state_flows PRIMARY KEY (machine, from_state, to_state)
);

CREATE TABLE number_counters (
  scope varchar(80) NOT NULL,
  last_value integer NOT NULL,
  CONSTRAINT pk_number_counters PRIMARY KEY (scope),
  CONSTRAINT ck_number_counters_last_value_not_negative CHECK (last_value >= 0)
);

CREATE TABLE idempotency_keys (
  id uuid NOT NULL DEFAULT uuid7(),
  caller varchar(60) NOT NULL,
  key varchar(100) NOT NULL,
  operation varchar(60) NOT NULL,
  request_hash char(64) NOT NULL,
  outcome jsonb NOT NULL DEFAULT '{}',
  expires_at timestamptz(3) NOT NULL DEFAULT now() + interval '30 days',
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT pk_idempotency_keys PRIMARY KEY (id),
  CONSTRAINT uq_idempotency_keys_idk_1_caller_key UNIQUE (caller, key),
  CONSTRAINT ck_idempotency_keys_outcome_object CHECK (jsonb_typeof(outcome) = 'object')
);

CREATE INDEX ix_idempotency_keys_expires_at ON idempotency_keys (expires_at);
