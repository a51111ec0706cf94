import { activeConversion, demandedRoute, type StepName } from '../../../catalog/process/route.rules.ts';
import { command, type Env } from '../../../platform/command/declaration.ts';
import { enforce, isCurrent } from '../../../platform/command/rejection.ts';
import type { Reference } from '../../../platform/input/schemas.ts';
import { FLOOR } from '../../../platform/rules/access.ts';
import type { Rejection } from '../../../platform/rules/rejection.ts';
import { present } from '../../../platform/values/assert.ts';
import { keepsRoute, readRouteOf } from '../../lot/route-of-lot.commands.ts';
import { lotIsNotHeld } from '../../lot/lot.rules.ts';
import { findUnit } from '../../lot/unit-number.commands.ts';
import { workOf } from '../../lot/unit-work.loaders.ts';
import { convert } from '../../serial/conversion.commands.ts';
import { lockWipItemInLot } from '../../wip-item/wip-item.commands.ts';
import { numberedWipItems } from '../../wip-item/wip-item.loaders.ts';
import { mayConvert, routeConverts } from '../../wip-item/wip-item.rules.ts';
import { ConvertWipItem } from '../execution/process-data.shapes.ts';
import { lockedWork } from '../work/gather-work.commands.ts';
import type { WorkFacts } from '../work/work.loaders.ts';
import { type Recorded, type RecordedResult, recordingOf, writeRecording } from './recording.commands.ts';

/**
 * WIP-7: Converts a COMPLETED WIP item into a serial. Where the route has a conversion step, the same transaction
 * records a PASS on it, judged as a record of that step, so that the proof of the unit has no hole. An item that has
 * the PASS already, because the step became the conversion step later, gets no second one (PD-6).
 */
export const convertWipItem = command({
  name: 'convertWipItem',
  action: 'wipItem.converted',
  description:
    'Turns a COMPLETED WIP item into a serial, when it has a PASS on every mandatory WIP-level MANUFACTURING step of its route (WIP-7). Where the route has a conversion step, a PASS on it is recorded too, at this moment. If that step takes readings, notes or times of its own, use `recordProcessData` on it instead: its PASS converts the item.',
  access: FLOOR,
  input: ConvertWipItem,
  async run(env, { wipItem: reference, operator, expectedVersion }): Promise<Converted> {
    const { tx, now } = env;
    const { id, lotId } = await findUnit(tx, numberedWipItems, reference, 'wipItem');
    const read = await readRouteOf(tx, lotId);
    const step = activeConversion(read.route.steps);
    const work = step && (await lockedConversion(env, id, step, operator));
    const { lot, wipItem } = await lockWipItemInLot(
      tx,
      { key: 'id', value: id },
      { lot: 'SHARE', wipItem: 'NO KEY UPDATE' },
    );
    keepsRoute(lot, read);
    const done = await workOf(tx, wipItem.id);
    const route = demandedRoute(read.route.steps, done);
    enforce(isCurrent(wipItem, expectedVersion, { wipItem: wipItem.id }));
    enforce(
      lotIsNotHeld(lot, 'CONVERSION'),
      routeConverts(wipItem, read.route),
      mayConvert(wipItem, route, done.passedStepIds, done.openSteps),
    );
    if (work !== undefined && !done.passedStepIds.has(work.step.id))
      return { wipItem: wipItem.id, ...(await recordConversion(env, work)) };
    const serials = await convert(tx, [{ lot, wipItem, route, work: done, at: now }]);
    const serial = present(serials.get(wipItem.id), 'The serial of the item');
    return { wipItem: wipItem.id, serial, processData: null, warnings: [] };
  },
});

/** A converted item; `processData` is null where the route has no conversion step. */
interface Converted extends Omit<Recorded, 'processData'> {
  readonly wipItem: string;
  readonly processData: string | null;
}

/** A PASS at this moment, without readings and notes. */
const PASSED: RecordedResult = {
  result: 'PASS',
  measurements: [],
  defects: [],
  notes: undefined,
  startedAt: undefined,
  completedAt: undefined,
};

/** The conversion step on the item, with everything locked in the order of locks: operator, lot, item. */
async function lockedConversion(
  { tx, viewer }: Env,
  id: string,
  step: StepName,
  operator: Reference | undefined,
): Promise<WorkFacts> {
  return lockedWork(tx, { unit: { key: 'id', value: id }, process: { key: 'id', value: step.id }, operator }, viewer);
}

/** Records the PASS that converts the item. */
async function recordConversion(env: Env, work: WorkFacts): Promise<Recorded> {
  const recording = recordingOf(env, work, PASSED);
  enforce(recording.rejections.map(atInputOfConversion));
  return writeRecording(env, recording);
}

/** The input names an item and at most an operator; every other rejection is about the item. */
function atInputOfConversion(rejected: Rejection): Rejection {
  return rejected.path[0] === 'operator' ? rejected : { ...rejected, path: ['wipItem'] };
}
