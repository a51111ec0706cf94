import type { TextForm } from '../../platform/rules/natural-key.ts';
import { type Answer, rejection } from '../../platform/rules/rejection.ts';
import { mayMove, type StateMachine } from '../../platform/rules/state-machine.ts';
import { type Instant, plusMilliseconds } from '../../platform/values/time.ts';

/** WHK-1: The most characters of name and URL of a webhook. */
export const WEBHOOK_LENGTHS = { name: 100, url: 2_000 } as const;
/** WHK-1: The characters of a secret: printable ASCII without spaces. */
export const WEBHOOK_SECRET: TextForm = {
  rule: 'WHK-1',
  pattern: /^[!-~]{16,200}$/,
  form: '16 to 200 printable ASCII characters without spaces',
};
/** WHK-1: The most events of a webhook. */
export const WEBHOOK_EVENTS = 50;

/** WHK-3: The statuses of a delivery. */
export const DELIVERY_STATUSES = ['PENDING', 'SENDING', 'DELIVERED', 'FAILED'] as const;
/** The status of a delivery. */
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** WHK-3: A delivery waits, is sent, and is DELIVERED, waits for its next try, or is FAILED; it can be sent again by hand. */
export const DELIVERY_FLOW: StateMachine<DeliveryStatus> = {
  machine: 'webhook_deliveries.status',
  rule: 'WHK-3',
  moves: {
    PENDING: ['SENDING'],
    SENDING: ['PENDING', 'DELIVERED', 'FAILED'],
    DELIVERED: ['PENDING'],
    FAILED: ['PENDING'],
  },
};

/** WHK-3: The seconds from a failed try to the next one. */
export const RETRY_SECONDS = [5, 30, 120, 600, 3_600, 21_600] as const;
/** WHK-3: The milliseconds that one try may take, from the look-up of the address to the head of the answer. */
export const TRY_MILLISECONDS = 10_000;
/** WHK-3: The seconds after which a delivery is taken from a worker that is not heard of any more. */
export const DELIVERY_LEASE_SECONDS = 60;

/** WHK-3: What becomes of a delivery whose try has failed. `attempts` counts the tries, that one included. */
export function afterFailedTry(
  attempts: number,
  now: Instant,
): { readonly status: 'PENDING' | 'FAILED'; readonly readyAt: Instant | null } {
  const pause = RETRY_SECONDS[attempts - 1];
  if (pause === undefined) return { status: 'FAILED', readyAt: null };
  return { status: 'PENDING', readyAt: plusMilliseconds(now, 1_000 * pause) };
}

/** WHK-3: Only a delivery that is DELIVERED or FAILED is sent again by hand. */
export function mayRedeliver({ status }: { readonly status: DeliveryStatus }): Answer {
  const answer = mayMove(DELIVERY_FLOW, 'The delivery', status, 'PENDING');
  if (answer === undefined && status !== 'SENDING') return undefined;
  return rejection('WHK-3', 'id', `The delivery is ${status}; only one that is DELIVERED or FAILED can be sent again.`);
}

/** WHK-1: What is wrong with the URL of a webhook; undefined when events can be posted to it. */
export function urlProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return 'must be a URL like https://erp.plant.example/hooks';
  const { protocol, username, password } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return 'must begin with https:// or http://';
  if (username !== '' || password !== '')
    return 'must not contain a user or a password; the signature proves the sender';
  return undefined;
}

/** WHK-1: What is wrong with the word of an event; undefined when it is a type of alerts or an action. */
export function eventProblem(word: string, known: ReadonlySet<string>): string | undefined {
  if (known.has(word)) return undefined;
  return `must be a type of alerts, such as DEFECT_DETECTED, or an action, such as lot.closed, but is ${JSON.stringify(word)}`;
}
