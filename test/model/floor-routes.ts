/** The model's routes: drafts, their release and retirement, and lots that get another route. */
import { first, hasOpen, type Floor, manufacturingSteps, hasPass } from './floor-queries.ts';
import type { Lot, Route, Step } from './floor-world.ts';

/** A step of a route as an input gives it. `maxAttempts` is that of the process unless given. */
export interface GivenStep {
  readonly number: number;
  readonly code: string;
  readonly isOptional: boolean;
  readonly needsOven: boolean;
  readonly maxAttempts?: number | undefined;
}

export type RouteCommand =
  | { readonly do: 'createRoute'; readonly steps: readonly GivenStep[] }
  | { readonly do: 'updateRoute'; readonly revision: number; readonly steps: readonly GivenStep[] }
  | { readonly do: 'deleteRoute' | 'releaseRoute' | 'retireRoute'; readonly revision: number };

type RouteAction = (floor: Floor, command: Extract<RouteCommand, object> & Partial<GivenRoute>) => string;
interface GivenRoute {
  readonly revision: number;
  readonly steps: readonly GivenStep[];
}

export const ROUTE_ACTIONS: Readonly<Record<RouteCommand['do'], RouteAction>> = {
  createRoute(floor, { steps = [] }) {
    const { world } = floor;
    const refused = first([world.routes.some(({ status }) => status === 'DRAFT'), 'RTE-2 productModel']);
    if (refused !== undefined) return refused;
    world.routesMade += 1;
    world.routes.push({ revision: world.routesMade, status: 'DRAFT', steps: stepsOf(floor, steps) });
    return `ok ${world.routesMade}`;
  },
  updateRoute: (floor, { revision, steps = [] }) =>
    ofRoute(floor, revision, (route) => {
      const refused = first([route.status !== 'DRAFT', 'RTE-2 id']);
      if (refused === undefined) route.steps = stepsOf(floor, steps);
      return refused ?? 'ok';
    }),
  deleteRoute: (floor, { revision }) =>
    ofRoute(floor, revision, (route) => {
      const { routes } = floor.world;
      const refused = first([route.status !== 'DRAFT', 'RTE-2 id']);
      if (refused === undefined) routes.splice(routes.indexOf(route), 1);
      return refused ?? 'ok';
    }),
  releaseRoute: (floor, { revision }) =>
    ofRoute(floor, revision, (route) => {
      const refused = first([route.status === 'RELEASED', 'RTE-3 id'], [!isReleasable(route.steps), 'RTE-1 id']);
      if (refused !== undefined) return refused;
      const former = floor.world.routes.find(({ status }) => status === 'RELEASED');
      if (former !== undefined) former.status = 'RETIRED';
      route.status = 'RELEASED';
      return former === undefined ? 'ok' : `ok ${former.revision}`;
    }),
  retireRoute: (floor, { revision }) =>
    ofRoute(floor, revision, (route) => {
      const refused = first([route.status !== 'RELEASED', 'RTE-3 id']);
      if (refused === undefined) route.status = 'RETIRED';
      return refused ?? 'ok';
    }),
};

/** RTE-5 */
export function giveRoute(
  floor: Floor,
  lot: Lot,
  { revision, dryRun }: { readonly revision: number; readonly dryRun: boolean },
): string {
  const route = floor.world.routes.find((each) => each.revision === revision);
  if (route === undefined) return 'NOT_FOUND route';
  const serials = lot.items.flatMap(({ serial }) => serial ?? []);
  const refused = first(
    [lot.status === 'CLOSED', 'RTE-5 lot'],
    [[lot, ...lot.items, ...serials].some(hasOpen), 'RTE-5 lot'],
    [lot.route === revision || route.status === 'DRAFT', 'RTE-5 route'],
  );
  if (refused !== undefined) return refused;
  const moved = { ...lot, route: revision };
  const isDone = ({ runs }: Lot['items'][number]): boolean =>
    manufacturingSteps(floor, { lot: moved, runs }).every((step) => hasPass(runs, step));
  const hasAnyPass = ({ runs }: Lot['items'][number]): boolean => runs.some(({ result }) => result === 'PASS');
  const reopened = lot.items.filter((item) => item.status === 'COMPLETED' && !isDone(item));
  const completed = lot.items.filter((item) => item.status === 'IN_PROGRESS' && isDone(item) && hasAnyPass(item));
  if (!dryRun) {
    lot.route = revision;
    for (const item of reopened) item.status = 'IN_PROGRESS';
    for (const item of completed) Object.assign(item, { status: 'COMPLETED', wasCompleted: true });
  }
  const kept = lot.items.length - reopened.length - completed.length;
  return `ok ${[reopened.length, completed.length, kept, serials.length].join(' ')}`;
}

/** RTE-1, for steps that are all active. */
export function isReleasable(steps: readonly Step[]): boolean {
  const items = steps.filter(({ level }) => level === 'ITEM');
  const serials = steps.filter(({ level }) => level === 'SERIAL');
  const conversions = steps.filter(({ converts }) => converts);
  const isMandatory = ({ isOptional }: Step): boolean => isOptional !== true;
  const lastOf = (some: readonly Step[]): number => Math.max(0, ...some.map(({ number }) => number));
  const lastOptional = lastOf(serials.filter((step) => !isMandatory(step)));
  const lastMandatory = lastOf(serials.filter(isMandatory));
  return (
    conversions.length <= 1 &&
    conversions.every((step) => isMandatory(step) && step.number === lastOf(items)) &&
    (items.length === 0 || items.some((step) => isMandatory(step) && !step.converts)) &&
    (serials.length === 0 || conversions.length === 1) &&
    (lastMandatory === 0 || lastOptional < lastMandatory)
  );
}

function ofRoute({ world }: Floor, revision: number | undefined, action: (route: Route) => string): string {
  const route = world.routes.find((each) => each.revision === revision);
  return route === undefined ? 'NOT_FOUND id' : action(route);
}

/** RTE-7: what the route does not say is as the process has it. */
function stepsOf({ plant }: Floor, given: readonly GivenStep[]): readonly Step[] {
  return given
    .map(({ code, maxAttempts, ...values }) => {
      const process = plant.steps.find((step) => step.code === code);
      if (process === undefined) throw new Error(`The plant has no step ${code}.`);
      return { ...process, ...values, maxAttempts: maxAttempts ?? process.maxAttempts };
    })
    .toSorted((a, b) => a.number - b.number);
}
