/**
 * KPI-17: The causes that the server looks for every minute. Everywhere strictly more than the limit raises an alert, and
 * exactly the limit does not.
 */
import { stepLabel, type StepName } from '../../catalog/process/route.rules.ts';
import type { EquipmentStatus } from '../../catalog/equipment/equipment.rules.ts';
import type { Break } from '../audit/audit.rules.ts';
import {
  ALERT_LENGTHS,
  type AlertSeverity,
  type AutomaticAlert,
  type AutomaticType,
  dedupKeyOf,
  fitting,
} from './alert.rules.ts';

/** The limits of the checks. */
export const CHECKS = {
  /** Steps and inspections are judged by what ended within this time, and only when more than so many did. */
  recentMinutes: 60,
  recentCount: 5,
  equipmentMinutes: 120,
  /** An execution may take so many times its planned seconds, but at least so many seconds; without a plan 8 hours. */
  delayFactor: 3,
  delayLeastSeconds: 900,
  delayUnplannedSeconds: 28_800,
  inspectionFailRatio: 0.05,
  inspectionFailRatioHigh: 0.15,
  scoreMinutes: 10,
  leastScore: 0.8,
  backlogCount: 100,
  reviewHours: 24,
  reviewLeastCount: 10,
  unreviewedRatio: 0.3,
  falsePositiveRatio: 0.1,
  /** The most executions, and the most pieces of equipment, of one check; the next check goes on. */
  recordsAtOnce: 1_000,
} as const;

/** The limits of a site: a step whose share of FAILs is greater raises an alert of this severity. */
export interface FailureRatios {
  readonly medium: number;
  readonly high: number;
}

/** What ended at a step within the last hour. */
export interface StepFigures extends StepName {
  readonly finishedCount: number;
  readonly failCount: number;
}

/** KPI-17: A step at which too many executions fail. Inactive steps are judged, too. */
export function alertOfStep(step: StepFigures, ratios: FailureRatios): AutomaticAlert | undefined {
  const { finishedCount, failCount } = step;
  const severity = severityOfShare(failCount, finishedCount, ratios);
  if (severity === undefined) return undefined;
  const title = `Step ${stepLabel(step)} fails too often`;
  const message = `${failCount} of ${finishedCount} executions of step ${stepLabel(step)} failed within ${CHECKS.recentMinutes} minutes (${percent(failCount, finishedCount)}).`;
  return alert({ type: 'QUALITY_THRESHOLD', severity, title, message, about: 'step', subject: { processId: step.id } });
}

/** Equipment that is out of use. */
export interface IdleEquipment {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly status: EquipmentStatus;
  readonly minutes: number;
}

/** KPI-17: Equipment that is in MAINTENANCE or OUT_OF_SERVICE for long. */
export function alertOfEquipment({ id, code, name, status, minutes }: IdleEquipment): AutomaticAlert | undefined {
  if (minutes <= CHECKS.equipmentMinutes) return undefined;
  return alert({
    type: 'EQUIPMENT_FAILURE',
    severity: 'HIGH',
    title: `Equipment ${code} is ${status} for more than ${CHECKS.equipmentMinutes} minutes`,
    message: `Equipment ${code}, ${name}, is ${status} for more than ${CHECKS.equipmentMinutes} minutes.`,
    about: 'equipment',
    subject: { equipmentId: id },
  });
}

/** An execution that is still open. */
export interface DelayedExecution {
  readonly id: string;
  readonly unitNumber: string;
  readonly process: StepName;
  readonly lotId: string;
  readonly wipItemId: string | null;
  readonly serialId: string | null;
  readonly equipmentId: string | null;
  /** The plan of its step in the route of its lot; null for none. */
  readonly plannedSeconds: number | null;
  readonly openSeconds: number;
}

/** KPI-17: How long an execution may be open, in seconds. */
export function allowedSeconds(plannedSeconds: number | null): number {
  if (plannedSeconds === null) return CHECKS.delayUnplannedSeconds;
  return Math.max(CHECKS.delayFactor * plannedSeconds, CHECKS.delayLeastSeconds);
}

/** KPI-17: An execution that is open for much longer than planned. */
export function alertOfDelay(execution: DelayedExecution): AutomaticAlert | undefined {
  const { id: processDataId, unitNumber, process, plannedSeconds, openSeconds, lotId, ...units } = execution;
  const allowed = allowedSeconds(plannedSeconds);
  if (openSeconds <= allowed) return undefined;
  const { wipItemId, serialId, equipmentId } = units;
  const plan = plannedSeconds === null ? 'no time is planned for it' : `${plannedSeconds} seconds are planned for it`;
  return alert({
    type: 'PROCESS_DELAY',
    severity: 'MEDIUM',
    title: `Step ${stepLabel(process)} of ${unitNumber} takes too long`,
    message: `Step ${stepLabel(process)} of ${unitNumber} is open for more than ${allowed} seconds; ${plan}.`,
    about: 'execution',
    subject: { lotId, wipItemId, serialId, processId: process.id, equipmentId, processDataId },
  });
}

/** The figures of quality that are judged for the whole plant. */
export interface QualityFigures {
  /** Inspections that were completed within the last hour, and how many of them are FAILs. */
  readonly completedCount: number;
  readonly failCount: number;
  /** The mean quality score of the last 10 minutes; null when no inspection was completed. */
  readonly meanScore: number | null;
  readonly pendingCount: number;
  /** Findings of the last 24 hours: all, those that wait for a reviewer, and those that are false positives. */
  readonly defectCount: number;
  readonly unreviewedCount: number;
  readonly falsePositiveCount: number;
}

/** KPI-17: What is wrong with inspections, scores, backlog and reviews of the plant. */
export function alertsOfQuality(figures: QualityFigures): readonly AutomaticAlert[] {
  const rules = [inspectionsFail, scoreIsLow, backlogIsLong, reviewsAreMissing, modelsAreWrong];
  return rules.flatMap((judge) => {
    const found = judge(figures);
    return found === undefined ? [] : [found];
  });
}

function inspectionsFail({ completedCount, failCount }: QualityFigures): AutomaticAlert | undefined {
  const ratios = { medium: CHECKS.inspectionFailRatio, high: CHECKS.inspectionFailRatioHigh };
  const severity = severityOfShare(failCount, completedCount, ratios);
  if (severity === undefined) return undefined;
  const message = `${failCount} of ${completedCount} inspections failed within ${CHECKS.recentMinutes} minutes (${percent(failCount, completedCount)}).`;
  return alert({
    type: 'QUALITY_THRESHOLD',
    severity,
    title: 'Too many inspections fail',
    message,
    about: 'inspections',
  });
}

function scoreIsLow({ meanScore }: QualityFigures): AutomaticAlert | undefined {
  if (meanScore === null || meanScore >= CHECKS.leastScore) return undefined;
  const message = `The mean quality score of the last ${CHECKS.scoreMinutes} minutes is ${meanScore.toFixed(4)}, below ${CHECKS.leastScore}.`;
  return alert({
    type: 'QUALITY_THRESHOLD',
    severity: 'MEDIUM',
    title: 'The quality score is low',
    message,
    about: 'score',
  });
}

function backlogIsLong({ pendingCount }: QualityFigures): AutomaticAlert | undefined {
  if (pendingCount <= CHECKS.backlogCount) return undefined;
  const message = `More than ${CHECKS.backlogCount} inspections are PENDING.`;
  return alert({ type: 'PROCESS_DELAY', severity: 'MEDIUM', title: 'Inspections pile up', message, about: 'backlog' });
}

function reviewsAreMissing({ defectCount, unreviewedCount }: QualityFigures): AutomaticAlert | undefined {
  if (defectCount < CHECKS.reviewLeastCount || unreviewedCount / defectCount <= CHECKS.unreviewedRatio)
    return undefined;
  const message = `${unreviewedCount} of ${defectCount} findings of the last ${CHECKS.reviewHours} hours wait for a reviewer.`;
  return alert({
    type: 'QUALITY_THRESHOLD',
    severity: 'LOW',
    title: 'Findings wait for reviewers',
    message,
    about: 'review',
  });
}

function modelsAreWrong(figures: QualityFigures): AutomaticAlert | undefined {
  const { falsePositiveCount } = figures;
  const reviewedCount = figures.defectCount - figures.unreviewedCount;
  if (reviewedCount < CHECKS.reviewLeastCount || falsePositiveCount / reviewedCount <= CHECKS.falsePositiveRatio)
    return undefined;
  const message = `${falsePositiveCount} of ${reviewedCount} reviewed findings of the last ${CHECKS.reviewHours} hours are false positives.`;
  return alert({
    type: 'QUALITY_THRESHOLD',
    severity: 'LOW',
    title: 'Too many findings are false positives',
    message,
    about: 'false positives',
  });
}

/** AUD-5, KPI-17: A break of the audit trail. */
export function alertOfBreak({ kind, blockNumber, message }: Break): AutomaticAlert {
  return alert({
    type: 'SYSTEM_ERROR',
    severity: 'HIGH',
    title: 'The audit trail is broken',
    message: `${kind} in block ${blockNumber}: ${message} Run "lotgraph audit verify".`,
    about: 'audit',
  });
}

function severityOfShare(part: number, whole: number, { medium, high }: FailureRatios): AlertSeverity | undefined {
  if (whole <= CHECKS.recentCount || part / whole <= medium) return undefined;
  return part / whole > high ? 'HIGH' : 'MEDIUM';
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}

interface Finding extends Omit<AutomaticAlert, 'subject' | 'dedupKey'> {
  readonly type: AutomaticType;
  readonly about: string;
  readonly subject?: AutomaticAlert['subject'];
}

/** The alert of a finding. Its cause is the most precise record of its subject. */
function alert({ type, severity, title, message, about, subject = {} }: Finding): AutomaticAlert {
  const id = subject.processDataId ?? subject.equipmentId ?? subject.processId ?? undefined;
  return {
    type,
    severity,
    title: fitting(title, ALERT_LENGTHS.title),
    message: fitting(message, ALERT_LENGTHS.message),
    subject,
    dedupKey: dedupKeyOf(type, about, id),
  };
}
