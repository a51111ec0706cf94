/** Queries of the model on its world: units by their numbers, steps by their codes, and passed steps. */
import { findUnit, type Plant, type Run, type Serial, type Step, type Unit, type World } from './floor-world.ts';

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

export function stepOf({ plant }: Floor, code: string): Step {
  const step = plant.steps.find((each) => each.code === code);
  if (step === undefined) throw new Error(`The plant has no step ${code}.`);
  return step;
}

export function isInRoute({ plant }: Floor, step: Step): boolean {
  return plant.route.includes(step.code);
}

function routeOf(floor: Floor, level: Step['level']): readonly Step[] {
  return floor.plant.steps
    .filter((step) => isInRoute(floor, step) && step.level === level)
    .toSorted((a, b) => a.number - b.number);
}

export function manufacturingSteps(floor: Floor): readonly Step[] {
  return routeOf(floor, 'ITEM').filter(({ converts }) => !converts);
}

/** PD-8 */
export function before(floor: Floor, step: Step): readonly Step[] {
  if (step.converts) return manufacturingSteps(floor);
  return routeOf(floor, step.level)
    .filter(({ number }) => number < step.number)
    .slice(-1);
}

export function runsOf(runs: readonly Run[], step: Step): readonly Run[] {
  return runs.filter((run) => run.step === step.code);
}

export function hasPass(runs: readonly Run[], step: Step): boolean {
  return runsOf(runs, step).some(({ result }) => result === 'PASS');
}

export function hasOpen({ runs }: Serial): boolean {
  return runs.some(({ result }) => result === null);
}

export function hasPassedAll(floor: Floor, { runs }: Serial): boolean {
  return routeOf(floor, 'SERIAL').every((step) => hasPass(runs, step));
}

export function first(...checks: readonly Check[]): string | undefined {
  const refused = checks.find(([isRefused]) => isRefused);
  return refused && `RULE_VIOLATED ${refused[1]}`;
}
