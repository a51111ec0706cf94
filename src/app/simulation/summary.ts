import type { Instant } from '../../platform/values/time.ts';

/** The figures of a simulation. */
export interface SimulationSummary {
  readonly seed: string;
  /** The time at which the first lot was ordered, and the end of the simulated time. */
  readonly from: Instant;
  readonly until: Instant;
  readonly lots: number;
  readonly wipItems: number;
  readonly serials: number;
  readonly executions: number;
  readonly openExecutions: number;
  readonly failures: number;
  readonly reworks: number;
  readonly inspections: number;
  readonly findings: number;
  readonly pictures: number;
  readonly lotsByStatus: Readonly<Record<string, number>>;
  readonly lotsByDisposition: Readonly<Record<string, number>>;
  /** The duration of the simulation itself. */
  readonly seconds: number;
}
