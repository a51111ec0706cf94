import {
  isConversion,
  type NamedRoute,
  type ProcessLevel,
  type Step,
  stepLabel,
  type StepName,
} from '../../catalog/process/route.rules.ts';
import { rejection, type Answer } from '../../platform/rules/rejection.ts';
import { isLotActive, type LotDisposition, type LotStatus } from '../lot/lot.rules.ts';
import type { UnitKind } from '../lot/unit-number.rules.ts';
import type { SerialStatus } from '../serial/serial.rules.ts';
import { isAddedStep, itemTakesWork, type WipItemStatus } from '../wip-item/wip-item.rules.ts';

/** The columns of a lot that the rules read. */
export interface UnitLot {
  readonly id: string;
  readonly number: string;
  readonly status: LotStatus;
  readonly disposition: LotDisposition;
  readonly productionLineId: string;
}

/** The columns of an item that the rules read. */
export interface UnitItem {
  readonly id: string;
  readonly number: string;
  readonly status: WipItemStatus;
}

/** The columns of a serial that the rules read. */
export interface UnitSerial {
  readonly id: string;
  readonly number: string;
  readonly status: SerialStatus;
  readonly wipItemId: string;
}

/** What a step is run on: the lot itself, one of its items, or one of its serials. */
export type Unit =
  | { readonly kind: 'LOT'; readonly lot: UnitLot }
  | { readonly kind: 'WIP_ITEM'; readonly lot: UnitLot; readonly wipItem: UnitItem }
  | { readonly kind: 'SERIAL'; readonly lot: UnitLot; readonly serial: UnitSerial };

/** The columns of an execution that name its unit; null where its level has none. */
export interface UnitColumns {
  readonly level: ProcessLevel;
  readonly lotId: string;
  readonly wipItemId: string | null;
  readonly serialId: string | null;
}

/** The level of the steps that a kind of unit takes. */
export const LEVEL_OF_UNIT: Readonly<Record<UnitKind, ProcessLevel>> = {
  LOT: 'LOT',
  WIP_ITEM: 'WIP',
  SERIAL: 'SERIAL',
};

/** The kind of unit that takes the steps of a level. */
export const UNIT_OF_LEVEL: Readonly<Record<ProcessLevel, UnitKind>> = {
  LOT: 'LOT',
  WIP: 'WIP_ITEM',
  SERIAL: 'SERIAL',
};

/** PD-1, PD-18: an execution takes lot, item and serial from its one unit, so they fit its level and each other. */
export function columnsOfUnit(unit: Unit): UnitColumns {
  const level = LEVEL_OF_UNIT[unit.kind];
  if (unit.kind === 'LOT') return { level, lotId: unit.lot.id, wipItemId: null, serialId: null };
  if (unit.kind === 'WIP_ITEM') return { level, lotId: unit.lot.id, wipItemId: unit.wipItem.id, serialId: null };
  return { level, lotId: unit.lot.id, wipItemId: unit.serial.wipItemId, serialId: unit.serial.id };
}

/** The id of the lot, item or serial. Its executions are stored with it as their unit. */
export function idOfUnit(unit: Unit): string {
  if (unit.kind === 'LOT') return unit.lot.id;
  return unit.kind === 'WIP_ITEM' ? unit.wipItem.id : unit.serial.id;
}

/** The unit in words, such as `WIP item WIP-KR01PSA261101-001`. */
export function nameOfUnit(unit: Unit): string {
  if (unit.kind === 'LOT') return `Lot ${unit.lot.number}`;
  return unit.kind === 'WIP_ITEM' ? `WIP item ${unit.wipItem.number}` : `Serial ${unit.serial.number}`;
}

/** The unit in words within a sentence, such as `serial KR01PSA261101001`. */
export function innerNameOfUnit(unit: Unit): string {
  return nameOfUnit(unit).replace(/^(?:Lot|Serial)/, (kind) => kind.toLowerCase());
}

/** PD-1: an execution belongs to a lot, an item or a serial, as its level says. */
export function levelFitsUnit(row: Pick<UnitColumns, 'level' | 'wipItemId' | 'serialId'>): Answer {
  const hasItem = row.wipItemId !== null;
  const hasSerial = row.serialId !== null;
  if (hasItem === (row.level !== 'LOT') && hasSerial === (row.level === 'SERIAL')) return undefined;
  return rejection(
    'PD-1',
    'unit',
    `An execution of level ${row.level} belongs to ${OWNER_OF_LEVEL[row.level]}.`,
    'INVALID_INPUT',
  );
}

const OWNER_OF_LEVEL: Readonly<Record<ProcessLevel, string>> = {
  LOT: 'a lot, and names neither item nor serial',
  WIP: 'a WIP item, and names no serial',
  SERIAL: 'a serial, and names its item too',
};

/** PD-17: the step has the level of the unit, and is active at start. The steps of a route of a model stay active. */
export function stepFitsUnit(step: Pick<Step, 'number' | 'code' | 'level' | 'isActive'>, unit: Unit): Answer {
  if (!step.isActive)
    return rejection('PD-17', 'process', `Step ${stepLabel(step)} is inactive; only an active step can be started.`);
  const level = LEVEL_OF_UNIT[unit.kind];
  if (step.level === level) return undefined;
  const message = `Step ${stepLabel(step)} is of level ${step.level}; ${innerNameOfUnit(unit)} takes steps of level ${level}.`;
  return rejection('PD-17', 'process', message);
}

/**
 * RTE-6: a step is run on a unit when it is part of the route of its lot. PD-17 rejects an inactive step. The message
 * has no number: the own number of the process may be the place of another one in this route.
 */
export function stepIsInRoute(step: StepName & Pick<Step, 'isActive'>, unit: Unit, route: NamedRoute): Answer {
  if (!step.isActive || route.steps.some(({ id }) => id === step.id)) return undefined;
  const message = `Process ${step.code} is not part of ${route.name}, by which lot ${unit.lot.number} is made.`;
  return rejection('RTE-6', 'process', message);
}

/** WIP-8: a CONVERTED item takes no more work. Lots and serials are never converted. */
export function unitTakesWork(unit: Unit): Answer {
  return unit.kind === 'WIP_ITEM' ? itemTakesWork(unit.wipItem) : undefined;
}

/** PD-16: work starts only on a live unit of a live lot. */
export function unitIsLive(
  unit: Unit,
  step: Pick<Step, 'id' | 'number' | 'code' | 'type'>,
  passedStepIds: ReadonlySet<string>,
): Answer {
  if (!isLotActive(unit.lot)) {
    return rejection(
      'PD-16',
      'unit',
      `Lot ${unit.lot.number} is ${unit.lot.status}; work starts only in a CREATED or IN_PROGRESS lot.`,
    );
  }
  if (unit.kind === 'WIP_ITEM') return itemIsLive(unit.wipItem, step, passedStepIds);
  return unit.kind === 'SERIAL' ? serialIsLive(unit.serial) : undefined;
}

function itemIsLive(
  item: UnitItem,
  step: Pick<Step, 'id' | 'number' | 'code' | 'type'>,
  passedStepIds: ReadonlySet<string>,
): Answer {
  if (item.status === 'CONVERTED') {
    return rejection(
      'PD-16',
      'unit',
      `WIP item ${item.number} is CONVERTED; work starts only on an item that is not converted.`,
    );
  }
  if (item.status !== 'COMPLETED' || isConversion(step) || isAddedStep(step, passedStepIds)) return undefined;
  const is = `WIP item ${item.number} is COMPLETED and has passed ${stepLabel(step)}`;
  return rejection('PD-16', 'unit', `${is}; it takes only the conversion step or a step added since.`);
}

function serialIsLive(serial: UnitSerial): Answer {
  if (serial.status === 'CREATED' || serial.status === 'IN_PROGRESS') return undefined;
  const right = serial.status === 'FAILED' ? 'rework it first' : 'work starts only on a CREATED or IN_PROGRESS serial';
  return rejection('PD-16', 'unit', `Serial ${serial.number} is ${serial.status}; ${right}.`);
}
