/**
 * What is built into the items of the plant: a placer takes controllers from the reels of suppliers, and each field
 * gateway gets a pressure sensor of the plant's own. Now and then a sensor is removed and another one takes its place.
 */
import { PLACER_STEP } from '../steps/wip-steps.ts';
import { randomOf, type Random } from '../random.ts';
import {
  type ComponentUseRow,
  type ExecutionRow,
  instantAt,
  type LotRow,
  madeAt,
  MINUTE,
  type ProcessRow,
} from '../rows.ts';
import type { LotStory } from './story.ts';

/** The model that is built into another one, and that one. */
const SENSOR = 'PSA-100';
const GATEWAY = 'GWY-300';
/** The items for which a reel of controllers lasts. */
const ITEMS_PER_REEL = 300;
/** The most sensors that wait to be built in; further ones are sold. */
const WAITING_SENSORS = 500;
/** One sensor is removed again, and at least so many stay before the next one. */
const SENSORS_PER_REMOVAL = 25;

/** Finds what was built into the items of each lot. The lots come in the order in which they are simulated. */
export interface BuiltIn {
  of(story: LotStory): readonly ComponentUseRow[];
}

/** What the uses of a plant depend on. */
export interface AssemblySite {
  readonly seed: string;
  readonly until: number;
  readonly processes: readonly ProcessRow[];
}

interface Sensor {
  readonly id: string;
  readonly passedAt: string;
  readonly lot: LotRow;
}

/** Creates the uses of a plant without any. */
export function builtInOf({ seed, until, processes }: AssemblySite): BuiltIn {
  const placer = processes.find(({ code }) => code === PLACER_STEP)?.id;
  const sensors: Sensor[] = [];
  const placed = new Map<string, number>();
  let untilRemoval = 0;

  /** Takes the first sensor that was good by then, from a lot that was not held (CMP-2, CMP-6). */
  const takeSensor = (at: string): Sensor | undefined => {
    const place = sensors.findIndex(({ passedAt, lot }) => passedAt < at && wasGood(lot, at));
    return place === -1 ? undefined : sensors.splice(place, 1)[0];
  };
  const sensorsOf = ({ wipItems }: LotStory, execution: ExecutionRow, random: Random): readonly ComponentUseRow[] => {
    const at = execution.completedAt ?? '';
    const sensor = takeSensor(at);
    if (sensor === undefined) return [];
    const first = useOf(execution, random, { componentSerialId: sensor.id, role: 'SENSOR', position: 'J1' });
    untilRemoval -= 1;
    const [removedAt, again] = [2, 4].map((minutes) => instantAt(Date.parse(at) + minutes * MINUTE));
    const item = wipItems.find(({ id }) => id === execution.wipItemId);
    const isOpen = (item?.convertedAt ?? instantAt(until)) > (again ?? '') && (again ?? '') < instantAt(until);
    if (untilRemoval > 0 || !isOpen || removedAt === undefined || again === undefined) return [first];
    untilRemoval = SENSORS_PER_REMOVAL;
    const removed = { removedAt, removedById: execution.operatorId, removalReason: 'The sensor drifts at power-up.' };
    const other = takeSensor(again);
    return [
      { ...first, ...removed, updatedAt: removedAt, version: 2 },
      ...(other === undefined
        ? []
        : [useOf(execution, random, { componentSerialId: other.id, role: 'SENSOR', position: 'J1', at: again })]),
    ];
  };

  return {
    of(story) {
      const { plan, lot, serials, executions } = story;
      const random = randomOf(seed, 'built in', plan.index);
      const placings = executions.filter(
        ({ processId, wipItemId, result }) => processId === placer && wipItemId !== null && result === 'PASS',
      );
      const uses = placings.flatMap((execution) => {
        const count = placed.get(plan.productionLine.id) ?? 0;
        placed.set(plan.productionLine.id, count + 1);
        const reel = `ARKTIS-${plan.productionLine.code}-${1000 + Math.floor(count / ITEMS_PER_REEL)}`;
        const controller = useOf(execution, random, { externalLotNumber: reel, role: 'CONTROLLER', position: 'U1' });
        return plan.model.code === GATEWAY ? [controller, ...sensorsOf(story, execution, random)] : [controller];
      });
      if (plan.model.code === SENSOR)
        for (const { id, status, completedAt } of serials)
          if (status === 'PASSED' && completedAt !== null && sensors.length < WAITING_SENSORS)
            sensors.push({ id, passedAt: completedAt, lot });
      return uses;
    },
  };
}

/** Whether a lot was not held at an instant, as far as its last decision says. */
function wasGood({ disposition, dispositionAt }: LotRow, at: string): boolean {
  if (disposition === 'UNDECIDED' || dispositionAt === null) return true;
  return disposition === 'RELEASED' ? dispositionAt <= at : disposition === 'QUARANTINED' && dispositionAt > at;
}

interface Built {
  readonly componentSerialId?: string;
  readonly externalLotNumber?: string;
  readonly role: string;
  readonly position: string;
  readonly at?: string;
}

function useOf(execution: ExecutionRow, random: Random, { at, ...built }: Built): ComponentUseRow {
  const installedAt = at ?? execution.completedAt ?? execution.startedAt;
  return {
    id: random.id(Date.parse(installedAt)),
    consumerLotId: null,
    consumerWipItemId: execution.wipItemId,
    consumerSerialId: null,
    componentLotId: null,
    componentSerialId: null,
    externalLotNumber: null,
    quantity: '1',
    unit: '1',
    processDataId: execution.id,
    installedAt,
    installedById: execution.operatorId,
    stationId: null,
    removedAt: null,
    removedById: null,
    removalStationId: null,
    removalReason: null,
    ...built,
    ...madeAt(installedAt),
  };
}
