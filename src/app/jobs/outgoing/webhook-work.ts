/**
 * Webhooks in the background (WHK-2, WHK-3): events become deliveries, deliveries are sent, and those of lost workers are
 * sent again.
 *
 * The sender keeps many deliveries under way at a time, one of each webhook at most. It waits for none of them before it
 * looks for others, so an endpoint that never answers costs the others nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  claimDeliveries,
  type ClaimedDelivery,
  deliveryHasFailed,
  deliveryIsDone,
  deliveryIsInterrupted,
  LOST_AT_ONCE,
  makeDeliveries,
  returnLostDeliveries,
} from '../../../operation/webhook/delivery.commands.ts';
import { signedHeaders, type WebhookBody } from '../../../operation/webhook/signature.rules.ts';
import { TRY_MILLISECONDS } from '../../../operation/webhook/webhook.rules.ts';
import { WORKER } from '../../../platform/command/lease-renewal.ts';
import type { Services } from '../../../platform/request/context.ts';
import { openText } from '../../../platform/security/sealed-text.ts';
import { firstCharacters } from '../../../platform/values/characters.ts';
import { encodeGlobalId } from '../../../platform/values/global-id.ts';
import { cursorOfPosition } from '../../../operation/audit/position.graphql.ts';
import { type BackgroundWork, exclusive } from '../background-work.ts';
import { post, type Resolve } from './post.ts';

/** How the sender works; tests shorten its times. */
export interface SenderOptions {
  /** The pause before it looks for deliveries again. */
  readonly pauseMilliseconds: number;
  readonly tryMilliseconds: number;
  /** The most deliveries that one process has under way. */
  readonly limit: number;
  /** The name of this worker in leases. */
  readonly worker: string;
  readonly resolve?: Resolve;
}

const SENDER: SenderOptions = { pauseMilliseconds: 500, tryMilliseconds: TRY_MILLISECONDS, limit: 200, worker: WORKER };

/** Makes the deliveries of what happens. */
export const webhookEvents = exclusive({ name: 'webhook-events', pauseMilliseconds: 1_000, run: makeDeliveries });

/** Sends deliveries. Any number of workers may: each delivery is leased to one of them. */
export const webhookSender: BackgroundWork = senderOf(SENDER);

/** Returns the deliveries of lost workers to the queue. */
export const webhookReaper = exclusive({
  name: 'webhook-reaper',
  pauseMilliseconds: 10_000,
  async run(tx, { log }) {
    const lost = await returnLostDeliveries(tx);
    if (lost > 0) log.warn({ event: 'webhook.leases_lost', deliveries: lost }, 'workers of webhooks were lost');
    return lost === LOST_AT_ONCE;
  },
});

/** The work of sending, with these options. One run lasts until the process stops, or the database fails. */
export function senderOf(options: SenderOptions): BackgroundWork {
  return {
    name: 'webhook-sender',
    pauseMilliseconds: options.pauseMilliseconds,
    async run(services, stopping) {
      const underWay = new Set<Promise<void>>();
      try {
        while (!stopping.aborted) {
          const limit = options.limit - underWay.size;
          const claimed =
            limit <= 0 ? [] : await services.database.transaction((tx) => claimDeliveries(tx, options.worker, limit));
          for (const delivery of claimed) {
            const sent = send(services, delivery, options, stopping).finally(() => underWay.delete(sent));
            underWay.add(sent);
          }
          // The next delivery of a webhook follows at once; others are looked for after the pause.
          const pause = sleep(options.pauseMilliseconds, undefined, { signal: stopping }).catch(() => undefined);
          await Promise.race([pause, ...underWay]);
        }
      } finally {
        await Promise.all(underWay);
      }
      return false;
    },
  };
}

/** Sends one delivery and notes how it went. It never rejects: what cannot be noted is sent again when its lease is over. */
async function send(
  services: Services,
  delivery: ClaimedDelivery,
  options: SenderOptions,
  stopping: AbortSignal,
): Promise<void> {
  const { log, database } = services;
  const about = { webhook: delivery.webhookId, delivery: delivery.id, attempt: delivery.attempts };
  try {
    const tried = await attempt(services, delivery, options, stopping);
    await database.transaction(async (tx) => {
      if (!('message' in tried)) await deliveryIsDone(tx, delivery, tried.status);
      else if (stopping.aborted) await deliveryIsInterrupted(tx, delivery);
      else await deliveryHasFailed(tx, delivery, tried);
    });
    log.debug({ event: 'webhook.tried', ...about, status: tried.status }, 'a webhook was called');
  } catch (error) {
    log.warn({ event: 'webhook.result_lost', ...about, err: error }, 'the result of a delivery could not be stored');
  }
}

async function attempt(
  { config }: Services,
  delivery: ClaimedDelivery,
  { tryMilliseconds, resolve }: SenderOptions,
  stopping: AbortSignal,
): Promise<{ readonly status: number } | { readonly status: number | null; readonly message: string }> {
  const secret = openText(config, delivery.sealedSecret);
  if (secret === undefined) return { status: null, message: SECRET_LOST };
  const id = encodeGlobalId('WebhookDelivery', delivery.id);
  const body: WebhookBody = {
    id,
    type: delivery.type,
    occurredAt: delivery.occurredAt,
    cursor: cursorOfPosition(config, delivery.position),
    data: delivery.data,
  };
  const text = JSON.stringify(body);
  const headers = signedHeaders(text, { deliveryId: id, timestamp: Math.floor(Date.now() / 1000), secret });
  try {
    const status = await post({
      url: delivery.url,
      body: text,
      headers: { ...headers },
      mayBePrivate: config.webhookPrivate,
      milliseconds: tryMilliseconds,
      stopping,
      ...(resolve === undefined ? {} : { resolve }),
    });
    if (status >= 200 && status <= 299) return { status };
    return { status, message: `The endpoint answered ${status}.` };
  } catch (error) {
    return {
      status: null,
      message: error instanceof Error ? firstCharacters(error.message, ERROR_LENGTH) : 'The call failed.',
    };
  }
}

/** As long as the column. */
const ERROR_LENGTH = 2_000;

const SECRET_LOST =
  'The secret of the webhook was stored under a token secret that is not accepted any more; set it again by updateWebhook.';
