/** The floor through its HTTP entry: sends commands, and reads the state of the factory. */
import { expect } from 'vitest';
import type { Api } from '../support/api.ts';
import { makeLine, makeModel, makeStep, type Step as MadeStep } from '../support/build.ts';
import { call, done, type Payload } from '../support/expect.ts';
import type { Command, ExecutedCommand } from './floor-model.ts';
import { DEFECT, FAILED_BY_HAND } from './floor-units.ts';
import type { Recording } from './floor-work.ts';
import type { Item, Lot, Plant, Run, Serial, Step, World } from './floor-world.ts';
import type { Timed } from './serial-order.ts';

const STEPS: readonly Step[] = [
  { code: 'KIT', number: 5, level: 'LOT', converts: false, maxAttempts: null },
  { code: 'MOUNT', number: 10, level: 'ITEM', converts: false, maxAttempts: null },
  { code: 'TEST', number: 20, level: 'ITEM', converts: false, maxAttempts: 2 },
  { code: 'MARK', number: 30, level: 'ITEM', converts: true, maxAttempts: null },
  { code: 'BURN_IN', number: 50, level: 'SERIAL', converts: false, maxAttempts: null },
  { code: 'FINAL', number: 60, level: 'SERIAL', converts: false, maxAttempts: 3 },
];
const MAX_LOT_QUANTITY = 3;
const MAX_REWORKS = 1;

/** What of a server the model needs: that it answers requests. */
export type AskingApi = Pick<Api, 'ask'>;

export interface Factory {
  /** A new empty line, and the route with these steps. */
  openLine(route: readonly string[]): Promise<Plant & { readonly line: string }>;
}

export async function makeFactory(api: AskingApi): Promise<Factory> {
  await makeModel(api, { maxLotQuantity: MAX_LOT_QUANTITY, maxReworks: MAX_REWORKS });
  const made = new Map<string, MadeStep>();
  for (const { code, number, level, converts, maxAttempts } of STEPS) {
    const type = converts ? 'SERIAL_CONVERSION' : 'MANUFACTURING';
    made.set(code, await makeStep(api, number, code, { type, level: level === 'ITEM' ? 'WIP' : level, maxAttempts }));
  }
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
export function plantOf(
  number: number,
  route: readonly string[] = STEPS.map(({ code }) => code),
): Plant & { readonly line: string } {
  const line = number.toString(36).toUpperCase().padStart(4, '0');
  const [maxLotQuantity, maxReworks] = [MAX_LOT_QUANTITY, MAX_REWORKS];
  return { line, prefix: `${line}PSA2611`, maxLotQuantity, maxReworks, steps: STEPS, route };
}

/** A command that was carried out, with its answer. */
export interface AnsweredCommand extends Timed {
  readonly command: ExecutedCommand;
  readonly answer: string;
}

export async function carryOut(api: AskingApi, line: string, command: Command): Promise<AnsweredCommand> {
  const { input, selection } = requestOf(line, command);
  const sentAt = performance.now();
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

/** The input of the mutation, and what is selected from its payload. */
export function requestOf(line: string, command: Command): { readonly input: object; readonly selection: string } {
  const reason = FAILED_BY_HAND;
  switch (command.do) {
    case 'createLot':
      return {
        input: {
          productModel: { code: 'PSA' },
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
        input: { unit: { number: command.unit }, process: { code: command.step } },
        selection: 'processData { id attempt }',
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

function recordingInput({ unit, step, result, defects }: Recording): object {
  return { unit: { number: unit }, process: { code: step }, result, defects: defectsOf(defects) };
}

function defectsOf(count: number): readonly object[] {
  return Array.from({ length: count }, () => ({ code: DEFECT }));
}

/** The answer in the terms of the model: the first refusal, or what was created. */
export function answerOf({ errors, lot, wipItems, processData, results, serial }: Payload): string {
  const [error] = errors;
  if (error !== undefined)
    return [error.code, error.code === 'NOT_FOUND' ? '' : error.rule, error.path.join('.')].filter(Boolean).join(' ');
  const attempts = (results ?? []).map((each: Payload) => each['processData'].attempt);
  const numbers = [lot, ...(wipItems ?? [])].filter(Boolean).map((each: Payload) => each['number']);
  return ['ok', ...numbers, processData?.attempt, ...attempts, serial?.number]
    .filter((part) => part !== undefined && part !== null)
    .join(' ');
}

const LOTS = `query ($line: String!) {
  productionLineByCode(code: $line) { lots(first: 20) { nodes {
    number targetQuantity status disposition wipItemCount actualQuantity passedQuantity failedQuantity pendingQuantity
    wipItems(first: 5) { nodes { number status currentProcess { code } serial { number status reworkCount failureReason } } }
    processData(first: 100) { nodes { id attempt result defectCount process { code } unit { ... on Lot { lot: number } ... on WipItem { item: number } ... on Serial { serial: number } } } }
  } } }
}`;

/** The state of the line as GraphQL shows it. The counts of its lots are compared with the counted records (LOT-12). */
export async function readWorld(api: AskingApi, line: string): Promise<World> {
  const { data, errors } = await api.ask(LOTS, { line });
  expect(errors).toEqual([]);
  const lots: readonly Payload[] = data.productionLineByCode.lots.nodes;
  return { lotsMade: 0, lots: lots.map((lot) => lotOf(lot)) };
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
  return { number, target, status, disposition, runs: runsOf(number), items };
}

function isLost({ status, reworks }: Serial): boolean {
  return status === 'FAILED' && reworks === MAX_REWORKS;
}
