/**
 * How units go through a step.
 *
 * 1. Units wait for a step in the order in which they are ready, and take the place that is free first.
 * 2. A unit that does not pass is put right and comes again, behind the others, until it passes or nothing is left to
 *    try.
 * 3. What would start after the end of time does not happen; what would end after it is still open.
 * 4. What a start, a result or a rework does to the unit is asked of the rules.
 */
import { present } from '../../../platform/values/assert.ts';
import {
  hasAttemptLeft,
  nextAttempt,
  passedAfter,
  type ProcessResult,
} from '../../../production/process-data/process-data.rules.ts';
import { columnsOfUnit, type Unit } from '../../../production/process-data/unit.rules.ts';
import { outcomeOf } from './execution.ts';
import { freeFrom, type Place } from '../plant/workplace.ts';
import { shiftAt } from '../plant/people.ts';
import type { Plant } from '../plant/plant.ts';
import type { Random } from '../random.ts';
import type { SimulatedStep } from '../plant/route.ts';
import { HOUR, MINUTE, SECOND, instantAt, type ExecutionRow, type ProductionLineRow } from '../rows.ts';
import type { Traveller } from './traveller.ts';

/** Where and until when the units of a lot are worked on, and what was done. */
export interface Shop {
  readonly plant: Plant;
  readonly line: ProductionLineRow;
  readonly lineIndex: number;
  readonly random: Random;
  readonly executions: ExecutionRow[];
  /** The end of time. */
  readonly until: number;
  /** When the lot is held; from then on nothing goes on (LOT-7). The end of time for most. */
  readonly heldAt: number;
  /** True once something had to stay undone. */
  isCutOff: boolean;
}

interface Waiting {
  readonly traveller: Traveller;
  readonly attempts: number;
}

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

/** Runs the step once on a unit, if there is time for it. Answers whether the unit comes again. */
function runOnce(shop: Shop, step: SimulatedStep, { traveller, attempts }: Waiting): boolean {
  if (hasAttemptLeft(traveller.unit, step, attempts) !== undefined) return false;
  const slot = slotFor(shop, step, traveller.readyAt);
  const isHeldBack = shop.heldAt < shop.until && slot.endAt > shop.heldAt;
  const isDone = slot.endAt <= shop.until && !isHeldBack;
  if (!isDone) shop.isCutOff = true;
  if (slot.startAt > shop.until || isHeldBack) return false;

  traveller.onStart(step, slot.startAt);
  const execution = openExecution(shop, step, traveller.unit, slot, nextAttempt(attempts));
  shop.executions.push(execution);
  return isDone && finish(shop, step, { traveller, attempts: nextAttempt(attempts) }, slot, execution);
}

/** Gives an execution its result. Answers whether the unit comes again. */
function finish(
  shop: Shop,
  step: SimulatedStep,
  { traveller, attempts }: Waiting,
  { place, startAt, endAt }: Slot,
  execution: ExecutionRow,
): boolean {
  const { random } = shop;
  const isLast = hasAttemptLeft(traveller.unit, step, attempts) !== undefined;
  const outcome = outcomeOf(
    step,
    { place, at: startAt, isWeak: traveller.isWeak, isRetry: attempts > 1, isLast },
    random,
  );
  Object.assign(execution, outcome, {
    completedAt: instantAt(endAt),
    updatedAt: instantAt(endAt),
    version: execution.version + 1,
  });
  correctNowAndThen(shop, execution, endAt);
  traveller.passedStepIds = passedAfter(traveller.passedStepIds, step, outcome.result);
  traveller.onResult(step, outcome, endAt);
  traveller.readyAt = endAt + pauseAfter(outcome.result, random);
  return outcome.result !== 'PASS' && traveller.mayComeAgain();
}

/** On to the next step; a quick touch; or a repair. */
function pauseAfter(result: ProcessResult, random: Random): number {
  if (result === 'PASS') return random.whole(15, 90) * SECOND;
  return (result === 'REWORK' ? random.whole(4, 15) : random.whole(15, 50)) * MINUTE;
}

interface Slot {
  readonly place: Place;
  readonly startAt: number;
  readonly endAt: number;
}

/** The place that can begin first, taken for as long as the work lasts. An oven is never full. */
function slotFor({ plant, line, random }: Shop, step: SimulatedStep, readyAt: number): Slot {
  const duration = Math.round(step.content.seconds * SECOND * (0.82 + random.waiting(0.14)));
  const isOven = step.content.isOven === true;
  let best: Slot | undefined;
  for (const place of plant.placesOf(line, step)) {
    const startAt = freeFrom(place, isOven ? readyAt : Math.max(readyAt, place.freeAt), duration);
    if (best === undefined || startAt < best.startAt) best = { place, startAt, endAt: startAt + duration };
  }
  const slot = present(best, `A place for ${step.code} on ${line.code}`);
  slot.place.freeAt = Math.max(slot.place.freeAt, slot.endAt);
  return slot;
}

function openExecution(
  { plant, lineIndex, random }: Shop,
  step: SimulatedStep,
  unit: Unit,
  { place, startAt }: Slot,
  attempt: number,
): ExecutionRow {
  const startedAt = instantAt(startAt);
  return {
    id: random.id(startAt),
    ...columnsOfUnit(unit),
    processId: step.id,
    attempt,
    operatorId: operatorOf(plant, lineIndex, step, startAt),
    equipmentId: place.equipmentId,
    stationId: place.stationId,
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

/** Inspections are for the inspector of the shift; the other steps are shared among the crew of the line. */
function operatorOf({ people, route }: Plant, lineIndex: number, step: SimulatedStep, at: number): string {
  const shift = shiftAt(at);
  if (step.content.isInspection === true) return present(people.inspectors[shift], 'The inspector of the shift').id;
  const crew = present(people.crews[lineIndex]?.[shift], 'The crew of the shift');
  return present(crew[route.indexOf(step) % crew.length], 'The operator of the step').id;
}

/** Some hours later an engineer adds a remark to a finished record (PD-13). */
function correctNowAndThen({ plant, until, random }: Shop, execution: ExecutionRow, endAt: number): void {
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
