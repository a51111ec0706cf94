/**
 * IDK-1: the same request with the same key has one effect.
 *
 * 1. A command claims the key by inserting its row before anything else, in its own transaction.
 * 2. A duplicate that arrives meanwhile waits at the unique constraint until the first one ends.
 * 3. If the first one committed, the duplicate finds its outcome and returns the same; if it was rejected, its row is
 *    gone and the duplicate is processed.
 * 4. An expired key is claimed like a new one.
 */
import { createHmac } from 'node:crypto';
import { v7 as uuid7 } from 'uuid';
import type { Reader, Tx } from '../postgres/client.ts';
import { arrayParameter, sql, type Sql } from '../postgres/sql.ts';
import type { Viewer } from '../rules/access.ts';
import { rejection, type Rejection } from '../rules/rejection.ts';
import { type TokenSecrets, validSecrets } from '../security/token-secrets.ts';
import { present } from '../values/assert.ts';
import { canonical } from '../values/json.ts';
import type { Instant } from '../values/time.ts';

/** The days for which a key and its outcome are stored. */
export const RETENTION_DAYS = 30;

/** The claim of a request on its key: the caller, the key, the name of the command, and a hash of the input. */
export interface Claim {
  readonly caller: string;
  readonly key: string;
  readonly operation: string;
  readonly requestHash: string;
  /** Whether a stored hash is that of this input, also under another accepted secret. */
  readonly isHashOfInput: (storedHash: string) => boolean;
}

interface ClaimedRequest {
  readonly viewer: Viewer;
  /** The name of the command. */
  readonly operation: string;
  readonly key: string;
  readonly input: unknown;
  /** The keys of the hash. */
  readonly secrets: TokenSecrets;
}

type Claimed =
  | { readonly kind: 'NEW'; readonly id: string }
  | { readonly kind: 'DONE'; readonly outcome: unknown }
  | { readonly kind: 'MISMATCH'; readonly rejection: Rejection };

/**
 * The claim of a request. The hash is keyed, because an input may contain a password, and a plain hash of it could be
 * guessed by anybody who can read the table. Hashes under other secrets are computed for a retry only.
 */
export function claimFor({ viewer, operation, key, input, secrets }: ClaimedRequest): Claim {
  const hashUnder = (secret: string): string =>
    createHmac('sha256', secret).update('idempotency').update(canonical(input)).digest('hex');
  return {
    caller: `${viewer.kind.toLowerCase()}:${viewer.id}`,
    key,
    operation,
    requestHash: hashUnder(secrets.tokenSecret),
    isHashOfInput: (storedHash) => validSecrets(secrets).some((secret) => hashUnder(secret) === storedHash),
  };
}

/**
 * Claims a key in the transaction. NEW: the request has to be processed. DONE: it was processed before, with this
 * outcome. MISMATCH: the key was used for another request.
 */
export async function claim(tx: Tx, { caller, key, operation, requestHash, isHashOfInput }: Claim): Promise<Claimed> {
  const [inserted] = await tx.prepared<{ id: string }>(sql`
    INSERT INTO idempotency_keys (id, caller, key, operation, request_hash, outcome, expires_at)
    VALUES (${uuid7()}::uuid, ${caller}, ${key}, ${operation}, ${requestHash}, '{}', now() + make_interval(days => ${RETENTION_DAYS}))
    ON CONFLICT (caller, key) DO UPDATE
      SET operation = excluded.operation, request_hash = excluded.request_hash, outcome = '{}', expires_at = excluded.expires_at
      WHERE idempotency_keys.expires_at <= now()
    RETURNING id`);
  if (inserted !== undefined) return { kind: 'NEW', id: inserted.id };

  const [known] = await tx.sql<{ operation: string; requestHash: string; outcome: unknown }>`
    SELECT operation, request_hash AS "requestHash", outcome FROM idempotency_keys WHERE caller = ${caller} AND key = ${key}`;
  const stored = present(known, 'The idempotency key that was in the way');
  if (stored.operation === operation && isHashOfInput(stored.requestHash))
    return { kind: 'DONE', outcome: stored.outcome };
  const what = stored.operation === operation ? 'with other input' : `for ${stored.operation}`;
  const message = `The idempotency key ${key} was used ${what}; a new request needs a new key.`;
  return { kind: 'MISMATCH', rejection: rejection('IDK-1', 'idempotencyKey', message, 'IDEMPOTENCY_MISMATCH') };
}

/** Stores the outcome of a request in the row of its claim. */
export function storeOutcome(tx: Tx, id: string, outcome: unknown): void {
  tx.send(sql`UPDATE idempotency_keys SET outcome = ${JSON.stringify(outcome)}::jsonb WHERE id = ${id}::uuid`);
}

/**
 * The time of the transaction, a function that says whether a key has a row, expired or not, and the value of `also`, an
 * additional select item.
 */
export async function timeAndKnownKeys(
  tx: Tx,
  claims: readonly Claim[],
  also: Sql,
): Promise<readonly [now: Instant, isKnown: (claim: Claim) => boolean, also: boolean]> {
  const callers = claims.map(({ caller }) => caller);
  const keys = claims.map(({ key }) => key);
  const [row] = await tx.prepared<{ now: Instant; known: readonly Pick<Claim, 'caller' | 'key'>[]; also: boolean }>(sql`
    SELECT now()::timestamptz(3) AS now, (
      SELECT coalesce(json_agg(json_build_object('caller', asked.caller, 'key', asked.key)), '[]')
      FROM unnest(${arrayParameter('text', callers)}, ${arrayParameter('text', keys)}) AS asked(caller, key)
        CROSS JOIN LATERAL (SELECT 1 FROM idempotency_keys known WHERE known.caller = asked.caller AND known.key = asked.key LIMIT 1) AS known
    ) AS known, ${also} AS also`);
  const { now, known, also: isTrue } = present(row, 'The time of the transaction');
  const knownKeys = new Set(known.map(({ caller, key }) => `${caller} ${key}`));
  return [now, ({ caller, key }) => knownKeys.has(`${caller} ${key}`), isTrue];
}

/**
 * Claims keys and stores their outcomes in one statement. A key that another transaction has claimed meanwhile fails
 * the transaction.
 */
export function storeOutcomes(tx: Tx, outcomes: readonly { readonly claim: Claim; readonly outcome: object }[]): void {
  if (outcomes.length === 0) return;
  const rows = outcomes.map(({ claim: { caller, key, operation, requestHash }, outcome }) => ({
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

/** Deletes the expired keys and returns their number. */
export async function deleteExpiredKeys(db: Reader): Promise<number> {
  const [removed] = await db.sql<{ count: number }>`
    WITH old AS (DELETE FROM idempotency_keys WHERE expires_at <= now() RETURNING 1)
    SELECT count(*)::int AS count FROM old`;
  return removed?.count ?? 0;
}
