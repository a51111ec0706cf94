/** The flags of `npm run bench`. */
import { parseArgs } from 'node:util';
import { CONTENDERS, type ContenderName } from './contenders/contender.ts';
import { SIZES, type Size } from './plant.ts';

/** The contenders that run unless they are left out. */
const OTHERS = CONTENDERS.filter((name) => name !== 'lotgraph' && name !== 'before');

const HELP = `npm run bench -- [flags]

Sends each question to this server and to its contenders by turns, on one plant, and prints the cost of the answers.

  Q1 to Q7    reads and records, by all contenders that can answer them
  Q8          10,000 results at once, compared with COPY
  crowd       ten users at once, 1,000 requests of Q1 together
  mixed       reads with and without results that are recorded in bulk at the same time
  stage       the cost of the stages of an answer (only if named by --only)
  endurance   all questions for --minutes: the memory that the server keeps (only if named by --only)

  --size tiny|small|large   serials of the plant: 2,000, 100,000 (the default) or 1,000,000; each is made once and kept
  --only NAME               one of the above, or the beginning of a name; may be repeated
  --before DIR              a built checkout of another commit, compared as the contender "before" (Q1 to Q8 and stage)
  --without NAME            a contender to leave out: ${OTHERS.join(', ')}; may be repeated
  --rounds N                slices per contender (5)
  --seconds N               approximate length of a slice (5)
  --connections N           parallel connections (16)
  --minutes N               length of endurance (10)
  --node PATH               the Node.js of all contenders (default: that of the peer, which needs 22 or later; without the peer that of the bench)
  --node-flag FLAG          for the Node.js of lotgraph (default: --max-semi-space-size=64, as in npm start); may be repeated
  --json FILE               also write the figures to this file
  --help                    this text`;

/** The flags of a run. */
export interface Flags {
  readonly size: Size;
  readonly only: readonly string[];
  /** The root of a built checkout of another commit. */
  readonly before: string | undefined;
  readonly without: readonly ContenderName[];
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly minutes: number;
  readonly node: string | undefined;
  readonly nodeFlags: readonly string[];
  readonly json: string | undefined;
}

/** Reads the flags. Returns undefined after printing the help. */
export function readFlags(): Flags | undefined {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      size: { type: 'string', default: 'small' },
      only: { type: 'string', multiple: true, default: [] },
      before: { type: 'string' },
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
  const { only, before, node, json } = values;
  const [rounds, seconds, connections, minutes] = [
    Number(values.rounds),
    Number(values.seconds),
    Number(values.connections),
    Number(values.minutes),
  ];
  return {
    size: oneOf('--size', values.size, sizes()),
    only,
    before,
    without: values.without.map((name) => oneOf('--without', name, OTHERS)),
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
