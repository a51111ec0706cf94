/**
 * The alerts about a lot. Those of the server have the causes of the product (KPI-17); the crew raises others by hand.
 * Engineers read them after a while, and archive what they have dealt with.
 */
import { type AlertSeverity, type AutomaticAlert, type AlertSubject } from '../../../operation/alert/alert.rules.ts';
import { alertOfExecution, alertOfInspection, alertOfLot } from '../../../operation/alert/alert-cause.rules.ts';
import { present } from '../../../platform/values/assert.ts';
import { type Unit } from '../../../production/unit/unit.rules.ts';
import { judgementOf } from '../../../quality/verdict/score.rules.ts';
import type { Plant } from '../plant/plant.ts';
import type { Random } from '../random.ts';
import { type AlertRow, type ExecutionRow, HOUR, instantAt, madeAt, MINUTE, touched } from '../rows.ts';
import type { InspectedLot } from '../story/story.ts';

/** The mean time until somebody reads an alert, and until it is dealt with after that. */
const UNREAD_MEAN = 5 * HOUR;
const OPEN_MEAN = 9 * HOUR;
/** On one lot of so many, the crew reports something. */
const LOTS_PER_NOTICE = 2;
const NOTICES = [
  {
    severity: 'LOW',
    title: 'The next reel is missing',
    message: 'The last reel of capacitors is in use, and the next one is not at the line yet.',
  },
  {
    severity: 'MEDIUM',
    title: 'Scratches on several boards',
    message: 'Three boards of the same magazine are scratched at the edge. The magazine is set aside.',
  },
  {
    severity: 'HIGH',
    title: 'The cover of the conveyor is loose',
    message: 'The cover of the conveyor between placer and oven is loose. Maintenance is called.',
  },
] as const;

/** What the alerts of a lot depend on. */
export interface Alerting {
  readonly until: number;
  readonly plant: Plant;
  readonly random: Random;
}

interface RaisedAlert {
  readonly type: AlertRow['type'];
  readonly severity: AlertSeverity;
  readonly title: string;
  readonly message: string;
  readonly subject: AlertSubject;
  readonly dedupKey: string | null;
  readonly at: string;
  readonly createdById: string | null;
}

/** Raises the alerts about a lot, and lets people read them as far as the simulated time allows. */
export function alertsOf(story: InspectedLot, { until, plant, random }: Alerting): readonly AlertRow[] {
  const raised = [...ofExecutions(story), ...ofInspections(story), ...ofLot(story), ...byHand(story, until, random)];
  return raised.map((alert) => {
    const row = alertRow(alert, random);
    readLater(row, { until, plant, random });
    return row;
  });
}

function ofExecutions(story: InspectedLot): readonly RaisedAlert[] {
  const steps = new Map(story.plan.route.steps.map((step) => [step.id, step]));
  const unitOf = unitsOf(story);
  return story.executions.flatMap((execution) => {
    const { id: processDataId, result, defects, completedAt, equipmentId, processId } = execution;
    if (result === null || result === 'PASS' || completedAt === null) return [];
    const step = present(steps.get(processId), 'The step of an execution in the route of its lot');
    const outcome = { result, defects };
    const alert = alertOfExecution({ processDataId, unit: unitOf(execution), step, equipmentId, outcome });
    return automatic(alert, completedAt);
  });
}

/** Finds the units of executions among those of the lot. */
function unitsOf({ lot, wipItems, serials }: InspectedLot): (execution: ExecutionRow) => Unit {
  const itemsById = new Map(wipItems.map((item) => [item.id, item]));
  const serialsById = new Map(serials.map((serial) => [serial.id, serial]));
  return ({ wipItemId, serialId }) => {
    const serial = serialId === null ? undefined : serialsById.get(serialId);
    if (serial !== undefined) return { kind: 'SERIAL', lot, serial };
    const wipItem = wipItemId === null ? undefined : itemsById.get(wipItemId);
    return wipItem === undefined ? { kind: 'LOT', lot } : { kind: 'WIP_ITEM', lot, wipItem };
  };
}

/** INS-8: What inspections said when they were completed, whatever a review has made of it. */
function ofInspections({ quality }: InspectedLot): readonly RaisedAlert[] {
  return quality.inspections.flatMap((inspection) => {
    if (inspection.completedAt === null) return [];
    const found = quality.defects.filter(({ inspectionId }) => inspectionId === inspection.id);
    const { verdict } = judgementOf(found);
    const isCritical = found.some(({ severity }) => severity === 'CRITICAL');
    return automatic(alertOfInspection({ inspection, verdict, isCritical }), inspection.completedAt);
  });
}

function ofLot({ lot }: InspectedLot): readonly RaisedAlert[] {
  const { id: lotId, number, completedAt, closedAt } = lot;
  return [
    ...(completedAt === null ? [] : automatic(alertOfLot({ lotId, number, status: 'COMPLETED' }), completedAt)),
    ...(closedAt === null ? [] : automatic(alertOfLot({ lotId, number, status: 'CLOSED' }), closedAt)),
  ];
}

function automatic(alert: AutomaticAlert | undefined, at: string): readonly RaisedAlert[] {
  return alert === undefined ? [] : [{ ...alert, at, createdById: null }];
}

/** ALT-3: What somebody of the crew reports. */
function byHand({ plan, lot, executions }: InspectedLot, until: number, random: Random): readonly RaisedAlert[] {
  const execution = executions.find(({ wipItemId }) => wipItemId !== null);
  if (execution === undefined || plan.index % LOTS_PER_NOTICE !== 0) return [];
  const at = Date.parse(execution.startedAt) + random.whole(5, 90) * MINUTE;
  if (at > until) return [];
  const subject = { lotId: lot.id, processId: execution.processId };
  const notice = random.pick(NOTICES);
  return [{ ...notice, type: 'MANUAL', subject, dedupKey: null, at: instantAt(at), createdById: execution.operatorId }];
}

function alertRow({ at, subject, ...alert }: RaisedAlert, random: Random): AlertRow {
  return {
    id: random.id(Date.parse(at)),
    status: 'UNREAD',
    lotId: null,
    wipItemId: null,
    serialId: null,
    processId: null,
    equipmentId: null,
    processDataId: null,
    inspectionId: null,
    ...subject,
    readById: null,
    readAt: null,
    archivedById: null,
    archivedAt: null,
    ...alert,
    ...madeAt(at),
  };
}

/** ALT-1: Somebody reads the alert, and archives it when it is dealt with. */
function readLater(alert: AlertRow, { until, plant, random }: Alerting): void {
  const engineer = random.pick(plant.people.engineers).id;
  const readAt = Date.parse(alert.createdAt) + Math.ceil(random.waiting(UNREAD_MEAN));
  const archivedAt = readAt + Math.ceil(random.waiting(OPEN_MEAN));
  if (readAt > until) return;
  Object.assign(alert, { status: 'READ', readAt: instantAt(readAt), readById: engineer });
  touched(alert, instantAt(readAt));
  if (archivedAt > until) return;
  Object.assign(alert, { status: 'ARCHIVED', archivedAt: instantAt(archivedAt), archivedById: engineer });
  touched(alert, instantAt(archivedAt));
}
