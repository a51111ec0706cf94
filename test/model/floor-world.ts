/**
 * The state of a factory, as the model has it and as GraphQL returns it: lots, items, serials, and their executions.
 */

export type Result = 'PASS' | 'FAIL' | 'REWORK';

export interface Step {
  readonly code: string;
  readonly number: number;
  readonly level: 'LOT' | 'ITEM' | 'SERIAL';
  readonly converts: boolean;
  readonly maxAttempts: number | null;
  /** RTE-6: a unit may leave it out. */
  readonly isOptional?: boolean;
  /** RTE-8: it is run on an oven. */
  readonly needsOven?: boolean;
}

/** A route of the product that the line makes, by its revision. Its steps are in the order of their numbers. */
export interface Route {
  readonly revision: number;
  status: 'DRAFT' | 'RELEASED' | 'RETIRED';
  steps: readonly Step[];
}

/** What does not change while commands run. `route` holds the codes of the steps of the factory route. */
export interface Plant {
  readonly prefix: string;
  /** The code of the product that the line makes; PSA unless given. */
  readonly model?: string;
  /** The codes of the steps that are active, and not part of the factory route; none unless given. */
  readonly outside?: readonly string[];
  readonly maxLotQuantity: number;
  readonly maxReworks: number;
  readonly steps: readonly Step[];
  readonly route: readonly string[];
}

export interface World {
  lotsMade: number;
  readonly lots: Lot[];
  routesMade: number;
  readonly routes: Route[];
}

export interface Lot {
  readonly number: string;
  /** The revision of its route; null for the factory route. */
  route: number | null;
  target: number;
  status: 'CREATED' | 'IN_PROGRESS' | 'COMPLETED' | 'CLOSED';
  disposition: 'UNDECIDED' | 'QUARANTINED' | 'RELEASED' | 'REJECTED';
  readonly runs: Run[];
  readonly items: Item[];
}

export interface Item {
  readonly number: string;
  status: 'CREATED' | 'IN_PROGRESS' | 'COMPLETED' | 'FAILED' | 'CONVERTED';
  /** The first step that is open on it. */
  current: string | null;
  /** It was COMPLETED before, so a start that is withdrawn can make it COMPLETED again. Nobody sees this. */
  wasCompleted?: boolean;
  readonly runs: Run[];
  serial: Serial | null;
}

export interface Serial {
  readonly number: string;
  status: 'CREATED' | 'IN_PROGRESS' | 'PASSED' | 'FAILED';
  reworks: number;
  reason: string | null;
  readonly runs: Run[];
}

export interface Run {
  readonly id: string;
  readonly step: string;
  readonly attempt: number;
  result: Result | null;
  defects: number;
}

/** The unit of a step: a lot has no item, and an item no serial. */
export interface Unit {
  readonly number: string;
  readonly level: Step['level'];
  readonly lot: Lot;
  readonly item?: Item;
  readonly serial?: Serial;
  readonly runs: Run[];
}

export const EMPTY: World = { lotsMade: 0, lots: [], routesMade: 0, routes: [] };

export function findUnit(world: World, isMeant: (unit: Unit) => boolean): Unit | undefined {
  for (const lot of world.lots) {
    const units: Unit[] = [{ number: lot.number, level: 'LOT', lot, runs: lot.runs }];
    for (const item of lot.items) {
      units.push({ number: item.number, level: 'ITEM', lot, item, runs: item.runs });
      if (item.serial !== null)
        units.push({ number: item.serial.number, level: 'SERIAL', lot, serial: item.serial, runs: item.serial.runs });
    }
    const unit = units.find((each) => isMeant(each));
    if (unit !== undefined) return unit;
  }
  return undefined;
}

export function isActive({ status }: Lot): boolean {
  return status === 'CREATED' || status === 'IN_PROGRESS';
}

export function isHeld({ disposition }: Lot): boolean {
  return disposition === 'QUARANTINED' || disposition === 'REJECTED';
}

/** The visible state of a world, sorted: two worlds are equal when their visible states are. */
export function visibleState({ lots }: World): object {
  return [...lots]
    .toSorted((a, b) => a.number.localeCompare(b.number))
    .map((lot) => ({
      ...lot,
      runs: visibleRuns(lot.runs),
      items: lot.items.map(({ wasCompleted: _wasCompleted, ...item }) => ({
        ...item,
        runs: visibleRuns(item.runs),
        serial: item.serial && { ...item.serial, runs: visibleRuns(item.serial.runs) },
      })),
    }));
}

/** The visible state of the routes of a world. */
export function visibleRoutes({ routes }: World): readonly string[] {
  return routes.map(({ revision, status, steps }) => [revision, status, ...steps.map(visibleStep)].join(' '));
}

function visibleStep({ number, code, maxAttempts, isOptional, needsOven }: Step): string {
  return `${number} ${code} ${maxAttempts ?? 'ANY'}${isOptional === true ? ' OPTIONAL' : ''}${needsOven === true ? ' OVEN' : ''}`;
}

function visibleRuns(runs: readonly Run[]): readonly string[] {
  return runs
    .map(({ step, attempt, result, defects, id }) => `${step} ${attempt} ${result ?? 'OPEN'} ${defects} ${id}`)
    .toSorted();
}
