/** What is known of a step before there is a plant: how it is run, what is read, and what goes wrong how often. */
import type { DefectSeverity } from '../../../production/process-data/process-data.rules.ts';

export interface StepContent {
  readonly number: number;
  readonly code: string;
  readonly name: string;
  readonly localName: string;
  /** A plant of few steps has those of the lowest rank. */
  readonly rank: number;
  readonly seconds: number;
  /** null: the step is done by hand. */
  readonly machine: MachineContent | null;
  /** Hand benches or machines of this step on a line. */
  readonly places: number;
  /** An oven takes as many units at once as there are. */
  readonly isOven?: boolean;
  readonly isInspection?: boolean;
  readonly failRatio: number;
  /** Of what does not pass, how much is put right at once (REWORK) instead of failing. */
  readonly reworkShare: number;
  readonly maxAttempts: number | null;
  readonly allowOutOfSpecPass?: boolean;
  readonly characteristics: readonly CharacteristicContent[];
  readonly defects: readonly DefectContent[];
}

export interface MachineContent {
  readonly type: string;
  readonly name: string;
  readonly manufacturer: string;
  readonly modelNumber: string;
}

/** Readings scatter by sigma around the target; the limits are nearly four of it away, unless given. */
export interface CharacteristicContent {
  readonly code: string;
  readonly unit: string;
  readonly target: number;
  readonly sigma: number;
  readonly decimals: number;
  readonly limits: 'BOTH' | 'LOWER' | 'UPPER';
  readonly required: boolean;
  readonly sigmasToLimit?: number;
}

export interface DefectContent {
  readonly code: string;
  readonly description: string;
  readonly severity: DefectSeverity;
  readonly weight: number;
  readonly locations?: readonly string[];
}
