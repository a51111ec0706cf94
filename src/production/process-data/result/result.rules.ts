import { CHARACTERISTIC_CODE } from '../../../catalog/process/characteristic.rules.ts';
import type { TextForm } from '../../../platform/rules/natural-key.ts';
import { type Answer, rejection } from '../../../platform/rules/rejection.ts';
export const PROCESS_RESULTS = ['PASS', 'FAIL', 'REWORK'] as const;

export type ProcessResult = (typeof PROCESS_RESULTS)[number];

export const DEFECT_SEVERITIES = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;

export type DefectSeverity = (typeof DEFECT_SEVERITIES)[number];

/** PD-12: a defect has a code, of the same form as that of a reading. */
export const DEFECT_CODE: TextForm = { ...CHARACTERISTIC_CODE, rule: 'PD-12' };

export const DEFECT_LENGTHS = { description: 500, location: 200 } as const;

export const DEFECT_QUANTITY = { min: 1, max: 1_000_000, default: 1 } as const;

export const DEFAULT_DEFECT_SEVERITY: DefectSeverity = 'MEDIUM';

export const MAX_DEFECTS = 50;

/** PD-12: what an execution says about one kind of defect it found. */
export interface ProcessDefect {
  readonly code: string;
  readonly description: string | null;
  readonly severity: DefectSeverity;
  readonly location: string | null;
  readonly quantity: number;
}

/**
 * PD-2: a failure names at least one defect; a pass names none; a rework may. Without it a failed part cannot be
 * explained later.
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
