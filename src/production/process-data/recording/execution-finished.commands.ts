import type { StepName } from '../../../catalog/process/route.rules.ts';
import { occurrence } from '../../../platform/command/reaction.ts';
import type { Unit } from '../../unit/unit.rules.ts';
import type { FinishedWork } from '../work/completion.rules.ts';

/** How an execution ended: its result, and the defects it names. */
export type ExecutionOutcome = Pick<FinishedWork, 'result' | 'defects'>;

/** An execution that got its result, or whose result was corrected. */
export interface FinishedExecution {
  readonly processDataId: string;
  readonly unit: Unit;
  readonly step: StepName;
  readonly equipmentId: string | null;
  readonly outcome: ExecutionOutcome;
  /** What a correction has replaced; undefined for a first result. */
  readonly before?: ExecutionOutcome;
}

/** PD-4, PD-13: An execution got its result, or was corrected. */
export const executionFinished = occurrence<FinishedExecution>('execution.finished');
