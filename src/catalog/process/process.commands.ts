import { v7 as uuid7 } from 'uuid';
import { givenOnce, type GivenCharacteristic } from './characteristic.rules.ts';
import { processes, routesDependingOn, storedSteps } from './process.loaders.ts';
import {
  autoPrintFits,
  codeIsFree,
  conversionFits,
  conversionMayLeave,
  isProcessUnused,
  levelMayBecome,
  manufacturingRemains,
  numberIsFree,
  numberMayBecome,
  routesKeepProcess,
} from './process.rules.ts';
import { CreateProcess, DeleteProcess, UpdateProcess, withCharacteristics } from './process.shapes.ts';
import { command } from '../../platform/command/declaration.ts';
import { enforce, isCurrent } from '../../platform/command/rejection.ts';
import { definedFields, type Lock, lockRow } from '../../platform/command/row-lock.ts';
import type { JsonObject } from '../../platform/input/json-schemas.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { sql, type Sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { ENG } from '../../platform/rules/access.ts';

/** PRC-1, PRC-3, LBL-2: Creates a step. An active step of the factory route is part of it at once. */
export const createProcess = command({
  name: 'createProcess',
  action: 'process.created',
  description:
    'Creates a step. When it is active and belongs to the factory route, it is part of the factory route at once.',
  access: ENG,
  input: CreateProcess,
  async run({ tx }, { characteristics, ...given }) {
    const fields = { ...given, qualityCriteria: criteriaOf(given.qualityCriteria, {}, characteristics) ?? {} };
    await lockRoute(tx, 'EXCLUSIVE');
    const steps = await storedSteps(tx);
    enforce(
      numberIsFree(fields, steps),
      codeIsFree(fields.code, steps),
      conversionFits(fields, steps),
      autoPrintFits(fields),
    );
    const sortOrder = fields.sortOrder ?? fields.number;
    const { id } = await tx.process.create({ data: { ...definedFields(fields), sortOrder, id: uuid7() } });
    return { process: id };
  },
});

/** PRC-1 to PRC-5, LBL-2, RTE-9: Changes a step, except its code. */
export const updateProcess = command({
  name: 'updateProcess',
  action: 'process.updated',
  description: 'Changes a step. Its code stays, and once it has executions also its number and level (PRC-2).',
  access: ENG,
  input: UpdateProcess,
  async run({ tx }, { process: reference, expectedVersion, characteristics, ...fields }) {
    await lockRoute(tx, 'EXCLUSIVE');
    const step = await lockProcess(tx, reference, 'NO KEY UPDATE');
    const steps = await storedSteps(tx);
    const { executions, completedItems } = await usesOf(tx, step.id);
    const qualityCriteria = criteriaOf(fields.qualityCriteria, step.qualityCriteria, characteristics);
    const changes = definedFields({ ...fields, qualityCriteria });
    const after = { ...step, ...changes };
    enforce(
      isCurrent(step, expectedVersion, { process: step.id }),
      numberIsFree(after, steps),
      levelMayBecome(step, after.level, executions > 0),
      numberMayBecome(step, after.number, executions > 0),
      conversionFits(after, steps),
      conversionMayLeave(step, after, completedItems),
      manufacturingRemains(step, after, steps),
      routesKeepProcess(step, after, await routesDependingOn(tx, step.id)),
      autoPrintFits(after),
    );
    await tx.process.update({ where: { id: step.id }, data: changes });
    return { process: step.id };
  },
});

/** GEN-1, PRC-4, PRC-5: Deletes a step that nothing refers to. */
export const deleteProcess = command({
  name: 'deleteProcess',
  action: 'process.deleted',
  description: 'Deletes a step that nothing refers to; one in use is deactivated instead (GEN-1).',
  access: ENG,
  input: DeleteProcess,
  async run({ tx }, { process: reference, expectedVersion }) {
    await lockRoute(tx, 'EXCLUSIVE');
    const step = await lockProcess(tx, reference, 'UPDATE');
    const steps = await storedSteps(tx);
    const { completedItems, ...uses } = await usesOf(tx, step.id);
    enforce(
      isCurrent(step, expectedVersion, { process: step.id }),
      isProcessUnused(step, uses),
      conversionMayLeave(step, undefined, completedItems),
      manufacturingRemains(step, undefined, steps),
    );
    await tx.process.delete({ where: { id: step.id } });
    return { deletedId: step.id };
  },
});

/**
 * Keeps the factory route as it is until the transaction ends. SHARED is for work on lots without a route of their
 * own, whose rules read the factory route, and for what depends on processes as they are; EXCLUSIVE is for changes of
 * processes. The lock comes before every row lock, so a change waits for the work in progress and is never seen half
 * done.
 */
export async function lockRoute(tx: Tx, mode: 'SHARED' | 'EXCLUSIVE'): Promise<void> {
  if (mode === 'SHARED') await tx.prepared(sql`SELECT ${ROUTE_SHARED_LOCK}`);
  else await tx.sql`SELECT pg_advisory_xact_lock(hashtext('lotgraph route'))`;
}

/** A select item that takes the SHARED lock on the factory route where the condition holds, and says whether it did. */
export function routeLockWhere(condition: Sql): Sql {
  return sql`CASE WHEN ${condition} THEN ${ROUTE_SHARED_LOCK} IS NOT NULL ELSE FALSE END`;
}

const ROUTE_SHARED_LOCK = sql`pg_advisory_xact_lock_shared(hashtext('lotgraph route'))`;

/**
 * PRC-6: The quality criteria after a change: as given, or as stored, with the characteristics of the list. Undefined when
 * neither is given.
 */
function criteriaOf(
  given: JsonObject | undefined,
  stored: unknown,
  list: readonly GivenCharacteristic[] | undefined,
): JsonObject | undefined {
  if (list === undefined) return given;
  const merged = withCharacteristics(given ?? stored, list);
  enforce(givenOnce(list, given), 'rejections' in merged ? merged.rejections : []);
  return 'value' in merged ? merged.value : given;
}

/** Locks a step: for a change of it, or to keep it as it is while something refers to it. */
export async function lockProcess(tx: Tx, reference: Reference, lock: Lock): Promise<Row<'Process'>> {
  return lockRow(tx, processes, { reference, lock, path: 'process', what: 'Step' });
}

interface Uses {
  readonly executions: number;
  readonly sessions: number;
  readonly equipment: number;
  /** Routes of any status that contain the process. */
  readonly routes: number;
  readonly testPrograms: number;
  readonly alerts: number;
  /** COMPLETED WIP items of lots without a route of their own; they wait for the conversion step. */
  readonly completedItems: number;
}

async function usesOf(tx: Tx, id: string): Promise<Uses> {
  const [uses] = await tx.sql<Uses>`
    SELECT (SELECT count(*)::int FROM process_data WHERE process_id = ${id}::uuid) AS executions,
           (SELECT count(*)::int FROM process_sessions WHERE process_id = ${id}::uuid) AS sessions,
           (SELECT count(*)::int FROM equipment WHERE process_id = ${id}::uuid) AS equipment,
           (SELECT count(*)::int FROM route_steps WHERE process_id = ${id}::uuid) AS routes,
           (SELECT count(*)::int FROM test_programs WHERE process_id = ${id}::uuid) AS "testPrograms",
           (SELECT count(*)::int FROM alerts WHERE process_id = ${id}::uuid) AS alerts,
           (SELECT count(*)::int FROM wip_items item JOIN lots lot ON lot.id = item.lot_id
            WHERE item.status = 'COMPLETED' AND lot.route_id IS NULL) AS "completedItems"`;
  return uses ?? { executions: 0, sessions: 0, equipment: 0, routes: 0, testPrograms: 0, alerts: 0, completedItems: 0 };
}
