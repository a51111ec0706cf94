import { characteristicsOf } from '../../catalog/process/characteristic.rules.ts';
import { activeProcessesByLevel } from '../../catalog/process/process.loaders.ts';
import { PROCESS_LEVELS, type ProcessLevel } from '../../catalog/process/route.rules.ts';
import { keptRoutes, type RouteStepInForce, stepsByRoute } from '../../catalog/route/route.loaders.ts';
import { arrayParameter, sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import type { Context } from '../../platform/request/context.ts';
import { loadOne } from '../../platform/read/loader.ts';
import { present } from '../../platform/values/assert.ts';

/** The steps that a lot demands or allows, by its own route or by the factory route, in the order of their numbers. */
export async function stepsOfLot(
  context: Context,
  { routeId }: { readonly routeId: string | null },
  level: ProcessLevel | undefined,
): Promise<readonly RouteStepInForce[]> {
  if (routeId === null) return factorySteps(context, level);
  const [steps, kept] = await Promise.all([stepsByRoute.load(context, routeId), keptRoutes(context.db, [routeId])]);
  const { steps: routed } = present(kept.get(routeId), 'The route of a lot');
  const levels = new Map(routed.map((step) => [step.id, step.level]));
  return steps.filter(({ processId }) => level === undefined || levels.get(processId) === level);
}

/** The number of a process in the present route of a lot, by the id of the lot; for many lots by one statement. */
export const stepNumbersByLot = loadOne<
  string,
  { readonly lotId: string; readonly numbers: ReadonlyMap<string, number> }
>({
  async batch(lotIds, db) {
    const [found] = await db.prepared<{ lots: readonly LotOfRoute[]; factory: readonly NumberedProcess[] }>(sql`
      SELECT (SELECT coalesce(json_agg(json_build_object('lotId', id, 'routeId', route_id)), '[]') FROM lots WHERE id = ANY(${arrayParameter('uuid', lotIds)})) AS lots,
             (SELECT coalesce(json_agg(json_build_object('id', id, 'number', number)), '[]') FROM processes WHERE is_active AND is_in_factory_route) AS factory`);
    const { lots, factory } = present(found, 'The routes of lots');
    const kept = await keptRoutes(
      db,
      lots.flatMap(({ routeId }) => routeId ?? []),
    );
    const numbersOf = (steps: readonly NumberedProcess[]) => new Map(steps.map(({ id, number }) => [id, number]));
    const ofFactory = numbersOf(factory);
    return lots.map(({ lotId, routeId }) => ({
      lotId,
      numbers: routeId === null ? ofFactory : numbersOf(present(kept.get(routeId), 'The route of a lot').steps),
    }));
  },
  keyOf: (row) => row.lotId,
});

interface LotOfRoute {
  readonly lotId: string;
  readonly routeId: string | null;
}

interface NumberedProcess {
  readonly id: string;
  readonly number: number;
}

async function factorySteps(context: Context, level: ProcessLevel | undefined): Promise<readonly RouteStepInForce[]> {
  const rows = await activeProcessesByLevel.loadMany(context, level === undefined ? PROCESS_LEVELS : [level]);
  return rows
    .flat()
    .toSorted((a, b) => a.number - b.number)
    .map(stepOfFactory);
}

function stepOfFactory(process: Row<'Process'>): RouteStepInForce {
  const { id: processId, number, maxAttempts, plannedSeconds, allowOutOfSpecPass } = process;
  return {
    id: null,
    routeId: null,
    processId,
    number,
    isOptional: false,
    maxAttempts,
    plannedSeconds,
    allowOutOfSpecPass,
    characteristics: [...characteristicsOf(process.qualityCriteria).values()],
    equipmentTypes: [],
  };
}
