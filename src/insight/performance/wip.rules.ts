/** Items on their way through a step. */
export interface StepLoad {
  readonly processId: string;
  readonly inProgressCount: number;
  readonly waitingCount: number;
  readonly failedCount: number;
  readonly heldCount: number;
  readonly plannedSeconds: number | null;
}

/** The work in progress at one step. */
export interface StepWip extends StepLoad {
  readonly loadCount: number;
  readonly estimatedQueueSeconds: number | null;
}

/** The work in progress by step. */
export interface WipByProcess {
  readonly rows: readonly StepWip[];
  readonly bottleneckId: string | null;
  readonly withoutStepCount: number;
}

/** KPI-11: The load of the steps, which are in the order of their numbers, and the first one with the greatest. */
export function wipByProcessOf(steps: readonly StepLoad[], withoutStepCount: number): WipByProcess {
  const rows = steps.map((step) => {
    const loadCount = step.inProgressCount + step.waitingCount;
    const { plannedSeconds } = step;
    return { ...step, loadCount, estimatedQueueSeconds: plannedSeconds === null ? null : loadCount * plannedSeconds };
  });
  const greatest = Math.max(0, ...rows.map(({ loadCount }) => loadCount));
  const bottleneck = rows.find(({ loadCount }) => loadCount > 0 && loadCount === greatest);
  return { rows, bottleneckId: bottleneck?.processId ?? null, withoutStepCount };
}
