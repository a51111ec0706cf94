/** What may be asked of `npm run bench`. */
import { parseArgs } from 'node:util';
import { CONTENDERS, type ContenderName } from './contenders/contender.ts';
import { SIZES, type Size } from './plant.ts';

const HELP = `npm run bench -- [flags]

Asks each question of this server and of its contenders in turn, on one plant, and prints what each answer took.

  Q1 to Q7    questions and records, against all contenders that can answer them
  Q8          10,000 results at once, beside COPY
  crowd       ten users at once, 1,000 requests of Q1 between them
  beside      reads while results come in bulk, beside the same reads while nothing does
  stage       what the stages of an answer cost (only when it is named by --only)
  endurance   all questions in turn for --minutes: what the server keeps in memory (only when it is named by --only)

  --size tiny|small|large   serials of the plant: 2,000, 100,000 (the default) or 1,000,000; each is made once and kept
  --only NAME               one of the above or what begins so; may be repeated
  --without NAME            a contender to leave out: ${CONTENDERS.slice(1).join(', ')}; may be repeated
  --rounds N                how often each contender is asked (5)
  --seconds N               how long a slice takes about (5)
  --connections N           that ask at once (16)
  --minutes N               of endurance (10)
  --node PATH               the Node of all contenders (that of the peer, which needs 22 or later; without it that of the bench)
  --node-flag FLAG          for the Node of this server (--max-semi-space-size=64, as the README starts it); may be repeated
  --json FILE               where to write the figures too
  --help                    this text`;

export interface Flags {
  readonly size: Size;
  readonly only: readonly string[];
  readonly without: readonly ContenderName[];
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly minutes: number;
  readonly node: string | undefined;
  readonly nodeFlags: readonly string[];
  readonly json: string | undefined;
}

/** Undefined when only help was wanted, and given. */
export function readFlags(): Flags | undefined {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      size: { type: 'string', default: 'small' },
      only: { type: 'string', multiple: true, default: [] },
      without: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '5' },
      connections: { type: 'string', default: '16' },
      minutes: { type: 'string', default: '10' },
      node: { type: 'string' },
      'node-flag': { type: 'string', multiple: true, default: ['--max-semi-space-size=64'] },
      json: { type: 'string' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return undefined;
  }
  const { only, node, json } = values;
  const [rounds, seconds, connections, minutes] = [
    Number(values.rounds),
    Number(values.seconds),
    Number(values.connections),
    Number(values.minutes),
  ];
  return {
    size: oneOf('--size', values.size, sizes()),
    only,
    without: values.without.map((name) => oneOf('--without', name, CONTENDERS.slice(1))),
    rounds,
    seconds,
    connections,
    minutes,
    node,
    nodeFlags: values['node-flag'],
    json,
  };
}

function oneOf<Name extends string>(flag: string, text: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === text);
  if (found === undefined) throw new Error(`${flag} is one of ${names.join(', ')}.`);
  return found;
}

function sizes(): readonly Size[] {
  return Object.keys(SIZES) as Size[];
}
