/**
 * KPI-17: The causes that raise an alert at once, in the transaction of the change. A correction, and a review that judges
 * an inspection again, raise what a first result like that would, unless the one before had that cause already.
 */
import { stepLabel, type StepName } from '../../catalog/process/route.rules.ts';
import type {
  DefectSeverity,
  ProcessDefect,
  ProcessResult,
} from '../../production/process-data/result/result.rules.ts';
import { columnsOfUnit, innerNameOfUnit, type Unit } from '../../production/unit/unit.rules.ts';
import {
  inspectionLabel,
  type InspectionName,
  type InspectionVerdict,
} from '../../quality/inspection/inspection.rules.ts';
import {
  ALERT_LENGTHS,
  type AlertSeverity,
  type AutomaticAlert,
  type AutomaticType,
  dedupKeyOf,
  fitting,
  isMoreSevere,
} from './alert.rules.ts';

/** How an execution ended. */
interface Outcome {
  readonly result: ProcessResult;
  readonly defects: readonly Pick<ProcessDefect, 'code' | 'severity' | 'quantity'>[];
}

interface EndedExecution {
  readonly processDataId: string;
  readonly unit: Unit;
  readonly step: StepName;
  readonly equipmentId: string | null;
  readonly outcome: Outcome;
  /** What a correction has replaced. */
  readonly before?: Outcome;
}

/** KPI-17: A FAIL with a HIGH or CRITICAL defect, and a REWORK. */
export function alertOfExecution(execution: EndedExecution): AutomaticAlert | undefined {
  const { processDataId, unit, step, equipmentId, outcome, before } = execution;
  const cause = causeOf(outcome);
  if (cause === undefined) return undefined;
  const earlier = before && causeOf(before);
  if (earlier?.type === cause.type && !isMoreSevere(cause.severity, earlier.severity)) return undefined;
  const { level: _level, ...ids } = columnsOfUnit(unit);
  const ended = cause.type === 'REWORK_REQUEST' ? 'is to be done again' : 'failed';
  const what = `Step ${stepLabel(step)} of ${innerNameOfUnit(unit)} ${ended}`;
  const defects = outcome.defects.map(({ code, severity, quantity }) => `${code} (${severity}, ${quantity})`);
  return {
    ...cause,
    title: fitting(what, ALERT_LENGTHS.title),
    message: fitting(defects.length === 0 ? `${what}.` : `${what}: ${defects.join(', ')}.`, ALERT_LENGTHS.message),
    subject: { ...ids, processId: step.id, equipmentId, processDataId },
    dedupKey: dedupKeyOf(cause.type, 'execution', processDataId),
  };
}

function causeOf({
  result,
  defects,
}: Outcome): { readonly type: AutomaticType; readonly severity: AlertSeverity } | undefined {
  if (result === 'REWORK') return { type: 'REWORK_REQUEST', severity: 'LOW' };
  if (result === 'PASS') return undefined;
  const has = (severity: DefectSeverity): boolean => defects.some((defect) => defect.severity === severity);
  if (has('CRITICAL')) return { type: 'DEFECT_DETECTED', severity: 'HIGH' };
  return has('HIGH') ? { type: 'DEFECT_DETECTED', severity: 'MEDIUM' } : undefined;
}

/** LOT-8, LOT-10, KPI-17: A lot became COMPLETED or CLOSED. */
export function alertOfLot(lot: {
  readonly lotId: string;
  readonly number: string;
  readonly status: 'COMPLETED' | 'CLOSED';
}): AutomaticAlert {
  const { lotId, number, status } = lot;
  const type = status === 'COMPLETED' ? 'LOT_COMPLETED' : 'LOT_CLOSED';
  const title = `Lot ${number} is ${status}`;
  return {
    type,
    severity: 'LOW',
    title,
    message: `${title}.`,
    subject: { lotId },
    dedupKey: dedupKeyOf(type, 'lot', lotId),
  };
}

interface Judged {
  readonly verdict: InspectionVerdict;
  /** Whether a critical finding is not dismissed. */
  readonly isCritical: boolean;
}

interface JudgedInspection extends Judged {
  readonly inspection: InspectionName & {
    readonly id: string;
    readonly lotId: string;
    readonly wipItemId: string | null;
    readonly serialId: string | null;
  };
  /** What it said before a review. */
  readonly before?: Judged;
}

/** INS-8, KPI-17: An inspection is a FAIL; with a critical finding the alert is HIGH, whatever becomes of the lot. */
export function alertOfInspection({ inspection, before, ...judged }: JudgedInspection): AutomaticAlert | undefined {
  const severity = severityOf(judged);
  if (severity === undefined || !isMoreSevere(severity, before && severityOf(before))) return undefined;
  const { id: inspectionId, lotId, wipItemId, serialId } = inspection;
  const title = `${inspectionLabel(inspection)} failed`;
  const why = judged.isCritical ? 'It has a critical finding.' : 'Its quality score is below that of a PASS.';
  return {
    type: 'QUALITY_THRESHOLD',
    severity,
    title: fitting(title, ALERT_LENGTHS.title),
    message: `${title}. ${why}`,
    subject: { lotId, wipItemId, serialId, inspectionId },
    dedupKey: dedupKeyOf('QUALITY_THRESHOLD', 'inspection', inspectionId),
  };
}

function severityOf({ verdict, isCritical }: Judged): AlertSeverity | undefined {
  if (verdict === 'PASS') return undefined;
  return isCritical ? 'HIGH' : 'MEDIUM';
}
