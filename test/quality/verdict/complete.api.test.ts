import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Api } from '../../support/api.ts';
import { makeDefect, makeInspection, type Named, uuidOf } from '../../support/build.ts';
import { call, done, expectRefused } from '../../support/expect.ts';
import { makeStation, sendAs } from '../../support/station.ts';
import { completeWith, dispositionOf, type QualityWorld, startQuality } from '../world.ts';

let world: QualityWorld;
let api: Api;
beforeAll(async () => {
  world = await startQuality();
  ({ api } = world);
});
afterAll(() => api.close());

let lot: Named;
beforeEach(async () => {
  lot = await world.newLot();
});

const FIELDS =
  'inspection { status verdict qualityScore confidence grade violations isReviewed defectCount durationSeconds failureReason completedAt startedAt version inspector { username } }';

/** A job of an inspection, in SQL. */
async function putJob(inspection: { readonly id: string }, status: 'QUEUED' | 'PROCESSING'): Promise<void> {
  const isClaimed = status === 'PROCESSING';
  await api.database.reader().sql`
    INSERT INTO inference_jobs (inspection_id, model_name, model_version, status, queued_at, started_at, worker_code, lease_until, attempts)
    SELECT ${uuidOf(inspection)}::uuid, 'cracks', '1.0', ${status}::inference_status, now(),
           CASE WHEN ${isClaimed} THEN now() END, CASE WHEN ${isClaimed} THEN 'W1' END, CASE WHEN ${isClaimed} THEN now() END, ${isClaimed ? 1 : 0}`;
}

async function jobsOf(inspection: { readonly id: string }): Promise<readonly string[]> {
  const jobs = await api.database.reader().sql<{ status: string }>`
    SELECT status FROM inference_jobs WHERE inspection_id = ${uuidOf(inspection)}::uuid ORDER BY id`;
  return jobs.map(({ status }) => status);
}

describe('completeInspection', () => {
  test('computes score, confidence and verdict (INS-4)', async () => {
    const inspection = await makeInspection(api, lot);
    for (const [severity, confidence] of [
      ['HIGH', '0.9'],
      ['MEDIUM', '0.7'],
      ['LOW', null],
    ] as const)
      await makeDefect(api, inspection, { severity, confidence });
    const { inspection: completed } = await done(api, 'completeInspection', { id: inspection.id }, FIELDS, 'INSPECTOR');
    expect(completed).toMatchObject({
      status: 'COMPLETED',
      verdict: 'FAIL',
      qualityScore: '0.6485',
      confidence: '0.8000',
      grade: 'POOR',
      violations: ['QUALITY_SCORE'],
      isReviewed: false,
      defectCount: 3,
      failureReason: null,
      version: 3,
    });
    expect(completed.completedAt >= completed.startedAt).toBe(true);
    expect(completed.durationSeconds).toEqual(expect.any(Number));
    expect(await dispositionOf(api, lot)).toMatchObject({ disposition: 'UNDECIDED' });
  });

  test('of a sample without findings is a PASS (INS-4)', async () => {
    const { id } = await makeInspection(api, lot);
    expect((await done(api, 'completeInspection', { id }, FIELDS))['inspection']).toMatchObject({
      verdict: 'PASS',
      qualityScore: '1.0000',
      confidence: '1.0000',
      grade: 'EXCELLENT',
      violations: [],
      isReviewed: true,
      defectCount: 0,
    });
  });

  test('is refused unless the inspection is IN_PROGRESS (INS-3)', async () => {
    const { id } = await makeInspection(api, lot, {}, false);
    await expectRefused(api, 'completeInspection', { id }, [
      [
        'RULE_VIOLATED',
        'id',
        'INS-3',
        `Inspection VISUAL of ${lot.number} is PENDING; only from IN_PROGRESS can it become COMPLETED.`,
      ],
    ]);
    await done(api, 'startInspection', { id }, FIELDS);
    await expectRefused(api, 'completeInspection', { id, expectedVersion: 1 }, [
      ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
    ]);
    await done(api, 'completeInspection', { id, expectedVersion: 2 }, FIELDS);
    await expectRefused(api, 'completeInspection', { id }, [['RULE_VIOLATED', 'id', 'INS-3']]);
    await expectRefused(api, 'failInspection', { id, reason: 'Late' }, [['RULE_VIOLATED', 'id', 'INS-3']]);
    await expectRefused(api, 'cancelInspection', { id, reason: 'Late' }, [['RULE_VIOLATED', 'id', 'INS-3']]);
    const unknown = Buffer.from('Inspection:00000000-0000-7000-8000-000000000000').toString('base64url');
    await expectRefused(api, 'completeInspection', { id: unknown }, [['NOT_FOUND', 'id', null]]);
  });

  test.each(['QUEUED', 'PROCESSING'] as const)('is refused while a job is %s (INS-4)', async (status) => {
    const inspection = await makeInspection(api, lot);
    await putJob(inspection, status);
    await expectRefused(api, 'completeInspection', { id: inspection.id }, [
      [
        'RULE_VIOLATED',
        'id',
        'INS-4',
        `1 inference job is still QUEUED or PROCESSING for Inspection VISUAL of ${lot.number}; wait for the answer, or cancel it.`,
      ],
    ]);
  });

  test('twice at once succeeds once (INS-3)', async () => {
    const { id } = await makeInspection(api, lot);
    const payloads = await Promise.all([1, 2].map(() => call(api, 'completeInspection', { id }, FIELDS)));
    expect(payloads.map(({ errors }) => errors.map(({ rule }) => rule)).toSorted()).toEqual([[], ['INS-3']]);
  });
});

describe('failInspection and cancelInspection', () => {
  test('end an inspection with a reason and cancel its open jobs (INS-3)', async () => {
    for (const [mutation, status] of [
      ['failInspection', 'FAILED'],
      ['cancelInspection', 'CANCELLED'],
    ] as const) {
      const inspection = await makeInspection(api, lot);
      await putJob(inspection, 'QUEUED');
      await putJob(inspection, 'PROCESSING');
      await expectRefused(api, mutation, { id: inspection.id, reason: ' ' }, [['INVALID_INPUT', 'reason', 'GEN-4']]);
      const payload = await done(api, mutation, { id: inspection.id, reason: ' Lens is dirty ' }, FIELDS);
      expect(payload['inspection']).toMatchObject({
        status,
        verdict: null,
        qualityScore: null,
        confidence: null,
        grade: null,
        violations: [],
        completedAt: null,
        failureReason: 'Lens is dirty',
      });
      expect(await jobsOf(inspection)).toEqual(['CANCELLED', 'CANCELLED']);
    }
  });

  test('a PENDING inspection is cancelled, but does not fail (INS-3)', async () => {
    const { id } = await makeInspection(api, lot, {}, false);
    await expectRefused(api, 'failInspection', { id, reason: 'Lens is dirty' }, [['RULE_VIOLATED', 'id', 'INS-3']]);
    await done(api, 'cancelInspection', { id, reason: 'Not needed' }, FIELDS, 'INSPECTOR');
  });

  test('free the round of the sample, and a COMPLETED inspection has a next round (INS-2)', async () => {
    const input = { sampleCode: 'TRAY-1' };
    const create = { lot: { id: lot.id }, type: 'VISUAL', ...input };
    const failed = await makeInspection(api, lot, input);
    await done(api, 'failInspection', { id: failed.id, reason: 'Lens is dirty' }, FIELDS);
    await expectRefused(api, 'createInspection', { ...create, reinspectionOf: failed.id }, [
      [
        'RULE_VIOLATED',
        'reinspectionOf',
        'INS-2',
        'Inspection VISUAL of TRAY-1 is FAILED; only a COMPLETED one has a next round.',
      ],
    ]);
    const { inspection: first } = await completeWith(api, lot, ['LOW'], input);
    await expectRefused(api, 'createInspection', create, [['CONFLICT', 'sampleCode', 'INS-2']]);
    await expectRefused(api, 'createInspection', { ...create, type: 'OPTICAL', reinspectionOf: first.id }, [
      [
        'RULE_VIOLATED',
        'reinspectionOf',
        'INS-2',
        'Inspection VISUAL of TRAY-1 has another type; the next round is of the same.',
      ],
    ]);
    await expectRefused(api, 'createInspection', { ...create, sampleCode: 'TRAY-2', reinspectionOf: first.id }, [
      ['RULE_VIOLATED', 'reinspectionOf', 'INS-2'],
    ]);
    await expectRefused(
      api,
      'createInspection',
      { ...create, lot: { id: (await world.newLot()).id }, reinspectionOf: first.id },
      [['RULE_VIOLATED', 'reinspectionOf', 'INS-2']],
    );
    const again = { lot: { id: lot.id }, reinspectionOf: first.id };
    const { inspection: second } = await done(
      api,
      'createInspection',
      again,
      'inspection { id round type sampleCode status }',
    );
    expect(second).toMatchObject({ round: 2, type: 'VISUAL', sampleCode: 'TRAY-1', status: 'PENDING' });
    await expectRefused(api, 'createInspection', again, [
      ['CONFLICT', 'sampleCode', 'INS-2', 'Inspection VISUAL of TRAY-1, round 2 is PENDING already; carry that out.'],
    ]);
    await done(api, 'cancelInspection', { id: second.id, reason: 'Wrong tray' }, FIELDS);
    expect((await done(api, 'createInspection', again, 'inspection { round }'))['inspection']).toEqual({ round: 2 });
  });
});

describe('a critical finding', () => {
  const held = (sample: string) => ({
    disposition: 'QUARANTINED',
    dispositionReason: `Inspection VISUAL of ${sample} failed`,
  });

  test('holds the lot when its inspection is completed, in the name of the person (INS-8)', async () => {
    const inspection = await makeInspection(api, lot);
    await makeDefect(api, inspection, { severity: 'CRITICAL' });
    expect(await dispositionOf(api, lot)).toMatchObject({ disposition: 'UNDECIDED' });
    const payload = await done(api, 'completeInspection', { id: inspection.id }, FIELDS, 'INSPECTOR');
    expect(payload['inspection']).toMatchObject({
      verdict: 'FAIL',
      qualityScore: '0.4995',
      violations: ['CRITICAL_DEFECTS', 'QUALITY_SCORE'],
    });
    expect(await dispositionOf(api, lot)).toEqual({
      ...held(lot.number),
      dispositionBy: { username: 'inspector' },
      version: 2,
    });
  });

  test('holds the lot of a station in nobody’s name (INS-8)', async () => {
    const station = await makeStation(api, 'CAM1');
    const inspection = await makeInspection(api, lot);
    await makeDefect(api, inspection, { severity: 'CRITICAL' });
    await sendAs(api, station.apiKey, 'completeInspection', { id: inspection.id });
    expect(await dispositionOf(api, lot)).toMatchObject({ ...held(lot.number), dispositionBy: null });
  });

  test('recalls a RELEASED lot, and leaves a held or REJECTED one as it is (INS-8)', async () => {
    await done(api, 'releaseLot', { lot: { id: lot.id }, reason: 'Fine' }, 'lot { id }');
    await completeWith(api, lot, ['CRITICAL'], { sampleCode: 'TRAY-1' });
    expect(await dispositionOf(api, lot)).toMatchObject(held('TRAY-1'));
    const { version } = await dispositionOf(api, lot);
    await completeWith(api, lot, ['CRITICAL'], { sampleCode: 'TRAY-2' });
    expect(await dispositionOf(api, lot)).toMatchObject({ ...held('TRAY-1'), version });
    const late = await makeInspection(api, lot, { sampleCode: 'TRAY-3' });
    await makeDefect(api, late, { severity: 'CRITICAL' });
    await done(api, 'rejectLot', { lot: { id: lot.id }, reason: 'Cracks' }, 'lot { id }');
    await done(api, 'completeInspection', { id: late.id }, FIELDS);
    expect(await dispositionOf(api, lot)).toMatchObject({ disposition: 'REJECTED', dispositionReason: 'Cracks' });
  });

  test('without one, a FAIL leaves the lot as it is (INS-8)', async () => {
    await completeWith(api, lot, ['HIGH', 'HIGH', 'HIGH']);
    expect(await dispositionOf(api, lot)).toMatchObject({ disposition: 'UNDECIDED', version: 1 });
  });

  test('leaves the lot as it is where the site turned that off (INS-8)', async () => {
    const other = await startQuality({ autoQuarantine: false });
    const free = await other.newLot();
    const { inspection } = await completeWith(other.api, free, ['CRITICAL']);
    expect(await dispositionOf(other.api, free)).toMatchObject({ disposition: 'UNDECIDED', version: 1 });
    const { data } = await other.api.ask(`{ node(id: "${inspection.id}") { ... on Inspection { verdict } } }`);
    expect(data.node).toEqual({ verdict: 'FAIL' });
    await other.api.close();
  });
});
