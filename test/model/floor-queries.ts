/** Queries of the model on its world: units by their numbers, steps by their codes, and passed steps. */
import {
  findUnit,
  type Lot,
  type Plant,
  type Run,
  type Serial,
  type Step,
  type Unit,
  type World,
} from './floor-world.ts';

export interface Floor {
  readonly plant: Plant;
  readonly world: World;
}

/** A condition that refuses a command, with the rule and the path of the refusal. */
export type Check = readonly [isRefused: boolean, ruleAndPath: string];

export function withUnit({ world }: Floor, number: string, path: string, action: (unit: Unit) => string): string {
  const unit = findUnit(world, (each) => each.number === number);
  return unit === undefined ? `NOT_FOUND ${path}` : action(unit);
}

/** The step as the route of the lot has it; as the plant has it, where it is not part of the route (RTE-7). */
export function stepOf(floor: Floor, lot: Lot, code: string): Step {
  const step = [...wayOf(floor, lot), ...floor.plant.steps].find((each) => each.code === code);
  if (step === undefined) throw new Error(`The plant has no step ${code}.`);
  return step;
}

/** RTE-4: the steps by which a lot is made, in the order of their numbers. */
export function wayOf({ plant, world }: Floor, { route }: Lot): readonly Step[] {
  const steps =
    route === null
      ? plant.steps.filter(({ code }) => plant.route.includes(code))
      : (world.routes.find(({ revision }) => revision === route)?.steps ?? []);
  return steps.toSorted((a, b) => a.number - b.number);
}

export function isInRoute(floor: Floor, lot: Lot, step: Step): boolean {
  return wayOf(floor, lot).some(({ code }) => code === step.code);
}

/** PD-17: a step that is part of no route of the model is active, unless the plant says nothing of it. */
export function isActiveStep(floor: Floor, lot: Lot, step: Step): boolean {
  return lot.route !== null || isInRoute(floor, lot, step) || (floor.plant.outside ?? []).includes(step.code);
}

/** The steps of a level that a unit must pass: the mandatory ones, and optional ones that it failed (RTE-6). */
export function demanded(
  floor: Floor,
  { lot, runs }: Pick<Unit, 'lot' | 'runs'>,
  level: Step['level'],
): readonly Step[] {
  const isFailed = (step: Step): boolean =>
    runsOf(runs, step).some(({ result }) => result !== null) && !hasPass(runs, step);
  return wayOf(floor, lot).filter((step) => step.level === level && (step.isOptional !== true || isFailed(step)));
}

export function manufacturingSteps(floor: Floor, unit: Pick<Unit, 'lot' | 'runs'>): readonly Step[] {
  return demanded(floor, unit, 'ITEM').filter(({ converts }) => !converts);
}

/** Whether an item has passed all that makes it; there must be something. */
export function isMade(floor: Floor, unit: Pick<Unit, 'lot' | 'runs'>): boolean {
  const steps = manufacturingSteps(floor, unit);
  return steps.length > 0 && steps.every((step) => hasPass(unit.runs, step));
}

/** PD-8 */
export function before(floor: Floor, unit: Pick<Unit, 'lot' | 'runs'>, step: Step): readonly Step[] {
  if (step.converts) return manufacturingSteps(floor, unit);
  return demanded(floor, unit, step.level)
    .filter(({ number }) => number < step.number)
    .slice(-1);
}

/** The first step of the route that is open on a unit. */
export function openStep(floor: Floor, { lot, runs }: Pick<Unit, 'lot' | 'runs'>): string | null {
  return wayOf(floor, lot).find((step) => runsOf(runs, step).some(({ result }) => result === null))?.code ?? null;
}

export function runsOf(runs: readonly Run[], step: Step): readonly Run[] {
  return runs.filter((run) => run.step === step.code);
}

export function hasPass(runs: readonly Run[], step: Step): boolean {
  return runsOf(runs, step).some(({ result }) => result === 'PASS');
}

export function hasOpen({ runs }: Pick<Serial, 'runs'>): boolean {
  return runs.some(({ result }) => result === null);
}

export function hasPassedAll(floor: Floor, lot: Lot, { runs }: Serial): boolean {
  return demanded(floor, { lot, runs }, 'SERIAL').every((step) => hasPass(runs, step));
}

export function first(...checks: readonly Check[]): string | undefined {
  const refused = checks.find(([isRefused]) => isRefused);
  return refused && `RULE_VIOLATED ${refused[1]}`;
}
