/**
 * Inspects samples of a lot: who looked when, with which findings and pictures, and what reviewers say. A lot that is
 * decided had all its inspections before (INS-9); a critical finding is made only on a lot that is held already, so that
 * the decision of the lot needs no explanation by it (INS-8).
 */
import { isDismissed } from '../../../quality/defect/defect.rules.ts';
import type { Plant } from '../plant/plant.ts';
import { shiftAt } from '../plant/people.ts';
import { type Random, randomOf } from '../random.ts';
import { type DefectRow, HOUR, type InspectionRow, instantAt, madeAt, MINUTE, SECOND, touched } from '../rows.ts';
import type { LotStory } from '../story/story.ts';
import { judgementOf } from '../../../quality/verdict/score.rules.ts';
import { simulatedFindings, type Findings, reviewFindings } from './findings.ts';
import { cancelJob, completeJob, photograph, queuedJob } from './job.ts';
import type { QualityStory } from './quality-story.ts';
import { type TakenSample, samplesOf } from './samples.ts';

/** What an inspection of a lot is simulated from. */
export interface Laboratory {
  readonly seed: string;
  readonly until: number;
  readonly plant: Plant;
  /** Whether pictures are drawn. */
  readonly hasPictures: boolean;
}

const TYPES = [
  { type: 'VISUAL', weight: 6, isByModel: true },
  { type: 'OPTICAL', weight: 2, isByModel: true },
  { type: 'ELECTRICAL', weight: 2, isByModel: false },
  { type: 'DIMENSIONAL', weight: 1, isByModel: false },
] as const;
/** What inspections of the first samples of a lot at work are doing when the simulated time ends. */
const AT_WORK = ['IN_PROGRESS', 'PENDING'] as const;
const FAILURE_SHARE = 0.03;
const LOTS_PER_FAILURE = 12;
const FAILURES = ['Camera out of focus.', 'Fixture does not fit the sample.', 'Power cut at the bench.'] as const;

/** Inspects samples of a lot, as far as the simulated time allows. */
export function inspectLot(story: LotStory, { seed, until, plant, hasPictures }: Laboratory): QualityStory {
  const random = randomOf(seed, 'quality', story.plan.index);
  const quality: QualityStory = { inspections: [], inferenceJobs: [], defects: [], artifacts: [], pictures: [] };
  const { lot } = story;
  const decidedAt = lot.dispositionAt === null ? until : Date.parse(lot.dispositionAt);
  const isHeld = lot.disposition === 'QUARANTINED';
  const isAtWork = lot.status === 'IN_PROGRESS' && lot.disposition === 'UNDECIDED';
  // On every other line, lots at work have no inspections yet: such a lot can be held and released at any time.
  if (isAtWork && story.plan.line % 2 === 0) return quality;
  samplesOf(story, random).forEach((sample, index) => {
    // A decided lot has no inspection that is still open; one that is held may be inspected again.
    const end = isHeld || lot.disposition === 'UNDECIDED' ? until : decidedAt;
    inspect(sample, end, isAtWork ? AT_WORK[index] : undefined);
  });
  return quality;

  function inspect(sample: TakenSample, end: number, present: 'IN_PROGRESS' | 'PENDING' | undefined): void {
    const isFirst = quality.inspections.length === 0;
    // Even a small plant shows an inspection that failed.
    const isFailure = isFirst && story.plan.index % LOTS_PER_FAILURE === 1;
    const earliest = Math.max(sample.at, isHeld ? decidedAt : 0);
    const createdAt =
      present === undefined
        ? earliest + random.whole(1, 20) * MINUTE
        : Math.max(earliest, until - random.whole(5, 40) * MINUTE);
    const { type, isByModel } = isFailure || present !== undefined ? TYPES[0] : random.weighted(TYPES);
    const startedAt = present === 'PENDING' ? Infinity : createdAt + random.whole(30, 240) * SECOND;
    const completedAt = present === undefined ? startedAt + random.whole(90, 1_200) * SECOND : Infinity;
    // What would still be open at the decision, or reviewed after it, is left out.
    if (end < until && completedAt + 4 * HOUR > end) return;
    if (createdAt > until) return;

    const inspection = pendingInspection(story, {
      sample,
      type,
      createdAt,
      createdById: random.pick(plant.people.engineers).id,
      random,
    });
    quality.inspections.push(inspection);
    if (startedAt > until) return;
    const inspector = plant.people.inspectors[shiftAt(startedAt)] ?? random.pick(plant.people.inspectors);
    Object.assign(inspection, { status: 'IN_PROGRESS', startedAt: instantAt(startedAt), inspectorId: inspector.id });
    touched(inspection, instantAt(startedAt));

    const isOpen = completedAt > until;
    const job = isByModel ? queuedJob(inspection.id, startedAt + SECOND, random) : undefined;
    const at = startedAt + random.whole(20, 80) * SECOND;
    const findings: Findings = {
      inspectionId: inspection.id,
      inferenceJobId: job?.id ?? null,
      at,
      until,
      isCritical: isHeld && random.chance(0.5),
      inspectors: plant.people.inspectors,
      random,
    };
    const found = simulatedFindings(findings);
    if (job !== undefined && hasPictures) photograph(quality, { inspection, job, found, at: startedAt, random });
    if (job !== undefined) quality.inferenceJobs.push(job);
    // The job of an inspection that is still open waits for a worker, who will make its findings.
    if (isOpen) return;
    if (isFailure || random.chance(FAILURE_SHARE)) {
      Object.assign(inspection, { status: 'FAILED', failureReason: random.pick(FAILURES) });
      touched(inspection, instantAt(completedAt));
      if (job !== undefined) cancelJob(job, completedAt);
      return;
    }
    if (job !== undefined) completeJob(job, at, found.length, random);
    quality.defects.push(...found);
    complete(inspection, found, completedAt);
    const reviewedAt = reviewFindings(found, completedAt, findings);
    // INS-6: a review judges the inspection again.
    const again = judgementOf(found.filter((each) => !isDismissed(each)));
    if (again.qualityScore !== inspection.qualityScore || again.confidence !== inspection.confidence) {
      Object.assign(inspection, again);
      touched(inspection, instantAt(reviewedAt));
    }
  }
}

interface PlannedInspection {
  readonly sample: TakenSample;
  readonly type: InspectionRow['type'];
  readonly createdAt: number;
  readonly createdById: string;
  readonly random: Random;
}

function pendingInspection(
  { lot }: LotStory,
  { sample, type, createdAt, createdById, random }: PlannedInspection,
): InspectionRow {
  return {
    id: random.id(createdAt),
    lotId: lot.id,
    wipItemId: sample.wipItemId,
    serialId: sample.serialId,
    sampleCode: sample.code,
    type,
    status: 'PENDING',
    round: 1,
    priority: random.pick([5, 5, 5, 3, 8]),
    stationId: null,
    inspectorId: null,
    startedAt: null,
    completedAt: null,
    verdict: null,
    qualityScore: null,
    confidence: null,
    failureReason: null,
    metadata: { plan: 'Outgoing, level II' },
    createdById,
    ...madeAt(instantAt(createdAt)),
  };
}

function complete(inspection: InspectionRow, found: readonly DefectRow[], completedAt: number): void {
  Object.assign(inspection, { status: 'COMPLETED', completedAt: instantAt(completedAt), ...judgementOf(found) });
  touched(inspection, instantAt(completedAt));
}
