import { MAX_STEPS, MIN_STEPS } from './plant/route.ts';
import type { Instant } from '../../platform/values/time.ts';

/** How large the plant is to be, which one of all plants of this size, and when its time ends. */
export interface SimulationSize {
  readonly lots: number;
  /** Absent: a believable mix. */
  readonly serialsPerLot: number | undefined;
  /** Steps of a unit from its first to its last, its conversion included. */
  readonly steps: number;
  readonly seed: string;
}

export interface SimulationOptions extends SimulationSize {
  /** When the simulated time ends. */
  readonly until: Instant;
  /** With it the simulated people sign in. */
  readonly passwordHash: string;
  /** False: the invented history leaves no audit entries. */
  readonly isAudited?: boolean;
}

export const LOTS = { min: 10, max: 10_000, default: 50 } as const;
export const SERIALS_PER_LOT = { min: 1, max: 1_000 } as const;
export const STEPS = { min: MIN_STEPS, max: MAX_STEPS, default: 8 } as const;
export const DEFAULT_SEED = '1';

/** Sizes of lots as they come. */
export const USUAL_LOT_SIZES = [
  { units: 50, weight: 4 },
  { units: 60, weight: 2 },
  { units: 80, weight: 3 },
  { units: 100, weight: 3 },
] as const;

/** Whatever is wrong with the size, as sentences. */
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

export interface SimulateOptions {
  readonly lots: number;
  readonly serialsPerLot?: number;
  readonly steps: number;
  readonly seed: string;
  readonly until?: string;
  readonly audit: boolean;
  readonly json?: boolean;
}
