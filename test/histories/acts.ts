/**
 * One act of a client, from its first try to its end. A client that gets no answer sends the same mutation with the same
 * key again, to the same server or to the other one, until it knows; sometimes it sends it to both at once, and
 * sometimes it goes away without knowing.
 */
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../src/app/simulation/random.ts';
import type { Ending, Payload as EndingPayload } from '../faults/client.ts';
import { answerOf, runsIn } from '../model/floor-client.ts';
import type { Command } from '../model/floor-model.ts';
import type { Payload } from '../support/expect.ts';
import type { Member, Request } from './crew.ts';

export interface Act extends Request {
  readonly key: string;
  readonly member: Member;
  /** What the model knows the mutation as; undefined for acts outside the model. */
  readonly command: Command | undefined;
  readonly firstSentAt: number;
  /** When the try was sent that was answered. */
  sentAt: number;
  answeredAt: number;
  tries: number;
  unansweredTries: number;
  /** LOST: the client went away without an answer. */
  ending: 'OPEN' | 'DONE' | 'REFUSED' | 'LOST';
  /** In the terms of the model; ANY when the answer came too late to show the record as the act left it. */
  answer: string;
  made: readonly string[];
}

/** How a client acts. */
export interface Conduct {
  readonly urls: readonly [string, string];
  readonly chance: Random;
  /** The probability that a client goes away after a try without an answer. */
  readonly goesAway: number;
  /** The probability that a client sends an act to both servers at once. */
  readonly sendsTwice: number;
  /** The probability that a client hangs up before the answer. */
  readonly hangsUp: number;
  /** For tests of the checker: the first answer is taken for a lost one, and the next try has no key. */
  readonly isForgetful?: boolean;
  /** What the clients saw instead of answers, and how often. */
  readonly troubles: Record<string, number>;
  /** Answers that contradict each other. */
  readonly contradictions: string[];
}

/** An answer that fits every success of the model. */
export const ANY = 'ok *';

/** Mutations whose record another client may remove before a retry reads it (LOT-11, PD-14). */
const REMOVABLE = new Set(['createLot', 'startProcess']);

/** No fault lasts as long: a client that still waits is stuck. */
const STUCK_MILLISECONDS = 600_000;

export function newAct(key: string, member: Member, request: Request & Pick<Act, 'command'>): Act {
  return {
    key,
    member,
    ...request,
    firstSentAt: performance.now(),
    sentAt: 0,
    answeredAt: Number.POSITIVE_INFINITY,
    tries: 0,
    unansweredTries: 0,
    ending: 'OPEN',
    answer: '',
    made: [],
  };
}

/** Sends the act until its end is known or its client goes away. */
export async function carryOut(act: Act, conduct: Conduct): Promise<void> {
  const { chance, troubles } = conduct;
  let server: 0 | 1 = chance.chance(0.5) ? 1 : 0;
  while (performance.now() - act.firstSentAt < STUCK_MILLISECONDS) {
    act.tries += 1;
    act.sentAt = performance.now();
    const ending = await tried(act, conduct, server);
    if (ending.kind !== 'UNKNOWN') return end(act, ending);
    act.unansweredTries += 1;
    troubles[ending.said] = (troubles[ending.said] ?? 0) + 1;
    if (chance.chance(conduct.goesAway)) {
      act.ending = 'LOST';
      return;
    }
    if (chance.chance(0.6)) server = server === 0 ? 1 : 0;
    await sleep(chance.between(10, 200));
  }
  throw new Error(`${act.key} ${act.mutation} of ${act.member.name} got no answer in ten minutes.`);
}

/** Sends the act once more, as it was, and returns how that ended. */
export async function repeated(act: Act, url: string): Promise<Ending> {
  for (let tries = 1; ; tries += 1) {
    const ending = await act.member.send(url, withKey(act));
    if (ending.kind !== 'UNKNOWN' || tries === 100) return ending;
    await sleep(100);
  }
}

function withKey({ mutation, input, selection, key }: Act): Request {
  return { mutation, input: { ...input, idempotencyKey: key }, selection };
}

async function tried(act: Act, conduct: Conduct, server: 0 | 1): Promise<Ending> {
  const { urls, chance, isForgetful = false, sendsTwice, hangsUp } = conduct;
  const isKeyForgotten = isForgetful && act.tries > 1;
  const { mutation, input, selection } = act;
  const request: Request = isKeyForgotten ? { mutation, input, selection } : withKey(act);
  const sendTo = (url: string): Promise<Ending> =>
    act.member.send(url, {
      ...request,
      ...(chance.chance(hangsUp) ? { maximumWaitSeconds: chance.between(0.004, 0.06) } : {}),
    });
  if (isForgetful && act.tries === 1) {
    await sendTo(urls[server]);
    return { kind: 'UNKNOWN', said: 'no answer' };
  }
  if (!chance.chance(sendsTwice)) return sendTo(urls[server]);
  const [one, other] = await Promise.all(urls.map(sendTo));
  if (one === undefined || other === undefined) throw new Error('There are two servers.');
  if (one.kind === 'DONE' && other.kind === 'DONE' && !isSame(one.payload, other.payload))
    conduct.contradictions.push(
      `${act.key} ${act.mutation} was answered by ${JSON.stringify(one.payload)} and by ${JSON.stringify(other.payload)}`,
    );
  return [one, other].find(({ kind }) => kind === 'DONE') ?? [one, other].find(({ kind }) => kind === 'UNKNOWN') ?? one;
}

/** A record may have been withdrawn before the second answer was read. */
function isSame(one: EndingPayload, other: EndingPayload): boolean {
  return isDeepStrictEqual(one, other) || isAnyMissing(one) || isAnyMissing(other);
}

function end(act: Act, ending: Exclude<Ending, { readonly kind: 'UNKNOWN' }>): void {
  act.answeredAt = performance.now();
  act.ending = ending.kind;
  if (ending.kind === 'REFUSED') {
    act.answer = ending.payload === undefined ? (ending.code ?? '') : answerOf(ending.payload as unknown as Payload);
    return;
  }
  const payload = { ...ending.payload, errors: [] } as unknown as Payload;
  act.answer = act.tries > 1 ? answerOfRetry(act, ending.payload) : answerOf(payload);
  act.made = runsIn(payload);
}

/** The answer to a retry in the terms of the model. */
export function answerOfRetry({ mutation }: Act, payload: EndingPayload): string {
  return REMOVABLE.has(mutation) && isAnyMissing(payload)
    ? ANY
    : answerOf({ ...payload, errors: [] } as unknown as Payload);
}

/** Whether the record of an answer is missing; only a conversion has a serial. */
function isAnyMissing({ serial: _serial, ...records }: EndingPayload): boolean {
  return JSON.stringify(records).includes('null');
}
