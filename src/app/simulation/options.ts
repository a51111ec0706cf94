import { MAX_STEPS, MIN_STEPS } from './plant/processes.ts';
import type { Instant } from '../../platform/values/time.ts';

/** The size of the plant, and the seed that selects one of all plants of this size. */
export interface SimulationSize {
  readonly lots: number;
  /** Undefined: a realistic mix. */
  readonly serialsPerLot: number | undefined;
  /** The number of steps of a unit that runs through all of them, its conversion included. */
  readonly steps: number;
  readonly seed: string;
}

/** Everything that determines the rows of a simulation. */
export interface SimulationOptions extends SimulationSize {
  /** When the simulated time ends. */
  readonly until: Instant;
  /** The hash of the password with which the simulated people sign in. */
  readonly passwordHash: string;
  /** False: the simulated history leaves no audit entries. */
  readonly isAudited?: boolean;
}

/** The range of the number of lots. */
export const LOTS = { min: 10, max: 10_000, default: 50 } as const;
/** The range of the number of units of a lot. */
export const SERIALS_PER_LOT = { min: 1, max: 1_000 } as const;
/** The range of the number of steps of a unit that runs through all of them. */
export const STEPS = { min: MIN_STEPS, max: MAX_STEPS, default: 8 } as const;
/** The seed of a simulation for which none is given. */
export const DEFAULT_SEED = '1';

/** The usual sizes of lots, with their frequencies. */
export const USUAL_LOT_SIZES = [
  { units: 50, weight: 4 },
  { units: 60, weight: 2 },
  { units: 80, weight: 3 },
  { units: 100, weight: 3 },
] as const;

/** Returns everything that is wrong with the size, as sentences. */
export function problemsOf({ lots, serialsPerLot, steps, seed }: SimulationSize): readonly string[] {
  return [
    rangeProblem('--lots', lots, LOTS),
    serialsPerLot === undefined ? undefined : rangeProblem('--serials-per-lot', serialsPerLot, SERIALS_PER_LOT),
    rangeProblem('--steps', steps, STEPS),
    seed === '' ? '--seed must not be empty.' : undefined,
  ].filter((problem) => problem !== undefined);
}

function rangeProblem(
  what: string,
  value: number,
  { min, max }: { readonly min: number; readonly max: number },
): string | undefined {
  if (Number.isInteger(value) && value >= min && value <= max) return undefined;
  return `${what} must be a whole number from ${min} to ${max}.`;
}

/** The options of `lotgraph simulate`. */
export interface SimulateOptions {
  readonly lots: number;
  readonly serialsPerLot?: number;
  readonly steps: number;
  readonly seed: string;
  readonly until?: string;
  readonly audit: boolean;
  readonly json?: boolean;
}
