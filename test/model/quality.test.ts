/**
 * Inspections against their model. Random commands are sent over HTTP; each answer, and the state of the lot with its
 * inspections and findings afterwards, must be those of the model.
 *
 * 1. One client: the model answers the same command next to the product.
 * 2. Three clients at once: there must be a serial order of their commands in which the model gives each the answer of
 *    the product, and ends in the state of the lot.
 *
 * LOTGRAPH_SEED and LOTGRAPH_PATH repeat a round that fast-check printed; LOTGRAPH_FULL_ROUNDS=1 runs many more rounds.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Api } from '../support/api.ts';
import type { Named } from '../support/build.ts';
import { call, type Payload } from '../support/expect.ts';
import { startQuality, type QualityWorld } from '../quality/world.ts';
import { act, type Command, NOTHING, OUTCOMES, type Quality, SAMPLES, SEVERITIES, TYPES } from './quality-model.ts';
import { serialOrder, type Timed } from './serial-order.ts';

const isFull = process.env['LOTGRAPH_FULL_ROUNDS'] === '1';
const ROUNDS = isFull ? { one: 400, three: 400 } : { one: 14, three: 20 };
const TIMEOUT = isFull ? 7_200_000 : 240_000;
const SETTINGS = {
  unbiased: true,
  interruptAfterTimeLimit: TIMEOUT * 0.8,
  markInterruptAsFailure: true,
  seed: Number(process.env['LOTGRAPH_SEED'] ?? 20_261_130),
  ...(process.env['LOTGRAPH_PATH'] === undefined ? {} : { path: process.env['LOTGRAPH_PATH'] }),
};

let world: QualityWorld;
let api: Api;
beforeAll(async () => {
  world = await startQuality({ poolSize: 12 });
  ({ api } = world);
});
afterAll(() => api.close());

/** A command before it is known which inspections and findings there are: `which` chooses one of them. */
interface Drawn {
  readonly do: Command['do'];
  readonly which: number;
  readonly sample: number;
  readonly type: number;
  readonly severities: readonly (typeof SEVERITIES)[number][];
  readonly outcome: (typeof OUTCOMES)[number];
}

/** What moves things on is drawn more often than what ends them. */
const KINDS: readonly Command['do'][] = [
  ...(['create', 'create', 'start', 'start', 'start', 'find', 'find', 'find', 'complete', 'complete'] as const),
  ...(['complete', 'review', 'review', 'review', 'reopen', 'reinspect', 'fail', 'cancel'] as const),
  ...(['release', 'release', 'quarantine', 'reject'] as const),
];
const drawn: fc.Arbitrary<Drawn> = fc.record({
  do: fc.constantFrom(...KINDS),
  which: fc.nat(20),
  sample: fc.nat(SAMPLES.length - 1),
  type: fc.nat(TYPES.length - 1),
  severities: fc.array(fc.constantFrom(...SEVERITIES, 'LOW' as const), { minLength: 1, maxLength: 3 }),
  outcome: fc.constantFrom(...OUTCOMES),
});
/** The rejection of a lot is final; only one of four rounds has it. */
const rounds = (length: number): fc.Arbitrary<readonly Drawn[]> =>
  fc
    .tuple(fc.nat(3), fc.array(drawn, { minLength: length, maxLength: length }))
    .map(([chance, commands]) =>
      commands.map((each) => (each.do === 'reject' && chance > 0 ? { ...each, do: 'find' } : each)),
    );

/**
 * The command on what is there; undefined when there is nothing that it could name. Four of five times it names what it
 * may be carried out on, if there is any.
 */
function commandOf(
  { do: what, which, sample, type, severities, outcome }: Drawn,
  quality: Quality,
): Command | undefined {
  const choose = <Item>(items: Readonly<Record<string, Item>>, isFit: (item: Item) => boolean): string | undefined => {
    const all = Object.keys(items);
    const fit = all.filter((id) => isFit(items[id] as Item));
    const from = fit.length === 0 || which % 5 === 0 ? all : fit;
    return from[which % from.length];
  };
  if (what === 'create') return { do: what, sample: SAMPLES[sample] ?? '', type: TYPES[type] ?? '' };
  if (what === 'release' || what === 'quarantine' || what === 'reject') return { do: what };
  if (what === 'review' || what === 'reopen') {
    const isOpen = (review: string): boolean => review === 'PENDING' || review === 'NEEDS_REVIEW';
    const finding = choose(quality.findings, ({ review }) => isOpen(review) === (what === 'review'));
    if (finding === undefined) return undefined;
    return what === 'review' ? { do: what, finding, outcome } : { do: what, finding };
  }
  const inspection = choose(quality.inspections, ({ status }) => status === STATUS_FOR[what]);
  if (inspection === undefined) return undefined;
  return what === 'find' ? { do: what, inspection, severities } : { do: what, inspection };
}

const STATUS_FOR = {
  start: 'PENDING',
  cancel: 'PENDING',
  find: 'IN_PROGRESS',
  complete: 'IN_PROGRESS',
  fail: 'IN_PROGRESS',
  reinspect: 'COMPLETED',
} as const;

/** Sends a command. Answers it with the ids of what was made, and what the product said. */
async function carryOut(lot: Named, command: Command): Promise<{ readonly command: Command; readonly answer: string }> {
  const [mutation, input, selection = ''] = mutationOf(lot, command);
  const { errors, ...payload } = await call(api, mutation, input, selection);
  const answer = errors.length === 0 ? 'OK' : errors.map(({ code, rule }) => `${code} ${rule}`).join(', ');
  if (answer !== 'OK') return { command, answer };
  if (command.do === 'create' || command.do === 'reinspect')
    return { command: { ...command, made: [payload['inspection'].id] }, answer };
  if (command.do === 'find')
    return { command: { ...command, made: payload['defects'].map(({ id }: Payload) => id) }, answer };
  return { command, answer };
}

function mutationOf({ id }: Named, command: Command): readonly [mutation: string, input: object, selection?: string] {
  const lot = { id };
  const reason = 'Because';
  switch (command.do) {
    case 'create':
      return ['createInspection', { lot, sampleCode: command.sample, type: command.type }, 'inspection { id }'];
    case 'reinspect':
      return ['createInspection', { lot, reinspectionOf: command.inspection }, 'inspection { id }'];
    case 'start':
      return ['startInspection', { id: command.inspection }];
    case 'complete':
      return ['completeInspection', { id: command.inspection }];
    case 'fail':
      return ['failInspection', { id: command.inspection, reason }];
    case 'cancel':
      return ['cancelInspection', { id: command.inspection, reason }];
    case 'find':
      return [
        'recordDefects',
        {
          inspection: command.inspection,
          defects: command.severities.map((severity) => ({ type: 'CRACK', severity })),
        },
        'defects { id }',
      ];
    case 'review':
      return ['reviewDefect', { id: command.finding, reviewStatus: command.outcome, notes: 'Look' }];
    case 'reopen':
      return ['reopenDefectReview', { id: command.finding, reason }];
    default:
      return [`${command.do}Lot`, { lot, reason }];
  }
}

/** The state of the lot as the graph shows it, in the form of the model. */
async function read(lot: Named): Promise<Quality> {
  const { data, errors } = await api.ask(
    `{ lotByNumber(number: "${lot.number}") { disposition inspections(first: 100) { nodes {
         id sampleCode type round status verdict qualityScore defects(first: 100) { nodes { id severity reviewStatus } } } } } }`,
  );
  expect(errors).toEqual([]);
  const { disposition, inspections } = data.lotByNumber;
  const findings = inspections.nodes.flatMap((inspection: Payload) =>
    inspection['defects'].nodes.map(({ id, severity, reviewStatus }: Payload) => [
      id,
      { inspection: inspection['id'], severity, review: reviewStatus },
    ]),
  );
  return {
    disposition,
    findings: Object.fromEntries(findings),
    inspections: Object.fromEntries(
      inspections.nodes.map(({ id, sampleCode, type, round, status, verdict, qualityScore }: Payload) => [
        id,
        {
          sample: sampleCode,
          type,
          round,
          status,
          judgement: verdict === null ? null : [verdict, Math.round(Number(qualityScore) * 10_000)],
        },
      ]),
    ),
  };
}

/** Carries commands out one after the other, each compared with the model. Returns where the model ends. */
async function together(lot: Named, commands: readonly Drawn[]): Promise<Quality> {
  let quality = NOTHING;
  for (const each of commands) {
    const planned = commandOf(each, quality);
    if (planned === undefined) continue;
    const { command, answer } = await carryOut(lot, planned);
    const expected = act(quality, command);
    expect([command, answer]).toEqual([command, expected.answer]);
    quality = expected.quality;
    expect(await read(lot)).toEqual(quality);
  }
  return quality;
}

test('one client: each answer and each state is that of the model (INS-2, INS-3, INS-4, INS-5, INS-6, INS-8, INS-9, DEF-3)', {
  timeout: TIMEOUT,
}, async () => {
  const ends: Quality[] = [];
  await fc.assert(
    fc.asyncProperty(rounds(60), async (commands) => {
      ends.push(await together(await world.newLot(), commands));
    }),
    { ...SETTINGS, numRuns: ROUNDS.one },
  );
  // The rounds have reached what they are about.
  const inspections = ends.flatMap((end) => Object.values(end.inspections));
  const verdicts = inspections.flatMap(({ judgement }) => judgement?.[0] ?? []);
  expect(new Set(verdicts)).toEqual(new Set(['PASS', 'FAIL']));
  expect(ends.some(({ disposition }) => disposition === 'QUARANTINED')).toBe(true);
  expect(Math.max(...inspections.map(({ round }) => round))).toBeGreaterThan(1);
});

interface Event extends Timed {
  readonly command: Command;
  readonly answer: string;
}

test('three clients at once: a serial order of their commands explains all answers and the end (INS-2, INS-3, INS-6, INS-8, INS-9)', {
  timeout: TIMEOUT,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      rounds(14),
      fc.array(fc.array(drawn, { minLength: 3, maxLength: 3 }), { minLength: 3, maxLength: 3 }),
      async (first, clients) => {
        const lot = await world.newLot();
        const start = await together(lot, first);
        const histories = await Promise.all(clients.map((commands) => history(lot, start, commands)));
        const end = await read(lot);
        const order = serialOrder<Quality, Event>(histories, start, {
          next(quality, { command, answer }) {
            const expected = act(quality, command);
            return expected.answer === answer ? expected.quality : undefined;
          },
          isEnd: (quality) => keyOf(quality) === keyOf(end),
          keyOf,
        });
        if (order === undefined)
          throw new Error(
            `No order explains this.\nfrom ${JSON.stringify(start)}\n${JSON.stringify(histories, null, 1)}\nto ${JSON.stringify(end)}`,
          );
      },
    ),
    { ...SETTINGS, numRuns: ROUNDS.three },
  );
});

/** A client sends its commands one after the other, on what there was at the start and what it has done itself. */
async function history(lot: Named, start: Quality, commands: readonly Drawn[]): Promise<readonly Event[]> {
  let seen = start;
  const events: Event[] = [];
  for (const each of commands) {
    const planned = commandOf(each, seen);
    if (planned === undefined) continue;
    const sentAt = performance.now();
    const { command, answer } = await carryOut(lot, planned);
    events.push({ command, answer, sentAt, answeredAt: performance.now() });
    // What another client has taken first was not made.
    if (answer === 'OK') seen = act(seen, command).quality;
  }
  return events;
}

/** The state as text, whatever the order of its records. */
function keyOf({ disposition, inspections, findings }: Quality): string {
  const sorted = (records: Readonly<Record<string, unknown>>): unknown =>
    Object.entries(records).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([disposition, sorted(inspections), sorted(findings)]);
}
