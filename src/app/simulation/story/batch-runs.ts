/**
 * The process sessions of the plant: a tester runs the function test of a lot as a batch run, in the first slot that is
 * free. The executions of the step name it.
 */
import type { SimulatedProgram } from '../plant/test-program.ts';
import { randomOf } from '../random.ts';
import { instantAt, madeAt, MINUTE, type ProcessSessionRow } from '../rows.ts';
import { SLOTS } from '../../../production/process-session/process-session.rules.ts';
import type { LotStory } from './story.ts';

/** Finds the batch run of each lot. The lots come in the order in which they are simulated. */
export interface BatchRuns {
  of(story: LotStory): readonly ProcessSessionRow[];
}

/** What batch runs are made of. */
export interface BatchRunSite {
  readonly seed: string;
  readonly until: number;
  readonly testProgram: SimulatedProgram | undefined;
}

/** Creates the sessions of a plant without any. */
export function batchRunsOf({ seed, until, testProgram }: BatchRunSite): BatchRuns {
  /** When the slots of each station are free again. */
  const freeFrom = new Map<string, number[]>();
  return {
    of({ plan, lot, executions }) {
      const stepId = testProgram?.program.processId;
      const work = executions.filter(({ processId, stationId }) => processId === stepId && stationId !== null);
      const [first, last] = [work[0], work.at(-1)];
      if (first === undefined || last === undefined || testProgram === undefined) return [];
      const openedAt = Math.min(...work.map(({ startedAt }) => Date.parse(startedAt))) - 2 * MINUTE;
      const endedAt =
        Math.max(...work.map(({ completedAt }) => Date.parse(completedAt ?? instantAt(until)))) + 3 * MINUTE;
      const isOpen = endedAt > until || work.some(({ completedAt }) => completedAt === null);
      const stationId = first.stationId ?? '';
      const slots = freeFrom.get(stationId) ?? Array.from({ length: SLOTS }, () => 0);
      freeFrom.set(stationId, slots);
      const slot = slots.findIndex((at) => at <= openedAt);
      if (slot === -1) return [];
      slots[slot] = isOpen ? Infinity : endedAt;
      const program = testProgram.versions.findLast(({ createdAt }) => Date.parse(createdAt) <= openedAt);
      const closedAt = isOpen ? null : instantAt(endedAt);
      const session: ProcessSessionRow = {
        id: randomOf(seed, 'batch run', plan.index).id(openedAt),
        stationId,
        processId: first.processId,
        batchCode: lot.number,
        slot: slot + 1,
        testProgramVersionId: program?.id ?? null,
        parameters: { temperature: 23 },
        hardwareConfig: { adapter: `FT-2/${slot + 1}` },
        status: isOpen ? 'OPEN' : 'CLOSED',
        openedAt: instantAt(openedAt),
        closedAt,
        openedById: first.operatorId,
        closedById: isOpen ? null : last.operatorId,
        closeNotes: null,
        ...madeAt(instantAt(openedAt)),
        ...(closedAt === null ? {} : { updatedAt: closedAt, version: 2 }),
      };
      for (const execution of work) execution.processSessionId = session.id;
      return [session];
    },
  };
}
