/**
 * The floor against its model. Random commands are sent over HTTP; each answer, and the state of the factory
 * afterwards, must be those of the model.
 *
 * 1. One client: the model answers the same command next to the product.
 * 2. Four clients at once: there must be a serial order of their commands in which the model gives each the answer of
 *    the product, and ends in the state of the factory.
 * 3. The invariants of the rows are checked after every command, also while other commands are running.
 *
 * Every round has its own line and lots, so that fast-check can shrink a failing round. LOTGRAPH_SEED and LOTGRAPH_PATH
 * repeat a round that fast-check printed; LOTGRAPH_FULL_ROUNDS=1 runs many more rounds.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sealNow } from '../../src/operation/audit/seal.commands.ts';
import { startApi, type Api } from '../support/api.ts';
import { carryOut, makeFactory, readWorld, type Factory, type AnsweredCommand } from './floor-client.ts';
import {
  commandOf,
  commandsOfStart,
  drawnCommand,
  drawnStart,
  routeOf,
  runsMadeBy,
  type DrawnCommand,
  type DrawnStart,
  type KnownRun,
} from './floor-arbitraries.ts';
import { brokenInvariants } from './floor-invariants.ts';
import { act, type Command } from './floor-model.ts';
import { OF_FOUR_CLIENTS, OF_ONE_CLIENT } from './floor-examples.ts';
import { EMPTY, visibleState, type Plant, type World } from './floor-world.ts';
import { serialOrder } from './serial-order.ts';

const CLIENTS = 4;
const isFull = process.env['LOTGRAPH_FULL_ROUNDS'] === '1';
const ROUNDS = isFull ? { one: 300, four: 1_000 } : { one: 20, four: 24 };
const isUsual = !isFull && process.env['LOTGRAPH_SEED'] === undefined;
const TIMEOUT = isFull ? 7_200_000 : 240_000;
const SETTINGS = {
  unbiased: true,
  // Leaves time to report the failure, however long fast-check shrinks it.
  interruptAfterTimeLimit: TIMEOUT * 0.8,
  markInterruptAsFailure: true,
  seed: Number(process.env['LOTGRAPH_SEED'] ?? 20_261_120),
  ...(process.env['LOTGRAPH_PATH'] === undefined ? {} : { path: process.env['LOTGRAPH_PATH'] }),
};
/** How often each example of four clients runs: another client comes first each time. */
const REPETITIONS = 4;
/** How often a round is repeated after a failure: a race does not fail each time. */
const TRIES = 5;

let api: Api;
let factory: Factory;
beforeAll(async () => {
  api = await startApi({ poolSize: 12 });
  factory = await makeFactory(api);
});
afterAll(() => api.close());

/** The commands of the rounds with one client. */
const ofOneClient: AnsweredCommand[] = [];

describe('the floor behaves like its model', () => {
  test('with one client: in every answer, and in every state after it', { timeout: TIMEOUT }, async () => {
    await fc.assert(
      fc.asyncProperty(
        drawnStart,
        fc.array(drawnCommand, { minLength: 1, maxLength: 30, size: 'max' }),
        async (start, drawn) => {
          const round = await begun(start);
          for (const each of drawn) await round.carryOut(each);
        },
      ),
      { ...SETTINGS, examples: OF_ONE_CLIENT, numRuns: ROUNDS.one + OF_ONE_CLIENT.length },
    );
  });

  test('with four clients at once: in some serial order of their commands that explains all answers and the final state', {
    timeout: TIMEOUT,
  }, async () => {
    let tries = 1;
    const examples = Array.from({ length: REPETITIONS }, () => OF_FOUR_CLIENTS).flat();
    await fc.assert(
      fc.asyncProperty(
        drawnStart,
        fc.array(fc.array(drawnCommand, { maxLength: 6, size: 'max' }), { minLength: CLIENTS, maxLength: CLIENTS }),
        async (start, drawn) => {
          for (let turn = 0; turn < tries; turn += 1) {
            try {
              await (await begun(start)).carryOutAtOnce(drawn);
            } catch (error) {
              tries = TRIES;
              throw error;
            }
          }
        },
      ),
      { ...SETTINGS, examples, numRuns: ROUNDS.four + examples.length },
    );
  });

  test.runIf(isUsual)('in the usual rounds of one client, which cover every command and these rules', () => {
    const rejections = new Set(ofOneClient.flatMap(({ answer }) => /^RULE_VIOLATED (\S+)/.exec(answer)?.[1] ?? []));
    const done = new Set(ofOneClient.flatMap(({ command, answer }) => (answer.startsWith('ok') ? [command.do] : [])));

    expect([...done].toSorted().join(' ')).toBe(
      'closeLot completeLot completeProcess convertWipItem correctProcessData createLot deleteLot failSerial generateWipItems passSerial quarantineLot recordProcessData recordProcessDataBatch rejectLot releaseLot reworkSerial startProcess startSerial updateLot withdrawProcess',
    );
    expect([...rejections].toSorted().join(' ')).toBe(
      'LOT-10 LOT-11 LOT-3 LOT-4 LOT-6 LOT-7 LOT-9 PD-13 PD-14 PD-16 PD-17 PD-2 PD-5 PD-6 PD-8 PD-9 SER-2 SER-3 SER-7 WIP-3 WIP-7 WIP-8',
    );
  });

  test('in an audit trail of all rounds that has no gap and is intact (AUD-3, AUD-5)', async () => {
    await sealNow(api.database);

    const { data } = await api.ask('{ auditVerify { isIntact firstBreak { message } } }');

    expect(data.auditVerify).toEqual({ isIntact: true, firstBreak: null });
    expect(
      await api.database.reader()
        .sql`SELECT count(*) = max(position) AS "isWhole", count(*) = (SELECT count(*) FROM audit_entries WHERE operation <> 'VIEW') AS "isAll" FROM audit_positions`,
    ).toEqual([{ isWhole: true, isAll: true }]);
  });
});

interface Round {
  carryOut(drawn: DrawnCommand): Promise<void>;
  carryOutAtOnce(clients: readonly (readonly DrawnCommand[])[]): Promise<void>;
}

/** A new line in the initial state of the round. */
async function begun(start: DrawnStart): Promise<Round> {
  const plant = await factory.openLine(routeOf(start));
  const { line } = plant;
  let world: World = EMPTY;
  /** All executions, in the order of their creation. */
  const runs: KnownRun[] = [];

  const execute = async (command: Command): Promise<AnsweredCommand> => {
    const answered = await carryOut(api, plant, command);
    runs.push(...runsMadeBy(answered.command));
    expect(await brokenInvariants(api, line), `after ${sentenceOf(answered)}`).toEqual([]);
    return answered;
  };
  const follow = async (command: Command | undefined): Promise<void> => {
    if (command === undefined) return;
    const answered = await execute(command);
    const expected = act(plant, world, answered.command);
    expect(sentenceOf(answered)).toBe(sentenceOf({ ...answered, answer: expected.answer }));
    world = expected.world;
    ofOneClient.push(answered);
    expect(visibleState(await readWorld(api, line)), `after ${sentenceOf(answered)}`).toEqual(visibleState(world));
  };
  for (const command of commandsOfStart(start, plant)) await follow(command);

  return {
    carryOut: (drawn) => follow(commandOf(drawn, plant, world, runs)),
    async carryOutAtOnce(clients) {
      const known = world;
      const histories = await Promise.all(
        clients.map(async (drawn) => {
          const history: AnsweredCommand[] = [];
          for (const each of drawn) {
            const command = commandOf(each, plant, known, runs);
            if (command !== undefined) history.push(await execute(command));
          }
          return history;
        }),
      );
      expectExplained(plant, known, histories, await readWorld(api, line));
    },
  };
}

function expectExplained(
  plant: Plant,
  start: World,
  histories: readonly (readonly AnsweredCommand[])[],
  end: World,
): void {
  const found = JSON.stringify(visibleState(end));
  const order = serialOrder(histories, start, {
    next(world, { command, answer }) {
      const expected = act(plant, world, command);
      return expected.answer === answer ? expected.world : undefined;
    },
    isEnd: (world) => JSON.stringify(visibleState(world)) === found,
    keyOf: (world) => JSON.stringify(world),
  });
  if (order !== undefined) return;
  const log = histories
    .map((history, client) => [`client ${client + 1}`, ...history.map((each) => `  ${sentenceOf(each)}`)].join('\n'))
    .join('\n');
  throw new Error(
    `No order of these commands explains their answers and the end.\nfrom ${JSON.stringify(visibleState(start))}\n${log}\nto ${found}`,
  );
}

function sentenceOf({
  command: { do: what, made: _made, ...how },
  answer,
  sentAt,
  answeredAt,
}: AnsweredCommand): string {
  return `${sentAt.toFixed(1)} to ${answeredAt.toFixed(1)}: ${what} ${JSON.stringify(how)} -> ${answer}`;
}
