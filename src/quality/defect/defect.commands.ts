import { v7 as uuid7 } from 'uuid';
import { command } from '../../platform/command/declaration.ts';
import { enforce, isCurrent } from '../../platform/command/rejection.ts';
import { type Lock, lockRow } from '../../platform/command/row-lock.ts';
import type { JsonObject } from '../../platform/input/json-schemas.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { join, sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { QUALITY } from '../../platform/rules/access.ts';
import type { Instant } from '../../platform/values/time.ts';
import type { DefectSeverity } from '../../production/process-data/result/result.rules.ts';
import { defects } from './defect.loaders.ts';
import type { DefectType, DetectionMethod, ReviewOutcome } from './defect.rules.ts';
import { UpdateDefect } from './defect.shapes.ts';

/** DEF-2: Changes what is written about a finding. What it is, how it was found and its review stay. */
export const updateDefect = command({
  name: 'updateDefect',
  action: 'defect.updated',
  description: 'Changes description, corrective action or location of a finding (DEF-2).',
  access: QUALITY,
  input: UpdateDefect,
  async run({ tx }, { id, location, description, correctiveAction, expectedVersion }) {
    const defect = await lockDefect(tx, id, 'NO KEY UPDATE');
    enforce(isCurrent(defect, expectedVersion, { defect: id }));
    const changes = [
      ...(description === undefined ? [] : [sql`description = ${description}`]),
      ...(correctiveAction === undefined ? [] : [sql`corrective_action = ${correctiveAction}`]),
      ...(location === undefined ? [] : [sql`location = ${jsonText(location)}::jsonb`]),
    ];
    if (changes.length > 0) tx.send(sql`UPDATE defects SET ${join(changes)} WHERE id = ${id}::uuid`);
    return { defect: id };
  },
});

/** A finding that is to be inserted. */
export interface NewDefect {
  readonly type: DefectType;
  readonly severity: DefectSeverity;
  readonly detectionMethod: DetectionMethod;
  readonly confidence?: string | undefined;
  readonly location?: JsonObject | undefined;
  readonly description?: string | undefined;
  /** DEF-5: The job that found it, a job of the same inspection. */
  readonly inferenceJobId?: string | undefined;
}

/**
 * INS-5: Inserts findings of one inspection, which is locked and IN_PROGRESS, by one statement. Returns their ids in
 * their order.
 */
export async function insertDefects(
  tx: Tx,
  inspectionId: string,
  findings: readonly NewDefect[],
): Promise<readonly string[]> {
  const rows = findings.map((finding) => ({ id: uuid7(), ...finding }));
  if (rows.length === 0) return [];
  await tx.sql`
    INSERT INTO defects (id, inspection_id, type, severity, detection_method, confidence, location, description, inference_job_id)
    SELECT id, ${inspectionId}::uuid, type, severity, "detectionMethod", confidence, location, description, "inferenceJobId"
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS found(id uuid, type defect_type, severity defect_severity, "detectionMethod" detection_method, confidence numeric,
               location jsonb, description text, "inferenceJobId" uuid)`;
  return rows.map(({ id }) => id);
}

/** DEF-3: What a reviewer says about a finding. */
export interface Review {
  readonly reviewStatus: ReviewOutcome;
  readonly reviewedById: string;
  readonly reviewedAt: Instant;
  readonly reviewNotes: string | null;
}

/** DEF-3: Signs the review of a locked finding. */
export async function signReview(tx: Tx, id: string, review: Review): Promise<void> {
  await tx.defect.update({ where: { id }, data: { ...review } });
}

/** Locks a finding. Its inspection, if it is locked at all, is locked before. */
export async function lockDefect(tx: Tx, id: string, lock: Lock, path = 'id'): Promise<Row<'Defect'>> {
  return lockRow(tx, defects, { reference: { key: 'id', value: id }, lock, path, what: 'Defect' });
}

function jsonText(value: JsonObject | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
