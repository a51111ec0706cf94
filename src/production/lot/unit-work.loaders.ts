import type { StepName, StepResults } from '../../catalog/process/route.rules.ts';
import type { Reader } from '../../platform/postgres/client.ts';

/** The work that was done on a unit, as the rules need it. */
export interface UnitWork extends StepResults {
  /** Steps with an open execution, with the numbers of the route of the lot and in their order. */
  readonly openSteps: readonly StepName[];
}

/**
 * The work on a lot, an item or a serial, by the id of the unit. The locks on the unit and its lot keep it as it is read.
 */
export async function workOf(db: Reader, unitId: string): Promise<UnitWork> {
  const steps = await db.sql<
    StepName & { readonly isPassed: boolean; readonly isFinished: boolean; readonly isOpen: boolean }
  >`
    SELECT step.id, coalesce(routed.number, step.number) AS number, step.code,
           bool_or(execution.result IS NOT DISTINCT FROM 'PASS') AS "isPassed",
           bool_or(execution.completed_at IS NOT NULL) AS "isFinished", bool_or(execution.completed_at IS NULL) AS "isOpen"
    FROM process_data execution JOIN processes step ON step.id = execution.process_id JOIN lots lot ON lot.id = execution.lot_id
      LEFT JOIN route_steps routed ON routed.route_id = lot.route_id AND routed.process_id = execution.process_id
    WHERE execution.unit_id = ${unitId}::uuid
    GROUP BY step.id, routed.number ORDER BY 2`;
  return {
    finishedStepIds: new Set(steps.filter((step) => step.isFinished).map((step) => step.id)),
    passedStepIds: new Set(steps.filter((step) => step.isPassed).map((step) => step.id)),
    openSteps: steps.filter((step) => step.isOpen).map(({ id, number, code }) => ({ id, number, code })),
  };
}
