/** The model's items and serials: how they are converted, passed, failed and reworked, and complete their lot. */
import { first, hasOpen, hasPassedAll, isMade, type Check, type Floor } from './floor-queries.ts';
import { isHeld, type Item, type Lot, type Serial } from './floor-world.ts';

export type SerialCommand = 'startSerial' | 'passSerial' | 'failSerial' | 'reworkSerial';

export function mayConvert(floor: Floor, lot: Lot, item: Item): readonly [Check, Check] {
  const isReady = item.status === 'COMPLETED' && isMade(floor, { lot, runs: item.runs }) && !hasOpen(item);
  return [
    [isHeld(lot), 'LOT-7 lot'],
    [!isReady, 'WIP-7 wipItem'],
  ];
}

export function convert(lot: Lot, item: Item): string {
  const number = `${lot.number}${item.number.slice(-3)}`;
  item.status = 'CONVERTED';
  item.current = null;
  item.serial = { number, status: 'CREATED', reworks: 0, reason: null, runs: [] };
  return number;
}

export const SERIAL_ACTIONS: Readonly<Record<SerialCommand, (floor: Floor, lot: Lot, serial: Serial) => string>> = {
  startSerial(_floor, lot, serial) {
    const refused = first([isHeld(lot), 'LOT-7 lot'], [serial.status !== 'CREATED', 'SER-3 status']);
    if (refused === undefined) serial.status = 'IN_PROGRESS';
    return refused ?? 'ok';
  },
  passSerial(floor, lot, serial) {
    const refused = first(
      [isHeld(lot), 'LOT-7 lot'],
      [serial.status !== 'IN_PROGRESS', 'SER-3 status'],
      [hasOpen(serial) || !hasPassedAll(floor, lot, serial), 'SER-7 serial'],
    );
    if (refused === undefined) end(floor, lot, serial, 'PASSED', null);
    return refused ?? 'ok';
  },
  failSerial(floor, lot, serial) {
    const refused = first([serial.status !== 'IN_PROGRESS', 'SER-3 status'], [hasOpen(serial), 'SER-7 serial']);
    if (refused === undefined) end(floor, lot, serial, 'FAILED', FAILED_BY_HAND);
    return refused ?? 'ok';
  },
  reworkSerial({ plant }, lot, serial) {
    const refused = first(
      [isHeld(lot), 'LOT-7 lot'],
      [serial.status !== 'FAILED' || serial.reworks >= plant.maxReworks, 'SER-2 serial'],
    );
    if (refused !== undefined) return refused;
    Object.assign(serial, { status: 'IN_PROGRESS', reason: null, reworks: serial.reworks + 1 });
    return 'ok';
  },
};

/** The reason of every serial that is failed by hand, and the code of every defect. */
export const FAILED_BY_HAND = 'Dropped';
export const DEFECT = 'CRACK';

export function end(floor: Floor, lot: Lot, serial: Serial, status: 'PASSED' | 'FAILED', reason: string | null): void {
  Object.assign(serial, { status, reason });
  completeIfDone(floor, lot);
}

/** LOT-8 */
export function completeIfDone({ plant }: Floor, lot: Lot): void {
  const done = lot.items.filter(
    ({ serial }) => serial?.status === 'PASSED' || (serial?.status === 'FAILED' && serial.reworks === plant.maxReworks),
  );
  if (lot.status === 'IN_PROGRESS' && done.length === lot.target) lot.status = 'COMPLETED';
}
