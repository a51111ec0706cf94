import type { Instant } from '../../platform/values/time.ts';

/** What a simulation made. */
export interface SimulationSummary {
  readonly seed: string;
  /** When the first lot was ordered, and when the simulated time ends. */
  readonly from: Instant;
  readonly until: Instant;
  readonly lots: number;
  readonly wipItems: number;
  readonly serials: number;
  readonly executions: number;
  readonly openExecutions: number;
  readonly failures: number;
  readonly reworks: number;
  readonly lotsByStatus: Readonly<Record<string, number>>;
  readonly lotsByDisposition: Readonly<Record<string, number>>;
  /** How long the simulation took. */
  readonly seconds: number;
}
