/**
 * The second wall. What a rule should have refused, a constraint of the database refuses too; its name carries the
 * rule's id (`ck_process_data_pd_2_defects_fit_result` is PD-2), and so the violation is answered as the refusal of
 * that rule.
 */
import { type ErrorCode, rejection, type Rejection, type RuleId } from '../rules/rejection.ts';

/** What PostgreSQL said, whichever library brought it. */
export interface DatabaseError {
  readonly sqlState: string;
  readonly constraint: string | undefined;
  /** True when a row could not go because others refer to it. */
  readonly isStillReferenced: boolean;
}

/** The refusal that a constraint stands for, or undefined when the error is no violation of one. */
export function rejectionOfViolation(error: unknown): Rejection | undefined {
  if (isTimeout(error))
    return rejection(
      'LIMIT_EXCEEDED',
      '',
      'The database took too long, so nothing was changed; try again, with less at once.',
    );
  const found = databaseErrorOf(error);
  if (found === undefined) return undefined;
  if (IN_THE_WAY.includes(found.sqlState))
    return rejection('CONFLICT', '', 'Others are changing the same records; try again.');
  const code = codeOf(found);
  if (code === undefined) return undefined;
  const rule = found.constraint === undefined ? undefined : ruleOfConstraint(found.constraint);
  if (found.isStillReferenced)
    return rejection('GEN-1', '', 'Other records refer to this one, so it cannot be deleted; deactivate it instead.');
  if (rule !== undefined) return rejection(rule, '', `Rule ${rule} forbids this.`, code);
  if (code === 'CONFLICT') return rejection('GEN-3', '', 'A record with this natural key exists already.', code);
  return rejection(code, '', 'The database refuses this value.');
}

/** The rule id in a constraint's name: the part that reads `_<letters>_<number>_`. */
export function ruleOfConstraint(name: string): RuleId | undefined {
  const [, letters, number] = /_([a-z]{2,3})_(\d+)_/.exec(name) ?? [];
  if (letters === undefined || number === undefined) return undefined;
  return `${letters.toUpperCase()}-${Number(number)}` as RuleId;
}

/** Serialization failure and deadlock: another transaction was in the way. */
const IN_THE_WAY: readonly string[] = ['40001', '40P01'];
/** Unique and foreign keys: another transaction took the key, or removed the record, after the rules had looked. */
const MEANWHILE: readonly string[] = ['23505', '23503', '23001'];

/** A statement was ended after its time, or waited too long for a lock. */
const OUT_OF_TIME: readonly string[] = ['57014', '55P03'];

/** The pool's words when no connection became free in its time; it has no code for that. */
const NO_CONNECTION = 'timeout exceeded when trying to connect';

/**
 * True for a statement that PostgreSQL gave up after its time, and for one that found no connection. Nothing of it
 * remains.
 */
export function isTimeout(error: unknown): boolean {
  const state = databaseErrorOf(error)?.sqlState;
  if (state !== undefined) return OUT_OF_TIME.includes(state);
  return causesOf(error).some((part) => textAt(part, 'message')?.includes(NO_CONNECTION) === true);
}

/**
 * True when the database was not there: stopping, starting, cut off, or with no connection free. The same may succeed
 * later.
 */
export function isUnavailable(error: unknown): boolean {
  const state = databaseErrorOf(error)?.sqlState;
  if (state !== undefined) return NOT_THERE.test(state);
  return causesOf(error).some((part) =>
    NO_ANSWER.test(`${textAt(part, 'code') ?? ''} ${textAt(part, 'message') ?? ''}`),
  );
}

/**
 * Connection exceptions, shutdown and start of the server, no connection left; and a broken pipe, which looks like a
 * state.
 */
const NOT_THERE = /^(08...|57P0[1-3]|53300|EPIPE)$/;
/** The words of node's sockets, of `pg` and of its pool. */
const NO_ANSWER = new RegExp(
  `ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOENT|Connection terminated|Query read timeout|not queryable|${NO_CONNECTION}`,
);

/** True for a transaction that lost a race against another one, or against a migration, and may be tried again. */
export function isRetryable(error: unknown): boolean {
  const state = databaseErrorOf(error)?.sqlState;
  return state !== undefined && [...IN_THE_WAY, ...MEANWHILE, OUTDATED].includes(state);
}

/**
 * True where the answer of a prepared statement would have other columns than when it was prepared: a migration came
 * between.
 */
export function isOutdatedStatement(error: unknown): boolean {
  return databaseErrorOf(error)?.sqlState === OUTDATED;
}

const OUTDATED = '0A000';

/** Finds PostgreSQL's own words in an error of `pg`, or of Prisma, which wraps them. */
export function databaseErrorOf(error: unknown): DatabaseError | undefined {
  for (const part of causesOf(error)) {
    const sqlState = textAt(part, 'originalCode') ?? textAt(part, 'code');
    if (sqlState === undefined || !/^[0-9A-Z]{5}$/.test(sqlState) || /^P\d{4}$/.test(sqlState)) continue;
    const message = textAt(part, 'originalMessage') ?? textAt(part, 'message') ?? '';
    return {
      sqlState,
      constraint: textAt(part, 'constraint') ?? /constraint "([^"]+)"/.exec(message)?.[1],
      // PostgreSQL 18 gives the refusal of ON DELETE RESTRICT a state of its own; the older ones tell it by their words
      // only.
      isStillReferenced: sqlState === '23001' || (sqlState === '23503' && message.startsWith('update or delete')),
    };
  }
  return undefined;
}

function codeOf({ sqlState, constraint, isStillReferenced }: DatabaseError): ErrorCode | undefined {
  if (sqlState === '23505')
    return constraint?.startsWith('puq_') === true && ruleOfConstraint(constraint) !== undefined
      ? 'RULE_VIOLATED'
      : 'CONFLICT';
  if (sqlState === '23503' || sqlState === '23001') return isStillReferenced ? 'RULE_VIOLATED' : 'NOT_FOUND';
  if (sqlState === '23514' || sqlState === '23P01') return 'RULE_VIOLATED';
  return undefined;
}

/** The error and everything it was caused by, outermost first. Prisma keeps the driver's error in `meta`. */
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
