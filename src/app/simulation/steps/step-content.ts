/**
 * The content of a step from which a plant is created: how it is executed, what is measured, and how often what fails.
 */
import type { DefectSeverity } from '../../../production/process-data/result/result.rules.ts';

/** The content of a step. */
export interface StepContent {
  readonly number: number;
  readonly code: string;
  readonly name: string;
  readonly localName: string;
  /** A plant with few steps has those of the lowest ranks. */
  readonly rank: number;
  readonly seconds: number;
  /** null: manual work. */
  readonly machine: MachineContent | null;
  /** The number of benches or machines of this step on a line. */
  readonly workplaces: number;
  /** An oven takes any number of units at once. */
  readonly isOven?: boolean;
  readonly isInspection?: boolean;
  readonly failRatio: number;
  /** The share of the units that do not pass which is reworked at once (REWORK) instead of failing. */
  readonly reworkShare: number;
  readonly maxAttempts: number | null;
  readonly allowOutOfSpecPass?: boolean;
  readonly characteristics: readonly CharacteristicContent[];
  readonly defects: readonly DefectContent[];
}

/** The machine of a step. */
export interface MachineContent {
  readonly type: string;
  readonly name: string;
  readonly manufacturer: string;
  readonly modelNumber: string;
}

/** Readings scatter by sigma around the target. Unless given, the limits are nearly four sigmas away from it. */
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

/** A kind of defect of a step, with its frequency. */
export interface DefectContent {
  readonly code: string;
  readonly description: string;
  readonly severity: DefectSeverity;
  readonly weight: number;
  readonly locations?: readonly string[];
}
