/**
 * The model's executions: steps that are started, completed, recorded, corrected and withdrawn, and their effect on the
 * units.
 */
import {
  before,
  demanded,
  first,
  hasOpen,
  hasPass,
  isActiveStep,
  isInRoute,
  isMade,
  openStep,
  runsOf,
  stepOf,
  wayOf,
  withUnit,
  type Check,
  type Floor,
} from './floor-queries.ts';
import { DEFECT, convert, end, mayConvert } from './floor-units.ts';
import { findUnit, isActive, isHeld, type Result, type Run, type Step, type Unit } from './floor-world.ts';

export interface Recording {
  readonly unit: string;
  readonly step: string;
  readonly result: Result;
  readonly defects: number;
  /** Whether it names an oven; no equipment unless given. */
  readonly oven?: boolean;
}

/** How a start is asked for: the path of a step that was passed already, and whether it names an oven. */
interface Asked {
  readonly pathOfPass: 'unit' | 'result';
  readonly oven?: boolean | undefined;
}

function mayStart(floor: Floor, unit: Unit, step: Step, { pathOfPass, oven }: Asked): readonly Check[] {
  const { lot, item, serial, level, runs } = unit;
  const isLive = serial === undefined || serial.status === 'CREATED' || serial.status === 'IN_PROGRESS';
  const finished = runsOf(runs, step).filter(({ result }) => result !== null).length;
  return [
    [!isActiveStep(floor, lot, step) || step.level !== level, 'PD-17 process'],
    [!isInRoute(floor, lot, step), 'RTE-6 process'],
    [isHeld(lot), 'LOT-7 lot'],
    [level === 'ITEM' && item?.status === 'CONVERTED', 'WIP-8 unit'],
    [hasPass(runs, step), `PD-6 ${pathOfPass}`],
    [!isActive(lot) || !isLive, 'PD-16 unit'],
    [runsOf(runs, step).some(({ result }) => result === null), 'PD-5 unit'],
    [!before(floor, unit, step).every((earlier) => hasPass(runs, earlier)), 'PD-8 process'],
    [step.maxAttempts !== null && finished >= step.maxAttempts, 'PD-9 process'],
    [step.needsOven === true && oven !== true, 'RTE-8 equipment'],
  ];
}

function mayEnd(
  floor: Floor,
  { lot, item, runs }: Unit,
  step: Step,
  { result, defects }: Pick<Recording, 'result' | 'defects'>,
  besides: Run | undefined,
): readonly Check[] {
  const others = runs.filter((run) => run !== besides);
  const isPass = result === 'PASS';
  return [
    [isPass && isHeld(lot), 'LOT-7 lot'],
    [isPass && hasPass(others, step), 'PD-6 result'],
    [(result === 'FAIL' && defects === 0) || (isPass && defects > 0), 'PD-2 defects'],
    ...(item !== undefined && step.converts && isPass ? mayConvert(floor, lot, { ...item, runs: others }) : []),
  ];
}

export function start(
  floor: Floor,
  unit: Unit,
  { step: code, oven }: Pick<Recording, 'step' | 'oven'>,
  id: string,
): string {
  const step = stepOf(floor, unit.lot, code);
  return first(...mayStart(floor, unit, step, { pathOfPass: 'unit', oven })) ?? `ok ${begin(unit, step, id).attempt}`;
}

export function complete(floor: Floor, unit: Unit, { step: code, result, defects }: Recording): string {
  const step = stepOf(floor, unit.lot, code);
  const run = runsOf(unit.runs, step).find((each) => each.result === null);
  if (run === undefined) return 'NOT_FOUND unit';
  return (
    first(...mayEnd(floor, unit, step, { result, defects }, run)) ?? finish(floor, unit, step, run, { result, defects })
  );
}

export function record(floor: Floor, unit: Unit, { step: code, result, defects, oven }: Recording, id: string): string {
  const step = stepOf(floor, unit.lot, code);
  const refused = first(
    ...mayStart(floor, unit, step, { pathOfPass: 'result', oven }),
    ...mayEnd(floor, unit, step, { result, defects }, undefined),
  );
  return refused ?? finish(floor, unit, step, begin(unit, step, id), { result, defects });
}

/** WIP-7: converts an item by hand, with a PASS on the conversion step where the route has one. */
export function convertItem(floor: Floor, unit: Unit, id: string): string {
  const { lot, item, runs } = unit;
  if (item === undefined || unit.level !== 'ITEM') return 'NOT_FOUND wipItem';
  const step = wayOf(floor, lot).find(({ converts }) => converts);
  const refused = first(...mayConvert(floor, lot, item), [lot.route !== null && step === undefined, 'WIP-7 wipItem']);
  if (refused !== undefined) return refused;
  if (step === undefined || hasPass(runs, step)) return `ok ${convert(lot, item)}`;
  const refusedStart = first(...mayStart(floor, unit, step, { pathOfPass: 'unit' }));
  return (
    refusedStart?.replace(/ [^ ]*$/, ' wipItem') ??
    finish(floor, unit, step, begin(unit, step, id), { result: 'PASS', defects: 0 })
  );
}

/** PD-19: one record after the other, all or none. */
export function batch(floor: Floor, records: readonly Recording[], made: readonly string[]): string {
  const answers: string[] = [];
  for (const [index, each] of records.entries()) {
    const answer = withUnit(floor, each.unit, 'unit', (unit) => record(floor, unit, each, made[index] ?? ''));
    if (!answer.startsWith('ok')) return answer.replace(/ ([^ ]*)$/, ` items.${index}.$1`);
    answers.push(answer.slice('ok '.length));
  }
  return `ok ${answers.map((answer) => answer.split(' ')[0]).join(' ')}`;
}

function begin({ lot, item, serial, level, runs }: Unit, step: Step, id: string): Run {
  const run: Run = { id, step: step.code, attempt: 1 + runsOf(runs, step).length, result: null, defects: 0 };
  runs.push(run);
  if (level === 'LOT' && lot.status === 'CREATED') lot.status = 'IN_PROGRESS';
  if (level === 'ITEM' && item !== undefined)
    Object.assign(item, { current: step.code, status: step.converts ? item.status : 'IN_PROGRESS' });
  if (serial !== undefined) serial.status = 'IN_PROGRESS';
  return run;
}

function finish(
  floor: Floor,
  unit: Unit,
  step: Step,
  run: Run,
  { result, defects }: Pick<Recording, 'result' | 'defects'>,
): string {
  Object.assign(run, { result, defects });
  if (unit.item !== undefined && unit.level === 'ITEM') unit.item.current = openStep(floor, unit);
  const serial = mayMove(floor, unit, step, result) ? moveOn(floor, unit, step, result) : undefined;
  return ['ok', run.attempt, ...(serial === undefined ? [] : [serial])].join(' ');
}

/**
 * The late result of a second open execution does not revive a unit that is FAILED, nor undo a serial that PASSED. A step
 * that was not passed undoes a COMPLETED item (RTE-6).
 */
function mayMove(floor: Floor, { lot, level, item, serial }: Unit, step: Step, result: Result): boolean {
  if (level === 'SERIAL') return serial?.status === 'IN_PROGRESS';
  if (level === 'LOT' || step.converts || item?.status === 'IN_PROGRESS') return true;
  return item?.status === 'COMPLETED' && result !== 'PASS' && isInRoute(floor, lot, step);
}

/** WIP-6, WIP-7, SER-6: the result of a step moves its unit; returns the serial it became. */
function moveOn(floor: Floor, { lot, item, serial }: Unit, step: Step, result: Result): string | undefined {
  if (step.level === 'ITEM' && item !== undefined && item.status !== 'CONVERTED') {
    if (step.converts) return result === 'PASS' ? convert(lot, item) : undefined;
    const passed = isMade(floor, { lot, runs: item.runs }) ? 'COMPLETED' : 'IN_PROGRESS';
    item.status = ({ PASS: passed, FAIL: 'FAILED', REWORK: 'IN_PROGRESS' } as const)[result];
    item.wasCompleted ||= item.status === 'COMPLETED';
  }
  if (step.level === 'SERIAL' && serial !== undefined && serial.status !== 'PASSED') {
    Object.assign(serial, { status: 'IN_PROGRESS', reason: null });
    if (result === 'FAIL') end(floor, lot, serial, 'FAILED', `${step.code}: ${DEFECT}`);
    if (result === 'PASS' && passesByItself(floor, { lot, runs: serial.runs })) end(floor, lot, serial, 'PASSED', null);
  }
  return undefined;
}

/** SER-6: the last step that is demanded passes a serial, unless there is none, or something is open still (SER-7). */
function passesByItself(floor: Floor, unit: Pick<Unit, 'lot' | 'runs'>): boolean {
  const steps = demanded(floor, unit, 'SERIAL');
  return steps.length > 0 && steps.every((step) => hasPass(unit.runs, step)) && !hasOpen(unit);
}

/** PD-14, RTE-6 */
export function withdraw(floor: Floor, id: string): string {
  const unit = findUnit(floor.world, ({ runs }) => runs.some((run) => run.id === id));
  const run = unit?.runs.find((each) => each.id === id);
  if (unit === undefined || run === undefined) return 'NOT_FOUND id';
  const refused = first([run.result !== null, 'PD-14 id']);
  if (refused !== undefined) return refused;
  unit.runs.splice(unit.runs.indexOf(run), 1);
  const { item, lot } = unit;
  if (unit.level !== 'ITEM' || item === undefined) return 'ok';
  item.current = openStep(floor, unit);
  const isAtWork = item.runs.some((each) => each.result === null && !stepOf(floor, lot, each.step).converts);
  const isReopened = item.status === 'IN_PROGRESS' && item.wasCompleted === true;
  if (isReopened && stepOf(floor, lot, run.step).isOptional === true && isMade(floor, unit) && !isAtWork)
    item.status = 'COMPLETED';
  return 'ok';
}

/** PD-13 */
export function correct(
  floor: Floor,
  { run: id, result, defects }: { readonly run: string; readonly result: Result; readonly defects: number },
): string {
  const unit = findUnit(floor.world, ({ runs }) => runs.some((run) => run.id === id));
  const run = unit?.runs.find((each) => each.id === id);
  if (unit === undefined || run === undefined) return 'NOT_FOUND id';
  const { lot, item, serial, runs, level } = unit;
  const step = stepOf(floor, lot, run.step);
  const isInside = lot.route === null || isInRoute(floor, lot, step);
  const isNew = run.result !== result;
  const isLatest = runsOf(runs, step).at(-1) === run;
  const isBuiltOn =
    runs.some((each) => isAfter(floor, unit, each, step)) ||
    (level === 'ITEM' && item?.status === 'CONVERTED') ||
    serial?.status === 'PASSED';
  const ends = mayEnd(floor, unit, step, { result, defects }, run);
  const refused = first(
    [run.result === null, 'PD-13 id'],
    [!isInside && isNew, 'PD-13 result'],
    [!isInside && run.defects !== defects, 'PD-13 defects'],
    [isNew && (!isLatest || !isActive(lot)), 'PD-13 result'],
    [isNew && run.result === 'PASS' && isBuiltOn, 'PD-13 result'],
    // A PASS that stays is not a new PASS, so a held lot does not refuse it, and neither does the conversion it caused.
    ...ends.filter(([, rule]) => isNew || !/^(?:LOT-7|WIP-7)/.test(rule)),
  );
  if (refused !== undefined) return refused;
  Object.assign(run, { result, defects });
  if (isNew) moveOn(floor, unit, step, result);
  return 'ok';
}

/** Whether a run is of a step that comes after another; one that is not part of a route of the model comes after none. */
function isAfter(floor: Floor, { lot }: Unit, run: Run, step: Step): boolean {
  const other = stepOf(floor, lot, run.step);
  return other.number > step.number && (lot.route === null || isInRoute(floor, lot, other));
}
