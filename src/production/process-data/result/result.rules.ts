import { CHARACTERISTIC_CODE } from '../../../catalog/process/characteristic.rules.ts';
import type { TextForm } from '../../../platform/rules/natural-key.ts';
import { type Answer, rejection } from '../../../platform/rules/rejection.ts';

/** The results of an execution. */
export const PROCESS_RESULTS = ['PASS', 'FAIL', 'REWORK'] as const;

/** One of the results. */
export type ProcessResult = (typeof PROCESS_RESULTS)[number];

/** How bad a defect is, in ascending order. */
export const DEFECT_SEVERITIES = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;

/** One of the severities. */
export type DefectSeverity = (typeof DEFECT_SEVERITIES)[number];

/** PD-12: a defect has a code, of the same form as that of a reading. */
export const DEFECT_CODE: TextForm = { ...CHARACTERISTIC_CODE, rule: 'PD-12' };

/** PD-12: the maximum lengths of the texts of a defect, in characters. */
export const DEFECT_LENGTHS = { description: 500, location: 200 } as const;

/** PD-12: how often a defect may be counted, and the default. */
export const DEFECT_QUANTITY = { min: 1, max: 1_000_000, default: 1 } as const;

/** PD-12: the severity of a defect that names none. */
export const DEFAULT_DEFECT_SEVERITY: DefectSeverity = 'MEDIUM';

/** PD-12: the maximum number of defects of an execution. */
export const MAX_DEFECTS = 50;

/** PD-12: one kind of defect that an execution found; null where nothing is given. */
export interface ProcessDefect {
  readonly code: string;
  readonly description: string | null;
  readonly severity: DefectSeverity;
  readonly location: string | null;
  readonly quantity: number;
}

/**
 * PD-2: a FAIL names at least one defect; a PASS names none; a REWORK may. Otherwise nobody could explain a failed part
 * later.
 */
export function defectsFit(result: ProcessResult, defects: readonly unknown[]): Answer {
  if (result === 'FAIL' && defects.length === 0)
    return rejection('PD-2', 'defects', 'A failed process must name at least one defect.');
  if (result === 'PASS' && defects.length > 0) {
    return rejection(
      'PD-2',
      'defects',
      'A passed process cannot carry defects; leave them out, or record a FAIL or a REWORK.',
    );
  }
  return undefined;
}
