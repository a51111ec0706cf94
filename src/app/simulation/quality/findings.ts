/** The findings of a simulated inspection, and what reviewers say about them. */
import type { Random } from '../random.ts';
import { instantAt, madeAt, MINUTE, touched, type DefectRow } from '../rows.ts';
import { PICTURE } from './picture.ts';

/** What a finding is made from. */
export interface Findings {
  readonly inspectionId: string;
  /** The job by which a model looked at the sample; null when a person did. */
  readonly inferenceJobId: string | null;
  /** When the findings were made. */
  readonly at: number;
  readonly until: number;
  /** Whether one of them is critical. */
  readonly isCritical: boolean;
  readonly inspectors: readonly { readonly id: string }[];
  readonly random: Random;
}

/** The last severity is given to lots that are held only, because such a finding holds a lot (INS-8). */
const SEVERITIES = [
  { severity: 'LOW', weight: 62 },
  { severity: 'MEDIUM', weight: 28 },
  { severity: 'HIGH', weight: 10 },
] as const;
const COUNTS = [
  { count: 0, weight: 58 },
  { count: 1, weight: 24 },
  { count: 2, weight: 11 },
  { count: 3, weight: 5 },
  { count: 5, weight: 2 },
] as const;
const KINDS = [
  { type: 'VOID', weight: 26, description: 'Void in the solder joint.' },
  { type: 'SCRATCH', weight: 22, description: 'Scratch in the coating.' },
  { type: 'CONTAMINATION', weight: 18, description: 'Flux residue.' },
  { type: 'MISALIGNMENT', weight: 14, description: 'Part beside its pad.' },
  { type: 'SHORT', weight: 8, description: 'Solder bridge between two pins.' },
  { type: 'OPEN', weight: 6, description: 'Pin without solder.' },
  { type: 'CRACK', weight: 4, description: 'Crack in the ceramic body.' },
  { type: 'FOREIGN_OBJECT', weight: 2, description: 'Fibre under the coating.' },
] as const;
const REVIEWS = [
  { reviewStatus: 'CONFIRMED', weight: 62, notes: null },
  { reviewStatus: 'FALSE_POSITIVE', weight: 16, notes: 'Reflection of the lamp.' },
  { reviewStatus: 'REJECTED', weight: 8, notes: 'Reported twice.' },
  { reviewStatus: 'NEEDS_REVIEW', weight: 4, notes: 'Look again under the microscope.' },
] as const;
/** The share of findings that nobody has reviewed yet. */
const UNREVIEWED_SHARE = 0.1;
/** The least and the greatest confidence of a model whose threshold is 0.7. */
const CONFIDENCE = { least: 0.7, most: 0.995 } as const;
/** Edge lengths of a finding on a picture, in pixels. */
const EDGE = { least: 8, most: 28 } as const;

/** Creates the findings of an inspection. */
export function simulatedFindings(findings: Findings): readonly DefectRow[] {
  const { random, isCritical } = findings;
  const { count } = random.weighted(COUNTS);
  const defects = Array.from({ length: count }, () => findingOf(findings, random.weighted(SEVERITIES).severity));
  return isCritical ? [findingOf(findings, 'CRITICAL'), ...defects] : defects;
}

function findingOf({ inspectionId, inferenceJobId, at, random }: Findings, severity: DefectRow['severity']): DefectRow {
  const { type, description } = random.weighted(KINDS);
  const [width, height] = [random.whole(EDGE.least, EDGE.most), random.whole(EDGE.least, EDGE.most)];
  const isFromModel = inferenceJobId !== null;
  return {
    id: random.id(at),
    inspectionId,
    type,
    severity,
    detectionMethod: isFromModel ? 'ML_AUTOMATED' : 'MANUAL_REVIEW',
    confidence: isFromModel ? random.between(CONFIDENCE.least, CONFIDENCE.most).toFixed(4) : null,
    location: {
      x: random.whole(0, PICTURE.width - width),
      y: random.whole(0, PICTURE.height - height),
      width,
      height,
    },
    description,
    reviewStatus: 'PENDING',
    reviewedById: null,
    reviewedAt: null,
    reviewNotes: null,
    correctiveAction: null,
    inferenceJobId,
    ...madeAt(instantAt(at)),
  };
}

/** Reviews findings from a time on, as far as the simulated time allows. Returns when the last one was reviewed. */
export function reviewFindings(
  defects: readonly DefectRow[],
  from: number,
  { until, inspectors, random }: Findings,
): number {
  let at = from;
  for (const defect of defects) {
    const next = at + random.whole(2, 40) * MINUTE;
    if (next > until || (defect.severity !== 'CRITICAL' && random.chance(UNREVIEWED_SHARE))) continue;
    at = next;
    const { reviewStatus, notes } =
      defect.severity === 'CRITICAL' ? ({ reviewStatus: 'CONFIRMED', notes: null } as const) : random.weighted(REVIEWS);
    Object.assign(defect, {
      reviewStatus,
      reviewNotes: notes,
      reviewedById: random.pick(inspectors).id,
      reviewedAt: instantAt(at),
    });
    touched(defect, instantAt(at));
  }
  return at;
}
