/** The smallest valid values of the shop floor, for rules that take values. */
import type { Characteristic, Step } from '../../src/catalog/process/route.rules.ts';
import type { LotDisposition, LotStatus } from '../../src/production/lot/lot.rules.ts';
import type { Reading } from '../../src/production/process-data/result/measurement.rules.ts';
import type { ProcessDefect } from '../../src/production/process-data/result/result.rules.ts';
import type { SerialStatus } from '../../src/production/serial/serial.rules.ts';
import type { Unit, UnitLot } from '../../src/production/unit/unit.rules.ts';
import type { WipItemStatus } from '../../src/production/wip-item/wip-item.rules.ts';

export const NOW = '2026-11-20T08:00:00.000Z';

export function step(number: number, code: string, changes: Partial<Step> = {}): Step {
  return {
    id: code.toLowerCase(),
    number,
    code,
    type: 'MANUFACTURING',
    level: 'WIP',
    isActive: true,
    isOptional: false,
    maxAttempts: null,
    allowOutOfSpecPass: false,
    characteristics: new Map(),
    equipmentTypes: [],
    ...changes,
  };
}

export const INCOMING = step(5, 'INCOMING', { level: 'LOT' });
export const MOUNT = step(10, 'MOUNT');
export const SOLDER = step(30, 'SOLDER');
export const CONVERT = step(90, 'CONVERT', { type: 'SERIAL_CONVERSION' });
export const BURN_IN = step(95, 'BURN_IN', { level: 'SERIAL' });
export const FINAL = step(100, 'FINAL', { level: 'SERIAL' });

/** These are not in number order on purpose: the numbers define the route. */
export const ROUTE = [FINAL, CONVERT, SOLDER, INCOMING, MOUNT, BURN_IN];

export function idsOf(...steps: readonly { readonly id: string }[]): ReadonlySet<string> {
  return new Set(steps.map((each) => each.id));
}

export function lot(status: LotStatus = 'IN_PROGRESS', disposition: LotDisposition = 'UNDECIDED'): UnitLot {
  return { id: 'lot', number: 'KR01PSA261101', status, disposition, productionLineId: 'line' };
}

export function lotUnit(of: UnitLot = lot()): Unit {
  return { kind: 'LOT', lot: of };
}

export function itemUnit(
  status: WipItemStatus = 'IN_PROGRESS',
  of: UnitLot = lot(),
): Unit & { readonly kind: 'WIP_ITEM' } {
  return { kind: 'WIP_ITEM', lot: of, wipItem: { id: 'item', number: 'WIP-KR01PSA261101-001', status } };
}

export function serialUnit(
  status: SerialStatus = 'IN_PROGRESS',
  of: UnitLot = lot(),
): Unit & { readonly kind: 'SERIAL' } {
  return { kind: 'SERIAL', lot: of, serial: { id: 'serial', number: 'KR01PSA261101001', status, wipItemId: 'item' } };
}

export function characteristic(code: string, changes: Partial<Characteristic> = {}): Characteristic {
  return { code, unit: null, lowerLimit: null, upperLimit: null, target: null, required: false, ...changes };
}

export function reading(code: string, changes: Partial<Reading> = {}): Reading {
  return { code, value: null, text: null, unit: null, lowerLimit: null, upperLimit: null, target: null, ...changes };
}

export function defect(code: string): ProcessDefect {
  return { code, description: null, severity: 'MEDIUM', location: null, quantity: 1 };
}
