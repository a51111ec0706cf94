/**
 * `npm run test:histories`: random histories, one after the other, each on machines of its own, until the time is over
 * or one of them has a difference. The seed of a history is that of the run and its number.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Outcomes } from './check.ts';
import type { History } from './play.ts';
import { runHistory, type Judged } from './run-history.ts';

const HELP = `npm run test:histories -- [flags]

Clients of several roles act on two real servers and one PostgreSQL while processes are killed, wires are cut, delayed
and silenced, the disk is full and clocks jump, several faults together. Afterwards every answer is compared with the
database, the model of the floor, the invariants and the audit trail (lotgraph audit verify --state).

  --minutes N     start histories for so many minutes (1); the last one is finished and checked
  --histories N   at most so many histories
  --seed S        the seed of the first history (random); S and the number of the history give the others
  --rounds N      rounds on each of the two lines of a history (10); more are played until its faults have happened
  --commands N    commands of each client in a round (7)
  --faults N      faults of a history (60)
  --json          print the result as JSON to standard output; progress goes to standard error
  --help          this text

Exit code 1: a difference was found. The command that repeats the history is printed with it. The same seed gives the
same commands and faults, but not the same timing: repeat a history several times.`;

interface Settings {
  readonly minutes: number;
  readonly histories: number;
  readonly seed: string;
  readonly rounds: number;
  readonly commands: number;
  readonly faults: number;
  readonly json: boolean;
}

const settings = readSettings();
if (settings !== undefined) process.exitCode = await run(settings);

async function run(given: Settings): Promise<number> {
  let end = performance.now() + given.minutes * 60_000;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      report('The last history is being finished; a second signal ends at once.');
      end = 0;
    });
  report(`Seed ${given.seed}`);
  const judged: { readonly seed: string; readonly result: Judged }[] = [];
  for (let number = 0; number < given.histories && (number === 0 || performance.now() < end); number += 1) {
    const seed = number === 0 ? given.seed : `${given.seed}.${number}`;
    const start = performance.now();
    const { rounds, commands: commandsPerClient, faults } = given;
    const result = await runHistory({ seed, rounds, commandsPerClient, faults }).catch((error: unknown) => {
      report(`${seed} could not be finished. To repeat it: ${repetitionOf(given, seed)}`);
      throw error;
    });
    judged.push({ seed, result });
    const seconds = Math.round((performance.now() - start) / 1_000);
    report(`${seed}: ${textOf(result.outcomes)}; ${result.differences.length} differences; ${seconds} s`);
    if (result.differences.length === 0) continue;
    for (const { kind, what } of result.differences) report(`  ${kind}: ${what}`);
    report(`To repeat it: ${repetitionOf(given, seed)}`);
    break;
  }
  const summary = summaryOf(judged.map(({ result }) => result));
  const differences = judged.flatMap(({ seed, result }) => result.differences.map((each) => ({ seed, ...each })));
  if (given.json)
    process.stdout.write(
      `${JSON.stringify({ seed: given.seed, histories: judged.length, ...summary, differences }, null, 1)}\n`,
    );
  else {
    report(`\n${judged.length} histories from seed ${given.seed}: ${textOf(summary.acts)}`);
    report(`Faults: ${countsOf(summary.faults)}`);
    report(`Done and refused: ${countsOf(summary.answers)}`);
    report(`Instead of answers: ${countsOf(summary.troubles)}`);
    report(`Differences: ${differences.length}`);
  }
  return differences.length === 0 ? 0 : 1;
}

function repetitionOf({ rounds, commands, faults }: Settings, seed: string): string {
  return `npm run test:histories -- --histories 1 --seed ${seed} --rounds ${rounds} --commands ${commands} --faults ${faults}`;
}

interface Summary {
  readonly acts: Outcomes;
  readonly faults: Readonly<Record<string, number>>;
  readonly troubles: Readonly<Record<string, number>>;
  /** How often each mutation was done, and each rule refused one. */
  readonly answers: Readonly<Record<string, number>>;
}

function summaryOf(results: readonly Judged[]): Summary {
  const none: Outcomes = {
    done: 0,
    doneEarlier: 0,
    refused: 0,
    late: 0,
    lostWithEffect: 0,
    lostWithoutEffect: 0,
    tries: 0,
  };
  return {
    acts: { ...none, ...summed(results.map(({ outcomes }) => ({ ...outcomes }))) },
    faults: summed(results.map(({ history }) => history.faults)),
    troubles: summed(results.map(({ history }) => history.troubles)),
    answers: summed(results.map(({ history }) => answersIn(history))),
  };
}

function answersIn({ rounds }: History): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { ending, mutation, answer } of rounds.flatMap(({ acts }) => acts)) {
    const name = ending === 'DONE' ? mutation : answer.split(' ').slice(0, 2).join(' ');
    if (name !== '') counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function summed(all: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sum: Record<string, number> = {};
  for (const [name, count] of all.flatMap((each) => Object.entries(each))) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

function textOf({ done, doneEarlier, refused, late, lostWithEffect, lostWithoutEffect, tries }: Outcomes): string {
  const lost = `${lostWithEffect + lostWithoutEffect} without an answer (${lostWithEffect} took effect)`;
  return `${done} acts done (${doneEarlier} of them by a try whose answer was lost), ${refused} refused (${late} of them before an earlier try took effect), ${lost}, in ${tries} tries`;
}

function countsOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

function readSettings(): Settings | undefined {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      minutes: { type: 'string', default: '1' },
      histories: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: String(randomInt(1_000_000)) },
      rounds: { type: 'string', default: '10' },
      commands: { type: 'string', default: '7' },
      faults: { type: 'string', default: '60' },
      json: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return undefined;
  }
  return {
    minutes: numberOf('minutes', values.minutes),
    histories: numberOf('histories', values.histories),
    seed: values.seed,
    rounds: numberOf('rounds', values.rounds),
    commands: numberOf('commands', values.commands),
    faults: numberOf('faults', values.faults),
    json: values.json,
  };
}

function numberOf(flag: string, text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number) || number < 0)
    throw new Error(`--${flag} is a number, from 0 on; not ${JSON.stringify(text)}.`);
  return number;
}

function report(message: string): void {
  process.stderr.write(`${message}\n`);
}
