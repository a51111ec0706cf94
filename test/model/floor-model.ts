/**
 * The floor as a machine in memory: what each command answers, and how the factory stands afterwards. It is written from the ledger of
 * rules alone and imports nothing of the product, so that a mistake of the one is not a mistake of the other.
 *
 * 1. A world is one line, its lots, and everything below them. Units are named by their numbers, executions by the ids the product gave.
 * 2. `act` answers the first refusal, `<code> <rule> <path>`, and leaves the world as it was; or `ok` with what the answer tells, and the
 *    next world. It never changes the world it is given.
 * 3. Times are not told: two orders of the same commands differ in nothing else that a caller can see.
 */
import { findUnit, isActive, isHeld, type Step, type Plant, type Unit, type Item, type Lot, type Result, type Run, type Serial, type World } from './floor-world.ts';

export type LotCommand = 'deleteLot' | 'completeLot' | 'closeLot' | 'quarantineLot' | 'releaseLot' | 'rejectLot';
export type SerialCommand = 'startSerial' | 'passSerial' | 'failSerial' | 'reworkSerial';

export interface Recording {
  readonly unit: string;
  readonly step: string;
  readonly result: Result;
  readonly defects: number;
}

export type Command =
  | { readonly do: 'createLot'; readonly target: number }
  | { readonly do: 'updateLot'; readonly unit: string; readonly target: number }
  | { readonly do: LotCommand; readonly unit: string }
  | { readonly do: SerialCommand; readonly unit: string }
  | { readonly do: 'convertWipItem'; readonly unit: string }
  | { readonly do: 'generateWipItems'; readonly unit: string; readonly quantity: number }
  | { readonly do: 'startProcess'; readonly unit: string; readonly step: string }
  | ({ readonly do: 'completeProcess' | 'recordProcessData' } & Recording)
  | { readonly do: 'recordProcessDataBatch'; readonly records: readonly Recording[] }
  | { readonly do: 'withdrawProcess'; readonly run: string }
  | { readonly do: 'correctProcessData'; readonly run: string; readonly result: Result; readonly defects: number };

/** A command as it was carried out: `made` are the ids that the product gave to the executions it made. */
export type Deed = Command & { readonly made: readonly string[] };

export function act(plant: Plant, world: World, deed: Deed): { readonly answer: string; readonly world: World } {
  const draft = structuredClone(world);
  const answer = answerOf({ plant, world: draft }, deed);
  return { answer, world: answer.startsWith('ok') ? draft : world };
}

interface Floor {
  readonly plant: Plant;
  readonly world: World;
}

function answerOf(floor: Floor, deed: Deed): string {
  switch (deed.do) {
    case 'createLot':
      return createLot(floor, deed.target);
    case 'generateWipItems':
      return withUnit(floor, deed.unit, 'lot', ({ lot }) => generate(lot, deed.quantity));
    case 'updateLot':
      return withUnit(floor, deed.unit, 'lot', ({ lot }) => retarget(floor, lot, deed.target));
    case 'deleteLot':
    case 'completeLot':
    case 'closeLot':
    case 'quarantineLot':
    case 'releaseLot':
    case 'rejectLot':
      return withUnit(floor, deed.unit, 'lot', ({ lot }) => LOT_DEEDS[deed.do](floor.world, lot));
    case 'convertWipItem':
      return withUnit(floor, deed.unit, 'wipItem', ({ lot, item }) => (item === undefined ? 'NOT_FOUND wipItem' : first(...mayConvert(floor, lot, item)) ?? `ok ${convert(lot, item)}`));
    case 'startSerial':
    case 'passSerial':
    case 'failSerial':
    case 'reworkSerial':
      return withUnit(floor, deed.unit, 'serial', ({ lot, serial }) => (serial === undefined ? 'NOT_FOUND serial' : SERIAL_DEEDS[deed.do](floor, lot, serial)));
    case 'startProcess':
      return withUnit(floor, deed.unit, 'unit', (unit) => start(floor, unit, stepOf(floor, deed.step), deed.made[0] ?? ''));
    case 'completeProcess':
      return withUnit(floor, deed.unit, 'unit', (unit) => complete(floor, unit, deed));
    case 'recordProcessData':
      return withUnit(floor, deed.unit, 'unit', (unit) => record(floor, unit, deed, deed.made[0] ?? ''));
    case 'recordProcessDataBatch':
      return batch(floor, deed.records, deed.made);
    case 'withdrawProcess':
      return withdraw(floor, deed.run);
    case 'correctProcessData':
      return correct(floor, deed);
  }
}

// Lots

function createLot({ plant, world }: Floor, target: number): string {
  if (target > plant.maxLotQuantity) return 'RULE_VIOLATED LOT-3 targetQuantity';
  world.lotsMade += 1;
  const number = `${plant.prefix}${String(world.lotsMade).padStart(2, '0')}`;
  world.lots.push({ number, target, status: 'CREATED', disposition: 'UNDECIDED', runs: [], items: [] });
  return `ok ${number}`;
}

function generate(lot: Lot, quantity: number): string {
  const refused = first([!isActive(lot), 'LOT-4 lot'], [isHeld(lot), 'LOT-7 lot'], [lot.items.length + quantity > lot.target, 'WIP-3 quantity']);
  if (refused !== undefined) return refused;
  if (lot.status === 'CREATED') lot.status = 'IN_PROGRESS';
  const sequences = Array.from({ length: quantity }, (_, index) => lot.items.length + 1 + index);
  const numbers = sequences.map((sequence) => `WIP-${lot.number}-${String(sequence).padStart(3, '0')}`);
  lot.items.push(...numbers.map((number): Item => ({ number, status: 'CREATED', current: null, runs: [], serial: null })));
  return `ok ${numbers.join(' ')}`;
}

function retarget(floor: Floor, lot: Lot, target: number): string {
  const isChange = target !== lot.target;
  const refused = first(
    [isChange && !isActive(lot), 'LOT-3 targetQuantity'],
    [target > Math.max(lot.target, floor.plant.maxLotQuantity), 'LOT-3 targetQuantity'],
    [target < lot.items.length, 'LOT-3 targetQuantity'],
  );
  if (refused !== undefined) return refused;
  lot.target = target;
  completeIfDone(floor, lot);
  return 'ok';
}

const LOT_DEEDS: Readonly<Record<LotCommand, (world: World, lot: Lot) => string>> = {
  deleteLot(world, lot) {
    const refused = first([lot.status !== 'CREATED' || lot.disposition !== 'UNDECIDED' || lot.items.length > 0 || lot.runs.length > 0, 'LOT-11 lot']);
    if (refused !== undefined) return refused;
    world.lots.splice(world.lots.indexOf(lot), 1);
    return 'ok';
  },
  completeLot(_world, lot) {
    const serials = lot.items.flatMap(({ serial }) => serial ?? []);
    const isAnyOpen = [lot, ...lot.items, ...serials].some(({ runs }) => runs.some(({ result }) => result === null));
    const isUnfinished = lot.items.some(({ status }) => status !== 'FAILED' && status !== 'CONVERTED') || serials.some(({ status }) => status === 'CREATED' || status === 'IN_PROGRESS');
    const refused = first([lot.status !== 'IN_PROGRESS' || isAnyOpen || isUnfinished, 'LOT-9 lot']);
    if (refused !== undefined) return refused;
    lot.status = 'COMPLETED';
    return 'ok';
  },
  closeLot(_world, lot) {
    const refused = first([lot.status !== 'COMPLETED' || lot.disposition === 'QUARANTINED', 'LOT-10 lot']);
    if (refused !== undefined) return refused;
    lot.status = 'CLOSED';
    return 'ok';
  },
  quarantineLot: decide('QUARANTINED', ['UNDECIDED', 'RELEASED']),
  releaseLot: decide('RELEASED', ['UNDECIDED', 'QUARANTINED']),
  rejectLot: decide('REJECTED', ['UNDECIDED', 'QUARANTINED']),
};

function decide(to: Lot['disposition'], from: readonly Lot['disposition'][]) {
  return (_world: World, lot: Lot): string => {
    const refused = first([!from.includes(lot.disposition), 'LOT-6 disposition']);
    if (refused !== undefined) return refused;
    lot.disposition = to;
    return 'ok';
  };
}

/** LOT-8 */
function completeIfDone({ plant }: Floor, lot: Lot): void {
  const done = lot.items.filter(({ serial }) => serial?.status === 'PASSED' || (serial?.status === 'FAILED' && serial.reworks === plant.maxReworks));
  if (lot.status === 'IN_PROGRESS' && done.length === lot.target) lot.status = 'COMPLETED';
}

// Items and serials

type Check = readonly [isRefused: boolean, ruleAndPath: string];

function mayConvert(floor: Floor, lot: Lot, item: Item): readonly [Check, Check] {
  const isReady = item.status === 'COMPLETED' && making(floor).every((step) => hasPass(item.runs, step)) && item.runs.every(({ result }) => result !== null);
  return [
    [isHeld(lot), 'LOT-7 lot'],
    [!isReady, 'WIP-7 wipItem'],
  ];
}

function convert(lot: Lot, item: Item): string {
  const number = `${lot.number}${item.number.slice(-3)}`;
  item.status = 'CONVERTED';
  item.current = null;
  item.serial = { number, status: 'CREATED', reworks: 0, reason: null, runs: [] };
  return number;
}

const SERIAL_DEEDS: Readonly<Record<SerialCommand, (floor: Floor, lot: Lot, serial: Serial) => string>> = {
  startSerial(_floor, lot, serial) {
    const refused = first([isHeld(lot), 'LOT-7 lot'], [serial.status !== 'CREATED', 'SER-3 status']);
    if (refused === undefined) serial.status = 'IN_PROGRESS';
    return refused ?? 'ok';
  },
  passSerial(floor, lot, serial) {
    const refused = first([isHeld(lot), 'LOT-7 lot'], [serial.status !== 'IN_PROGRESS', 'SER-3 status'], [hasOpen(serial) || !hasPassedAll(floor, serial), 'SER-7 serial']);
    if (refused === undefined) end(floor, lot, serial, 'PASSED', null);
    return refused ?? 'ok';
  },
  failSerial(floor, lot, serial) {
    const refused = first([serial.status !== 'IN_PROGRESS', 'SER-3 status'], [hasOpen(serial), 'SER-7 serial']);
    if (refused === undefined) end(floor, lot, serial, 'FAILED', FAILED_BY_HAND);
    return refused ?? 'ok';
  },
  reworkSerial({ plant }, lot, serial) {
    const refused = first([isHeld(lot), 'LOT-7 lot'], [serial.status !== 'FAILED' || serial.reworks >= plant.maxReworks, 'SER-2 serial']);
    if (refused !== undefined) return refused;
    Object.assign(serial, { status: 'IN_PROGRESS', reason: null, reworks: serial.reworks + 1 });
    return 'ok';
  },
};

/** The reason that everybody gives who fails a serial by hand, and the code of every defect. */
export const FAILED_BY_HAND = 'Dropped';
export const DEFECT = 'CRACK';

function end(floor: Floor, lot: Lot, serial: Serial, status: 'PASSED' | 'FAILED', reason: string | null): void {
  Object.assign(serial, { status, reason });
  completeIfDone(floor, lot);
}

// Work

function mayStart(floor: Floor, { lot, item, serial, level, runs }: Unit, step: Step, pathOfPass: 'unit' | 'result'): readonly Check[] {
  const isLive = serial === undefined || serial.status === 'CREATED' || serial.status === 'IN_PROGRESS';
  const finished = runsOf(runs, step).filter(({ result }) => result !== null).length;
  return [
    [!isInRoute(floor, step) || step.level !== level, 'PD-17 process'],
    [isHeld(lot), 'LOT-7 lot'],
    [level === 'ITEM' && item?.status === 'CONVERTED', 'WIP-8 unit'],
    [hasPass(runs, step), `PD-6 ${pathOfPass}`],
    [!isActive(lot) || !isLive, 'PD-16 unit'],
    [runsOf(runs, step).some(({ result }) => result === null), 'PD-5 unit'],
    [!before(floor, step).every((earlier) => hasPass(runs, earlier)), 'PD-8 process'],
    [step.maxAttempts !== null && finished >= step.maxAttempts, 'PD-9 process'],
  ];
}

function mayEnd(floor: Floor, { lot, item, runs }: Unit, step: Step, { result, defects }: Pick<Recording, 'result' | 'defects'>, besides: Run | undefined): readonly Check[] {
  const others = runs.filter((run) => run !== besides);
  const isPass = result === 'PASS';
  return [
    [isPass && isHeld(lot), 'LOT-7 lot'],
    [isPass && hasPass(others, step), 'PD-6 result'],
    [(result === 'FAIL' && defects === 0) || (isPass && defects > 0), 'PD-2 defects'],
    ...(item !== undefined && step.converts && isPass ? mayConvert(floor, lot, { ...item, runs: others }) : []),
  ];
}

function start(floor: Floor, unit: Unit, step: Step, id: string): string {
  return first(...mayStart(floor, unit, step, 'unit')) ?? `ok ${begin(unit, step, id).attempt}`;
}

function complete(floor: Floor, unit: Unit, { step: code, result, defects }: Recording): string {
  const step = stepOf(floor, code);
  const run = runsOf(unit.runs, step).find((each) => each.result === null);
  if (run === undefined) return 'NOT_FOUND unit';
  return first(...mayEnd(floor, unit, step, { result, defects }, run)) ?? finish(floor, unit, step, run, { result, defects });
}

function record(floor: Floor, unit: Unit, { step: code, result, defects }: Recording, id: string): string {
  const step = stepOf(floor, code);
  const refused = first(...mayStart(floor, unit, step, 'result'), ...mayEnd(floor, unit, step, { result, defects }, undefined));
  return refused ?? finish(floor, unit, step, begin(unit, step, id), { result, defects });
}

/** PD-19: record by record, all or none. */
function batch(floor: Floor, records: readonly Recording[], made: readonly string[]): string {
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
  if (level === 'ITEM' && item !== undefined) Object.assign(item, { current: step.code, status: step.converts ? item.status : 'IN_PROGRESS' });
  if (serial !== undefined) serial.status = 'IN_PROGRESS';
  return run;
}

function finish(floor: Floor, unit: Unit, step: Step, run: Run, { result, defects }: Pick<Recording, 'result' | 'defects'>): string {
  Object.assign(run, { result, defects });
  if (unit.level === 'ITEM' && unit.item !== undefined) unit.item.current = null;
  const serial = moveOn(floor, unit, step, result);
  return ['ok', run.attempt, ...(serial === undefined ? [] : [serial])].join(' ');
}

/** WIP-6, WIP-7, SER-6: the result of a step moves its unit; answers the serial it became. */
function moveOn(floor: Floor, { lot, item, serial }: Unit, step: Step, result: Result): string | undefined {
  if (step.level === 'ITEM' && item !== undefined && item.status !== 'CONVERTED') {
    if (step.converts) return result === 'PASS' ? convert(lot, item) : undefined;
    const passed = making(floor).every((each) => hasPass(item.runs, each)) ? 'COMPLETED' : 'IN_PROGRESS';
    item.status = { PASS: passed, FAIL: 'FAILED', REWORK: 'IN_PROGRESS' }[result] as Item['status'];
  }
  if (step.level === 'SERIAL' && serial !== undefined && serial.status !== 'PASSED') {
    Object.assign(serial, { status: 'IN_PROGRESS', reason: null });
    if (result === 'FAIL') end(floor, lot, serial, 'FAILED', `${step.code}: ${DEFECT}`);
    if (result === 'PASS' && hasPassedAll(floor, serial)) end(floor, lot, serial, 'PASSED', null);
  }
  return undefined;
}

function withdraw({ world }: Floor, id: string): string {
  const unit = findUnit(world, ({ runs }) => runs.some((run) => run.id === id));
  const run = unit?.runs.find((each) => each.id === id);
  if (unit === undefined || run === undefined) return 'NOT_FOUND id';
  const refused = first([run.result !== null, 'PD-14 id']);
  if (refused !== undefined) return refused;
  unit.runs.splice(unit.runs.indexOf(run), 1);
  if (unit.level === 'ITEM' && unit.item !== undefined) unit.item.current = null;
  return 'ok';
}

/** PD-13 */
function correct(floor: Floor, { run: id, result, defects }: { readonly run: string; readonly result: Result; readonly defects: number }): string {
  const unit = findUnit(floor.world, ({ runs }) => runs.some((run) => run.id === id));
  const run = unit?.runs.find((each) => each.id === id);
  if (unit === undefined || run === undefined) return 'NOT_FOUND id';
  const { lot, item, serial, runs, level } = unit;
  const step = stepOf(floor, run.step);
  const isNew = run.result !== result;
  const isLatest = runsOf(runs, step).at(-1) === run;
  const isBuiltOn = runs.some((each) => stepOf(floor, each.step).number > step.number) || (level === 'ITEM' && item?.status === 'CONVERTED') || serial?.status === 'PASSED';
  const ends = mayEnd(floor, unit, step, { result, defects }, run);
  const refused = first(
    [run.result === null, 'PD-13 id'],
    [isNew && (!isLatest || !isActive(lot)), 'PD-13 result'],
    [isNew && run.result === 'PASS' && isBuiltOn, 'PD-13 result'],
    // A PASS that stays one is not given again, so neither a hold nor the conversion it once drove speaks against it.
    ...ends.filter(([, rule]) => isNew || !/^(?:LOT-7|WIP-7)/.test(rule)),
  );
  if (refused !== undefined) return refused;
  Object.assign(run, { result, defects });
  if (isNew) moveOn(floor, unit, step, result);
  return 'ok';
}

// Reading the world

function withUnit({ world }: Floor, number: string, path: string, deed: (unit: Unit) => string): string {
  const unit = findUnit(world, (each) => each.number === number);
  return unit === undefined ? `NOT_FOUND ${path}` : deed(unit);
}

function stepOf({ plant }: Floor, code: string): Step {
  const step = plant.steps.find((each) => each.code === code);
  if (step === undefined) throw new Error(`The plant has no step ${code}.`);
  return step;
}

function isInRoute({ plant }: Floor, step: Step): boolean {
  return plant.route.includes(step.code);
}

function routeOf(floor: Floor, level: Step['level']): readonly Step[] {
  return floor.plant.steps.filter((step) => isInRoute(floor, step) && step.level === level).toSorted((a, b) => a.number - b.number);
}

function making(floor: Floor): readonly Step[] {
  return routeOf(floor, 'ITEM').filter(({ converts }) => !converts);
}

/** PD-8 */
function before(floor: Floor, step: Step): readonly Step[] {
  if (step.converts) return making(floor);
  return routeOf(floor, step.level).filter(({ number }) => number < step.number).slice(-1);
}

function runsOf(runs: readonly Run[], step: Step): readonly Run[] {
  return runs.filter((run) => run.step === step.code);
}

function hasPass(runs: readonly Run[], step: Step): boolean {
  return runsOf(runs, step).some(({ result }) => result === 'PASS');
}

function hasOpen({ runs }: Serial): boolean {
  return runs.some(({ result }) => result === null);
}

function hasPassedAll(floor: Floor, { runs }: Serial): boolean {
  return routeOf(floor, 'SERIAL').every((step) => hasPass(runs, step));
}

function first(...checks: readonly Check[]): string | undefined {
  const refused = checks.find(([isRefused]) => isRefused);
  return refused && `RULE_VIOLATED ${refused[1]}`;
}
