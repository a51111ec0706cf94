/**
 * The equipment of the plant: the machines of each step on each line, with their stations and histories, and a few idle
 * ones.
 */
import type { EquipmentStatus } from '../../../catalog/equipment/equipment.rules.ts';
import { PORT } from '../../../catalog/station/station.rules.ts';
import { countHours, downTimesOf, historyOf, periodsOf, type Workplace } from './workplace.ts';
import type { People } from './people.ts';
import { randomOf, type Random } from '../random.ts';
import type { SimulatedStep } from './processes.ts';
import {
  DAY,
  HOUR,
  SECOND,
  instantAt,
  madeAt,
  type EquipmentRow,
  type PeriodRow,
  type ProductionLineRow,
  type StationRow,
} from '../rows.ts';

/** The equipment of the plant with its histories, stations and workplaces. */
export interface Equipped {
  readonly equipment: readonly EquipmentRow[];
  readonly periods: readonly PeriodRow[];
  readonly stations: readonly StationRow[];
  /** The workplaces by line and step, such as `KR01/AOI`. */
  readonly workplaces: ReadonlyMap<string, readonly Workplace[]>;
}

interface Site {
  readonly seed: string;
  readonly lines: readonly ProductionLineRow[];
  readonly steps: readonly SimulatedStep[];
  readonly people: People;
  readonly from: number;
  readonly until: number;
}

const MAX_DRIFT = 1.2;

/** Creates the equipment of the plant. */
export function equip(site: Site): Equipped {
  const equipment: EquipmentRow[] = [];
  const periods: PeriodRow[] = [];
  const stations: StationRow[] = [];
  const workplaces = new Map<string, readonly Workplace[]>();
  for (const line of site.lines) {
    for (const step of site.steps) {
      const random = randomOf(site.seed, 'machines', line.code, step.code);
      const station = step.content.machine === null ? null : stationRow(line, step, site, random);
      if (station !== null) stations.push(station);
      const stepWorkplaces = Array.from({ length: step.content.workplaces }, (_, index): Workplace => {
        const bench: Workplace = { equipmentId: null, stationId: null, downTimes: [], drift: 0, freeAt: site.from };
        if (station === null) return bench;
        const code = `${line.code}-${step.code}-${index + 1}`;
        const machine = equipmentRow({ code, step, location: { line, station }, site, random });
        const downTimes = downTimesOf(site.from, site.until, random);
        const people = [...site.people.engineers, ...site.people.managers];
        periods.push(...historyOf({ equipment: machine, downTimes, until: site.until, people, random }));
        countHours(machine, downTimes, site.until);
        equipment.push(machine);
        return {
          ...bench,
          equipmentId: machine.id,
          stationId: station.id,
          downTimes,
          drift: random.between(-MAX_DRIFT, MAX_DRIFT),
        };
      });
      workplaces.set(`${line.code}/${step.code}`, stepWorkplaces);
    }
  }
  for (const spare of idleMachines(site)) {
    equipment.push(spare.machine);
    periods.push(...spare.periods);
  }
  return { equipment, periods, stations, workplaces };
}

/** Creates the machines without work: a spare, one in service, one out of service and one retired. */
function idleMachines(
  site: Site,
): readonly { readonly machine: EquipmentRow; readonly periods: readonly PeriodRow[] }[] {
  const steps = site.steps.filter((step) => step.content.machine !== null);
  return IDLE.flatMap(({ status, reason, hours }, index) => {
    const step = steps[index % steps.length];
    if (step === undefined) return [];
    const random = randomOf(site.seed, 'idle machines', index);
    const machine = equipmentRow({ code: `SPARE-${step.code}-${index + 1}`, step, location: undefined, site, random });
    const changes: { status: EquipmentStatus; at: number; reason: string | null }[] = [
      { status: 'AVAILABLE', at: site.from, reason: null },
    ];
    if (status !== 'AVAILABLE') changes.push({ status, at: site.until - hours * HOUR, reason });
    const periods = periodsOf(machine, changes, site.people.engineers, random);
    countHours(machine, [], site.until);
    Object.assign(machine, { operationHours: '0.00', isActive: status !== 'RETIRED' });
    return [{ machine, periods }];
  });
}

const IDLE = [
  { status: 'AVAILABLE', reason: null, hours: 0 },
  { status: 'MAINTENANCE', reason: 'Overhaul', hours: 30 },
  { status: 'OUT_OF_SERVICE', reason: 'Waiting for a spare part', hours: 75 },
  { status: 'RETIRED', reason: 'Replaced by a newer machine', hours: 200 },
] as const;

interface EquipmentInput {
  readonly code: string;
  readonly step: SimulatedStep;
  /** Undefined for a machine without work. */
  readonly location: { readonly line: ProductionLineRow; readonly station: StationRow } | undefined;
  readonly site: Site;
  readonly random: Random;
}

function equipmentRow({ code, step, location, site: { from }, random }: EquipmentInput): EquipmentRow {
  const { machine } = step.content;
  return {
    id: random.id(from),
    code,
    name: `${machine?.name ?? step.content.name} ${code.slice(0, code.indexOf('-'))}`,
    type: machine?.type ?? step.code,
    description: null,
    manufacturer: machine?.manufacturer ?? null,
    modelNumber: machine?.modelNumber ?? null,
    serialNumber: `${machine?.modelNumber ?? step.code}-${random.whole(10_000, 99_999)}`,
    processId: step.id,
    productionLineId: location?.line.id ?? null,
    stationId: location?.station.id ?? null,
    status: 'AVAILABLE',
    statusChangedAt: instantAt(from),
    isActive: true,
    lastMaintenanceOn: null,
    nextMaintenanceOn: null,
    operationHours: '0.00',
    specifications: { plannedSeconds: step.content.seconds },
    maintenanceSchedule: { everyDays: 30 },
    ...madeAt(instantAt(from)),
  };
}

function stationRow(line: ProductionLineRow, step: SimulatedStep, { from, until }: Site, random: Random): StationRow {
  const isSilent = random.chance(0.06);
  const isDegraded = !isSilent && random.chance(0.08);
  return {
    id: random.id(from),
    code: `ST-${line.code}-${step.code}`,
    name: `${step.content.name}, ${line.name}`,
    description: null,
    host: `${step.code.toLowerCase().replaceAll('_', '-')}.${line.code.toLowerCase()}.plant.example`,
    port: PORT.default,
    productionLineId: line.id,
    reportedStatus: isDegraded ? 'DEGRADED' : 'ONLINE',
    softwareVersion: random.pick(['2.4.0', '2.4.1', '2.5.0']),
    health: isDegraded ? { status: 'degraded', disk: '93 %' } : { status: 'ok' },
    lastSeenAt: instantAt(until - (isSilent ? random.whole(2, 40) * DAY : random.whole(1, 20) * SECOND)),
    isActive: true,
    ...madeAt(instantAt(from)),
  };
}
