/**
 * Compares a history with the database.
 *
 * 1. An acknowledged act took effect once: its key is there, and sent again it changes nothing.
 * 2. A refused act took no effect. An act whose client went away, at most one.
 * 3. On each line there is an order of the acts in which the model gives the answers of the product and ends in its
 *    state. Acts that were answered before others were sent come first.
 * 4. The invariants of the rows hold, each insertion is audited once and under its own actor, the chain is intact, and
 *    `lotgraph audit verify --state` finds every row in its last audited state.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Database } from '../../src/platform/postgres/client.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';
import { unsealedEntries } from '../faults/writers.ts';
import { readWorld } from '../model/floor-client.ts';
import { brokenInvariants } from '../model/floor-invariants.ts';
import { lotgraph } from '../support/command-line.ts';
import { withConnection } from '../support/connection.ts';
import { ANY, answerOfRetry, repeated, type Act } from './acts.ts';
import { unexplained } from './explain.ts';
import type { Machines } from './machines.ts';
import type { History } from './play.ts';
import { busySessions, usedKeys, wronglyAudited, type UsedKey } from './record.ts';
import { apiOf } from './server-api.ts';

/** A contradiction between what the clients know and what the database says. */
export interface Difference {
  readonly kind: 'answer' | 'key' | 'repetition' | 'model' | 'invariant' | 'audit' | 'chain' | 'state';
  readonly what: string;
}

/** The acts by their ends. */
export interface Outcomes {
  readonly done: number;
  /** Of the done: an earlier try took effect, and its answer was lost. */
  readonly doneEarlier: number;
  readonly refused: number;
  /** Of the refused: a try without an answer was sent before, and took effect after the refusal. */
  readonly late: number;
  /** Of those whose client went away: with and without effect. */
  readonly lostWithEffect: number;
  readonly lostWithoutEffect: number;
  readonly tries: number;
}

export interface Verdict {
  readonly differences: readonly Difference[];
  readonly outcomes: Outcomes;
}

/** Stops the servers of the history, so that no request continues, and checks with a server of its own. */
export async function check(history: History, machines: Machines): Promise<Verdict> {
  await machines.heal();
  for (const server of machines.servers) await server.stop();
  const database = openDatabase({
    url: machines.databaseUrl,
    poolSize: 2,
    statementTimeoutSeconds: CHECK_SECONDS,
    onConnectionError: () => undefined,
  });
  const server = await machines.startPlain();
  try {
    return await withConnection(machines.databaseUrl, async (client) => {
      await until(async () => (await busySessions(client)) === 0, 'the sessions of the servers have ended');
      const keys = await usedKeys(client);
      const acts = history.rounds.flatMap((round) => round.acts);
      const differences: Difference[] = [
        ...history.contradictions.map((what): Difference => ({ kind: 'answer', what })),
        ...contradictedKeys(acts, keys),
        ...(await contradictedRepetitions(acts, server.url)),
        ...(await contradictedRounds(history, keys, { server, database })),
        ...(await contradictedRecord(client, machines.databaseUrl)),
      ];
      return { differences, outcomes: outcomesOf(acts, keys) };
    });
  } finally {
    server.child.kill('SIGTERM');
    await server.ended;
    await database.close();
  }
}

const CHECK_SECONDS = 120;
const WAIT_MILLISECONDS = 120_000;
const REPEATING_CLIENTS = 4;

function contradictedKeys(acts: readonly Act[], keys: ReadonlyMap<string, UsedKey>): readonly Difference[] {
  const known = new Map(acts.map((act) => [act.key, act]));
  const strange = [...keys.values()].filter(({ key, operation }) => known.get(key)?.mutation !== operation);
  const empty = [...keys.values()].filter(({ hasOutcome }) => !hasOutcome);
  const wrong = acts.filter(({ key, ending, unansweredTries }) =>
    ending === 'DONE' ? !keys.has(key) : ending === 'REFUSED' && unansweredTries === 0 && keys.has(key),
  );
  return [
    ...strange.map(({ key, operation }) => `${operation} took effect with the key ${key}, which no client sent for it`),
    ...empty.map(({ key, operation }) => `${operation} with the key ${key} took effect and has no outcome for a retry`),
    ...wrong.map((act) => `${sentenceOf(act)}, but its key ${keys.has(act.key) ? 'took' : 'did not take'} effect`),
  ].map((what) => ({ kind: 'key', what }));
}

/** Sends every acknowledged act once more. */
async function contradictedRepetitions(acts: readonly Act[], url: string): Promise<readonly Difference[]> {
  const left = acts.filter(({ ending }) => ending === 'DONE');
  const found: Difference[] = [];
  const work = async (): Promise<void> => {
    for (let act = left.pop(); act !== undefined; act = left.pop()) {
      const ending = await repeated(act, url);
      const answer = ending.kind === 'DONE' ? answerOfRetry(act, ending.payload) : ending.said;
      if (ending.kind !== 'DONE' || (answer !== act.answer && answer !== ANY && act.answer !== ANY))
        found.push({ kind: 'repetition', what: `${sentenceOf(act)}, but sent again: ${answer}` });
    }
  };
  await Promise.all(Array.from({ length: REPEATING_CLIENTS }, work));
  return found;
}

async function contradictedRounds(
  { rounds }: History,
  keys: ReadonlyMap<string, UsedKey>,
  { server, database }: { readonly server: { url: string; token: string }; readonly database: Database },
): Promise<readonly Difference[]> {
  const found: Difference[] = [];
  for (const round of rounds) {
    const { line } = round.plant;
    const broken = await brokenInvariants({ database }, line);
    found.push(...broken.map((what): Difference => ({ kind: 'invariant', what: `line ${line}: ${what}` })));
    const end = await readWorld(apiOf(server), line).catch(String);
    const what = typeof end === 'string' ? `line ${line} cannot be read: ${end}` : unexplained(round, keys, end);
    if (what !== undefined) found.push({ kind: 'model', what });
  }
  return found;
}

async function contradictedRecord(client: Client, databaseUrl: string): Promise<readonly Difference[]> {
  const found: Difference[] = (await wronglyAudited(client)).map((what) => ({ kind: 'audit', what }));
  await until(async () => (await unsealedEntries(client)) === 0, 'all entries are sealed');
  const { code, stdout, stderr } = await lotgraph(['audit', 'verify', '--state', '--json'], {
    DATABASE_URL: databaseUrl,
    LOTGRAPH_STATEMENT_TIMEOUT_SECONDS: String(CHECK_SECONDS),
  });
  if (code === 0) return found;
  const answer = parsed(stdout);
  if (answer?.isIntact !== true)
    found.push({ kind: 'chain', what: answer?.firstBreak?.message ?? `audit verify ended with ${code}: ${stderr}` });
  for (const { message } of answer?.state?.contradictions ?? []) found.push({ kind: 'state', what: message });
  return found;
}

interface VerifyAnswer {
  readonly isIntact?: boolean;
  readonly firstBreak?: { readonly message: string } | null;
  readonly state?: { readonly contradictions: readonly { readonly message: string }[] };
}

function parsed(text: string): VerifyAnswer | undefined {
  try {
    return JSON.parse(text) as VerifyAnswer;
  } catch {
    return undefined;
  }
}

function outcomesOf(acts: readonly Act[], keys: ReadonlyMap<string, UsedKey>): Outcomes {
  const count = (isMeant: (act: Act) => boolean): number => acts.filter(isMeant).length;
  return {
    done: count(({ ending }) => ending === 'DONE'),
    doneEarlier: count(({ ending, key, tries, sentAt }) => {
      const at = keys.get(key)?.at ?? Number.POSITIVE_INFINITY;
      return ending === 'DONE' && tries > 1 && at < performance.timeOrigin + sentAt;
    }),
    refused: count(({ ending }) => ending === 'REFUSED'),
    late: count(({ ending, key }) => ending === 'REFUSED' && keys.has(key)),
    lostWithEffect: count(({ ending, key }) => ending === 'LOST' && keys.has(key)),
    lostWithoutEffect: count(({ ending, key }) => ending === 'LOST' && !keys.has(key)),
    tries: acts.reduce((sum, { tries }) => sum + tries, 0),
  };
}

function sentenceOf({ key, mutation, member, ending, answer, tries }: Act): string {
  return `${key} ${mutation} of ${member.name}: ${ending} ${answer === ANY ? '' : answer} after ${tries} tries`;
}

async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + WAIT_MILLISECONDS;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`Waited in vain until ${what}.`);
    await sleep(100);
  }
}
