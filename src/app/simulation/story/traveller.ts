/** Lots, items and serials on their way through the steps: how a start and a result change their rows, by the rules. */
import type { SimulatedStep } from '../plant/processes.ts';
import type { Random } from '../random.ts';
import { instantAt, type LotRow, madeAt, MINUTE, type SerialRow, touched, type WipItemRow } from '../rows.ts';
import type { StepOutcome } from './execution.ts';
import { demandedRoute, type Route } from '../../../catalog/process/route.rules.ts';
import { assert } from '../../../platform/values/assert.ts';
import { isStartedByFirstWork, startedLot } from '../../../production/lot/lot.rules.ts';
import { sequenceWidth, serialNumber, wipItemNumber } from '../../../production/lot/unit-number.rules.ts';
import {
  canRework,
  failedSerial,
  failureReasonOf,
  passedSerial,
  serialStatusAfterResult,
  workingSerial,
} from '../../../production/serial/serial.rules.ts';
import type { Unit } from '../../../production/unit/unit.rules.ts';
import {
  itemStatusAfterResult,
  itemStatusAfterStart,
  mayConvert,
  wipItemBecoming,
} from '../../../production/wip-item/wip-item.rules.ts';

/** A unit on its way through the steps. */
export interface Traveller {
  readonly unit: Unit;
  /** True if the unit has a flaw that no repair finds and that shows in every inspection. */
  readonly isWeak: boolean;
  readyAt: number;
  /** True if an execution is open when the simulated time ends. */
  isBusy: boolean;
  finishedStepIds: ReadonlySet<string>;
  passedStepIds: ReadonlySet<string>;
  /** True if the unit may try the step again after it did not pass. */
  mayRetry(): boolean;
  onStart(step: SimulatedStep, at: number): void;
  onResult(step: SimulatedStep, outcome: StepOutcome, at: number): void;
}

/** An item on its way. */
export interface Item extends Traveller {
  readonly row: WipItemRow;
}

/** A serial on its way. */
export interface SerialUnit extends Traveller {
  readonly row: SerialRow;
}

/** What all units of a lot share. */
export interface LotContext {
  /** The steps of the route of the lot. */
  readonly route: Route;
  readonly lot: LotRow;
  readonly maxReworks: number;
  readonly random: Random;
}

/** The share of items that are weak. Half as many serials become weak in addition. */
const WEAK_SHARE = 0.007;
/** A unit on which nothing was done yet. */
const NEW: Pick<Traveller, 'isBusy' | 'finishedStepIds' | 'passedStepIds'> = {
  isBusy: false,
  finishedStepIds: new Set(),
  passedStepIds: new Set(),
};

/** Creates the lot itself as a unit, for the steps of LOT level. */
export function lotTraveller({ lot }: LotContext, readyAt: number): Traveller {
  return {
    unit: { kind: 'LOT', lot },
    isWeak: false,
    readyAt,
    ...NEW,
    mayRetry: () => true,
    onStart(_step, at) {
      if (isStartedByFirstWork(lot)) startSimulatedLot(lot, instantAt(at));
    },
    onResult: () => undefined,
  };
}

/** Starts a lot, when the first work on it begins (LOT-5, WIP-4). */
export function startSimulatedLot(lot: LotRow, at: string): void {
  Object.assign(lot, startedLot(at));
  touched(lot, at);
}

/** Creates an item. */
export function itemTraveller({ route, lot, random }: LotContext, sequence: number, at: number): Item {
  const row: WipItemRow = {
    id: random.id(at),
    number: wipItemNumber(lot.number, sequence, sequenceWidth(lot.targetQuantity)),
    lotId: lot.id,
    sequence,
    status: 'CREATED',
    externalNumber: null,
    currentProcessId: null,
    completedAt: null,
    convertedAt: null,
    previousCompletedAt: null,
    ...madeAt(instantAt(at)),
  };
  const become = (status: WipItemRow['status'], instant: string): void => {
    row.previousCompletedAt = row.completedAt ?? row.previousCompletedAt;
    if (status !== row.status) Object.assign(row, wipItemBecoming(row, status, instant));
    touched(row, instant);
  };
  const item: Item = {
    row,
    unit: { kind: 'WIP_ITEM', lot, wipItem: row },
    isWeak: random.chance(WEAK_SHARE),
    readyAt: at + MINUTE,
    ...NEW,
    mayRetry: () => true,
    onStart(step, startAt) {
      row.currentProcessId = step.id;
      become(itemStatusAfterStart(row.status, step), instantAt(startAt));
    },
    onResult(step, { result }, endAt) {
      row.currentProcessId = null;
      const { passedStepIds } = item;
      const demanded = demandedRoute(route, item);
      const status = itemStatusAfterResult(row.status, { step, result, route: demanded, passedStepIds });
      if (status === 'CONVERTED')
        assert(mayConvert(row, demanded, passedStepIds, []).length === 0, `${row.number} was converted too early.`);
      become(status, instantAt(endAt));
    },
  };
  return item;
}

/** Creates the serial of a converted item (SER-5). */
export function serialTraveller({ route, lot, maxReworks, random }: LotContext, item: Item): SerialUnit {
  const convertedAt = item.row.convertedAt ?? item.row.updatedAt;
  const row: SerialRow = {
    id: random.id(Date.parse(convertedAt)),
    number: serialNumber(lot.number, item.row.sequence, sequenceWidth(lot.targetQuantity)),
    lotId: lot.id,
    wipItemId: item.row.id,
    sequence: item.row.sequence,
    status: 'CREATED',
    externalNumber: item.row.externalNumber,
    reworkCount: 0,
    maxReworks,
    failureReason: null,
    completedAt: null,
    ...madeAt(convertedAt),
  };
  const serial: SerialUnit = {
    row,
    unit: { kind: 'SERIAL', lot, serial: row },
    isWeak: item.isWeak || random.chance(WEAK_SHARE / 2),
    readyAt: item.readyAt,
    ...NEW,
    mayRetry: () => row.status !== 'FAILED' || canRework(row),
    onStart(_step, startAt) {
      if (row.status === 'IN_PROGRESS') return;
      if (row.status === 'FAILED') row.reworkCount += 1;
      Object.assign(row, workingSerial());
      touched(row, instantAt(startAt));
    },
    onResult(step, { result, defects }, endAt) {
      const at = instantAt(endAt);
      const status = serialStatusAfterResult(row.status, result, demandedRoute(route, serial), serial.passedStepIds);
      if (status === row.status) return;
      Object.assign(row, status === 'PASSED' ? passedSerial(at) : failedSerial(at, failureReasonOf(step, defects)));
      touched(row, at);
    },
  };
  return serial;
}
