/** The pictures of a sample, and the job by which a model looks at them. */
import { createHash } from 'node:crypto';
import { keyOf } from '../../../platform/file-store/key.ts';
import type { Random } from '../random.ts';
import {
  type ArtifactRow,
  type DefectRow,
  type InferenceJobRow,
  type InspectionRow,
  instantAt,
  madeAt,
  touched,
} from '../rows.ts';
import { drawPicture } from './picture.ts';
import type { QualityStory } from './quality-story.ts';

/** The model of `examples/inference-worker.ts`, so that the example finds work in the demo data. */
const MODEL = { modelName: 'spots', modelVersion: '1.0' } as const;

/** JOB-6: A job for an inspection that has just begun. */
export function queuedJob(inspectionId: string, at: number, random: Random): InferenceJobRow {
  return {
    id: random.id(at),
    inspectionId,
    ...MODEL,
    status: 'QUEUED',
    priority: 5,
    batchSize: 1,
    confidenceThreshold: '0.7000',
    processingParameters: { levels: 60, leastPixels: 20 },
    performanceMetrics: {},
    inputArtifactIds: [],
    attempts: 0,
    maxAttempts: 3,
    queuedAt: instantAt(at),
    runAfter: instantAt(at),
    startedAt: null,
    completedAt: null,
    workerCode: null,
    leaseUntil: null,
    externalRequestId: null,
    errorMessage: null,
    discardedCount: 0,
    ...madeAt(instantAt(at)),
  };
}

/** JOB-5: a worker claimed the job, and completed it when its findings were made. */
export function completeJob(job: InferenceJobRow, at: number, findings: number, random: Random): void {
  const latency = random.whole(90, 900);
  Object.assign(job, {
    status: 'COMPLETED',
    attempts: 1,
    startedAt: instantAt(at - latency),
    completedAt: instantAt(at),
    discardedCount: random.pick([0, 0, 0, 1, 2]),
    performanceMetrics: { candidates: findings + job.discardedCount },
  });
  touched(job, instantAt(at - latency));
  touched(job, instantAt(at));
}

/** The job of an inspection that ended without it. */
export function cancelJob(job: InferenceJobRow, at: number): void {
  Object.assign(job, { status: 'CANCELLED' });
  touched(job, instantAt(at));
}

/** Draws the sample with its findings and keeps the picture as evidence and as input of the job. */
export function photograph(quality: QualityStory, { inspection, job, found, at, random }: Photograph): void {
  const content = drawPicture(
    found.map(({ location, type }) => ({ ...location, isDark: type !== 'SHORT' })),
    random,
  );
  const sha256 = createHash('sha256').update(content).digest('hex');
  quality.pictures.push(content);
  const artifact: ArtifactRow = {
    id: random.id(at),
    inspectionId: inspection.id,
    inferenceJobId: null,
    defectId: null,
    type: 'IMAGE',
    fileName: `${inspection.sampleCode}.png`,
    contentType: 'image/png',
    sizeBytes: String(content.length),
    checksumSha256: sha256,
    storageKey: keyOf(sha256),
    isStored: true,
    storageLocation: 'PRIMARY',
    archivedAt: null,
    tags: ['camera-1', inspection.type.toLowerCase()],
    metadata: { pixelMicrometres: 40 },
    uploadedById: inspection.inspectorId,
    ...madeAt(instantAt(at)),
  };
  quality.artifacts.push(artifact);
  job.inputArtifactIds = [artifact.id];
}

interface Photograph {
  readonly inspection: InspectionRow;
  readonly job: InferenceJobRow;
  readonly found: readonly DefectRow[];
  readonly at: number;
  readonly random: Random;
}
