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
}

/** What does not change while commands run. `route` holds the codes of the active steps. */
export interface Plant {
  readonly prefix: string;
  readonly maxLotQuantity: number;
  readonly maxReworks: number;
  readonly steps: readonly Step[];
  readonly route: readonly string[];
}

export interface World {
  lotsMade: number;
  readonly lots: Lot[];
}

export interface Lot {
  readonly number: string;
  target: number;
  status: 'CREATED' | 'IN_PROGRESS' | 'COMPLETED' | 'CLOSED';
  disposition: 'UNDECIDED' | 'QUARANTINED' | 'RELEASED' | 'REJECTED';
  readonly runs: Run[];
  readonly items: Item[];
}

export interface Item {
  readonly number: string;
  status: 'CREATED' | 'IN_PROGRESS' | 'COMPLETED' | 'FAILED' | 'CONVERTED';
  /** The step of its open execution. */
  current: string | null;
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

export const EMPTY: World = { lotsMade: 0, lots: [] };

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
      items: lot.items.map((item) => ({
        ...item,
        runs: visibleRuns(item.runs),
        serial: item.serial && { ...item.serial, runs: visibleRuns(item.serial.runs) },
      })),
    }));
}

function visibleRuns(runs: readonly Run[]): readonly string[] {
  return runs
    .map(({ step, attempt, result, defects, id }) => `${step} ${attempt} ${result ?? 'OPEN'} ${defects} ${id}`)
    .toSorted();
}
