import { describe, expect, test } from 'vitest';
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { isDismissed } from '../../src/quality/defect/defect.rules.ts';
import { present } from '../../src/platform/values/assert.ts';
import { judgementOf } from '../../src/quality/verdict/score.rules.ts';
import { simulatedPlant, UNTIL } from './simulated-plant.ts';

const plant = simulatedPlant();
const { rows } = plant;

describe('the inspections of a simulated factory', () => {
  test('have been completed with either verdict, have failed, are under way and wait; findings have every state of review', async () => {
    const inspections = await rows<{ state: string }>`
      SELECT DISTINCT concat_ws(' ', status, verdict) AS state FROM inspections ORDER BY 1`;
    const reviews = await rows<{ state: string }>`SELECT DISTINCT review_status::text AS state FROM defects ORDER BY 1`;
    const jobs = await rows<{ state: string }>`SELECT DISTINCT status::text AS state FROM inference_jobs ORDER BY 1`;

    expect(inspections.map(({ state }) => state)).toEqual([
      'COMPLETED FAIL',
      'COMPLETED PASS',
      'FAILED',
      'IN_PROGRESS',
      'PENDING',
    ]);
    expect(reviews.map(({ state }) => state)).toEqual([
      'CONFIRMED',
      'FALSE_POSITIVE',
      'NEEDS_REVIEW',
      'PENDING',
      'REJECTED',
    ]);
    expect(jobs.map(({ state }) => state)).toEqual(['CANCELLED', 'COMPLETED', 'QUEUED']);
  });

  test('say what their findings give (INS-4, INS-6)', async () => {
    const inspections = await rows<{
      stored: object;
      findings: readonly { severity: 'LOW'; confidence: string | null; reviewStatus: 'PENDING' }[];
    }>`
      SELECT json_build_object('verdict', i.verdict, 'qualityScore', i.quality_score::text, 'confidence', i.confidence::text) AS stored,
             coalesce(json_agg(json_build_object('severity', d.severity, 'confidence', d.confidence::text, 'reviewStatus', d.review_status))
               FILTER (WHERE d.id IS NOT NULL), '[]') AS findings
      FROM inspections i LEFT JOIN defects d ON d.inspection_id = i.id WHERE i.status = 'COMPLETED' GROUP BY i.id`;

    expect(inspections.length).toBeGreaterThan(20);
    for (const { stored, findings } of inspections)
      expect(stored).toEqual(judgementOf(findings.filter((each) => !isDismissed(each))));
  });

  test('are done and reviewed where the lot is released; a critical finding stands in held lots only (INS-8, INS-9)', async () => {
    const found = await rows`
      SELECT l.number, i.status, d.severity FROM lots l JOIN inspections i ON i.lot_id = l.id LEFT JOIN defects d ON d.inspection_id = i.id
      WHERE l.disposition = 'RELEASED' AND (i.status IN ('PENDING', 'IN_PROGRESS') OR greatest(i.completed_at, d.reviewed_at) > l.disposition_at)
         OR l.disposition = 'REJECTED' AND i.created_at > l.disposition_at
         OR d.severity = 'CRITICAL' AND (l.disposition <> 'QUARANTINED' OR i.completed_at < l.disposition_at)`;
    const [critical] = await rows<{
      count: number;
    }>`SELECT count(*)::int AS count FROM defects WHERE severity = 'CRITICAL'`;

    expect(found).toEqual([]);
    expect(critical?.count).toBeGreaterThan(0);
  });

  test('happen in the order of time, after the sample was made, and never in the future (INS-3, JOB-1)', async () => {
    const found = await rows`
      SELECT i.id FROM inspections i JOIN lots l ON l.id = i.lot_id LEFT JOIN serials s ON s.id = i.serial_id
        LEFT JOIN defects d ON d.inspection_id = i.id LEFT JOIN inference_jobs j ON j.inspection_id = i.id
      WHERE greatest(i.created_at, i.started_at, i.completed_at, i.updated_at, d.reviewed_at, j.updated_at) > ${UNTIL}::timestamptz
         OR i.created_at < coalesce(s.completed_at, l.started_at) OR i.started_at < i.created_at OR j.queued_at < i.started_at
         OR d.reviewed_at < i.completed_at OR d.created_at < i.started_at OR d.created_at > i.completed_at`;

    expect(found).toEqual([]);
  });

  test('have pictures, which the file store keeps as their checksums say (ART-2)', async () => {
    const pictures = await rows<{ key: string; checksum: string; size: string }>`
      SELECT storage_key AS key, checksum_sha256 AS checksum, size_bytes AS size FROM artifacts`;

    expect(pictures.length).toBeGreaterThan(10);
    for (const { key, checksum, size } of pictures) {
      const opened = await plant.api.services.files.open(key);
      const content = await buffer(present(opened, 'A picture').content);
      expect([content.length, createHash('sha256').update(content).digest('hex')]).toEqual([Number(size), checksum]);
      expect(content.subarray(1, 4).toString('latin1')).toBe('PNG');
    }
  });
});
