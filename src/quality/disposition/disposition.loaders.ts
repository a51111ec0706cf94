import type { Reader } from '../../platform/postgres/client.ts';
import { IS_REVIEW_OPEN } from '../defect/defect.loaders.ts';
import type { OpenFindings } from './disposition.rules.ts';

/**
 * INS-9: The open inspections and the critical findings without a decision of a lot, oldest first. The lock on the lot
 * keeps them from becoming more.
 */
export async function openFindingsOf(db: Reader, lotId: string): Promise<OpenFindings> {
  const inspections = await db.sql<OpenFindings['inspections'][number]>`
    SELECT type, sample_code AS "sampleCode", round, status FROM inspections
    WHERE lot_id = ${lotId}::uuid AND status IN ('PENDING', 'IN_PROGRESS') ORDER BY created_at, id`;
  const defects = await db.sql<OpenFindings['defects'][number]>`
    SELECT inspection.type, inspection.sample_code AS "sampleCode", inspection.round, defect.type AS "defectType",
           defect.severity, defect.review_status AS "reviewStatus"
    FROM inspections inspection JOIN defects defect ON defect.inspection_id = inspection.id
    WHERE inspection.lot_id = ${lotId}::uuid AND defect.severity = 'CRITICAL' AND ${IS_REVIEW_OPEN}
    ORDER BY defect.created_at, defect.id`;
  return { inspections, defects };
}
