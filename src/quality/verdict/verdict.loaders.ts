import type { Reader } from '../../platform/postgres/client.ts';
import type { ReviewedFinding } from './verdict.rules.ts';

/** All findings of an inspection, the dismissed ones too. The lock on the inspection keeps them as they are read. */
export function findingsOf(db: Reader, inspectionId: string): Promise<readonly ReviewedFinding[]> {
  return db.sql<ReviewedFinding>`
    SELECT id, severity, confidence, review_status AS "reviewStatus"
    FROM defects WHERE inspection_id = ${inspectionId}::uuid ORDER BY id`;
}

/** The number of inference jobs of an inspection that are QUEUED or PROCESSING. */
export async function countOpenJobs(db: Reader, inspectionId: string): Promise<number> {
  const [open] = await db.sql<{ readonly count: number }>`
    SELECT count(*)::int AS count FROM inference_jobs
    WHERE inspection_id = ${inspectionId}::uuid AND status IN ('QUEUED', 'PROCESSING')`;
  return open?.count ?? 0;
}

/** The lot of an inspection, which never changes; undefined when the inspection does not exist. */
export async function lotOfInspection(db: Reader, inspectionId: string): Promise<string | undefined> {
  const [inspection] = await db.sql<{ readonly lotId: string }>`
    SELECT lot_id AS "lotId" FROM inspections WHERE id = ${inspectionId}::uuid`;
  return inspection?.lotId;
}

/** The inspection of a finding and the lot of that, which never change; undefined when the finding does not exist. */
export async function placeOfDefect(
  db: Reader,
  defectId: string,
): Promise<{ readonly inspectionId: string; readonly lotId: string } | undefined> {
  const [place] = await db.sql<{ readonly inspectionId: string; readonly lotId: string }>`
    SELECT defect.inspection_id AS "inspectionId", inspection.lot_id AS "lotId"
    FROM defects defect JOIN inspections inspection ON inspection.id = defect.inspection_id
    WHERE defect.id = ${defectId}::uuid`;
  return place;
}
