/**
 * Which lots are made when: on each line one after another, so that the last ones are at work, or still ahead, when the
 * time ends.
 */
import { takesNewLots } from '../../catalog/product-model/product-model.rules.ts';
import { present } from '../../platform/values/assert.ts';
import { hasLotNumberLeft } from '../../production/lot/lot.rules.ts';
import { lotNumber, lotNumberPrefix } from '../../production/lot/unit-number.rules.ts';
import { USUAL_LOT_SIZES, type SimulationOptions } from './options.ts';
import { RUNNING_LINES, type Plant } from './plant/plant.ts';
import { randomOf, type Random } from './random.ts';
import { HOUR, SECOND, dateAt, type ProductModelRow, type ProductionLineRow } from './rows.ts';

/** A lot as it is ordered; its number is not allotted yet. */
export interface Order {
  readonly line: number;
  readonly units: number;
  readonly createdAt: number;
  readonly plannedAt: number;
}

export interface PlannedLot extends Order {
  /** Its place among all lots, the oldest first. */
  readonly index: number;
  readonly number: string;
  readonly prefix: string;
  readonly sequence: number;
  readonly model: ProductModelRow;
  readonly productionLine: ProductionLineRow;
  readonly productionDate: string;
}

/** So much time a line has for each unit; its slowest step needs about half of it. */
const TAKT = 400 * SECOND;
/** Shorter lots would use up the 99 numbers of a month (LOT-2). */
const SHORTEST_LOT = 4 * HOUR;
const ORDERED_LOTS_AHEAD = 3;
const PLANNED_SHARE = 0.08;
const MOST_PLANNED = 8;
/** Of the plant's time, how long the model that is discontinued by now was still made. */
const FORMER_SHARE = 0.2;

/** The orders of all lines, in the order in which they were given. */
export function ordersOf({ lots, serialsPerLot, seed, until }: SimulationOptions): readonly Order[] {
  const random = randomOf(seed, 'orders');
  const ahead = Math.min(MOST_PLANNED, Math.max(1, Math.round(lots * PLANNED_SHARE)));
  const lead = ORDERED_LOTS_AHEAD * timeOf(serialsPerLot ?? Math.max(...USUAL_LOT_SIZES.map((size) => size.units)));
  const orders: Order[] = [];
  const order = (line: number, units: number, plannedAt: number): void => {
    orders.push({ line, units, plannedAt, createdAt: plannedAt - lead - random.whole(0, HOUR) });
  };
  for (let line = 0; line < RUNNING_LINES; line += 1) {
    let plannedAt = Date.parse(until) + random.whole(HOUR, SHORTEST_LOT);
    for (let place = 0; place < shareOf(ahead, line); place += 1) {
      const units = unitsOf(serialsPerLot, random);
      order(line, units, plannedAt);
      plannedAt += timeOf(units);
    }
    plannedAt = Date.parse(until);
    for (let place = shareOf(ahead, line); place < shareOf(lots, line); place += 1) {
      const units = unitsOf(serialsPerLot, random);
      const isNewest = plannedAt === Date.parse(until);
      plannedAt -= Math.round(timeOf(units) * (isNewest ? progressOf(line, random) : random.between(0.95, 1.15)));
      order(line, units, plannedAt);
    }
  }
  return orders.toSorted((a, b) => a.createdAt - b.createdAt || a.line - b.line);
}

/** The orders with their models and numbers. */
export function scheduleOf(orders: readonly Order[], plant: Plant, seed: string): readonly PlannedLot[] {
  const random = randomOf(seed, 'schedule');
  const sequences = new Map<string, number>();
  return orders.map((order, index) => {
    const productionLine = present(plant.lines[order.line], 'The line of a lot');
    const productionDate = dateAt(order.plannedAt);
    const isEarly = index < orders.length * FORMER_SHARE;
    const prefixOf = (model: ProductModelRow): string =>
      lotNumberPrefix(productionLine.lotSegment, model.lotSegment, productionDate);
    const isFree = (model: ProductModelRow): boolean =>
      hasLotNumberLeft(prefixOf(model), (sequences.get(prefixOf(model)) ?? 0) + 1) === undefined;
    const choice = choiceOf(plant.models, order, isEarly).filter(({ model }) => isFree(model));
    const { model } = random.weighted(choice);
    const prefix = prefixOf(model);
    const sequence = (sequences.get(prefix) ?? 0) + 1;
    sequences.set(prefix, sequence);
    return {
      ...order,
      index,
      model,
      productionLine,
      productionDate,
      prefix,
      sequence,
      number: lotNumber(prefix, sequence),
    };
  });
}

/** Models that the line may make, some more often than others; each line has its own favourites. */
function choiceOf(
  models: readonly ProductModelRow[],
  { line, units }: Order,
  isEarly: boolean,
): readonly { readonly model: ProductModelRow; readonly weight: number }[] {
  const made = models.filter(
    (model) => model.maxLotQuantity >= units && (takesNewLots(model) || (isEarly && model.status === 'DISCONTINUED')),
  );
  return made.map((model, index) => ({ model, weight: 1 + ((index + line) % 3) }));
}

/** How far a line is with its newest lot: one has just begun, another is nearly done. */
function progressOf(line: number, random: Random): number {
  return 0.08 + (0.7 * (line + random.next() / 2)) / RUNNING_LINES;
}

function unitsOf(serialsPerLot: number | undefined, random: Random): number {
  return serialsPerLot ?? random.weighted(USUAL_LOT_SIZES).units;
}

function timeOf(units: number): number {
  return Math.max(SHORTEST_LOT, units * TAKT);
}

/** How many of a number fall to a line. */
function shareOf(count: number, line: number): number {
  return Math.floor((count + RUNNING_LINES - 1 - line) / RUNNING_LINES);
}
