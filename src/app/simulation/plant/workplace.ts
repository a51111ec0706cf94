/** A place where a step is run: a machine with its history of service and breakdowns, or a bench for work by hand. */
import { EQUIPMENT_FLOW, type EquipmentStatus } from '../../../catalog/equipment/equipment.rules.ts';
import { assert, present } from '../../../platform/values/assert.ts';
import { allowsTransition } from '../../../platform/rules/state-machine.ts';
import type { Random } from '../random.ts';
import { DAY, HOUR, MINUTE, dateAt, instantAt, type EquipmentRow, type PeriodRow } from '../rows.ts';

export interface Place {
  readonly equipmentId: string | null;
  readonly stationId: string | null;
  /** Times at which it takes no work, in order. */
  readonly downs: readonly Down[];
  /** Where readings drift to between two services, in sigmas. */
  readonly drift: number;
  /** When the work that it does now ends. */
  freeAt: number;
}

export interface Down {
  readonly status: 'MAINTENANCE' | 'OUT_OF_SERVICE';
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

const SERVICE_DAYS = 30;
const BREAKDOWN_DAYS = 16;
const LATE_SERVICE_DAYS = 6;
const BREAKDOWNS = [
  'Feeder jam',
  'Vision error',
  'Emergency stop',
  'Pneumatic pressure lost',
  'Communication lost',
  'Sensor broken',
  'Overheated',
] as const;

/** Service every month, and a breakdown now and then; a late machine was not given its newest service yet. */
export function downsOf(from: number, until: number, random: Random): readonly Down[] {
  const isLate = random.chance(0.12);
  const downs: Down[] = [];
  let servicedAt = from - random.between(0, SERVICE_DAYS) * DAY;
  let at = from + DAY;
  for (;;) {
    const serviceAt = Math.max(servicedAt + SERVICE_DAYS * DAY, at);
    const breakdownAt = Math.round(at + random.waiting(BREAKDOWN_DAYS * DAY));
    const isService = serviceAt <= breakdownAt;
    const start = Math.round(isService ? serviceAt : breakdownAt);
    if (start >= until || (isService && isLate && start > until - LATE_SERVICE_DAYS * DAY)) return downs;
    const end = Math.round(start + (isService ? random.between(2, 5) : random.between(0.3, 5)) * HOUR);
    downs.push({
      status: isService ? 'MAINTENANCE' : 'OUT_OF_SERVICE',
      from: start,
      to: end,
      reason: isService ? 'Monthly service' : random.pick(BREAKDOWNS),
    });
    if (isService) servicedAt = end;
    at = end + 2 * HOUR;
  }
}

/** The first time from `readyAt` on at which the place is free and stays up for so long. */
export function freeFrom(place: Place, readyAt: number, duration: number): number {
  let start = readyAt;
  for (let index = firstDownAfter(place.downs, start); index < place.downs.length; index += 1) {
    const down = present(place.downs[index], 'A down time');
    if (start + duration <= down.from) return start;
    start = down.to + MINUTE;
  }
  return start;
}

/** How far readings have drifted since the last service, in sigmas. */
export function driftAt(place: Place, at: number): number {
  const last = place.downs[firstDownAfter(place.downs, at) - 1];
  if (last === undefined) return 0;
  return place.drift * Math.min((at - last.to) / (SERVICE_DAYS * DAY), 1);
}

/** The periods that the history makes, without gap, and the columns of the machine that follow from them (EQP-2). */
export function historyOf(
  equipment: EquipmentRow,
  downs: readonly Down[],
  until: number,
  people: readonly { readonly id: string }[],
  random: Random,
): readonly PeriodRow[] {
  const madeAt = Date.parse(equipment.createdAt);
  const moves: { status: EquipmentStatus; at: number; reason: string | null }[] = [
    { status: 'AVAILABLE', at: madeAt, reason: null },
    { status: 'IN_USE', at: madeAt + random.whole(1, 8) * HOUR, reason: 'Released for production' },
  ];
  for (const down of downs) {
    moves.push({ status: down.status, at: down.from, reason: down.reason });
    moves.push({ status: 'AVAILABLE', at: down.to, reason: null });
    moves.push({ status: 'IN_USE', at: down.to + random.whole(1, 30) * 1_000, reason: null });
  }
  return periodsOf(
    equipment,
    moves.filter((move) => move.at < until),
    people,
    random,
  );
}

/** One period for each move; the machine stands where the last one left it. */
export function periodsOf(
  equipment: EquipmentRow,
  moves: readonly { readonly status: EquipmentStatus; readonly at: number; readonly reason: string | null }[],
  people: readonly { readonly id: string }[],
  random: Random,
): readonly PeriodRow[] {
  const periods = moves.map(({ status, at, reason }, index): PeriodRow => {
    const [before, after] = [moves[index - 1], moves[index + 1]];
    assert(
      before === undefined || allowsTransition(EQUIPMENT_FLOW, before.status, status),
      `No equipment goes from ${before?.status} to ${status}.`,
    );
    return {
      id: random.id(at),
      equipmentId: equipment.id,
      status,
      startedAt: instantAt(at),
      endedAt: after === undefined ? null : instantAt(after.at),
      reason,
      changedById: random.pick(people).id,
      createdAt: instantAt(at),
    };
  });
  const last = present(periods.at(-1), 'The first period of equipment');
  equipment.status = last.status;
  equipment.statusChangedAt = last.startedAt;
  equipment.updatedAt = last.startedAt;
  equipment.version = periods.length;
  return periods;
}

/** The dates of maintenance and the hours of operation that the history gives a machine (EQP-3). */
export function countHours(equipment: EquipmentRow, downs: readonly Down[], until: number): void {
  const service = downs.findLast((down) => down.status === 'MAINTENANCE' && down.to < until);
  const madeAt = Date.parse(equipment.createdAt);
  const servicedAt = service?.to ?? madeAt;
  const downTime = downs.reduce((sum, down) => sum + Math.min(down.to, until) - down.from, 0);
  equipment.lastMaintenanceOn = dateAt(servicedAt);
  equipment.nextMaintenanceOn = dateAt(servicedAt + SERVICE_DAYS * DAY);
  equipment.operationHours = (((until - madeAt - downTime) / HOUR) * 0.6).toFixed(2);
}

/** The place of the first down time that ends after `at`. */
function firstDownAfter(downs: readonly Down[], at: number): number {
  let [low, high] = [0, downs.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (present(downs[middle], 'A down time').to > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
