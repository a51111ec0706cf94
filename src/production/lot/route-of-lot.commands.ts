import { routeLockWhere } from '../../catalog/process/process.commands.ts';
import { factoryRoute } from '../../catalog/process/process.loaders.ts';
import type { NamedRoute, Step } from '../../catalog/process/route.rules.ts';
import { keptRoutes } from '../../catalog/route/route.loaders.ts';
import { startAgain } from '../../platform/command/rejection.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { present } from '../../platform/values/assert.ts';

/** The route of a lot that is not locked yet; the id is null for the factory route, which is locked. */
export interface ReadRoute {
  readonly routeId: string | null;
  readonly route: NamedRoute<Step>;
}

/**
 * RTE-4: The route of a lot, before the lot is locked: the factory route is locked before every row. Once the lot is
 * locked, `keepsRoute` checks that it has this route still.
 */
export async function readRouteOf(tx: Tx, lotId: string): Promise<ReadRoute> {
  const [lot] = await tx.sql<{ routeId: string | null }>`
    SELECT route_id AS "routeId", ${routeLockWhere(sql`route_id IS NULL`)} FROM lots WHERE id = ${lotId}::uuid`;
  const { routeId } = present(lot, 'The lot of a unit');
  if (routeId === null) return { routeId, route: await factoryRoute(tx) };
  return { routeId, route: present((await keptRoutes(tx, [routeId])).get(routeId), 'The route of a lot') };
}

/** Starts the transaction again when the lot, which is locked now, has another route than the one that was read. */
export function keepsRoute(lot: { readonly routeId: string | null }, { routeId }: ReadRoute): void {
  if (lot.routeId !== routeId) startAgain();
}

/** RTE-5: Gives a lot another route. The lot is locked for change. */
export async function giveRoute(tx: Tx, lotId: string, routeId: string): Promise<void> {
  await tx.lot.update({ where: { id: lotId }, data: { routeId } });
}
