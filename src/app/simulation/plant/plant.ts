/**
 * The simulated plant before its first lot: its master data as rows, and its shop floor as the simulation of lots uses
 * it.
 */
import { lotSegmentOfLine as lineSegmentOf } from '../../../catalog/production-line/production-line.rules.ts';
import { lotSegmentOfModel as modelSegmentOf } from '../../../catalog/product-model/product-model.rules.ts';
import type { SimulationOptions } from '../options.ts';
import { equip, type Equipped } from './equipment.ts';
import type { Workplace } from './workplace.ts';
import { MODELS } from './product-models.ts';
import { type SimulatedProgram, TESTED_STEP, testProgramOf } from './test-program.ts';
import { peopleOf, type People } from './people.ts';
import { randomOf } from '../random.ts';
import { modelRoutesOf, type ModelRoutes } from './model-routes.ts';
import { processRows, simulatedSteps, type SimulatedStep } from './processes.ts';
import { DAY, instantAt, madeAt, type ProcessRow, type ProductModelRow, type ProductionLineRow } from '../rows.ts';

/** The plant before its first lot. */
export interface Plant {
  readonly models: readonly ProductModelRow[];
  /** The lines on which lots are produced. */
  readonly lines: readonly ProductionLineRow[];
  readonly idleLines: readonly ProductionLineRow[];
  readonly processes: readonly ProcessRow[];
  /** The routes of the models. */
  readonly routes: ModelRoutes;
  readonly people: People;
  readonly equipped: Equipped;
  /** Undefined where the plant has no step with a test program. */
  readonly testProgram: SimulatedProgram | undefined;
  /** The workplaces of a step on a line. */
  workplacesOf(line: ProductionLineRow, step: SimulatedStep): readonly Workplace[];
}

const LINES = [
  { code: 'KR01', name: 'Line 1', localName: '1라인', location: 'Hall A' },
  { code: 'KR02', name: 'Line 2', localName: '2라인', location: 'Hall A' },
  { code: 'KR03', name: 'Line 3', localName: '3라인', location: 'Hall B' },
  { code: 'KR04', name: 'Line 4', localName: '4라인', location: 'Hall B' },
  { code: 'PILOT', name: 'Pilot line', localName: '시험 라인', location: 'Laboratory' },
] as const;
/** The number of lines that produce; the last line is idle. */
export const RUNNING_LINES = LINES.length - 1;

/** Master data are older than the first lot, so that machines have a history. */
const FOUNDED_DAYS_BEFORE = 75;
const EQUIPPED_DAYS_BEFORE = 65;

/** The times by which a plant is created. */
export interface PlantTimes {
  readonly firstLotAt: number;
  /** When the second revision of the route of one model is released. */
  readonly routeChangedAt: number;
}

/** Creates the plant. */
export function plantOf(options: SimulationOptions, { firstLotAt, routeChangedAt }: PlantTimes): Plant {
  const random = randomOf(options.seed, 'plant');
  const until = Date.parse(options.until);
  const foundedAt = firstLotAt - FOUNDED_DAYS_BEFORE * DAY;
  const lines = LINES.map((line, index) => lineRow(line, index, foundedAt));
  const running = lines.slice(0, RUNNING_LINES);
  const people = peopleOf({ lines: RUNNING_LINES, at: foundedAt, until, passwordHash: options.passwordHash, random });
  const processes = processRows(options.steps, foundedAt, random);
  const steps = simulatedSteps(processes);
  const equipped = equip({
    seed: options.seed,
    lines: running,
    steps,
    people,
    from: firstLotAt - EQUIPPED_DAYS_BEFORE * DAY,
    until,
  });
  const models = MODELS.map((model) => modelRow(model, options.serialsPerLot, foundedAt));
  return {
    models,
    lines: running,
    idleLines: lines.slice(RUNNING_LINES),
    processes,
    routes: modelRoutesOf({ seed: options.seed, models, steps, people, foundedAt, changedAt: routeChangedAt, until }),
    people,
    equipped,
    testProgram: programOf(),
    workplacesOf: (line, step) => equipped.workplaces.get(`${line.code}/${step.code}`) ?? [],
  };

  function programOf(): SimulatedProgram | undefined {
    const step = steps.find(({ code }) => code === TESTED_STEP);
    if (step === undefined) return undefined;
    const stations = running.flatMap((line) => {
      const id = equipped.workplaces.get(`${line.code}/${step.code}`)?.[0]?.stationId;
      return equipped.stations.filter((station) => station.id === id);
    });
    const from = firstLotAt - FOUNDED_DAYS_BEFORE * DAY + DAY;
    return testProgramOf({ seed: options.seed, processId: step.id, stations, people, from, firstLotAt, until });
  }

  function lineRow(line: (typeof LINES)[number], index: number, at: number): ProductionLineRow {
    return {
      id: random.id(at),
      lotSegment: lineSegmentOf(line.code),
      description: null,
      cycleTimeSeconds: 120,
      sortOrder: index + 1,
      config: { shifts: 3 },
      isActive: index < RUNNING_LINES,
      ...line,
      ...madeAt(instantAt(at)),
    };
  }

  function modelRow(model: (typeof MODELS)[number], lotQuantity: number | undefined, at: number): ProductModelRow {
    return {
      id: random.id(at),
      lotSegment: modelSegmentOf(model.code),
      revision: 1,
      tolerances: { supplyVoltage: '5 %' },
      ...model,
      maxLotQuantity: Math.max(model.maxLotQuantity, lotQuantity ?? 0),
      ...madeAt(instantAt(at)),
    };
  }
}
