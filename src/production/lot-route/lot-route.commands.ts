import { lockRoute } from '../../catalog/process/process.commands.ts';
import { lockProductModel } from '../../catalog/product-model/product-model.commands.ts';
import { stepsForRelease } from '../../catalog/route/route.commands.ts';
import { keptRoutes, routes } from '../../catalog/route/route.loaders.ts';
import { command } from '../../platform/command/declaration.ts';
import { enforce, isCurrent } from '../../platform/command/rejection.ts';
import { lockRow } from '../../platform/command/row-lock.ts';
import { run } from '../../platform/command/run.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import type { Context } from '../../platform/request/context.ts';
import { LEADS, personsOf } from '../../platform/rules/access.ts';
import type { Rejection } from '../../platform/rules/rejection.ts';
import { present } from '../../platform/values/assert.ts';
import type { Instant } from '../../platform/values/time.ts';
import { lockLot } from '../lot/lot.commands.ts';
import { numberedLots } from '../lot/lot.loaders.ts';
import { giveRoute } from '../lot/route-of-lot.commands.ts';
import { findUnit } from '../lot/unit-number.commands.ts';
import { moveWipItems } from '../wip-item/wip-item.commands.ts';
import { wipItems } from '../wip-item/wip-item.loaders.ts';
import { hasTargetRoute, itemByNewRoute, lotMayChangeRoute, routeMayBeGiven } from './lot-route.rules.ts';
import { ChangeLotRoute } from './lot-route.shapes.ts';

/** What a change of the route of a lot has done, or would do. */
export interface LotRouteChange {
  readonly lot: string;
  readonly route: string;
  readonly itemsReopened: number;
  readonly itemsCompleted: number;
  readonly itemsKept: number;
  readonly serialsKept: number;
}

/** RTE-5: Gives a lot another route of its model. */
export const changeLotRoute = command({
  name: 'changeLotRoute',
  action: 'lot.routeChanged',
  description:
    'Gives a lot another RELEASED or RETIRED route of its model. COMPLETED items that lack a step of it go back to work; items at work that lack nothing are COMPLETED; serials stay as they are (RTE-5).',
  access: personsOf(LEADS),
  input: ChangeLotRoute,
  async run({ tx }, { lot: reference, route: routeId, dryRun, expectedVersion }): Promise<LotRouteChange> {
    enforce(hasTargetRoute(routeId));
    await lockRoute(tx, 'SHARED');
    const found = await findUnit(tx, numberedLots, reference, 'lot');
    await lockProductModel(tx, { key: 'id', value: found.productModelId }, 'SHARE');
    const route = await lockTarget(tx, present(routeId, 'The id of the route'));
    const lot = await lockLot(tx, { key: 'id', value: found.id }, 'NO KEY UPDATE');
    const items = await lockItems(tx, lot.id);
    const { open, serials } = await countsOf(tx, lot.id);
    enforce(isCurrent(lot, expectedVersion, { lot: lot.id }));
    enforce(lotMayChangeRoute(lot, open), routeMayBeGiven(lot, route, await stepsForRelease(tx, route.id)));

    const { steps } = present((await keptRoutes(tx, [route.id])).get(route.id), 'The new route');
    const moves = items.flatMap(({ passed, finished, lastPassAt, ...item }) => {
      const results = { passedStepIds: new Set(passed), finishedStepIds: new Set(finished) };
      const to = itemByNewRoute({ status: item.status, lastPassAt, ...results }, steps);
      return to === undefined ? [] : [{ item, to: { completedAt: null, ...to } }];
    });
    if (!dryRun) {
      await giveRoute(tx, lot.id, route.id);
      moveWipItems(tx, moves);
    }
    const reopened = moves.filter(({ to }) => to.status === 'IN_PROGRESS').length;
    return {
      lot: lot.id,
      route: route.id,
      itemsReopened: reopened,
      itemsCompleted: moves.length - reopened,
      itemsKept: items.length - moves.length,
      serialsKept: serials,
    };
  },
});

/** RTE-5: Answers what the change would do. It changes nothing, so its idempotency key is not kept. */
export function previewLotRoute(
  input: object,
  context: Context,
): Promise<{ readonly output: LotRouteChange | null; readonly errors: readonly Rejection[] }> {
  return run(changeLotRoute, { ...input, idempotencyKey: undefined }, context);
}

/** Keeps the route as it is. Its model, of whichever lot, is not locked: the status of a route that lots have may change. */
async function lockTarget(tx: Tx, id: string): Promise<Row<'Route'> & { readonly modelCode: string }> {
  const route = await lockRow(tx, routes, {
    reference: { key: 'id', value: id },
    lock: 'SHARE',
    path: 'route',
    what: 'Route',
  });
  const [model] = await tx.sql<{
    code: string;
  }>`SELECT code FROM product_models WHERE id = ${route.productModelId}::uuid`;
  return { ...route, modelCode: present(model, 'The model of a route').code };
}

type LockedItem = Row<'WipItem'> & {
  readonly passed: readonly string[];
  readonly finished: readonly string[];
  readonly lastPassAt: Instant | null;
};

/** Locks all items of the lot, then reads what they have finished and passed. */
async function lockItems(tx: Tx, lotId: string): Promise<readonly LockedItem[]> {
  await tx.sql`SELECT id FROM wip_items WHERE lot_id = ${lotId}::uuid ORDER BY id FOR NO KEY UPDATE`;
  return tx.query<LockedItem>(sql`
    SELECT ${wipItems.columns}, work.passed, work.finished, work.last_pass_at AS "lastPassAt"
    FROM wip_items t CROSS JOIN LATERAL (
      SELECT coalesce(array_agg(d.process_id::text) FILTER (WHERE d.result = 'PASS'), '{}') AS passed,
             coalesce(array_agg(d.process_id::text) FILTER (WHERE d.completed_at IS NOT NULL), '{}') AS finished,
             max(d.completed_at) FILTER (WHERE d.result = 'PASS') AS last_pass_at
      FROM process_data d WHERE d.unit_id = t.id) AS work
    WHERE t.lot_id = ${lotId}::uuid ORDER BY t.sequence`);
}

async function countsOf(tx: Tx, lotId: string): Promise<{ readonly open: number; readonly serials: number }> {
  const [counts] = await tx.sql<{ open: number; serials: number }>`
    SELECT (SELECT count(*)::int FROM process_data WHERE lot_id = ${lotId}::uuid AND completed_at IS NULL) AS open,
           (SELECT count(*)::int FROM serials WHERE lot_id = ${lotId}::uuid) AS serials`;
  return present(counts, 'The counts of a lot');
}
