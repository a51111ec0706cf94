/**
 * Products with routes of their own against the model: random routes, with optional steps, other numbers, attempts and
 * ovens, of every level, with and without a conversion; drafts, releases and retirements while lots are at work; lots that
 * are moved; and work of every kind by them. Each answer, and the state afterwards, must be those of the model.
 *
 * As in floor.test.ts: one client, and four at once; LOTGRAPH_SEED and LOTGRAPH_PATH repeat a round that fast-check
 * printed; LOTGRAPH_FULL_ROUNDS=1 runs many more rounds. Every round has a product, a line and lots of its own.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../support/api.ts';
import type { Payload } from '../support/expect.ts';
import { runsMadeBy, type KnownRun } from './floor-arbitraries.ts';
import { carryOut, makeRoutedFactory, readProduct, type AnsweredCommand, type RoutedFactory } from './floor-client.ts';
import { brokenInvariants } from './floor-invariants.ts';
import { act, type Command } from './floor-model.ts';
import { EMPTY, visibleRoutes, visibleState, type World } from './floor-world.ts';
import {
  commandOfAct,
  commandsOfProduct,
  drawnAct,
  drawnProduct,
  nextSteps,
  recordsOfProduct,
  type DrawnAct,
  type DrawnProduct,
} from './routes-arbitraries.ts';
import { ROUTES_OF_ONE_CLIENT } from './routes-examples.ts';
import { serialOrder } from './serial-order.ts';

const CLIENTS = 4;
const isFull = process.env['LOTGRAPH_FULL_ROUNDS'] === '1';
const ROUNDS = isFull ? { one: 300, four: 1_000 } : { one: 20, four: 16 };
const isUsual = !isFull && process.env['LOTGRAPH_SEED'] === undefined;
const TIMEOUT = isFull ? 7_200_000 : 240_000;
const SETTINGS = {
  unbiased: true,
  // Leaves time to report the failure, however long fast-check shrinks it.
  interruptAfterTimeLimit: TIMEOUT * 0.8,
  markInterruptAsFailure: true,
  seed: Number(process.env['LOTGRAPH_SEED'] ?? 20_261_130),
  ...(process.env['LOTGRAPH_PATH'] === undefined ? {} : { path: process.env['LOTGRAPH_PATH'] }),
};
/** How often a round is repeated after a failure: a race does not fail each time. */
const TRIES = 5;

let api: Api;
let factory: RoutedFactory;
beforeAll(async () => {
  api = await startApi({ poolSize: 12 });
  factory = await makeRoutedFactory(api);
});
afterAll(() => api.close());

/** The commands of the rounds with one client. */
const ofOneClient: AnsweredCommand[] = [];

describe('work by routes behaves like its model (RTE-4, RTE-5, RTE-6)', () => {
  test('with one client: in every answer, and in every state after it', { timeout: TIMEOUT }, async () => {
    await fc.assert(
      fc.asyncProperty(
        drawnProduct,
        fc.array(drawnAct, { minLength: 1, maxLength: 30, size: 'max' }),
        async (product, drawn) => {
          const round = await begun(product);
          for (const each of drawn) await round.carryOut(each);
        },
      ),
      { ...SETTINGS, examples: ROUTES_OF_ONE_CLIENT, numRuns: ROUNDS.one + ROUTES_OF_ONE_CLIENT.length },
    );
  });

  test('with four clients at once: in some serial order of their commands that explains all answers and the final state', {
    timeout: TIMEOUT,
  }, async () => {
    let tries = 1;
    await fc.assert(
      fc.asyncProperty(
        drawnProduct,
        fc.array(fc.array(drawnAct, { maxLength: 5, size: 'max' }), { minLength: CLIENTS, maxLength: CLIENTS }),
        async (product, drawn) => {
          for (let turn = 0; turn < tries; turn += 1) {
            try {
              await (await begun(product)).carryOutAtOnce(drawn);
            } catch (error) {
              tries = TRIES;
              throw error;
            }
          }
        },
      ),
      { ...SETTINGS, numRuns: ROUNDS.four },
    );
  });

  test.runIf(isUsual)('in the usual rounds of one client, which cover every command and these rules', () => {
    const rejections = new Set(ofOneClient.flatMap(({ answer }) => /^RULE_VIOLATED (\S+)/.exec(answer)?.[1] ?? []));
    const done = new Set(ofOneClient.flatMap(({ command, answer }) => (answer.startsWith('ok') ? [command.do] : [])));

    expect([...done].toSorted().join(' ')).toBe(
      'changeLotRoute closeLot completeLot completeProcess convertWipItem correctProcessData createLot createRoute deleteRoute failSerial generateWipItems passSerial quarantineLot recordProcessData recordProcessDataBatch releaseLot releaseRoute retireRoute reworkSerial startProcess startSerial updateRoute withdrawProcess',
    );
    expect([...rejections].toSorted().join(' ')).toBe(
      'LOT-10 LOT-7 LOT-9 PD-13 PD-14 PD-16 PD-17 PD-5 PD-6 PD-8 PD-9 RTE-1 RTE-2 RTE-3 RTE-5 RTE-6 RTE-8 SER-2 SER-3 SER-7 WIP-7 WIP-8',
    );
  });
});

interface Round {
  carryOut(drawn: DrawnAct): Promise<void>;
  carryOutAtOnce(clients: readonly (readonly DrawnAct[])[]): Promise<void>;
}

/** A new product in the initial state of the round. */
async function begun(product: DrawnProduct): Promise<Round> {
  const plant = await factory.openProduct();
  let world: World = EMPTY;
  /** All executions, in the order of their creation. */
  const runs: KnownRun[] = [];

  const execute = async (command: Command): Promise<AnsweredCommand> => {
    const answered = await carryOut(api, plant, command);
    runs.push(...runsMadeBy(answered.command));
    expect(await brokenInvariants(api, plant.line), `after ${sentenceOf(answered)}`).toEqual([]);
    return answered;
  };
  const follow = async (command: Command | undefined): Promise<void> => {
    if (command === undefined) return;
    const answered = await execute(command);
    const expected = act(plant, world, answered.command);
    expect([inWords(world), sentenceOf(answered)]).toEqual([
      inWords(world),
      sentenceOf({ ...answered, answer: expected.answer }),
    ]);
    world = expected.world;
    ofOneClient.push(answered);
    expect([sentenceOf(answered), stateOf(await readProduct(api, plant))]).toEqual([
      sentenceOf(answered),
      stateOf(world),
    ]);
    expect(await readNextSteps(plant.line), `after ${sentenceOf(answered)}`).toEqual(nextSteps(plant, world));
  };
  for (const command of commandsOfProduct(product, plant)) await follow(command);
  const records = recordsOfProduct(product, plant, world);
  if (records.length > 0) await follow({ do: 'recordProcessDataBatch', records });

  return {
    carryOut: (drawn) => follow(commandOfAct(drawn, plant, world, runs)),
    async carryOutAtOnce(clients) {
      const known = world;
      const histories = await Promise.all(
        clients.map(async (drawn) => {
          const history: AnsweredCommand[] = [];
          for (const each of drawn) {
            const command = commandOfAct(each, plant, known, runs);
            if (command !== undefined) history.push(await execute(command));
          }
          return history;
        }),
      );
      const found = JSON.stringify(stateOf(await readProduct(api, plant)));
      const order = serialOrder(histories, known, {
        next(before, { command, answer }) {
          const expected = act(plant, before, command);
          return expected.answer === answer ? expected.world : undefined;
        },
        isEnd: (end) => JSON.stringify(stateOf(end)) === found,
        keyOf: (each) => JSON.stringify(each),
      });
      const log = histories.flatMap((history, client) => [`client ${client + 1}`, ...history.map(sentenceOf)]);
      expect(order, `an order of these commands\nfrom ${inWords(known)}\n${log.join('\n')}\nto ${found}`).toBeDefined();
    },
  };
}

const NEXT = `query ($line: String!) { productionLineByCode(code: $line) { lots(first: 20) { nodes {
  wipItems(first: 5) { nodes { number nextProcess { code } } }
} } } }`;

async function readNextSteps(line: string): Promise<Readonly<Record<string, string | null>>> {
  const { data, errors } = await api.ask(NEXT, { line });
  expect(errors).toEqual([]);
  const lots: readonly Payload[] = data.productionLineByCode.lots.nodes;
  const items: readonly Payload[] = lots.flatMap((lot) => lot['wipItems'].nodes);
  return Object.fromEntries(items.map(({ number, nextProcess }) => [number, nextProcess?.code ?? null]));
}

function stateOf(world: World): object {
  return { routes: visibleRoutes(world), lots: visibleState(world) };
}

function inWords(world: World): string {
  return JSON.stringify(stateOf(world));
}

function sentenceOf({
  command: { do: what, made: _made, ...how },
  answer,
  sentAt,
  answeredAt,
}: AnsweredCommand): string {
  return `${sentAt.toFixed(1)} to ${answeredAt.toFixed(1)}: ${what} ${JSON.stringify(how)} -> ${answer}`;
}
