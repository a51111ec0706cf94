/** The workplaces of a step: machines, with their histories of service and breakdowns, and benches for manual work. */
import { EQUIPMENT_FLOW, type EquipmentStatus } from '../../../catalog/equipment/equipment.rules.ts';
import { assert, present } from '../../../platform/values/assert.ts';
import { allowsTransition } from '../../../platform/rules/state-machine.ts';
import type { Random } from '../random.ts';
import { DAY, HOUR, MINUTE, dateAt, instantAt, type EquipmentRow, type PeriodRow } from '../rows.ts';

/** A machine or a bench at which a step is executed. */
export interface Workplace {
  readonly equipmentId: string | null;
  readonly stationId: string | null;
  /** The times at which it takes no work, in order. */
  readonly downTimes: readonly DownTime[];
  /** How far readings drift between two services, in sigmas. */
  readonly drift: number;
  /** When its current work ends. */
  freeAt: number;
}

/** A service or a breakdown of a machine. */
export interface DownTime {
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

/**
 * Creates the down times of a machine: a monthly service and random breakdowns. The latest service of some is overdue.
 */
export function downTimesOf(from: number, until: number, random: Random): readonly DownTime[] {
  const isLate = random.chance(0.12);
  const downTimes: DownTime[] = [];
  let servicedAt = from - random.between(0, SERVICE_DAYS) * DAY;
  let at = from + DAY;
  for (;;) {
    const serviceAt = Math.max(servicedAt + SERVICE_DAYS * DAY, at);
    const breakdownAt = Math.round(at + random.waiting(BREAKDOWN_DAYS * DAY));
    const isService = serviceAt <= breakdownAt;
    const start = Math.round(isService ? serviceAt : breakdownAt);
    if (start >= until || (isService && isLate && start > until - LATE_SERVICE_DAYS * DAY)) return downTimes;
    const end = Math.round(start + (isService ? random.between(2, 5) : random.between(0.3, 5)) * HOUR);
    downTimes.push({
      status: isService ? 'MAINTENANCE' : 'OUT_OF_SERVICE',
      from: start,
      to: end,
      reason: isService ? 'Monthly service' : random.pick(BREAKDOWNS),
    });
    if (isService) servicedAt = end;
    at = end + 2 * HOUR;
  }
}

/** Returns the first time from `readyAt` on at which the workplace is up for the whole duration. */
export function freeFrom(workplace: Workplace, readyAt: number, duration: number): number {
  let start = readyAt;
  for (let index = firstDownAfter(workplace.downTimes, start); index < workplace.downTimes.length; index += 1) {
    const downTime = present(workplace.downTimes[index], 'A down time');
    if (start + duration <= downTime.from) return start;
    start = downTime.to + MINUTE;
  }
  return start;
}

/** Returns how far readings have drifted since the last service, in sigmas. */
export function driftAt(workplace: Workplace, at: number): number {
  const last = workplace.downTimes[firstDownAfter(workplace.downTimes, at) - 1];
  if (last === undefined) return 0;
  return workplace.drift * Math.min((at - last.to) / (SERVICE_DAYS * DAY), 1);
}

/** The machine, its down times, and the people who changed its status. */
export interface MachineHistory {
  readonly equipment: EquipmentRow;
  readonly downTimes: readonly DownTime[];
  readonly until: number;
  readonly people: readonly { readonly id: string }[];
  readonly random: Random;
}

/** Creates the status periods of a machine, without a gap, and sets the columns that follow from them (EQP-2). */
export function historyOf({ equipment, downTimes, until, people, random }: MachineHistory): readonly PeriodRow[] {
  const madeAt = Date.parse(equipment.createdAt);
  const changes: { status: EquipmentStatus; at: number; reason: string | null }[] = [
    { status: 'AVAILABLE', at: madeAt, reason: null },
    { status: 'IN_USE', at: madeAt + random.whole(1, 8) * HOUR, reason: 'Released for production' },
  ];
  for (const downTime of downTimes) {
    changes.push({ status: downTime.status, at: downTime.from, reason: downTime.reason });
    changes.push({ status: 'AVAILABLE', at: downTime.to, reason: null });
    changes.push({ status: 'IN_USE', at: downTime.to + random.whole(1, 30) * 1_000, reason: null });
  }
  return periodsOf(
    equipment,
    changes.filter((change) => change.at < until),
    people,
    random,
  );
}

/** Creates one period for each change of status. The machine keeps the status of the last one. */
export function periodsOf(
  equipment: EquipmentRow,
  changes: readonly { readonly status: EquipmentStatus; readonly at: number; readonly reason: string | null }[],
  people: readonly { readonly id: string }[],
  random: Random,
): readonly PeriodRow[] {
  const periods = changes.map(({ status, at, reason }, index): PeriodRow => {
    const [before, after] = [changes[index - 1], changes[index + 1]];
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

/** Sets the maintenance dates and the operating hours that follow from the history of a machine (EQP-3). */
export function countHours(equipment: EquipmentRow, downTimes: readonly DownTime[], until: number): void {
  const service = downTimes.findLast((downTime) => downTime.status === 'MAINTENANCE' && downTime.to < until);
  const madeAt = Date.parse(equipment.createdAt);
  const servicedAt = service?.to ?? madeAt;
  const downTime = downTimes.reduce((sum, downTime) => sum + Math.min(downTime.to, until) - downTime.from, 0);
  equipment.lastMaintenanceOn = dateAt(servicedAt);
  equipment.nextMaintenanceOn = dateAt(servicedAt + SERVICE_DAYS * DAY);
  equipment.operationHours = (((until - madeAt - downTime) / HOUR) * 0.6).toFixed(2);
}

/** Returns the index of the first down time that ends after `at`. */
function firstDownAfter(downTimes: readonly DownTime[], at: number): number {
  let [low, high] = [0, downTimes.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (present(downTimes[middle], 'A down time').to > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
