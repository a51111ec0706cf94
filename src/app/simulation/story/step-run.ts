/**
 * Simulates how units pass a step.
 *
 * 1. Units queue in the order in which they are ready, and take the first free workplace.
 * 2. A unit that does not pass is repaired and queues again, until it passes or has no attempt left.
 * 3. Work that would start after the end of the simulated time does not happen; work that would end after it stays
 *    open.
 * 4. The rules of the product determine how a start, a result or a rework changes the unit.
 */
import { shiftAt } from '../plant/people.ts';
import type { Plant } from '../plant/plant.ts';
import type { SimulatedStep } from '../plant/processes.ts';
import { freeFrom, type Workplace } from '../plant/workplace.ts';
import type { Random } from '../random.ts';
import { type ExecutionRow, HOUR, instantAt, MINUTE, type ProductionLineRow, SECOND } from '../rows.ts';
import { outcomeOf } from './execution.ts';
import type { Traveller } from './traveller.ts';
import { present } from '../../../platform/values/assert.ts';
import {
  hasAttemptLeft,
  nextAttempt,
  passedAfter,
} from '../../../production/process-data/execution/process-data.rules.ts';
import type { ProcessResult } from '../../../production/process-data/result/result.rules.ts';
import { columnsOfUnit, type Unit } from '../../../production/unit/unit.rules.ts';

/** The shop floor of one lot: where and until when its units are processed, and the executions so far. */
export interface Shop {
  readonly plant: Plant;
  /** The steps of the route of the lot, in the order of their numbers. */
  readonly route: readonly SimulatedStep[];
  readonly line: ProductionLineRow;
  readonly lineIndex: number;
  readonly random: Random;
  readonly executions: ExecutionRow[];
  /** The end of the simulated time. */
  readonly until: number;
  /**
   * When the lot is held; from then on nothing starts or passes (LOT-7). For most lots the end of the simulated time.
   */
  readonly heldAt: number;
  /** True if work remained undone. */
  isCutOff: boolean;
}

interface Waiting {
  readonly traveller: Traveller;
  readonly attempts: number;
}

/** Runs a step with all units, until each has passed or has no attempt left. */
export function runStep(shop: Shop, step: SimulatedStep, travellers: readonly Traveller[]): void {
  let queue: readonly Waiting[] = travellers.map((traveller) => ({ traveller, attempts: 0 }));
  while (queue.length > 0) {
    const again: Waiting[] = [];
    for (const waiting of queue.toSorted((a, b) => a.traveller.readyAt - b.traveller.readyAt)) {
      if (runOnce(shop, step, waiting)) again.push({ ...waiting, attempts: nextAttempt(waiting.attempts) });
    }
    queue = again;
  }
}

/** Executes the step once, if there is time for it. Returns true if the unit queues again. */
function runOnce(shop: Shop, step: SimulatedStep, { traveller, attempts }: Waiting): boolean {
  if (hasAttemptLeft(traveller.unit, step, attempts) !== undefined) return false;
  const slot = slotFor(shop, step, traveller.readyAt);
  const isHeldBack = shop.heldAt < shop.until && slot.endAt > shop.heldAt;
  const isDone = slot.endAt <= shop.until && !isHeldBack;
  if (!isDone) shop.isCutOff = true;
  if (slot.startAt > shop.until || isHeldBack) return false;

  traveller.onStart(step, slot.startAt);
  const execution = openExecution({ shop, step, unit: traveller.unit, slot, attempt: nextAttempt(attempts) });
  shop.executions.push(execution);
  traveller.isBusy = !isDone;
  return isDone && finish({ shop, step, waiting: { traveller, attempts: nextAttempt(attempts) }, slot, execution });
}

interface StartedExecution {
  readonly shop: Shop;
  readonly step: SimulatedStep;
  readonly waiting: Waiting;
  readonly slot: Slot;
  readonly execution: ExecutionRow;
}

/** Completes an execution with its result. Returns true if the unit queues again. */
function finish({ shop, step, waiting, slot, execution }: StartedExecution): boolean {
  const { traveller, attempts } = waiting;
  const { workplace, startAt, endAt } = slot;
  const { random } = shop;
  const isLast = hasAttemptLeft(traveller.unit, step, attempts) !== undefined;
  const outcome = outcomeOf(
    step,
    { workplace, at: startAt, isWeak: traveller.isWeak, isRetry: attempts > 1, isLast },
    random,
  );
  Object.assign(execution, outcome, {
    completedAt: instantAt(endAt),
    updatedAt: instantAt(endAt),
    version: execution.version + 1,
  });
  correctSometimes(shop, execution, endAt);
  traveller.finishedStepIds = new Set([...traveller.finishedStepIds, step.id]);
  traveller.passedStepIds = passedAfter(traveller.passedStepIds, step, outcome.result);
  traveller.onResult(step, outcome, endAt);
  traveller.readyAt = endAt + pauseAfter(outcome.result, random);
  return outcome.result !== 'PASS' && traveller.mayRetry();
}

/** The time until a unit is ready again: a short transport, a quick rework or a longer repair. */
function pauseAfter(result: ProcessResult, random: Random): number {
  if (result === 'PASS') return random.whole(15, 90) * SECOND;
  return (result === 'REWORK' ? random.whole(4, 15) : random.whole(15, 50)) * MINUTE;
}

interface Slot {
  readonly workplace: Workplace;
  readonly startAt: number;
  readonly endAt: number;
}

/** Reserves the workplace that can begin first for the duration of the work. An oven is never full. */
function slotFor({ plant, line, random }: Shop, step: SimulatedStep, readyAt: number): Slot {
  const duration = Math.round(step.content.seconds * SECOND * (0.82 + random.waiting(0.14)));
  const isOven = step.content.isOven === true;
  let best: Slot | undefined;
  for (const workplace of plant.workplacesOf(line, step)) {
    const startAt = freeFrom(workplace, isOven ? readyAt : Math.max(readyAt, workplace.freeAt), duration);
    if (best === undefined || startAt < best.startAt) best = { workplace, startAt, endAt: startAt + duration };
  }
  const slot = present(best, `A workplace for ${step.code} on ${line.code}`);
  slot.workplace.freeAt = Math.max(slot.workplace.freeAt, slot.endAt);
  return slot;
}

interface NewExecution {
  readonly shop: Shop;
  readonly step: SimulatedStep;
  readonly unit: Unit;
  readonly slot: Slot;
  readonly attempt: number;
}

function openExecution({ shop, step, unit, slot, attempt }: NewExecution): ExecutionRow {
  const { random } = shop;
  const { workplace, startAt } = slot;
  const startedAt = instantAt(startAt);
  return {
    id: random.id(startAt),
    ...columnsOfUnit(unit),
    processId: step.id,
    attempt,
    operatorId: operatorOf(shop, step, startAt),
    equipmentId: workplace.equipmentId,
    stationId: workplace.stationId,
    processSessionId: null,
    result: null,
    measurements: [],
    defects: [],
    notes: null,
    startedAt,
    completedAt: null,
    correctedAt: null,
    correctedById: null,
    correctionReason: null,
    createdAt: startedAt,
    updatedAt: startedAt,
    version: 1,
  };
}

/** The inspector of the shift does the inspections; the crew of the line shares the other steps. */
function operatorOf({ plant: { people }, route, lineIndex }: Shop, step: SimulatedStep, at: number): string {
  const shift = shiftAt(at);
  if (step.content.isInspection === true) return present(people.inspectors[shift], 'The inspector of the shift').id;
  const crew = present(people.crews[lineIndex]?.[shift], 'The crew of the shift');
  return present(crew[route.indexOf(step) % crew.length], 'The operator of the step').id;
}

/** Sometimes an engineer adds a remark to a completed record, some hours later (PD-13). */
function correctSometimes({ plant, until, random }: Shop, execution: ExecutionRow, endAt: number): void {
  if (!random.chance(0.002)) return;
  const correctedAt = endAt + random.whole(HOUR, 20 * HOUR);
  if (correctedAt > until) return;
  const at = instantAt(correctedAt);
  const notes = execution.notes ?? 'Reel changed during the run.';
  const correction = {
    notes,
    correctedAt: at,
    correctedById: random.pick(plant.people.engineers).id,
    correctionReason: 'Remark added from the shift book.',
  };
  Object.assign(execution, correction, { updatedAt: at, version: execution.version + 1 });
}
