/** The floor through its HTTP entry: sends commands, and reads the state of the factory. */
import { expect } from 'vitest';
import { encodeGlobalId } from '../../src/platform/values/global-id.ts';
import type { Api } from '../support/api.ts';
import { makeLine, makeModel, makeStep, type Step as MadeStep } from '../support/build.ts';
import { call, done, type Payload } from '../support/expect.ts';
import type { Command, ExecutedCommand } from './floor-model.ts';
import { DEFECT, FAILED_BY_HAND } from './floor-units.ts';
import type { Recording } from './floor-work.ts';
import type { GivenStep } from './floor-routes.ts';
import type { Item, Lot, Plant, Route, Run, Serial, Step, World } from './floor-world.ts';
import type { Timed } from './serial-order.ts';

const STEPS: readonly Step[] = [
  { code: 'KIT', number: 5, level: 'LOT', converts: false, maxAttempts: null },
  { code: 'MOUNT', number: 10, level: 'ITEM', converts: false, maxAttempts: null },
  { code: 'TEST', number: 20, level: 'ITEM', converts: false, maxAttempts: 2 },
  { code: 'MARK', number: 30, level: 'ITEM', converts: true, maxAttempts: null },
  { code: 'BURN_IN', number: 50, level: 'SERIAL', converts: false, maxAttempts: null },
  { code: 'FINAL', number: 60, level: 'SERIAL', converts: false, maxAttempts: 3 },
];
/** Steps that are not part of the factory route. */
const OTHER_STEPS: readonly Step[] = [
  { code: 'PACK', number: 105, level: 'LOT', converts: false, maxAttempts: null },
  { code: 'CLEAN', number: 110, level: 'ITEM', converts: false, maxAttempts: null },
  { code: 'POLISH', number: 120, level: 'ITEM', converts: false, maxAttempts: 2 },
  { code: 'STAMP', number: 130, level: 'ITEM', converts: true, maxAttempts: null },
  { code: 'AGE', number: 150, level: 'SERIAL', converts: false, maxAttempts: null },
];
const MAX_LOT_QUANTITY = 3;
const MAX_REWORKS = 1;

/** What of a server the model needs: that it answers requests. */
export type AskingApi = Pick<Api, 'ask'>;

export interface Factory {
  /** A new empty line, and the route with these steps. */
  openLine(route: readonly string[]): Promise<OpenedLine>;
}

/** A plant with the code of its line. */
export type OpenedLine = Plant & { readonly line: string };

/** A factory of many products, each with routes and a line of its own. */
export interface RoutedFactory {
  openProduct(): Promise<OpenedLine>;
}

export async function makeRoutedFactory(api: AskingApi): Promise<RoutedFactory> {
  for (const step of [...STEPS, ...OTHER_STEPS])
    await makeStep(api, step.number, step.code, { ...processInput(step), isInFactoryRoute: STEPS.includes(step) });
  await done(api, 'createEquipment', { code: 'OVEN', name: 'Oven', type: 'OVEN' }, 'equipment { id }');
  let products = 0;
  return {
    async openProduct() {
      products += 1;
      const plant = { ...plantOf(products), steps: [...STEPS, ...OTHER_STEPS] };
      const model = `M${products.toString(36).toUpperCase().padStart(2, '0')}`;
      await makeModel(api, { code: model, maxLotQuantity: MAX_LOT_QUANTITY, maxReworks: MAX_REWORKS });
      await makeLine(api, { code: plant.line, lotSegment: plant.line });
      return {
        ...plant,
        model,
        prefix: `${plant.line}${model}2611`,
        outside: OTHER_STEPS.map(({ code }) => code),
      };
    },
  };
}

function processInput({ level, converts, maxAttempts }: Step): object {
  const type = converts ? 'SERIAL_CONVERSION' : 'MANUFACTURING';
  return { type, level: level === 'ITEM' ? 'WIP' : level, maxAttempts };
}

export async function makeFactory(api: AskingApi): Promise<Factory> {
  await makeModel(api, { maxLotQuantity: MAX_LOT_QUANTITY, maxReworks: MAX_REWORKS });
  const made = new Map<string, MadeStep>();
  for (const step of STEPS) made.set(step.code, await makeStep(api, step.number, step.code, processInput(step)));
  let route: readonly string[] = STEPS.map(({ code }) => code);
  let lines = 0;
  return {
    async openLine(next) {
      const switched = STEPS.filter(({ code }) => route.includes(code) !== next.includes(code));
      for (const { code } of switched)
        await done(api, 'updateProcess', { process: { code }, isActive: next.includes(code) }, 'process { id }');
      route = next;
      lines += 1;
      const plant = plantOf(lines, route);
      await makeLine(api, { code: plant.line, lotSegment: plant.line });
      return plant;
    },
  };
}

/** The plant of the line with this number, of which the segment of its lots is also the code. */
export function plantOf(number: number, route: readonly string[] = STEPS.map(({ code }) => code)): OpenedLine {
  const line = number.toString(36).toUpperCase().padStart(4, '0');
  const [maxLotQuantity, maxReworks] = [MAX_LOT_QUANTITY, MAX_REWORKS];
  return { line, prefix: `${line}PSA2611`, maxLotQuantity, maxReworks, steps: STEPS, route };
}

/** A command that was carried out, with its answer. */
export interface AnsweredCommand extends Timed {
  readonly command: ExecutedCommand;
  readonly answer: string;
}

export async function carryOut(
  api: AskingApi,
  { line, model }: Pick<OpenedLine, 'line' | 'model'>,
  command: Command,
): Promise<AnsweredCommand> {
  const sentAt = performance.now();
  const route = 'revision' in command ? await idOfRoute(api, model, command.revision) : undefined;
  const { input, selection } = requestOf(line, command, { model, route });
  const payload = await call(api, command.do, input, selection);
  const answeredAt = performance.now();
  return { command: { ...command, made: runsIn(payload) }, answer: answerOf(payload), sentAt, answeredAt };
}

/** The ids of the executions in a payload. */
export function runsIn(payload: Payload): readonly string[] {
  const runs: readonly { readonly id: string }[] = [
    payload['processData'],
    ...(payload['results'] ?? []).map((each: Payload) => each['processData']),
  ].filter(Boolean);
  return runs.map(({ id }) => id);
}

/** The id of a route, as it is when the command is sent; of no route when there is none with this revision. */
async function idOfRoute(api: AskingApi, model: string | undefined, revision: number): Promise<string> {
  const { data } = await api.ask(
    'query ($model: String!, $revision: Int!) { productModelByCode(code: $model) { routes(first: 1, filter: { revision: { eq: $revision } }) { nodes { id } } } }',
    { model, revision },
  );
  return data.productModelByCode.routes.nodes[0]?.id ?? encodeGlobalId('Route', '00000000-0000-7000-8000-000000000000');
}

/** What a command means by its product and its route. */
interface Meant {
  readonly model?: string | undefined;
  readonly route?: string | undefined;
}

/** The input of the mutation, and what is selected from its payload. */
export function requestOf(
  line: string,
  command: Command,
  { model = 'PSA', route }: Meant = {},
): { readonly input: object; readonly selection: string } {
  const reason = FAILED_BY_HAND;
  switch (command.do) {
    case 'createLot':
      return {
        input: {
          productModel: { code: model },
          productionLine: { code: line },
          productionDate: '2026-11-20',
          targetQuantity: command.target,
        },
        selection: 'lot { number }',
      };
    case 'updateLot':
      return { input: { lot: { number: command.unit }, targetQuantity: command.target }, selection: '' };
    case 'deleteLot':
    case 'closeLot':
      return { input: { lot: { number: command.unit } }, selection: '' };
    case 'completeLot':
    case 'quarantineLot':
    case 'releaseLot':
    case 'rejectLot':
      return { input: { lot: { number: command.unit }, reason }, selection: '' };
    case 'generateWipItems':
      return { input: { lot: { number: command.unit }, quantity: command.quantity }, selection: 'wipItems { number }' };
    case 'convertWipItem':
      return {
        input: { wipItem: { number: command.unit } },
        selection: 'processData { id attempt } serial { number }',
      };
    case 'startSerial':
    case 'passSerial':
      return { input: { serial: { number: command.unit } }, selection: '' };
    case 'failSerial':
    case 'reworkSerial':
      return { input: { serial: { number: command.unit }, reason }, selection: '' };
    case 'startProcess':
      return {
        input: { unit: { number: command.unit }, process: { code: command.step }, ...ovenOf(command) },
        selection: 'processData { id attempt }',
      };
    case 'createRoute':
      return {
        input: { productModel: { code: model }, steps: command.steps.map(stepInput) },
        selection: 'route { revision }',
      };
    case 'updateRoute':
      return { input: { id: route, steps: command.steps.map(stepInput) }, selection: '' };
    case 'deleteRoute':
      return { input: { id: route }, selection: '' };
    case 'retireRoute':
      return { input: { id: route, reason }, selection: '' };
    case 'releaseRoute':
      return { input: { id: route, reason }, selection: 'retired { revision }' };
    case 'changeLotRoute':
      return {
        input: { lot: { number: command.unit }, route, reason, dryRun: command.dryRun },
        selection: 'itemsReopened itemsCompleted itemsKept serialsKept',
      };
    case 'completeProcess':
    case 'recordProcessData':
      return { input: recordingInput(command), selection: 'processData { id attempt } serial { number }' };
    case 'recordProcessDataBatch':
      return {
        input: { items: command.records.map(recordingInput) },
        selection: 'results { processData { id attempt } }',
      };
    case 'withdrawProcess':
      return { input: { id: command.run, reason }, selection: '' };
    case 'correctProcessData':
      return {
        input: { id: command.run, reason, result: command.result, defects: defectsOf(command.defects) },
        selection: '',
      };
  }
}

function recordingInput({ unit, step, result, defects, oven }: Recording): object {
  return { unit: { number: unit }, process: { code: step }, result, defects: defectsOf(defects), ...ovenOf({ oven }) };
}

function ovenOf({ oven }: { readonly oven?: boolean | undefined }): object {
  return oven === true ? { equipment: { code: 'OVEN' } } : {};
}

function stepInput({ number, code, isOptional, needsOven, maxAttempts }: GivenStep): object {
  return { number, process: { code }, isOptional, maxAttempts, equipmentTypes: needsOven ? ['OVEN'] : [] };
}

function defectsOf(count: number): readonly object[] {
  return Array.from({ length: count }, () => ({ code: DEFECT }));
}

/** The answer in the terms of the model: the first refusal, or what was created. */
export function answerOf(payload: Payload): string {
  const { errors, lot, wipItems, processData, results, serial, route, retired } = payload;
  const [error] = errors;
  if (error !== undefined)
    return [error.code, error.code === 'NOT_FOUND' ? '' : error.rule, error.path.join('.')].filter(Boolean).join(' ');
  const attempts = (results ?? []).map((each: Payload) => each['processData'].attempt);
  const numbers = [lot, ...(wipItems ?? [])].filter(Boolean).map((each: Payload) => each['number']);
  const moved = ['itemsReopened', 'itemsCompleted', 'itemsKept', 'serialsKept'].map((count) => payload[count]);
  const revisions = [route?.revision, retired?.revision];
  return ['ok', ...numbers, processData?.attempt, ...attempts, serial?.number, ...revisions, ...moved]
    .filter((part) => part !== undefined && part !== null)
    .join(' ');
}

const LOTS = `query ($line: String!) {
  productionLineByCode(code: $line) { lots(first: 20) { nodes {
    number targetQuantity status disposition route { revision } wipItemCount actualQuantity passedQuantity failedQuantity pendingQuantity
    wipItems(first: 5) { nodes { number status currentProcess { code } serial { number status reworkCount failureReason } } }
    processData(first: 100) { nodes { id attempt result defectCount process { code } unit { ... on Lot { lot: number } ... on WipItem { item: number } ... on Serial { serial: number } } } }
  } } }
}`;

/** The state of the line as GraphQL shows it. The counts of its lots are compared with the counted records (LOT-12). */
export async function readWorld(api: AskingApi, line: string): Promise<World> {
  const { data, errors } = await api.ask(LOTS, { line });
  expect(errors).toEqual([]);
  const lots: readonly Payload[] = data.productionLineByCode.lots.nodes;
  return { lotsMade: 0, lots: lots.map((lot) => lotOf(lot)), routesMade: 0, routes: [] };
}

const ROUTES = `query ($model: String!) { productModelByCode(code: $model) { routes(first: 50, orderBy: { field: REVISION }) { nodes {
  revision status steps { number isOptional maxAttempts equipmentTypes process { code } }
} } } }`;

/** The state of the line and of the routes of its product. */
export async function readProduct(api: AskingApi, { line, model, steps }: OpenedLine): Promise<World> {
  const [world, { data, errors }] = await Promise.all([readWorld(api, line), api.ask(ROUTES, { model })]);
  expect(errors).toEqual([]);
  const stepOf = ({ process, number, isOptional, maxAttempts, equipmentTypes }: Payload): Step[] =>
    steps
      .filter(({ code }) => code === process.code)
      .map((step) => ({ ...step, number, isOptional, maxAttempts, needsOven: equipmentTypes.includes('OVEN') }));
  const routes = data.productModelByCode.routes.nodes.map(
    (route: Payload): Route => ({ ...(route as unknown as Route), steps: route['steps'].flatMap(stepOf) }),
  );
  return { ...world, routes };
}

function lotOf(lot: Payload): Lot {
  const executions: readonly Payload[] = lot['processData'].nodes;
  const runsOf = (number: string): Run[] =>
    executions
      .filter(({ unit }) => (unit.lot ?? unit.item ?? unit.serial) === number)
      .map(({ id, process, attempt, result, defectCount }) => ({
        id,
        step: process.code,
        attempt,
        result,
        defects: defectCount,
      }));
  const items: Item[] = lot['wipItems'].nodes
    .map(({ number, status, currentProcess, serial }: Payload) => ({
      number,
      status,
      current: currentProcess?.code ?? null,
      runs: runsOf(number),
      serial: serial && {
        number: serial.number,
        status: serial.status,
        reworks: serial.reworkCount,
        reason: serial.failureReason,
        runs: runsOf(serial.number),
      },
    }))
    .toSorted((a: Item, b: Item) => a.number.localeCompare(b.number));
  const {
    number,
    targetQuantity: target,
    status,
    disposition,
    wipItemCount,
    actualQuantity,
    passedQuantity,
    failedQuantity,
    pendingQuantity,
  } = lot;
  const serials = items.flatMap(({ serial }) => serial ?? []);
  const [passed, failed] = [
    serials.filter((each) => each.status === 'PASSED').length,
    serials.filter((each) => isLost(each)).length,
  ];
  expect(
    { wipItemCount, actualQuantity, passedQuantity, failedQuantity, pendingQuantity },
    `the counts of ${number}`,
  ).toEqual({
    wipItemCount: items.length,
    actualQuantity: serials.length,
    passedQuantity: passed,
    failedQuantity: failed,
    pendingQuantity: serials.length - passed - failed,
  });
  const route = lot['route']?.revision ?? null;
  return { number, route, target, status, disposition, runs: runsOf(number), items };
}

function isLost({ status, reworks }: Serial): boolean {
  return status === 'FAILED' && reworks === MAX_REWORKS;
}
