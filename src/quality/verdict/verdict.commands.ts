/**
 * The end of inspections and the review of their findings.
 *
 * 1. Locks are taken in the order lot, inspection, defect. The lot is locked for change, because a FAIL may hold it, and
 *    because its release judges by its inspections and findings.
 * 2. Completion judges the inspection; each review of one of its findings judges it again.
 * 3. A FAIL with a critical finding that is not dismissed holds the lot in the same transaction. A review holds it only
 *    when there was no such finding before: what a lead has released in spite of it stays released.
 * 4. Each judgement is noted, so that a FAIL can raise an alert (INS-8).
 */
import { plantSettings } from '../../platform/request/plant-settings.ts';
import { command, type Env } from '../../platform/command/declaration.ts';
import { enforce, found, isCurrent } from '../../platform/command/rejection.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { LEADS, personOf, personsOf, QUALITY, QUALITY_AND_STATION, userViewerOf } from '../../platform/rules/access.ts';
import { decideLot, lockLot } from '../../production/lot/lot.commands.ts';
import { canBeHeld } from '../../production/lot/lot.rules.ts';
import { lockDefect, type Review, signReview } from '../defect/defect.commands.ts';
import { mayReopen, mayReview } from '../defect/defect.rules.ts';
import { ReopenDefectReview, ReviewDefect } from '../defect/defect.shapes.ts';
import { cancelOpenJobs } from '../inference-job/inference-job.commands.ts';
import { completeAs, endInspection, judgeAgainAs, lockInspection } from '../inspection/inspection.commands.ts';
import { inspectionMayMove } from '../inspection/inspection.rules.ts';
import { ChangeInspection, EndInspection } from '../inspection/inspection.shapes.ts';
import { inspectionJudged } from './inspection-judged.commands.ts';
import { countOpenJobs, findingsOf, lotOfInspection, placeOfDefect } from './verdict.loaders.ts';
import {
  afterReview,
  hasNoOpenJobs,
  holdReason,
  isSameJudgement,
  judgementOfReviewed,
  stopTheLot,
} from './verdict.rules.ts';

/** INS-3, INS-4, INS-8: Completes an inspection. */
export const completeInspection = command({
  name: 'completeInspection',
  action: 'inspection.completed',
  description:
    'Completes an inspection that is IN_PROGRESS and computes its score, confidence and verdict (INS-3, INS-4). A FAIL with a critical finding that is not dismissed quarantines the lot (INS-8).',
  access: QUALITY_AND_STATION,
  input: ChangeInspection,
  async run(env, { id, expectedVersion }) {
    const { tx, now } = env;
    const lotId = found(await lotOfInspection(tx, id), 'id', 'Inspection with this id');
    const { lot, inspection } = await lockPlace(tx, lotId, id);
    enforce(
      isCurrent(inspection, expectedVersion, { inspection: id }),
      inspectionMayMove(inspection, 'COMPLETED'),
      hasNoOpenJobs(inspection, await countOpenJobs(tx, id)),
    );
    const findings = await findingsOf(tx, id);
    const judgement = judgementOfReviewed(findings);
    await completeAs(tx, inspection, judgement, now);
    if (stopTheLot(findings)) await holdLot(env, lot, inspection);
    inspectionJudged.note(tx, { inspection, verdict: judgement.verdict, isCritical: stopTheLot(findings) });
    return { inspection: id };
  },
});

/** INS-3: Ends an inspection that cannot be carried out. */
export const failInspection = command({
  name: 'failInspection',
  action: 'inspection.failed',
  description:
    'Ends an inspection that is IN_PROGRESS and cannot be carried out; this says nothing about the sample. It frees its round, and its open inference jobs are cancelled (INS-2, INS-3).',
  access: QUALITY_AND_STATION,
  input: EndInspection,
  run: async ({ tx }, input) => endAs(tx, 'FAILED', input),
});

/** INS-3: Ends an inspection that is not wanted any more. */
export const cancelInspection = command({
  name: 'cancelInspection',
  action: 'inspection.cancelled',
  description:
    'Ends a PENDING or IN_PROGRESS inspection that is not wanted any more. It frees its round, and its open inference jobs are cancelled (INS-2, INS-3).',
  access: QUALITY,
  input: EndInspection,
  run: async ({ tx }, input) => endAs(tx, 'CANCELLED', input),
});

/** DEF-3, DEF-4, INS-6: Signs what a person says about a finding. */
export const reviewDefect = command({
  name: 'reviewDefect',
  action: 'defect.reviewed',
  description:
    'Signs what a person says about a finding that is PENDING or NEEDS_REVIEW (DEF-3, DEF-4). A completed inspection is judged again (INS-6), and a FAIL may quarantine the lot (INS-8).',
  access: personsOf(QUALITY),
  input: ReviewDefect,
  async run(env, { id, reviewStatus, notes, expectedVersion }) {
    const place = await lockPlaceOfDefect(env.tx, id);
    enforce(isCurrent(place.defect, expectedVersion, { defect: id }), mayReview(place.defect, reviewStatus, notes));
    return review(env, place, { reviewStatus, reviewNotes: notes ?? null });
  },
});

/** DEF-3, DEF-4, INS-6: Takes a decision about a finding back. */
export const reopenDefectReview = command({
  name: 'reopenDefectReview',
  action: 'defect.reopened',
  description:
    'Takes the decision about a finding back: it is NEEDS_REVIEW again, with the reason as notes (DEF-3, DEF-4). A completed inspection is judged again (INS-6), and a FAIL may quarantine the lot (INS-8).',
  access: personsOf(LEADS),
  input: ReopenDefectReview,
  async run(env, { id, reason, expectedVersion }) {
    const place = await lockPlaceOfDefect(env.tx, id);
    enforce(isCurrent(place.defect, expectedVersion, { defect: id }), mayReopen(place.defect));
    return review(env, place, { reviewStatus: 'NEEDS_REVIEW', reviewNotes: reason });
  },
});

interface Place {
  readonly lot: Row<'Lot'>;
  readonly inspection: Row<'Inspection'>;
}

interface PlaceOfDefect extends Place {
  readonly defect: Row<'Defect'>;
}

/** Locks a lot and an inspection of it for change. */
async function lockPlace(tx: Tx, lotId: string, inspectionId: string): Promise<Place> {
  const lot = await lockLot(tx, { key: 'id', value: lotId }, 'NO KEY UPDATE');
  return { lot, inspection: await lockInspection(tx, inspectionId, 'NO KEY UPDATE') };
}

async function lockPlaceOfDefect(tx: Tx, defectId: string): Promise<PlaceOfDefect> {
  const { lotId, inspectionId } = found(await placeOfDefect(tx, defectId), 'id', 'Defect with this id');
  const place = await lockPlace(tx, lotId, inspectionId);
  return { ...place, defect: await lockDefect(tx, defectId, 'NO KEY UPDATE') };
}

/** INS-6: Signs the review of a finding and judges its inspection again, if it is COMPLETED. */
async function review(
  env: Env,
  { lot, inspection, defect }: PlaceOfDefect,
  { reviewStatus, reviewNotes }: Pick<Review, 'reviewStatus' | 'reviewNotes'>,
): Promise<{ readonly defect: string; readonly inspection: string }> {
  const { tx, now, viewer } = env;
  const before = await findingsOf(tx, inspection.id);
  await signReview(tx, defect.id, {
    reviewStatus,
    reviewNotes,
    reviewedAt: now,
    reviewedById: userViewerOf(viewer).id,
  });
  if (inspection.status === 'COMPLETED') {
    const after = afterReview(before, defect.id, reviewStatus);
    const judgement = judgementOfReviewed(after);
    if (!isSameJudgement(judgement, inspection)) await judgeAgainAs(tx, inspection.id, judgement);
    if (stopTheLot(after) && !stopTheLot(before)) await holdLot(env, lot, inspection);
    inspectionJudged.note(tx, {
      inspection,
      verdict: judgement.verdict,
      isCritical: stopTheLot(after),
      before: { verdict: judgementOfReviewed(before).verdict, isCritical: stopTheLot(before) },
    });
  }
  return { defect: defect.id, inspection: inspection.id };
}

/** INS-8: Holds the locked lot of a FAIL, unless it is held already or the site does not want that. */
async function holdLot(
  { tx, now, viewer, context }: Env,
  lot: Row<'Lot'>,
  inspection: Row<'Inspection'>,
): Promise<void> {
  if (!plantSettings(context.services).autoQuarantine || !canBeHeld(lot)) return;
  const signed = { reason: holdReason(inspection), now, personId: personOf(viewer) };
  await decideLot(tx, lot.id, { disposition: 'QUARANTINED', ...signed });
}

interface EndInput {
  readonly id: string;
  readonly reason: string;
  readonly expectedVersion: number | undefined;
}

/** INS-3: Ends an inspection without a judgement, and cancels its open jobs. */
async function endAs(
  tx: Tx,
  status: 'FAILED' | 'CANCELLED',
  { id, reason, expectedVersion }: EndInput,
): Promise<{ readonly inspection: string }> {
  const inspection = await lockInspection(tx, id, 'NO KEY UPDATE');
  enforce(isCurrent(inspection, expectedVersion, { inspection: id }), inspectionMayMove(inspection, status));
  await endInspection(tx, id, status, reason);
  await cancelOpenJobs(tx, id);
  return { inspection: id };
}
