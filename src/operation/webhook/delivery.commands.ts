/**
 * The steps of workers: they make deliveries of events, and send them (WHK-2, WHK-3).
 *
 * 1. One worker at a time looks for events (an advisory lock). It notes the position it has read up to in the transaction
 *    that makes the deliveries, so an event becomes one delivery, also when a worker is killed.
 * 2. A delivery is leased to one worker (lease.ts). Of a webhook only the first delivery that has not ended can be claimed,
 *    so events arrive in order, and a webhook that hangs holds up nobody but itself.
 * 3. A worker that is not heard of loses its deliveries; they are sent again: each at least once.
 */
import { v7 as uuid7 } from 'uuid';
import {
  claimNext,
  finish,
  giveBack,
  leaseOf,
  type LeaseQueue,
  returnLost,
  transactionTime,
} from '../../platform/command/lease.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { eventsAfter } from './webhook-event.loaders.ts';
import { dataOf } from './webhook-event.rules.ts';
import { webhookDeliveries } from './webhook.loaders.ts';
import { afterFailedTry, DELIVERY_LEASE_SECONDS, type DeliveryStatus } from './webhook.rules.ts';

/** How many events of one webhook become deliveries by one statement. */
const EVENTS_AT_ONCE = 500;
/** How many deliveries are taken from lost workers at once. */
export const LOST_AT_ONCE = 100;

const DELIVERY_QUEUE: LeaseQueue<'WebhookDelivery', DeliveryStatus> = {
  table: webhookDeliveries,
  statusType: 'webhook_delivery_status',
  waiting: 'PENDING',
  running: 'SENDING',
  holder: 'lockedBy',
  until: 'lockedUntil',
  seconds: DELIVERY_LEASE_SECONDS,
  ready: sql`t.run_after <= now() AND EXISTS (SELECT FROM webhooks webhook WHERE webhook.id = t.webhook_id AND webhook.is_active)
    AND NOT EXISTS (SELECT FROM webhook_deliveries earlier WHERE earlier.webhook_id = t.webhook_id AND earlier.status IN ('PENDING', 'SENDING') AND earlier.position < t.position)
    AND NOT EXISTS (SELECT FROM webhook_deliveries other WHERE other.webhook_id = t.webhook_id AND other.status = 'SENDING')`,
  order: sql`t.run_after, t.id`,
  afterFailure: [sql`run_after = coalesce(next.ready_at, t.run_after)`],
};

/** WHK-2: Makes the deliveries of what happened since the last look; returns whether more is waiting. */
export async function makeDeliveries(tx: Tx): Promise<boolean> {
  const active = await tx.sql<{
    readonly id: string;
    readonly events: readonly string[];
    readonly readPosition: string;
  }>`
    SELECT id, events, read_position AS "readPosition" FROM webhooks WHERE is_active ORDER BY id FOR NO KEY UPDATE`;
  let hasMore = false;
  for (const { id, events, readPosition } of active) {
    const page = await eventsAfter(tx, events, Number(readPosition), EVENTS_AT_ONCE);
    hasMore ||= page.hasMore;
    if (page.end === Number(readPosition)) continue;
    const rows = page.rows.map((event) => ({
      id: uuid7(),
      position: event.position,
      type: event.type,
      occurredAt: event.recordedAt,
      data: dataOf(event),
    }));
    if (rows.length > 0)
      tx.send(sql`
        INSERT INTO webhook_deliveries (id, webhook_id, position, type, occurred_at, data)
        SELECT id, ${id}::uuid, position, type, "occurredAt", data
        FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS event(id uuid, position bigint, type text, "occurredAt" timestamptz, data jsonb)`);
    tx.send(sql`UPDATE webhooks SET read_position = ${page.end}::bigint WHERE id = ${id}::uuid`);
  }
  return hasMore;
}

/** A delivery that a worker has, with what it needs to send it. */
export interface ClaimedDelivery extends Row<'WebhookDelivery'> {
  readonly url: string;
  readonly sealedSecret: string;
}

/** WHK-3: Claims deliveries that are due, at most one of each webhook. */
export async function claimDeliveries(tx: Tx, worker: string, limit: number): Promise<readonly ClaimedDelivery[]> {
  const claimed = await claimNext(tx, DELIVERY_QUEUE, { holder: worker, limit });
  if (claimed.length === 0) return [];
  const targets = await tx.sql<{ readonly id: string; readonly url: string; readonly sealedSecret: string }>`
    SELECT id, url, sealed_secret AS "sealedSecret" FROM webhooks WHERE id = ANY(${claimed.map(({ webhookId }) => webhookId)}::uuid[])`;
  const byId = new Map(targets.map((target) => [target.id, target]));
  return claimed.flatMap((delivery) => {
    const target = byId.get(delivery.webhookId);
    return target === undefined ? [] : [{ ...delivery, url: target.url, sealedSecret: target.sealedSecret }];
  });
}

/** WHK-3: The endpoint has accepted the delivery. False when the worker does not have it any more. */
export async function deliveryIsDone(tx: Tx, delivery: Row<'WebhookDelivery'>, status: number): Promise<boolean> {
  return finish(tx, DELIVERY_QUEUE, leaseOf(DELIVERY_QUEUE, delivery), {
    status: 'DELIVERED',
    result: [sql`delivered_at = now()`, sql`response_status = ${status}::int`, sql`error_message = NULL`],
  });
}

/** Why a try has failed; the status is null when there was no answer. */
export interface FailedTry {
  readonly status: number | null;
  readonly message: string;
}

/** WHK-3: The try has failed: the delivery waits for the next one, or is FAILED. */
export async function deliveryHasFailed(
  tx: Tx,
  delivery: Row<'WebhookDelivery'>,
  { status, message }: FailedTry,
): Promise<void> {
  const lease = leaseOf(DELIVERY_QUEUE, delivery);
  const next = afterFailedTry(delivery.attempts, await transactionTime(tx));
  const given = await giveBack(tx, DELIVERY_QUEUE, [{ ...lease, ...next, errorMessage: message }]);
  if (given > 0)
    tx.send(sql`UPDATE webhook_deliveries SET response_status = ${status}::int WHERE id = ${delivery.id}::uuid`);
}

/** WHK-3: The worker stops before it knows how the try went: another one sends the delivery at once, and the try does not count. */
export async function deliveryIsInterrupted(tx: Tx, delivery: Row<'WebhookDelivery'>): Promise<void> {
  const next = { status: 'PENDING', readyAt: await transactionTime(tx), errorMessage: 'The worker stopped.' } as const;
  const given = await giveBack(tx, DELIVERY_QUEUE, [{ ...leaseOf(DELIVERY_QUEUE, delivery), ...next }]);
  if (given > 0) tx.send(sql`UPDATE webhook_deliveries SET attempts = attempts - 1 WHERE id = ${delivery.id}::uuid`);
}

/** WHK-3: Takes deliveries from workers that are not heard of any more; they are sent again at once. Returns how many. */
export async function returnLostDeliveries(tx: Tx): Promise<number> {
  const lost = await returnLost(tx, DELIVERY_QUEUE, {
    limit: LOST_AT_ONCE,
    action: 'webhook.leaseLost',
    judge: (_delivery, now) => ({ status: 'PENDING', readyAt: now }),
  });
  return lost.length;
}
