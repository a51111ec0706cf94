import type { LotDisposition } from '../../production/lot/lot.rules.ts';
import type { TextForm } from '../../platform/rules/natural-key.ts';
import { rejection, type Answer } from '../../platform/rules/rejection.ts';
import { mayMove, type StateMachine } from '../../platform/rules/state-machine.ts';
import { secondsBetween, type Instant } from '../../platform/values/time.ts';

/** How a sample can be inspected. */
export const INSPECTION_TYPES = ['VISUAL', 'ELECTRICAL', 'THERMAL', 'DIMENSIONAL', 'FUNCTIONAL', 'OPTICAL'] as const;
/** How a sample is inspected. */
export type InspectionType = (typeof INSPECTION_TYPES)[number];

/** INS-3: The statuses of an inspection. FAILED means that it could not be carried out, not that the sample is bad. */
export const INSPECTION_STATUSES = ['PENDING', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;
/** The status of an inspection. */
export type InspectionStatus = (typeof INSPECTION_STATUSES)[number];

/** INS-4: What a completed inspection says about its sample. */
export const INSPECTION_VERDICTS = ['PASS', 'FAIL'] as const;
/** The verdict of an inspection. */
export type InspectionVerdict = (typeof INSPECTION_VERDICTS)[number];

/** INS-3: The statuses to which an inspection may move. This table is the whole life of an inspection. */
export const INSPECTION_FLOW: StateMachine<InspectionStatus> = {
  machine: 'inspections.status',
  rule: 'INS-3',
  moves: {
    PENDING: ['IN_PROGRESS', 'CANCELLED'],
    IN_PROGRESS: ['COMPLETED', 'FAILED', 'CANCELLED'],
    COMPLETED: [],
    FAILED: [],
    CANCELLED: [],
  },
};

/** INS-1: The range and the default of the priority; 10 is the most urgent. */
export const INSPECTION_PRIORITY = { min: 1, max: 10, default: 5 } as const;
/** INS-1: The name of a sample in its lot. */
export const SAMPLE_CODE: TextForm = {
  rule: 'INS-1',
  pattern: /^[A-Z0-9][A-Z0-9_-]{2,99}$/,
  form: '3 to 100 of A-Z 0-9 _ -, beginning with a letter or digit',
};
/** INS-1: The largest size of the metadata, in bytes of its JSON text without spaces. */
export const INSPECTION_METADATA_BYTES = 10_000;

/** INS-2: The sample of an inspection, and which of its inspections it is. */
export interface InspectionName {
  readonly type: InspectionType;
  readonly sampleCode: string;
  readonly round: number;
}

/** What is inspected: a sample of a lot, which may be a WIP item or a serial. */
export interface Sample {
  readonly lotId: string;
  readonly wipItemId: string | null;
  readonly serialId: string | null;
  readonly sampleCode: string;
  readonly type: InspectionType;
}

interface InspectionState extends InspectionName {
  readonly status: InspectionStatus;
}

/** An inspection in messages: `Inspection VISUAL of KR01PSA261101001`, with its round when it is not the first. */
export function inspectionLabel({ type, sampleCode, round }: InspectionName): string {
  return `Inspection ${type} of ${sampleCode}${round === 1 ? '' : `, round ${round}`}`;
}

/** INS-1: Every lot takes new inspections, a closed one too, but not a REJECTED one. */
export function takesInspections(lot: { readonly number: string; readonly disposition: LotDisposition }): Answer {
  if (lot.disposition !== 'REJECTED') return undefined;
  return rejection('INS-1', 'lot', `Lot ${lot.number} is REJECTED for ever; it takes no new inspection.`);
}

/** INS-1: A sample is at most one unit. */
export function namesOneUnit(unit: { readonly wipItem?: unknown; readonly serial?: unknown }): Answer {
  if (unit.wipItem === undefined || unit.serial === undefined) return undefined;
  return rejection('INS-1', 'serial', 'A sample is a WIP item or a serial, not both; leave one of them out.');
}

/** INS-1: The unit that is the sample belongs to the lot. `path` is the input field of the unit. */
export function unitIsOfLot(
  unit: { readonly number: string; readonly lotId: string } | undefined,
  lot: { readonly id: string; readonly number: string },
  path: 'wipItem' | 'serial',
): Answer {
  if (unit === undefined || unit.lotId === lot.id) return undefined;
  const what = path === 'serial' ? 'Serial' : 'WIP item';
  return rejection('INS-1', path, `${what} ${unit.number} is not of lot ${lot.number}; name a unit of this lot.`);
}

/**
 * INS-2: A sample is inspected once per type and round. `existing` is the inspection of this round that is PENDING,
 * IN_PROGRESS or COMPLETED; a FAILED or CANCELLED one frees its round.
 */
export function isRoundFree(existing: InspectionState | undefined): Answer {
  if (existing === undefined) return undefined;
  const isDone = existing.status === 'COMPLETED';
  const next = isDone ? 'name it as `reinspectionOf` to begin the next round' : 'carry that out';
  const message = `${inspectionLabel(existing)} is ${existing.status} already; ${next}.`;
  return rejection('INS-2', 'sampleCode', message, 'CONFLICT');
}

/** INS-2: The next round follows a COMPLETED inspection of the same lot, sample and type. */
export function mayFollow(earlier: Sample & InspectionState, planned: Sample): Answer {
  const path = 'reinspectionOf';
  if (earlier.status !== 'COMPLETED') {
    const message = `${inspectionLabel(earlier)} is ${earlier.status}; only a COMPLETED one has a next round.`;
    return rejection('INS-2', path, message);
  }
  const different = SAMPLE_FIELDS.filter(([field]) => earlier[field] !== planned[field]).map(([, what]) => what);
  if (different.length === 0) return undefined;
  const message = `${inspectionLabel(earlier)} has another ${different.join(', ')}; the next round is of the same.`;
  return rejection('INS-2', path, message);
}

const SAMPLE_FIELDS = [
  ['lotId', 'lot'],
  ['wipItemId', 'WIP item'],
  ['serialId', 'serial'],
  ['sampleCode', 'sample code'],
  ['type', 'type'],
] as const;

/** INS-3: The status of an inspection moves only as its table allows. `path` is the input field of the inspection. */
export function inspectionMayMove(inspection: InspectionState, to: InspectionStatus, path = 'id'): Answer {
  const answer = mayMove(INSPECTION_FLOW, inspectionLabel(inspection), inspection.status, to);
  return answer === undefined ? undefined : { ...answer, path: [path] };
}

/** INS-3: Priority, station and metadata change only until the inspection has ended. */
export function mayBePlanned(inspection: InspectionState): Answer {
  if (inspection.status === 'PENDING' || inspection.status === 'IN_PROGRESS') return undefined;
  const message = `${inspectionLabel(inspection)} is ${inspection.status}; only a PENDING or IN_PROGRESS one can be changed.`;
  return rejection('INS-3', 'id', message);
}

/** INS-7: The key of a station acts for that station only, when an input names one by id or code. */
export function actsAtOwnStation(
  own: { readonly id: string; readonly code: string } | undefined,
  named: { readonly key: string; readonly value: unknown },
): Answer {
  if (own === undefined || (named.key === 'id' ? own.id : own.code) === named.value) return undefined;
  const message = `The key of station ${own.code} acts for that station only.`;
  return rejection('INS-7', 'station', message, 'FORBIDDEN');
}

/** INS-3: Whole seconds from start to completion; null unless the inspection is COMPLETED. */
export function inspectionDurationSeconds(inspection: {
  readonly startedAt: Instant | null;
  readonly completedAt: Instant | null;
}): number | null {
  if (inspection.startedAt === null || inspection.completedAt === null) return null;
  return secondsBetween(inspection.startedAt, inspection.completedAt);
}
