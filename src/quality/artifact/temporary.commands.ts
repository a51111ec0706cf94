import type { Tx } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { actAsSystem } from '../../platform/request/actor.ts';
import { TEMPORARY_DAYS } from './artifact.rules.ts';

/**
 * ART-5, ART-6: Lets go of contents at TEMPORARY whose artifacts did not change for 7 days. The artifacts stay, with size
 * and checksum. Evidence of a COMPLETED inspection and inputs of jobs keep their contents. Returns how many let go.
 */
export async function releaseTemporaryContents(tx: Tx): Promise<number> {
  await actAsSystem(tx, 'artifact.contentRemoved', `Kept at TEMPORARY for ${TEMPORARY_DAYS} days.`);
  const released = await tx.query(sql`
    UPDATE artifacts a SET storage_key = NULL
    FROM inspections i
    WHERE a.storage_location = 'TEMPORARY' AND a.is_stored AND a.storage_key IS NOT NULL
      AND a.updated_at <= now() - make_interval(days => ${TEMPORARY_DAYS})
      AND i.id = a.inspection_id AND i.status <> 'COMPLETED'
      AND NOT EXISTS (SELECT 1 FROM inference_jobs job WHERE job.input_artifact_ids @> to_jsonb(ARRAY[a.id::text]))
    RETURNING a.id`);
  return released.length;
}
