/**
 * Leases: how the rows of a table wait for workers, and how a worker has one of them for a while. Inference jobs, reports
 * and background jobs declare their queues; this file has all statements of them.
 *
 * 1. A claim takes rows that are free, by one statement that skips what others are claiming: no claim waits for another,
 *    and no two get the same row. It counts an attempt.
 * 2. A lease is the row, its holder and the attempt. Whatever a holder does with its row (`renew`, `finish`, `giveBack`)
 *    names all three. A lease that is not valid any more changes no row, so that a worker that was lost, or whose row
 *    was cancelled, cannot overwrite what became of it.
 * 3. A holder that is not heard of until its lease is over loses the row (`returnLost`). A row that its holder is just
 *    renewing or finishing is left to it.
 * 4. What becomes of a failed attempt is a rule of the entity. While attempts are left, the row waits again.
 */
import type { Tx } from '../postgres/client.ts';
import { empty, join, raw, type Sql, sql } from '../postgres/sql.ts';
import type { ModelName, Row, Table } from '../postgres/table.ts';
import { actAsSystem } from '../request/actor.ts';
import { lostLeaseMessage } from '../rules/lease.ts';
import { present } from '../values/assert.ts';
import type { Instant } from '../values/time.ts';

/** A table whose rows workers lease. It has the columns `status`, `attempts`, `started_at` and `error_message`. */
export interface LeaseQueue<Model extends ModelName, Status extends string> {
  readonly table: Table<Model>;
  /** The name of the type of `status` in the database. */
  readonly statusType: string;
  /** The status of a row that waits for a worker. */
  readonly waiting: Status;
  /** The status of a row that a worker has. */
  readonly running: Status;
  /** The field with the name of the worker; null unless one has the row. */
  readonly holder: keyof Row<Model> & string;
  /** The field with the end of the lease; null unless a worker has the row. */
  readonly until: keyof Row<Model> & string;
  /** How long a worker has a row unless it renews its lease. */
  readonly seconds: number;
  /** The condition on a waiting row `t` that it may be claimed now. */
  readonly ready: Sql;
  /** The order in which rows `t` are claimed; an index of the waiting rows has the same. */
  readonly order: Sql;
  /** What else a failed attempt sets in the row `t`: assignments that may read `next.status` and `next.ready_at`. */
  readonly afterFailure: readonly Sql[];
}

/** What a worker holds: a row in one attempt. */
export interface RowLease {
  readonly id: string;
  readonly holder: string;
  readonly attempt: number;
}

/** What becomes of a row whose attempt has failed. */
export interface Failure<Status extends string> {
  readonly status: Status;
  /** When it may be claimed again; null when it is over, and in queues without delays. */
  readonly readyAt: Instant | null;
}

/** A lease that ends because its attempt has failed. */
export interface FailedLease<Status extends string> extends RowLease, Failure<Status> {
  readonly errorMessage: string;
}

/** What the worker of a row holds. Throws an AppError when no worker has the row. */
export function leaseOf<Model extends ModelName, Status extends string>(
  queue: LeaseQueue<Model, Status>,
  row: Row<Model>,
): RowLease {
  const { id, attempts, [queue.holder]: holder } = row as Record<string, unknown>;
  return { id: String(id), holder: String(present(holder, 'The holder of a lease')), attempt: Number(attempts) };
}

/** Claims the first free rows of the queue for a worker; fewer when fewer are free. `only` narrows the rows `t`. */
export async function claimNext<Model extends ModelName, Status extends string>(
  tx: Tx,
  queue: LeaseQueue<Model, Status>,
  { holder, limit, only = empty }: { readonly holder: string; readonly limit: number; readonly only?: Sql },
): Promise<readonly Row<Model>[]> {
  const { table, ready, order } = queue;
  return tx.prepared<Row<Model>>(sql`
    WITH free AS MATERIALIZED (
      SELECT t.id FROM ${table.name} t WHERE t.status = ${literal(queue.waiting)} AND ${ready} ${only}
      ORDER BY ${order} LIMIT ${limit}::int FOR UPDATE SKIP LOCKED
    ), claimed AS (
      UPDATE ${table.name} t SET status = ${literal(queue.running)}, started_at = now(), attempts = t.attempts + 1,
        ${name(queue, 'holder')} = ${holder}, ${name(queue, 'until')} = ${leaseEnd(queue)}
      FROM free WHERE t.id = free.id RETURNING t.*
    )
    SELECT ${table.columns} FROM claimed t ORDER BY ${order}`);
}

/** Renews the lease from now on; false when it is not valid any more. */
export async function renew<Model extends ModelName, Status extends string>(
  tx: Tx,
  queue: LeaseQueue<Model, Status>,
  lease: RowLease,
): Promise<boolean> {
  const renewed = await tx.query<object>(sql`
    UPDATE ${queue.table.name} t SET ${name(queue, 'until')} = ${leaseEnd(queue)} WHERE ${isValid(queue, lease)} RETURNING t.id`);
  return renewed.length > 0;
}

/** Ends a lease with the result of its work, assignments to the columns of the row; false when it is not valid any more. */
export async function finish<Model extends ModelName, Status extends string>(
  tx: Tx,
  queue: LeaseQueue<Model, Status>,
  lease: RowLease,
  { status, result }: { readonly status: Status; readonly result: readonly Sql[] },
): Promise<boolean> {
  const finished = await tx.query<object>(sql`
    UPDATE ${queue.table.name} t SET ${join([sql`status = ${literal(status)}`, ...ended(queue), ...result])}
    WHERE ${isValid(queue, lease)} RETURNING t.id`);
  return finished.length > 0;
}

/** Ends leases whose attempt has failed. Those that are not valid any more are left out; returns how many were. */
export async function giveBack<Model extends ModelName, Status extends string>(
  tx: Tx,
  queue: LeaseQueue<Model, Status>,
  failures: readonly FailedLease<Status>[],
): Promise<number> {
  const assignments = [
    sql`status = next.status`,
    sql`error_message = next.error_message`,
    ...ended(queue),
    ...queue.afterFailure,
  ];
  const rows = failures.map(({ id, holder, attempt, status, errorMessage, readyAt }) => ({
    id,
    holder,
    attempt,
    status,
    error_message: errorMessage,
    ready_at: readyAt,
  }));
  const given = await tx.query<object>(sql`
    UPDATE ${queue.table.name} t SET ${join(assignments)}
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS next(id uuid, holder text, attempt int, status ${raw(queue.statusType)}, error_message text, ready_at timestamptz)
    WHERE t.id = next.id AND t.status = ${literal(queue.running)} AND ${field(queue, 'holder')} = next.holder AND t.attempts = next.attempt
    RETURNING t.id`);
  return given.length;
}

/**
 * Takes rows whose lease is over from their workers, the longest overdue first and at most so many. `judge` says what
 * becomes of each. The system does it, by the audit action. Returns the rows as they were.
 */
export async function returnLost<Model extends ModelName, Status extends string>(
  tx: Tx,
  queue: LeaseQueue<Model, Status>,
  {
    limit,
    action,
    judge,
  }: {
    readonly limit: number;
    readonly action: string;
    readonly judge: (row: Row<Model>, now: Instant) => Failure<Status>;
  },
): Promise<readonly Row<Model>[]> {
  const until = field(queue, 'until');
  const lost = await tx.query<Row<Model>>(sql`
    SELECT ${queue.table.columns} FROM ${queue.table.name} t WHERE t.status = ${literal(queue.running)} AND ${until} < now()
    ORDER BY ${until} LIMIT ${limit}::int FOR NO KEY UPDATE SKIP LOCKED`);
  if (lost.length === 0) return lost;
  await actAsSystem(tx, action);
  const now = await transactionTime(tx);
  const failures = lost.map((row) => {
    const lease = leaseOf(queue, row);
    return { ...lease, ...judge(row, now), errorMessage: lostLeaseMessage(lease, queue.seconds) };
  });
  await giveBack(tx, queue, failures);
  return lost;
}

/** The database's time of the transaction. */
export async function transactionTime(tx: Tx): Promise<Instant> {
  const [clock] = await tx.sql<{ now: Instant }>`SELECT now()::timestamptz(3) AS now`;
  return present(clock, 'The time of the transaction').now;
}

/** The condition on the row `t` that the lease is valid: the holder has it, in this attempt. */
export function isValid<Model extends ModelName, Status extends string>(
  queue: LeaseQueue<Model, Status>,
  { id, holder, attempt }: RowLease,
): Sql {
  return sql`t.id = ${id}::uuid AND t.status = ${literal(queue.running)} AND ${field(queue, 'holder')} = ${holder} AND t.attempts = ${attempt}::int`;
}

function leaseEnd({ seconds }: { readonly seconds: number }): Sql {
  return sql`now() + make_interval(secs => ${seconds}::int)`;
}

/** The assignments that end every lease. */
function ended<Model extends ModelName, Status extends string>(queue: LeaseQueue<Model, Status>): readonly Sql[] {
  return [sql`${name(queue, 'holder')} = NULL`, sql`${name(queue, 'until')} = NULL`];
}

/** A column of the row `t`. */
function field<Model extends ModelName, Status extends string>(
  queue: LeaseQueue<Model, Status>,
  which: 'holder' | 'until',
): Sql {
  return queue.table.column(queue[which]);
}

/** A column as the target of an assignment. */
function name<Model extends ModelName, Status extends string>(
  queue: LeaseQueue<Model, Status>,
  which: 'holder' | 'until',
): Sql {
  return raw(queue.table.columnOf(queue[which]));
}

/** A status as text of the statement: the partial indexes of a queue fit no parameter. */
function literal(status: string): Sql {
  return raw(`'${status}'`);
}
