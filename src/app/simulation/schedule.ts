/**
 * Schedules the lots: on each line one after another, so that the last lots are in progress or still planned when the
 * simulated time ends.
 */
import { takesNewLots } from '../../catalog/product-model/product-model.rules.ts';
import { present } from '../../platform/values/assert.ts';
import { hasLotNumberLeft } from '../../production/lot/lot.rules.ts';
import { lotNumber, lotNumberPrefix } from '../../production/lot/unit-number.rules.ts';
import { USUAL_LOT_SIZES, type SimulationOptions } from './options.ts';
import type { SimulatedRoute } from './plant/model-routes.ts';
import { RUNNING_LINES, type Plant } from './plant/plant.ts';
import { CHANGED_MODEL } from './plant/product-models.ts';
import { randomOf, type Random } from './random.ts';
import { HOUR, SECOND, dateAt, type ProductModelRow, type ProductionLineRow } from './rows.ts';

/** An order of a lot, which has no number yet. */
export interface Order {
  readonly line: number;
  readonly units: number;
  readonly createdAt: number;
  readonly plannedAt: number;
}

/** An order with its model and its lot number. */
export interface PlannedLot extends Order {
  /** The position among all lots, the oldest first. */
  readonly index: number;
  readonly number: string;
  readonly prefix: string;
  readonly sequence: number;
  readonly model: ProductModelRow;
  /** The route that the lot gets when it is ordered (RTE-4). */
  readonly route: SimulatedRoute;
  readonly productionLine: ProductionLineRow;
  readonly productionDate: string;
}

/** The time that a line has for each unit. The slowest step needs about half of it. */
const TAKT = 400 * SECOND;
/** Shorter lots would use up the 99 lot numbers of a month (LOT-2). */
const SHORTEST_LOT = 4 * HOUR;
const ORDERED_LOTS_AHEAD = 3;
const PLANNED_SHARE = 0.08;
const MAX_PLANNED = 8;
/** The share of the lots during which the model that is discontinued today was still made. */
const FORMER_SHARE = 0.2;

/** Creates the orders of all lines, sorted by the time of order. */
export function ordersOf({ lots, serialsPerLot, seed, until }: SimulationOptions): readonly Order[] {
  const random = randomOf(seed, 'orders');
  const ahead = Math.min(MAX_PLANNED, Math.max(1, Math.round(lots * PLANNED_SHARE)));
  const lead = ORDERED_LOTS_AHEAD * timeOf(serialsPerLot ?? Math.max(...USUAL_LOT_SIZES.map((size) => size.units)));
  const orders: Order[] = [];
  const order = (line: number, units: number, plannedAt: number): void => {
    orders.push({ line, units, plannedAt, createdAt: plannedAt - lead - random.whole(0, HOUR) });
  };
  for (let line = 0; line < RUNNING_LINES; line += 1) {
    let plannedAt = Date.parse(until) + random.whole(HOUR, SHORTEST_LOT);
    for (let lot = 0; lot < shareOf(ahead, line); lot += 1) {
      const units = unitsOf(serialsPerLot, random);
      order(line, units, plannedAt);
      plannedAt += timeOf(units);
    }
    plannedAt = Date.parse(until);
    for (let lot = shareOf(ahead, line); lot < shareOf(lots, line); lot += 1) {
      const units = unitsOf(serialsPerLot, random);
      const isNewest = plannedAt === Date.parse(until);
      plannedAt -= Math.round(timeOf(units) * (isNewest ? progressOf(line, random) : random.between(0.95, 1.15)));
      order(line, units, plannedAt);
    }
  }
  return orders.toSorted((a, b) => a.createdAt - b.createdAt || a.line - b.line);
}

/** A change of a route between two orders of the same line: one is at work when the time ends, the other is planned. */
export interface RouteChangeTime {
  readonly at: number;
  readonly before: Order;
  readonly after: Order;
}

/** Chooses when the new revision of a route is released. */
export function routeChangeOf(orders: readonly Order[], { until }: Pick<SimulationOptions, 'until'>): RouteChangeTime {
  const end = Date.parse(until);
  const ofLine = orders.filter(({ line }) => line === 0).toSorted((a, b) => a.plannedAt - b.plannedAt);
  const before = present(
    ofLine.findLast(({ plannedAt }) => plannedAt <= end),
    'The lot at work',
  );
  const after = present(
    ofLine.find(({ plannedAt }) => plannedAt > end),
    'The next lot',
  );
  return { at: Math.floor((before.createdAt + after.createdAt) / 2), before, after };
}

/** Assigns models, routes and lot numbers to the orders. */
export function scheduleOf(
  orders: readonly Order[],
  plant: Plant,
  { seed, until }: Pick<SimulationOptions, 'seed' | 'until'>,
): readonly PlannedLot[] {
  const random = randomOf(seed, 'schedule');
  const change = routeChangeOf(orders, { until });
  const sequences = new Map<string, number>();
  return orders.map((order, index) => {
    const productionLine = present(plant.lines[order.line], 'The line of a lot');
    const productionDate = dateAt(order.plannedAt);
    const isEarly = index < orders.length * FORMER_SHARE;
    const prefixOf = (model: ProductModelRow): string =>
      lotNumberPrefix(productionLine.lotSegment, model.lotSegment, productionDate);
    const isFree = (model: ProductModelRow): boolean =>
      hasLotNumberLeft(prefixOf(model), (sequences.get(prefixOf(model)) ?? 0) + 1) === undefined;
    const candidates = candidatesOf(plant.models, order, isEarly).filter(({ model }) => isFree(model));
    const drawn = random.weighted(candidates).model;
    const changed = candidates.find(({ model }) => model.code === CHANGED_MODEL)?.model;
    const model = order === change.before || order === change.after ? (changed ?? drawn) : drawn;
    const prefix = prefixOf(model);
    const sequence = (sequences.get(prefix) ?? 0) + 1;
    sequences.set(prefix, sequence);
    return {
      ...order,
      index,
      model,
      route: plant.routes.routeOf(model, order.createdAt),
      productionLine,
      productionDate,
      prefix,
      sequence,
      number: lotNumber(prefix, sequence),
    };
  });
}

/** Returns the models that the line may make. Their weights differ from line to line. */
function candidatesOf(
  models: readonly ProductModelRow[],
  { line, units }: Order,
  isEarly: boolean,
): readonly { readonly model: ProductModelRow; readonly weight: number }[] {
  const made = models.filter(
    (model) => model.maxLotQuantity >= units && (takesNewLots(model) || (isEarly && model.status === 'DISCONTINUED')),
  );
  return made.map((model, index) => ({ model, weight: 1 + ((index + line) % 3) }));
}

/**
 * The progress of a line with its newest lot. It differs from line to line: one has just begun, another is nearly done.
 */
function progressOf(line: number, random: Random): number {
  return 0.08 + (0.7 * (line + random.next() / 2)) / RUNNING_LINES;
}

function unitsOf(serialsPerLot: number | undefined, random: Random): number {
  return serialsPerLot ?? random.weighted(USUAL_LOT_SIZES).units;
}

function timeOf(units: number): number {
  return Math.max(SHORTEST_LOT, units * TAKT);
}

/** The share of a line in a number of lots. */
function shareOf(count: number, line: number): number {
  return Math.floor((count + RUNNING_LINES - 1 - line) / RUNNING_LINES);
}
