/**
 * Simulates a lot: its material is prepared, its items are made, converted to serials and tested. The rules of the
 * product determine what follows from what.
 */
import type { Plant } from '../plant/plant.ts';
import type { SimulatedStep } from '../plant/processes.ts';
import { type Random, randomOf } from '../random.ts';
import { instantAt, type LotRow, madeAt, SECOND } from '../rows.ts';
import type { PlannedLot } from '../schedule.ts';
import { endLot } from './lot-ending.ts';
import { fateOf, holdTime } from './lot-fate.ts';
import { runStep, type Shop } from './step-run.ts';
import { inspectLot } from '../quality/inspect-lot.ts';
import type { InspectedLot, LotStory } from './story.ts';
import {
  type Item,
  itemTraveller,
  type LotContext,
  lotTraveller,
  serialTraveller,
  startSimulatedLot,
  type Traveller,
} from './traveller.ts';
import { demandedRoute, type ProcessLevel, type Route, type RouteStep } from '../../../catalog/process/route.rules.ts';
import { remainingQuantity } from '../../../production/lot/lot-quantity.rules.ts';
import { isStartedByFirstWork } from '../../../production/lot/lot.rules.ts';
import { earlierStepsArePassed } from '../../../production/process-data/execution/process-data.rules.ts';
import { nextStepOfUnit } from '../../../production/process-data/readiness/readiness.rules.ts';
import { unitIsLive } from '../../../production/unit/unit.rules.ts';
import { MAX_ITEMS_PER_CALL } from '../../../production/wip-item/wip-item.rules.ts';

/** The share of the units that run an optional step. */
const OPTIONAL_SHARE = 0.35;

/** The plant in which lots are simulated. */
export interface Floor {
  readonly seed: string;
  readonly until: number;
  readonly plant: Plant;
  /** The position of the first lot whose inspections have pictures. */
  readonly picturedFrom: number;
}

/**
 * Simulates a lot. The lots of a line must be simulated in the order of their plan, because each finds the machines as
 * the lot before left them.
 */
export function simulateLot(plan: PlannedLot, { seed, until, plant, picturedFrom }: Floor): InspectedLot {
  const random = randomOf(seed, 'lot', plan.index);
  const lot = lotRow(plan, random);
  const fate = fateOf(plan.index, random);
  const heldAt = Math.min(until, holdTime(fate, plan, random));
  const shop: Shop = {
    plant,
    route: plan.route.steps,
    line: plan.productionLine,
    lineIndex: plan.line,
    random,
    executions: [],
    until,
    heldAt,
    isCutOff: false,
  };
  const lotContext: LotContext = { route: plan.route.steps, lot, maxReworks: plan.model.maxReworks, random };

  const material = lotTraveller(lotContext, plan.plannedAt);
  runSteps(shop, 'LOT', [material]);
  const isPrepared = nextStepOf(material, shop.route) === undefined;
  const items = isPrepared ? generateItems(shop, lotContext, material.readyAt) : [];
  runSteps(shop, 'WIP', items);
  const serials = items
    .filter((item) => item.row.status === 'CONVERTED')
    .map((item) => serialTraveller(lotContext, item));
  runSteps(shop, 'SERIAL', serials);

  const story: LotStory = {
    plan,
    lot,
    wipItems: items.map(({ row }) => row),
    serials: serials.map(({ row }) => row),
    executions: shop.executions,
  };
  endLot(story, shop, fate);
  return { ...story, quality: inspectLot(story, { seed, until, plant, hasPictures: plan.index >= picturedFrom }) };
}

/**
 * Runs each step with the units whose next step it is, and an optional step with some of those that may run it. Units
 * that finally failed or are still in progress stay.
 */
function runSteps(shop: Shop, level: ProcessLevel, travellers: readonly Traveller[]): void {
  const { route } = shop;
  for (const step of route.filter((each) => each.level === level)) {
    const runs = (traveller: Traveller): boolean =>
      step.isOptional ? takesOptionalStep(traveller, step, shop) : nextStepOf(traveller, route)?.id === step.id;
    const ready = travellers.filter((traveller) => !traveller.isBusy && runs(traveller));
    runStep(shop, step, ready);
  }
}

function nextStepOf(traveller: Traveller, route: Route): RouteStep | undefined {
  return nextStepOfUnit(traveller.unit, demandedRoute(route, traveller), traveller.passedStepIds);
}

/** RTE-6: Some units run an optional step, if the rules allow it. */
function takesOptionalStep(traveller: Traveller, step: SimulatedStep, { route, random }: Shop): boolean {
  const { unit, passedStepIds } = traveller;
  if (!random.chance(OPTIONAL_SHARE) || unitIsLive(unit, step, passedStepIds) !== undefined) return false;
  return earlierStepsArePassed(unit, step, demandedRoute(route, traveller), passedStepIds) === undefined;
}

/** Creates the items of the lot, by as many calls as they take, some seconds apart (WIP-3). */
function generateItems(shop: Shop, lotContext: LotContext, from: number): readonly Item[] {
  const items: Item[] = [];
  const left = (): number => remainingQuantity(lotContext.lot, { wipItemCount: items.length });
  for (let at = from; left() > 0; at += 5 * SECOND) {
    if (at > shop.heldAt) {
      shop.isCutOff = true;
      return items;
    }
    if (isStartedByFirstWork(lotContext.lot)) startSimulatedLot(lotContext.lot, instantAt(at));
    for (let count = Math.min(MAX_ITEMS_PER_CALL, left()); count > 0; count -= 1)
      items.push(itemTraveller(lotContext, items.length + 1, at));
  }
  return items;
}

function lotRow(plan: PlannedLot, random: Random): LotRow {
  return {
    id: random.id(plan.createdAt),
    number: plan.number,
    productModelId: plan.model.id,
    productionLineId: plan.productionLine.id,
    routeId: plan.route.id,
    productionDate: plan.productionDate,
    targetQuantity: plan.units,
    status: 'CREATED',
    disposition: 'UNDECIDED',
    dispositionReason: null,
    dispositionAt: null,
    dispositionById: null,
    startedAt: null,
    completedAt: null,
    closedAt: null,
    completionReason: null,
    supplierCode: random.chance(0.7) ? `SUP-${random.whole(1, 9)}` : null,
    externalNumber: random.chance(0.6) ? `ERP-${500_000 + plan.index}` : null,
    qualityRequirements: { inspectionLevel: random.pick(['I', 'II', 'II', 'III']), acceptanceQualityLimit: '0.65' },
    metadata: {
      workOrder: `WO-${20_000 + plan.index}`,
      customer: random.pick(['Alpine Drives', 'Hanbit Mobility', 'Nordsee Energy', 'Volta Rail']),
    },
    ...madeAt(instantAt(plan.createdAt)),
  };
}
