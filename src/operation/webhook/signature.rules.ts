import { createHmac } from 'node:crypto';

/** What is posted: one event. */
export interface WebhookBody {
  /** The global id of the delivery: the same for every try. */
  readonly id: string;
  readonly type: string;
  readonly occurredAt: string;
  /** The place of the event; `changes(after:)` goes on behind it. */
  readonly cursor: string;
  readonly data: unknown;
}

/** The headers of a delivery, in lower case. */
export type SignedHeaders = Readonly<
  Record<
    'content-type' | 'user-agent' | 'x-lotgraph-delivery-id' | 'x-lotgraph-timestamp' | 'x-lotgraph-signature',
    string
  >
>;

/**
 * WHK-2: The headers of a body. The signature is the HMAC-SHA-256 of `<timestamp>.<body>` under the secret of the webhook;
 * the timestamp, in seconds since 1970, lets a receiver refuse what is old.
 */
export function signedHeaders(
  body: string,
  {
    deliveryId,
    timestamp,
    secret,
  }: { readonly deliveryId: string; readonly timestamp: number; readonly secret: string },
): SignedHeaders {
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return {
    'content-type': 'application/json',
    'user-agent': 'lotgraph-webhook',
    'x-lotgraph-delivery-id': deliveryId,
    'x-lotgraph-timestamp': String(timestamp),
    'x-lotgraph-signature': `v1=${signature}`,
  };
}
