/**
 * Plays a history: rounds of random commands by several clients at once, on two lines at a time, while things break.
 * The seed decides the commands, the servers that clients choose, and the faults; the machine decides what meets what.
 */
import fc from 'fast-check';
import { randomOf, type Random } from '../../src/app/simulation/random.ts';
import {
  commandOf,
  commandsOfStart,
  drawnCommand,
  drawnStart,
  runsMadeBy,
  type DrawnCommand,
  type DrawnStart,
  type KnownRun,
} from '../model/floor-arbitraries.ts';
import { plantOf, requestOf } from '../model/floor-client.ts';
import { act as modelAct, type Command } from '../model/floor-model.ts';
import { EMPTY, type Plant, type World } from '../model/floor-world.ts';
import { carryOut, newAct, type Act, type Conduct } from './acts.ts';
import type { Crew, Member } from './crew.ts';
import { breakThings, type FaultCounts } from './faults.ts';
import type { Machines } from './machines.ts';

/** What is played. */
export interface Script {
  readonly seed: string;
  /** Rounds of each of the two lines; more are played until all faults have happened. */
  readonly rounds: number;
  readonly commandsPerClient: number;
  readonly faults: number;
  /** For tests of the checker. */
  readonly isForgetful?: boolean;
}

/** A round: a line of its own, and everything that was done on it. */
export interface Round {
  readonly plant: LinePlant;
  readonly acts: readonly Act[];
}

/** What happened, as the clients know it. */
export interface History {
  readonly script: Script;
  readonly rounds: readonly Round[];
  readonly faults: FaultCounts;
  readonly troubles: Readonly<Record<string, number>>;
  readonly contradictions: readonly string[];
}

type LinePlant = Plant & { readonly line: string };

interface Stage {
  readonly script: Script;
  readonly crew: Crew;
  readonly conduct: Pick<Conduct, 'urls' | 'troubles' | 'contradictions'>;
  nextKey(): string;
}

const LINES_AT_ONCE = 2;
/** One command in so many that a role may not call is sent all the same. */
const FORBIDDEN_COMMANDS = 0.15;
/** Commands after which little else is possible on a lot are left out mostly: four clients draw them. */
const ENDING_COMMANDS = new Set(['quarantineLot', 'rejectLot', 'completeLot', 'closeLot', 'deleteLot']);
const LEFT_OUT = 0.7;
/** Most work is recorded at once, often by several clients in one group commit. */
const RECORDING = 0.5;

/** Plays the script on new machines. */
export async function play(script: Script, machines: Machines, crew: Crew): Promise<History> {
  const [first, second] = machines.servers;
  let keys = 0;
  const stage: Stage = {
    script,
    crew,
    conduct: { urls: [first.url, second.url], troubles: {}, contradictions: [] },
    nextKey: () => `act-${(keys += 1)}`,
  };
  const rounds: Round[] = [];
  const scene = { isBreaking: true };
  const faults = breakThings(machines, randomOf(script.seed, 'faults'), script.faults).finally(() => {
    scene.isBreaking = false;
  });
  const lines = Array.from({ length: LINES_AT_ONCE }, async (_, hall) => {
    for (let number = 0; number < script.rounds || scene.isBreaking; number += 1)
      rounds.push(await playRound(stage, 1 + hall + LINES_AT_ONCE * number));
  });
  const [counts] = await Promise.all([faults, ...lines]);
  const { troubles, contradictions } = stage.conduct;
  return { script, rounds, faults: counts, troubles, contradictions };
}

async function playRound({ script, crew, conduct, nextKey }: Stage, number: number): Promise<Round> {
  const { seed, commandsPerClient, isForgetful = false } = script;
  const plant = plantOf(number);
  const acts: Act[] = [];
  /** What is known to all clients: the answers in the order in which they came. */
  const known = { world: EMPTY as World, runs: [] as KnownRun[] };
  const conductOf = (chance: Random, goesAway: number): Conduct => ({
    ...conduct,
    chance,
    goesAway,
    sendsTwice: 0.06,
    hangsUp: 0.2,
    isForgetful,
  });

  const perform = async (member: Member, command: Command, how: Conduct): Promise<void> => {
    const act = newAct(nextKey(), member, { mutation: command.do, command, ...requestOf(plant.line, command) });
    acts.push(act);
    await carryOut(act, how);
    if (act.ending !== 'DONE') return;
    const executed = { ...command, made: act.made };
    known.runs.push(...runsMadeBy(executed));
    known.world = modelAct(plant, known.world, executed).world;
  };

  // What clients want does not depend on how often they had to try.
  const wishes = (who: string): Random => randomOf(seed, 'round', number, who, 'wishes');
  const luck = (who: string): Random => randomOf(seed, 'round', number, who, 'luck');
  const opening = newAct(nextKey(), crew.engineer, {
    mutation: 'createProductionLine',
    input: { code: plant.line, name: plant.line, lotSegment: plant.line },
    selection: 'productionLine { code }',
    command: undefined,
  });
  acts.push(opening);
  await carryOut(opening, { ...conductOf(luck(crew.engineer.name), 0), isForgetful: false });
  const careful = conductOf(luck(crew.importer.name), 0);
  const start: DrawnStart = drawn(drawnStart, wishes(crew.importer.name));
  for (const command of commandsOfStart(start, plant)) await perform(crew.importer, command, careful);

  await Promise.all(
    crew.floor.map(async (member) => {
      const own = wishes(member.name);
      const hasty = conductOf(luck(member.name), 0.1);
      for (let turn = 0; turn < commandsPerClient; turn += 1) {
        const wish = own.chance(RECORDING) ? drawnRecording(own) : drawn(drawnCommand, own);
        const command = commandOf(wish, plant, known.world, known.runs);
        if (command === undefined || (ENDING_COMMANDS.has(command.do) && own.chance(LEFT_OUT))) continue;
        if (!member.mayCall(command.do) && !own.chance(FORBIDDEN_COMMANDS)) continue;
        await perform(member, command, hasty);
      }
    }),
  );
  return { plant, acts };
}

function drawnRecording(chance: Random): DrawnCommand {
  for (;;) {
    const wish = drawn(drawnCommand, chance);
    if (wish.do === 'recordProcessData') return wish;
  }
}

function drawn<T>(arbitrary: fc.Arbitrary<T>, chance: Random): T {
  const [value] = fc.sample(arbitrary, { numRuns: 1, seed: chance.whole(0, 2 ** 31 - 1) });
  return value as T;
}
