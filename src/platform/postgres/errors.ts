/**
 * Translates PostgreSQL errors. Every rule that can be expressed as a database constraint is one, in addition to the
 * check in the command. The name of the constraint contains the rule's id (`ck_process_data_pd_2_defects_fit_result` is
 * PD-2), so a violation is answered as the rejection of that rule.
 */
import { type ErrorCode, rejection, type Rejection, type RuleId } from '../rules/rejection.ts';

/** The parts of a PostgreSQL error that matter here, independent of the library that reported it. */
export interface DatabaseError {
  readonly sqlState: string;
  readonly constraint: string | undefined;
  /** True when a row could not be deleted or changed because other rows refer to it. */
  readonly isStillReferenced: boolean;
}

/** The rejection that an error stands for; undefined when it is not an error that the caller's request can cause. */
export function rejectionOfViolation(error: unknown): Rejection | undefined {
  if (isTimeout(error))
    return rejection(
      'LIMIT_EXCEEDED',
      '',
      'The database took too long, so nothing was changed; try again, with less at once.',
    );
  const found = databaseErrorOf(error);
  if (found === undefined) return undefined;
  if (CONFLICTING.includes(found.sqlState))
    return rejection('CONFLICT', '', 'Others are changing the same records; try again.');
  const code = errorCodeFor(found);
  if (code === undefined) return undefined;
  const rule = found.constraint === undefined ? undefined : ruleOfConstraint(found.constraint);
  if (found.isStillReferenced)
    return rejection('GEN-1', '', 'Other records refer to this one, so it cannot be deleted; deactivate it instead.');
  if (rule !== undefined) return rejection(rule, '', `Rule ${rule} forbids this.`, code);
  if (code === 'CONFLICT') return rejection('GEN-3', '', 'A record with this natural key exists already.', code);
  return rejection(code, '', 'The database refuses this value.');
}

/** The rule id in a constraint name: the part that reads `_<letters>_<number>_`; undefined when there is none. */
export function ruleOfConstraint(name: string): RuleId | undefined {
  const [, letters, number] = /_([a-z]{2,3})_(\d+)_/.exec(name) ?? [];
  if (letters === undefined || number === undefined) return undefined;
  return `${letters.toUpperCase()}-${Number(number)}` as RuleId;
}

/** Serialization failure and deadlock: concurrent transactions conflict. */
const CONFLICTING: readonly string[] = ['40001', '40P01'];
/** Unique and foreign keys: after the rules were evaluated, another transaction took the key or deleted the row. */
const KEY_VIOLATIONS: readonly string[] = ['23505', '23503', '23001'];

/** The statement timeout, and the lock timeout. */
const TIMEOUTS: readonly string[] = ['57014', '55P03'];

/** The pool's message when no connection became free in time; it has no code for that. */
const POOL_TIMEOUT = 'timeout exceeded when trying to connect';

/**
 * True when PostgreSQL cancelled a statement at its timeout, and when no connection became free in time. Nothing was
 * changed.
 */
export function isTimeout(error: unknown): boolean {
  const state = databaseErrorOf(error)?.sqlState;
  if (state !== undefined) return TIMEOUTS.includes(state);
  return causesOf(error).some((part) => textAt(part, 'message')?.includes(POOL_TIMEOUT) === true);
}

/**
 * True when the database was not available: stopping, starting, disconnected, or out of connections. A retry may
 * succeed later.
 */
export function isUnavailable(error: unknown): boolean {
  const state = databaseErrorOf(error)?.sqlState;
  if (state !== undefined) return UNAVAILABLE_STATES.test(state);
  return causesOf(error).some((part) =>
    CONNECTION_FAILURES.test(`${textAt(part, 'code') ?? ''} ${textAt(part, 'message') ?? ''}`),
  );
}

/**
 * Connection exceptions, shutdown and start of the server, too many connections; and EPIPE, a system error whose code
 * looks like a SQLSTATE.
 */
const UNAVAILABLE_STATES = /^(08...|57P0[1-3]|53300|EPIPE)$/;
/** Codes and messages of Node's sockets, of `pg` and of its pool. */
const CONNECTION_FAILURES = new RegExp(
  `ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOENT|Connection terminated|Query read timeout|not queryable|${POOL_TIMEOUT}`,
);

/** True when a transaction conflicted with another one, or with a migration, and may be retried. */
export function isRetryable(error: unknown): boolean {
  const state = databaseErrorOf(error)?.sqlState;
  return state !== undefined && [...CONFLICTING, ...KEY_VIOLATIONS, OUTDATED_STATEMENT].includes(state);
}

/**
 * True when the result of a prepared statement would have other columns than when it was prepared, because a migration
 * ran in between.
 */
export function isOutdatedStatement(error: unknown): boolean {
  return databaseErrorOf(error)?.sqlState === OUTDATED_STATEMENT;
}

const OUTDATED_STATEMENT = '0A000';

/** The PostgreSQL error inside an error of `pg`, or of Prisma, which wraps it; undefined when there is none. */
export function databaseErrorOf(error: unknown): DatabaseError | undefined {
  for (const part of causesOf(error)) {
    const sqlState = textAt(part, 'originalCode') ?? textAt(part, 'code');
    if (sqlState === undefined || !/^[0-9A-Z]{5}$/.test(sqlState) || /^P\d{4}$/.test(sqlState)) continue;
    const message = textAt(part, 'originalMessage') ?? textAt(part, 'message') ?? '';
    return {
      sqlState,
      constraint: textAt(part, 'constraint') ?? /constraint "([^"]+)"/.exec(message)?.[1],
      // PostgreSQL 18 has a SQLSTATE of its own for ON DELETE RESTRICT; older versions distinguish it only by the
      // message.
      isStillReferenced: sqlState === '23001' || (sqlState === '23503' && message.startsWith('update or delete')),
    };
  }
  return undefined;
}

function errorCodeFor({ sqlState, constraint, isStillReferenced }: DatabaseError): ErrorCode | undefined {
  if (sqlState === '23505')
    return constraint?.startsWith('puq_') === true && ruleOfConstraint(constraint) !== undefined
      ? 'RULE_VIOLATED'
      : 'CONFLICT';
  if (sqlState === '23503' || sqlState === '23001') return isStillReferenced ? 'RULE_VIOLATED' : 'NOT_FOUND';
  if (sqlState === '23514' || sqlState === '23P01') return 'RULE_VIOLATED';
  return undefined;
}

/** The error and its causes, outermost first. Prisma stores the driver's error in `meta`. */
function causesOf(error: unknown): readonly unknown[] {
  const parts: unknown[] = [];
  for (
    let part = error;
    part !== undefined && part !== null && parts.length < 6;
    part = at(at(part, 'meta'), 'driverAdapterError') ?? at(part, 'cause')
  ) {
    parts.push(part);
  }
  return parts;
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && key in value ? Reflect.get(value, key) : undefined;
}

function textAt(value: unknown, key: string): string | undefined {
  const found = at(value, key);
  return typeof found === 'string' ? found : undefined;
}
