-- AUD-2, AUD-5: retention is part of the record. An archive names the last block whose entries were removed, the hash of that block
-- (which covers all blocks before it) and the checksum of the export that holds the entries. Its own audit entry is sealed before
-- anything is removed: entries that are absent without such an entry were deleted.
CREATE TABLE audit_archives (
  id uuid NOT NULL DEFAULT uuid7(),
  last_block bigint NOT NULL,
  last_hash char(64) NOT NULL,
  export_sha256 char(64) NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT pk_audit_archives PRIMARY KEY (id),
  CONSTRAINT uq_audit_archives_last_block UNIQUE (last_block),
  CONSTRAINT fk_audit_archives_last_block FOREIGN KEY (last_block) REFERENCES audit_blocks (number) ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT ck_audit_archives_hashes_are_hexadecimal CHECK (last_hash ~ '^[0-9a-f]{64}$' AND export_sha256 ~ '^[0-9a-f]{64}$')
);

CREATE TRIGGER tg_audit_archives_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_archives
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER tg_audit_archives_audit_insert AFTER INSERT ON audit_archives REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_audit_archives_audit_update AFTER UPDATE ON audit_archives REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');
CREATE TRIGGER tg_audit_archives_audit_delete AFTER DELETE ON audit_archives REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}');

-- Blocks whose entries were removed before archives existed. No checksum of their export is known: 64 zeros.
SELECT set_config('lotgraph.actor', '{"action": "audit.archived", "reason": "Removed before archives were part of the record."}', true);
INSERT INTO audit_archives (last_block, last_hash, export_sha256)
SELECT number, hash, repeat('0', 64) FROM audit_blocks WHERE archived_at IS NOT NULL ORDER BY number DESC LIMIT 1;
SELECT set_config('lotgraph.actor', '', true);

-- AUD-3: every entry whose number is at most the horizon of the newest block has its position, so the sealer reads the entries after
-- it, however long the record is. The last day is left out here: a transaction of before may still be under way.
ALTER TABLE audit_blocks ADD COLUMN horizon bigint NOT NULL DEFAULT 0;
DROP TRIGGER tg_audit_blocks_append_only ON audit_blocks;
UPDATE audit_blocks SET horizon = coalesce((
  SELECT max(seq) FROM audit_entries WHERE created_at < now() - interval '1 day' AND seq < (
    SELECT coalesce(min(e.seq), 9223372036854775807) FROM audit_entries e
    WHERE NOT EXISTS (SELECT FROM audit_positions p WHERE p.audit_entry_id = e.id))), 0)
WHERE number = (SELECT max(number) FROM audit_blocks);
ALTER TABLE audit_blocks DROP COLUMN archived_at;
CREATE TRIGGER tg_audit_blocks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_blocks
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- A transaction has its number before it draws the number of an entry: then all entries up to a number are complete when all
-- transactions are that had begun when it was drawn. Changed rows give their transaction a number; here it is taken first.
CREATE OR REPLACE FUNCTION note_access(entity varchar, record_id uuid, operation audit_operation) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  who jsonb := coalesce(nullif(current_setting('lotgraph.actor', true), '')::jsonb, '{}');
  entry_id uuid;
BEGIN
  PERFORM pg_current_xact_id();
  INSERT INTO public.audit_entries (id, entity, record_id, operation, action, actor_kind, actor_id, station_id, session_id, ip, user_agent, request_id, reason)
  SELECT public.uuid7(), $1, $2, $3, coalesce(who ->> 'action', 'sql.' || lower($3::text)), coalesce(who ->> 'actor_kind', 'SYSTEM')::public.actor_kind,
    (who ->> 'actor_id')::uuid, (who ->> 'station_id')::uuid, (who ->> 'session_id')::uuid, (who ->> 'ip')::inet, left(who ->> 'user_agent', 500),
    (who ->> 'request_id')::uuid, who ->> 'reason'
  WHERE $3 IN ('VIEW', 'DOWNLOAD', 'EXPORT')
  RETURNING id INTO entry_id;
  RETURN entry_id;
END $$;
