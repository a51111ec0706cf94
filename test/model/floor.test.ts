/**
 * The floor against its model. Random commands go in by the public door; each answer, and how the factory stands
 * afterwards, is what the model says.
 *
 * 1. One client: the model answers beside the product, command by command.
 * 2. Four clients at once: afterwards there is an order of their commands, one by one, in which the model answers each
 *    of them as the product did, and ends where the factory stands.
 * 3. What must always be true of the rows is asked after every command, also while other commands are under way.
 *
 * Every round has a line and lots of its own, so a failing round is made smaller by itself. LOTGRAPH_SEED and
 * LOTGRAPH_PATH repeat a round that fast-check printed; LOTGRAPH_FULL_ROUNDS=1 takes many more rounds.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sealNow } from '../../src/operation/audit/seal.commands.ts';
import { startApi, type Api } from '../support/api.ts';
import { carryOut, makeFactory, readWorld, type Factory, type Happening } from './floor-client.ts';
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
} from './floor-drawing.ts';
import { brokenInvariants } from './floor-invariants.ts';
import { act, type Command } from './floor-model.ts';
import { OF_FOUR_CLIENTS, OF_ONE_CLIENT } from './floor-stories.ts';
import { EMPTY, told, type Plant, type World } from './floor-world.ts';
import { serialOrder } from './serial-order.ts';

const CLIENTS = 4;
const isFull = process.env['LOTGRAPH_FULL_ROUNDS'] === '1';
const ROUNDS = isFull ? { one: 300, four: 1_000 } : { one: 20, four: 24 };
const isUsual = !isFull && process.env['LOTGRAPH_SEED'] === undefined;
const TIMEOUT = isFull ? 7_200_000 : 240_000;
const SETTINGS = {
  unbiased: true,
  // So that there is time to tell what failed, however long it takes to make it small.
  interruptAfterTimeLimit: TIMEOUT * 0.8,
  markInterruptAsFailure: true,
  seed: Number(process.env['LOTGRAPH_SEED'] ?? 20_261_120),
  ...(process.env['LOTGRAPH_PATH'] === undefined ? {} : { path: process.env['LOTGRAPH_PATH'] }),
};
/** How often each story of four clients is told: who comes first is another one each time. */
const MEETINGS = 4;
/** How often a round is repeated once one has failed: what is a matter of time does not fail each time. */
const TRIES = 5;

let api: Api;
let factory: Factory;
beforeAll(async () => {
  api = await startApi({ poolSize: 12 });
  factory = await makeFactory(api);
});
afterAll(() => api.close());

/** What happened to one client. */
const met: Happening[] = [];

describe('the floor is what its model says', () => {
  test('one client: every answer, and every state after it', { timeout: TIMEOUT }, async () => {
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

  test('four clients at once: the answers and the end are those of some order, one by one', {
    timeout: TIMEOUT,
  }, async () => {
    let tries = 1;
    const meetings = Array.from({ length: MEETINGS }, () => OF_FOUR_CLIENTS).flat();
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
      { ...SETTINGS, examples: meetings, numRuns: ROUNDS.four + meetings.length },
    );
  });

  test.runIf(isUsual)('the usual rounds of one client did every command, and met these rules', () => {
    const rejections = new Set(met.flatMap(({ answer }) => /^RULE_VIOLATED (\S+)/.exec(answer)?.[1] ?? []));
    const done = new Set(met.flatMap(({ deed, answer }) => (answer.startsWith('ok') ? [deed.do] : [])));

    expect([...done].toSorted().join(' ')).toBe(
      'closeLot completeLot completeProcess convertWipItem correctProcessData createLot deleteLot failSerial generateWipItems passSerial quarantineLot recordProcessData recordProcessDataBatch rejectLot releaseLot reworkSerial startProcess startSerial updateLot withdrawProcess',
    );
    expect([...rejections].toSorted().join(' ')).toBe(
      'LOT-10 LOT-11 LOT-3 LOT-4 LOT-6 LOT-7 LOT-9 PD-13 PD-14 PD-16 PD-17 PD-2 PD-5 PD-6 PD-8 PD-9 SER-2 SER-3 SER-7 WIP-3 WIP-7 WIP-8',
    );
  });

  test('the record of all rounds has no gap and is intact (AUD-3, AUD-5)', async () => {
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

/** A line of its own, brought to where the round starts. */
async function begun(start: DrawnStart): Promise<Round> {
  const plant = await factory.openLine(routeOf(start));
  const { line } = plant;
  let world: World = EMPTY;
  /** All executions, in the order in which they were made. */
  const runs: KnownRun[] = [];

  const happen = async (command: Command): Promise<Happening> => {
    const happening = await carryOut(api, line, command);
    runs.push(...runsMadeBy(happening.deed));
    expect(await brokenInvariants(api, line), `after ${sentenceOf(happening)}`).toEqual([]);
    return happening;
  };
  const follow = async (command: Command | undefined): Promise<void> => {
    if (command === undefined) return;
    const happening = await happen(command);
    const expected = act(plant, world, happening.deed);
    expect(sentenceOf(happening)).toBe(sentenceOf({ ...happening, answer: expected.answer }));
    world = expected.world;
    met.push(happening);
    expect(told(await readWorld(api, line)), `after ${sentenceOf(happening)}`).toEqual(told(world));
  };
  for (const command of commandsOfStart(start, plant)) await follow(command);

  return {
    carryOut: (drawn) => follow(commandOf(drawn, plant, world, runs)),
    async carryOutAtOnce(clients) {
      const known = world;
      const histories = await Promise.all(
        clients.map(async (drawn) => {
          const history: Happening[] = [];
          for (const each of drawn) {
            const command = commandOf(each, plant, known, runs);
            if (command !== undefined) history.push(await happen(command));
          }
          return history;
        }),
      );
      expectExplained(plant, known, histories, await readWorld(api, line));
    },
  };
}

function expectExplained(plant: Plant, start: World, histories: readonly (readonly Happening[])[], end: World): void {
  const found = JSON.stringify(told(end));
  const order = serialOrder(histories, start, {
    next(world, { deed, answer }) {
      const expected = act(plant, world, deed);
      return expected.answer === answer ? expected.world : undefined;
    },
    isEnd: (world) => JSON.stringify(told(world)) === found,
    keyOf: (world) => JSON.stringify(world),
  });
  if (order !== undefined) return;
  const story = histories
    .map((history, client) => [`client ${client + 1}`, ...history.map((each) => `  ${sentenceOf(each)}`)].join('\n'))
    .join('\n');
  throw new Error(
    `No order of these commands explains their answers and the end.\nfrom ${JSON.stringify(told(start))}\n${story}\nto ${found}`,
  );
}

function sentenceOf({ deed: { do: what, made: _made, ...how }, answer, sentAt, answeredAt }: Happening): string {
  return `${sentAt.toFixed(1)} to ${answeredAt.toFixed(1)}: ${what} ${JSON.stringify(how)} -> ${answer}`;
}
