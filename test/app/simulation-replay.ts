/** Replays the stored history of a factory, event by event, and checks each event against the rules of the product. */
import { stepsOf } from '../../src/catalog/process/process.loaders.ts';
import { demandedRoute, type NamedRoute, type Step } from '../../src/catalog/process/route.rules.ts';
import { keptRoutes } from '../../src/catalog/route/route.loaders.ts';
import type { Reader } from '../../src/platform/postgres/client.ts';
import { rejectionsIn } from '../../src/platform/rules/rejection.ts';
import type { ProcessResult } from '../../src/production/process-data/result/result.rules.ts';
import { completionAnswers } from '../../src/production/process-data/work/completion.rules.ts';
import { answersOf, startChecks } from '../../src/production/process-data/work/start.rules.ts';
import { mayRework, type SerialStatus, serialStatusAfterResult } from '../../src/production/serial/serial.rules.ts';
import type { Unit } from '../../src/production/unit/unit.rules.ts';
import {
  itemStatusAfterResult,
  itemStatusAfterStart,
  type WipItemStatus,
} from '../../src/production/wip-item/wip-item.rules.ts';

interface Execution {
  readonly lotId: string;
  readonly wipItemId: string | null;
  readonly serialId: string | null;
  readonly unitId: string;
  readonly processId: string;
  readonly attempt: number;
  readonly operatorId: string;
  readonly result: ProcessResult | null;
  readonly measurements: [];
  readonly defects: [];
  readonly notes: string | null;
  readonly startedAt: string;
  readonly completedAt: string | null;
  /** The state of the equipment when the work started. */
  readonly equipment: {
    readonly code: string;
    readonly status: 'AVAILABLE';
    readonly type: string;
    readonly isActive: boolean;
    readonly nextMaintenanceOn: null;
    readonly processId: string | null;
    readonly productionLineId: string | null;
  } | null;
}

interface StoredUnit<Status> {
  readonly id: string;
  readonly lotId: string;
  readonly number: string;
  readonly status: Status;
  readonly currentProcessId: string | null;
  readonly reworkCount: number;
  readonly maxReworks: number;
}

export interface Replay {
  /** Objections of the rules to the history; the list must be empty. */
  readonly objections: readonly string[];
  /** Differences between a stored unit and the result of its executions. */
  readonly differences: readonly string[];
  readonly executions: number;
}

export async function replay(db: Reader, until: string): Promise<Replay> {
  const processes = new Map((await stepsOf(db)).map((step) => [step.id, step]));
  const executions = await db.sql<Execution>`
    SELECT d.lot_id AS "lotId", d.wip_item_id AS "wipItemId", d.serial_id AS "serialId", d.unit_id AS "unitId", d.process_id AS "processId", d.attempt,
           d.operator_id AS "operatorId", d.result, d.measurements, d.defects, d.notes, d.started_at AS "startedAt", d.completed_at AS "completedAt",
           CASE WHEN e.id IS NOT NULL THEN jsonb_build_object('code', e.code, 'type', e.type, 'status', p.status, 'isActive', true, 'nextMaintenanceOn', NULL,
             'processId', e.process_id, 'productionLineId', e.production_line_id) END AS equipment
    FROM process_data d
    LEFT JOIN equipment e ON e.id = d.equipment_id
    LEFT JOIN equipment_status_periods p ON p.equipment_id = e.id AND d.started_at >= p.started_at AND (d.started_at < p.ended_at OR p.ended_at IS NULL)
    ORDER BY d.started_at, d.id`;
  const lots = new Map(
    (
      await db.sql<{ id: string; number: string; routeId: string }>`SELECT id, number, route_id AS "routeId" FROM lots`
    ).map((lot) => [lot.id, lot]),
  );
  const routes = await keptRoutes(
    db,
    [...lots.values()].map(({ routeId }) => routeId),
  );
  const items = new Map(
    (
      await db.sql<StoredUnit<WipItemStatus>>`
    SELECT id, lot_id AS "lotId", number, status, current_process_id AS "currentProcessId", 0 AS "reworkCount", 0 AS "maxReworks" FROM wip_items`
    ).map((row) => [row.id, row]),
  );
  const serials = new Map(
    (
      await db.sql<StoredUnit<SerialStatus>>`
    SELECT id, lot_id AS "lotId", number, status, NULL AS "currentProcessId", rework_count AS "reworkCount", max_reworks AS "maxReworks" FROM serials`
    ).map((row) => [row.id, row]),
  );

  const objections: string[] = [];
  const differences: string[] = [];
  const viewer = { kind: 'USER', id: 'engineer', username: 'engineer', role: 'ENGINEER' } as const;

  for (const [unitId, history] of groupedByUnit(executions)) {
    const [first] = history;
    const lot = {
      id: '',
      number: '',
      ...lots.get(first?.lotId ?? ''),
      status: 'IN_PROGRESS',
      disposition: 'UNDECIDED',
      productionLineId: '',
    } as const;
    const lotRoute = routes.get(lots.get(first?.lotId ?? '')?.routeId ?? '') ?? NO_ROUTE;
    const [item, serial] = [items.get(unitId), serials.get(unitId)];
    let itemStatus: WipItemStatus = 'CREATED';
    let serialStatus: SerialStatus = 'CREATED';
    let reworkCount = 0;
    let passedStepIds: ReadonlySet<string> = new Set();
    let finishedStepIds: ReadonlySet<string> = new Set();
    const demanded = (): readonly Step[] => demandedRoute(lotRoute.steps, { finishedStepIds, passedStepIds });
    let openStepId: string | null = null;
    let lastEnd = '';
    const attempts = new Map<string, number>();
    const unitNow = (): Unit => {
      if (serial !== undefined)
        return {
          kind: 'SERIAL',
          lot,
          serial: { id: serial.id, number: serial.number, status: serialStatus, wipItemId: first?.wipItemId ?? '' },
        };
      return item === undefined
        ? { kind: 'LOT', lot }
        : { kind: 'WIP_ITEM', lot, wipItem: { id: item.id, number: item.number, status: itemStatus } };
    };
    const object = (what: string, answers: Parameters<typeof rejectionsIn>[0]): void => {
      objections.push(...rejectionsIn(answers).map((refused) => `${what}: ${refused.rule} ${refused.message}`));
    };

    for (const execution of history) {
      const process = processes.get(execution.processId);
      const step = lotRoute.steps.find(({ id }) => id === execution.processId) ?? process;
      if (step === undefined) continue;
      const finishedAttempts = attempts.get(step.id) ?? 0;
      const now = execution.startedAt;
      if (now < lastEnd) objections.push(`${unitId} was worked on twice at ${now}.`);
      if (execution.attempt !== finishedAttempts + 1)
        objections.push(
          `${unitId} has attempt ${execution.attempt} of ${step.code} after ${finishedAttempts} attempts.`,
        );
      if (serial !== undefined && serialStatus === 'FAILED') {
        object('rework', [mayRework({ ...serial, status: serialStatus, reworkCount })]);
        serialStatus = 'IN_PROGRESS';
        reworkCount += 1;
      }
      const route = { ...lotRoute, steps: demanded() };
      const facts = { unit: unitNow(), step, route, passedStepIds, startedAt: execution.startedAt, now };
      const operator = { id: execution.operatorId, username: 'operator', isActive: true };
      const equipment = execution.equipment ?? undefined;
      const isStepEquipped = equipment !== undefined;
      object(
        'start',
        answersOf(
          startChecks({
            ...facts,
            action: 'START',
            openExecutions: [],
            finishedAttempts,
            equipment,
            isStepEquipped,
            session: undefined,
            viewer,
            operator,
          }),
        ),
      );
      itemStatus = itemStatusAfterStart(itemStatus, step);
      if (serialStatus === 'CREATED') serialStatus = 'IN_PROGRESS';
      if (execution.result === null || execution.completedAt === null) {
        openStepId = step.id;
        lastEnd = until;
        continue;
      }

      const { result, completedAt, measurements, defects, notes } = execution;
      const work = { result, completedAt, measurements, defects, notes };
      object('completion', completionAnswers({ ...facts, unit: unitNow(), otherOpenSteps: [], work, now: until }));
      attempts.set(step.id, finishedAttempts + 1);
      finishedStepIds = new Set([...finishedStepIds, step.id]);
      if (result === 'PASS') passedStepIds = new Set([...passedStepIds, step.id]);
      if (step.level === 'WIP')
        itemStatus = itemStatusAfterResult(itemStatus, { step, result, route: demanded(), passedStepIds });
      if (step.level === 'SERIAL')
        serialStatus = serialStatusAfterResult(serialStatus, result, demanded(), passedStepIds);
      lastEnd = completedAt;
    }

    const stored = item ?? serial;
    if (stored === undefined) continue;
    const replayed = {
      status: item === undefined ? serialStatus : itemStatus,
      currentProcessId: item === undefined ? null : openStepId,
      reworkCount,
    };
    const found = { status: stored.status, currentProcessId: stored.currentProcessId, reworkCount: stored.reworkCount };
    if (JSON.stringify(replayed) !== JSON.stringify(found))
      differences.push(`${stored.number}: ${JSON.stringify(found)}, not ${JSON.stringify(replayed)}`);
  }
  const worked = new Set(executions.map((execution) => execution.unitId));
  for (const unit of [...items.values(), ...serials.values()]) {
    if (!worked.has(unit.id) && unit.status !== 'CREATED')
      differences.push(`${unit.number}: ${unit.status} without any execution`);
  }
  return { objections, differences, executions: executions.length };
}

function groupedByUnit(executions: readonly Execution[]): ReadonlyMap<string, readonly Execution[]> {
  const groups = new Map<string, Execution[]>();
  for (const execution of executions) {
    const group = groups.get(execution.unitId) ?? [];
    if (group.push(execution) === 1) groups.set(execution.unitId, group);
  }
  return groups;
}

/** The route of a lot that has none; every execution of it is an objection. */
const NO_ROUTE: NamedRoute<Step> = { name: 'no route', isFactoryRoute: false, steps: [] };
