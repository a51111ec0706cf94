import type { ArtifactRow, DefectRow, InferenceJobRow, InspectionRow } from '../rows.ts';

/** The inspections of a lot with everything that belongs to them. */
export interface QualityStory {
  readonly inspections: InspectionRow[];
  readonly inferenceJobs: InferenceJobRow[];
  readonly defects: DefectRow[];
  readonly artifacts: ArtifactRow[];
  /** The contents of the artifacts. */
  readonly pictures: Buffer[];
}
