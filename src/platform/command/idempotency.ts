/**
 * IDK-1: the same request with the same key has one effect.
 *
 * 1. The key is claimed by inserting its row first of all, in the command's own transaction.
 * 2. A twin that arrives meanwhile waits at the unique constraint until the first one ends.
 * 3. If the first one committed, the twin finds its outcome and answers the same; if it was refused, its row is gone
 *    and the twin is judged anew.
 * 4. A key whose time is over is claimed as if it were new.
 */
import { createHmac } from 'node:crypto';
import { v7 as uuid7 } from 'uuid';
import type { Reader, Tx } from '../postgres/client.ts';
import { arrayParameter, sql, type Sql } from '../postgres/sql.ts';
import type { Viewer } from '../rules/access.ts';
import { rejection, type Rejection } from '../rules/rejection.ts';
import { present } from '../values/assert.ts';
import { canonical } from '../values/json.ts';
import type { Instant } from '../values/time.ts';

export const RETENTION_DAYS = 30;

export interface Claim {
  readonly caller: string;
  readonly key: string;
  readonly operation: string;
  readonly requestHash: string;
}

type Claimed =
  | { readonly kind: 'NEW'; readonly id: string }
  | { readonly kind: 'DONE'; readonly outcome: unknown }
  | { readonly kind: 'MISMATCH'; readonly rejection: Rejection };

/**
 * The hash is keyed: an input may carry a password, and a plain hash of it could be tried out by whoever reads the
 * table.
 */
export function claimFor(viewer: Viewer, operation: string, key: string, input: unknown, secret: string): Claim {
  const requestHash = createHmac('sha256', secret).update('idempotency').update(canonical(input)).digest('hex');
  return { caller: `${viewer.kind.toLowerCase()}:${viewer.id}`, key, operation, requestHash };
}

export async function claim(tx: Tx, wanted: Claim): Promise<Claimed> {
  const [made] = await tx.prepared<{ id: string }>(sql`
    INSERT INTO idempotency_keys (id, caller, key, operation, request_hash, outcome, expires_at)
    VALUES (${uuid7()}::uuid, ${wanted.caller}, ${wanted.key}, ${wanted.operation}, ${wanted.requestHash}, '{}', now() + make_interval(days => ${RETENTION_DAYS}))
    ON CONFLICT (caller, key) DO UPDATE
      SET operation = excluded.operation, request_hash = excluded.request_hash, outcome = '{}', expires_at = excluded.expires_at
      WHERE idempotency_keys.expires_at <= now()
    RETURNING id`);
  if (made !== undefined) return { kind: 'NEW', id: made.id };

  const [known] = await tx.sql<{ operation: string; requestHash: string; outcome: unknown }>`
    SELECT operation, request_hash AS "requestHash", outcome FROM idempotency_keys WHERE caller = ${wanted.caller} AND key = ${wanted.key}`;
  const { operation, requestHash, outcome } = present(known, 'The idempotency key that was in the way');
  if (operation === wanted.operation && requestHash === wanted.requestHash) return { kind: 'DONE', outcome };
  const what = operation === wanted.operation ? 'with other input' : `for ${operation}`;
  const message = `The idempotency key ${wanted.key} was used ${what}; a new request needs a new key.`;
  return { kind: 'MISMATCH', rejection: rejection('IDK-1', 'idempotencyKey', message, 'IDEMPOTENCY_MISMATCH') };
}

export function storeOutcome(tx: Tx, id: string, outcome: unknown): void {
  tx.send(sql`UPDATE idempotency_keys SET outcome = ${JSON.stringify(outcome)}::jsonb WHERE id = ${id}::uuid`);
}

/**
 * The time of the transaction, and which of the keys were ever claimed. `also` is a select item of which nothing is to
 * be known.
 */
export async function timeAndKnownKeys(
  tx: Tx,
  claims: readonly Claim[],
  also: Sql,
): Promise<readonly [now: Instant, isKnown: (claim: Claim) => boolean]> {
  const [row] = await tx.prepared<{ now: Instant; known: readonly Pick<Claim, 'caller' | 'key'>[] }>(sql`
    SELECT now()::timestamptz(3) AS now, (
      SELECT coalesce(json_agg(json_build_object('caller', asked.caller, 'key', asked.key)), '[]')
      FROM unnest(${arrayParameter(
        'text',
        claims.map(({ caller }) => caller),
      )}, ${arrayParameter(
        'text',
        claims.map(({ key }) => key),
      )}) AS asked(caller, key)
        CROSS JOIN LATERAL (SELECT 1 FROM idempotency_keys known WHERE known.caller = asked.caller AND known.key = asked.key LIMIT 1) AS known
    ) AS known, ${also}`);
  const { now, known } = present(row, 'The time of the transaction');
  const all = new Set(known.map(({ caller, key }) => `${caller} ${key}`));
  return [now, ({ caller, key }) => all.has(`${caller} ${key}`)];
}

/**
 * Claims keys and keeps what is answered to them, at once. A key that somebody has claimed meanwhile fails the
 * transaction.
 */
export function storeOutcomes(tx: Tx, answered: readonly { readonly claim: Claim; readonly outcome: object }[]): void {
  if (answered.length === 0) return;
  const rows = answered.map(({ claim: { caller, key, operation, requestHash }, outcome }) => ({
    id: uuid7(),
    caller,
    key,
    operation,
    requestHash,
    outcome,
  }));
  tx.send(sql`
    INSERT INTO idempotency_keys (id, caller, key, operation, request_hash, outcome, expires_at)
    SELECT id, caller, key, operation, "requestHash", outcome, now() + make_interval(days => ${RETENTION_DAYS})
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS kept(id uuid, caller text, key text, operation text, "requestHash" text, outcome jsonb)`);
}

/** Removes the keys whose time is over; answers how many. */
export async function deleteExpiredKeys(db: Reader): Promise<number> {
  const [removed] = await db.sql<{ count: number }>`
    WITH old AS (DELETE FROM idempotency_keys WHERE expires_at <= now() RETURNING 1)
    SELECT count(*)::int AS count FROM old`;
  return removed?.count ?? 0;
}
