/**
 * The floor as a state machine in memory: the answer to each command, and the state of the factory afterwards. It is
 * written from the ledger of rules alone and imports nothing of the product, so that both do not share a mistake.
 *
 * 1. A world is one line, its lots, and everything below them. Units are named by their numbers, executions by the ids
 *    that the product gave.
 * 2. `act` returns the first refusal, `<code> <rule> <path>`, and the unchanged world; or `ok` with the content of the
 *    answer, and the next world. It never changes the given world.
 * 3. The model has no times: a caller sees no other difference between two orders of the same commands.
 */
import { first, withUnit, type Floor } from './floor-queries.ts';
import { giveRoute, ROUTE_ACTIONS, type RouteCommand } from './floor-routes.ts';
import { SERIAL_ACTIONS, completeIfDone, type SerialCommand } from './floor-units.ts';
import { batch, complete, convertItem, correct, record, start, withdraw, type Recording } from './floor-work.ts';
import { isActive, isHeld, type Item, type Lot, type Plant, type Result, type World } from './floor-world.ts';

export type LotCommand = 'deleteLot' | 'completeLot' | 'closeLot' | 'quarantineLot' | 'releaseLot' | 'rejectLot';

export type Command =
  | { readonly do: 'createLot'; readonly target: number }
  | { readonly do: 'updateLot'; readonly unit: string; readonly target: number }
  | { readonly do: LotCommand; readonly unit: string }
  | { readonly do: SerialCommand; readonly unit: string }
  | { readonly do: 'convertWipItem'; readonly unit: string }
  | { readonly do: 'generateWipItems'; readonly unit: string; readonly quantity: number }
  | { readonly do: 'startProcess'; readonly unit: string; readonly step: string; readonly oven?: boolean }
  | ({ readonly do: 'completeProcess' | 'recordProcessData' } & Recording)
  | { readonly do: 'recordProcessDataBatch'; readonly records: readonly Recording[] }
  | RouteCommand
  | { readonly do: 'changeLotRoute'; readonly unit: string; readonly revision: number; readonly dryRun: boolean }
  | { readonly do: 'withdrawProcess'; readonly run: string }
  | { readonly do: 'correctProcessData'; readonly run: string; readonly result: Result; readonly defects: number };

/** A command that was carried out: `made` are the ids that the product gave to the new executions. */
export type ExecutedCommand = Command & { readonly made: readonly string[] };

export function act(
  plant: Plant,
  world: World,
  command: ExecutedCommand,
): { readonly answer: string; readonly world: World } {
  const draft = structuredClone(world);
  const answer = answerOf({ plant, world: draft }, command);
  return { answer, world: answer.startsWith('ok') ? draft : world };
}

function answerOf(floor: Floor, command: ExecutedCommand): string {
  switch (command.do) {
    case 'createLot':
      return createLot(floor, command.target);
    case 'generateWipItems':
      return withUnit(floor, command.unit, 'lot', ({ lot }) => generate(lot, command.quantity));
    case 'updateLot':
      return withUnit(floor, command.unit, 'lot', ({ lot }) => retarget(floor, lot, command.target));
    case 'deleteLot':
    case 'completeLot':
    case 'closeLot':
    case 'quarantineLot':
    case 'releaseLot':
    case 'rejectLot':
      return withUnit(floor, command.unit, 'lot', ({ lot }) => LOT_ACTIONS[command.do](floor.world, lot));
    case 'convertWipItem':
      return withUnit(floor, command.unit, 'wipItem', (unit) => convertItem(floor, unit, command.made[0] ?? ''));
    case 'startSerial':
    case 'passSerial':
    case 'failSerial':
    case 'reworkSerial':
      return withUnit(floor, command.unit, 'serial', ({ lot, serial }) =>
        serial === undefined ? 'NOT_FOUND serial' : SERIAL_ACTIONS[command.do](floor, lot, serial),
      );
    case 'startProcess':
      return withUnit(floor, command.unit, 'unit', (unit) => start(floor, unit, command, command.made[0] ?? ''));
    case 'completeProcess':
      return withUnit(floor, command.unit, 'unit', (unit) => complete(floor, unit, command));
    case 'recordProcessData':
      return withUnit(floor, command.unit, 'unit', (unit) => record(floor, unit, command, command.made[0] ?? ''));
    case 'recordProcessDataBatch':
      return batch(floor, command.records, command.made);
    case 'createRoute':
    case 'updateRoute':
    case 'deleteRoute':
    case 'releaseRoute':
    case 'retireRoute':
      return ROUTE_ACTIONS[command.do](floor, command);
    case 'changeLotRoute':
      return withUnit(floor, command.unit, 'lot', ({ lot }) => giveRoute(floor, lot, command));
    case 'withdrawProcess':
      return withdraw(floor, command.run);
    case 'correctProcessData':
      return correct(floor, command);
  }
}

function createLot({ plant, world }: Floor, target: number): string {
  if (target > plant.maxLotQuantity) return 'RULE_VIOLATED LOT-3 targetQuantity';
  world.lotsMade += 1;
  const number = `${plant.prefix}${String(world.lotsMade).padStart(2, '0')}`;
  const route = world.routes.find(({ status: is }) => is === 'RELEASED')?.revision ?? null;
  world.lots.push({ number, route, target, status: 'CREATED', disposition: 'UNDECIDED', runs: [], items: [] });
  return `ok ${number}`;
}

function generate(lot: Lot, quantity: number): string {
  const refused = first(
    [!isActive(lot), 'LOT-4 lot'],
    [isHeld(lot), 'LOT-7 lot'],
    [lot.items.length + quantity > lot.target, 'WIP-3 quantity'],
  );
  if (refused !== undefined) return refused;
  if (lot.status === 'CREATED') lot.status = 'IN_PROGRESS';
  const sequences = Array.from({ length: quantity }, (_, index) => lot.items.length + 1 + index);
  const numbers = sequences.map((sequence) => `WIP-${lot.number}-${String(sequence).padStart(3, '0')}`);
  lot.items.push(
    ...numbers.map((number): Item => ({ number, status: 'CREATED', current: null, runs: [], serial: null })),
  );
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

const LOT_ACTIONS: Readonly<Record<LotCommand, (world: World, lot: Lot) => string>> = {
  deleteLot(world, lot) {
    const refused = first([
      lot.status !== 'CREATED' || lot.disposition !== 'UNDECIDED' || lot.items.length > 0 || lot.runs.length > 0,
      'LOT-11 lot',
    ]);
    if (refused !== undefined) return refused;
    world.lots.splice(world.lots.indexOf(lot), 1);
    return 'ok';
  },
  completeLot(world, lot) {
    const own = world.routes.find(({ revision }) => revision === lot.route);
    const isItemDone = (status: string): boolean =>
      status === 'COMPLETED' && own !== undefined && !own.steps.some(({ converts }) => converts);
    const serials = lot.items.flatMap(({ serial }) => serial ?? []);
    const isAnyOpen = [lot, ...lot.items, ...serials].some(({ runs }) => runs.some(({ result }) => result === null));
    const isUnfinished =
      lot.items.some(({ status }) => status !== 'FAILED' && status !== 'CONVERTED' && !isItemDone(status)) ||
      serials.some(({ status }) => status === 'CREATED' || status === 'IN_PROGRESS');
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
