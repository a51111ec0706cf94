/**
 * Group commit: simultaneous requests for the same command share one transaction, one reading of the facts that the
 * rules need, and one COMMIT. Each request is still checked by itself, is recorded with its own actor in the audit
 * trail, and has its outcome stored under its own idempotency key.
 *
 * 1. A group processes only requests that need not wait and that no rule rejects. For every other request (a rejection,
 *    a retry, a row that another transaction has locked) it returns undefined, and the command pipeline processes that
 *    request in a single commit (run.ts).
 * 2. A transaction that fails has changed nothing, and all its requests are processed in single commits. When it is
 *    unknown whether it failed, because the connection was lost at COMMIT, all requests receive that error, as the
 *    request of a single commit does.
 */
import type { Env, CommandRequest } from './declaration.ts';
import { type Claim, storeOutcomes, timeAndKnownKeys } from './idempotency.ts';
import { react } from './reaction.ts';
import type { Database, Tx } from '../postgres/client.ts';
import { databaseErrorOf, isUnavailable } from '../postgres/errors.ts';
import { sql, type Sql } from '../postgres/sql.ts';
import { type Actor, actorSetting } from '../request/actor.ts';
import type { Log } from '../process/log.ts';
import type { Instant } from '../values/time.ts';
import { microBatcher } from '../scheduling/micro-batcher.ts';
import { present } from '../values/assert.ts';

/** One of the requests of a group. */
export interface GroupMember<Input> {
  /** Only the `tx` of this `env` acts with the actor of this request: changes through it are recorded as its changes. */
  readonly env: Env;
  readonly input: Input;
  readonly actor: Actor;
}

/**
 * Processes a group of requests. It can read the facts that the rules need while the members are being determined; a
 * request whose idempotency key is known is not a member (undefined). Returns the output of each request, in their
 * order; undefined for a request that needs a single commit, for which nothing was written.
 */
export type GroupWork<Input, Output> = (
  tx: Tx,
  inputs: readonly Input[],
  members: Promise<readonly (GroupMember<Input> | undefined)[]>,
  isLocked: Promise<boolean>,
) => Promise<readonly (Output | undefined)[]>;

/** A select item that takes a lock before everything else, if the inputs need it, and says whether it did. */
export type GroupLock<Input> = (inputs: readonly Input[]) => Sql;

/** The group commit of a command (`Command.group`). */
export function groupCommit<Input, Output extends object>(
  work: GroupWork<Input, Output>,
  lock: GroupLock<Input>,
): (request: CommandRequest<Input>) => Promise<Output | undefined> {
  const batchers = new WeakMap<Database, (request: CommandRequest<Input>) => Promise<Output | undefined>>();
  return (request) => {
    const { database } = request.context.services;
    const commitGroup = (requests: readonly CommandRequest<Input>[]): Promise<readonly (Output | undefined)[]> =>
      attempt(database, work, lock, requests);
    const batcher = batchers.get(database) ?? microBatcher(commitGroup, MAX_WAIT_MS);
    batchers.set(database, batcher);
    return batcher(request);
  };
}

/** Longer than a transaction takes on a busy server; it may have to wait for a lock. */
const MAX_WAIT_MS = 2_000;

async function attempt<Input, Output extends object>(
  database: Database,
  work: GroupWork<Input, Output>,
  lock: GroupLock<Input>,
  requests: readonly CommandRequest<Input>[],
): Promise<readonly (Output | undefined)[]> {
  let isAboutToCommit = false;
  try {
    return await database.transaction(async (tx) => {
      const inputs = requests.map(({ input }) => input);
      const begun = timeAndKnownKeys(
        tx,
        requests.flatMap(({ claim }) => claim ?? []),
        lock(inputs),
      );
      const members = begun.then(([now, isKnown]) => membersOf(tx, requests, now, isKnown));
      const isLocked = begun.then(([, , isTaken]) => isTaken);
      for (const promise of [members, isLocked]) promise.catch(() => undefined);
      const outputs = await work(tx, inputs, members, isLocked);
      for (const member of await members)
        if (member !== undefined && member.env.context.isHistory !== true) await react(member.env.tx);
      const outcomes = requests.flatMap(({ claim }, index) =>
        claim === undefined || outputs[index] === undefined ? [] : [{ claim, outcome: outputs[index] }],
      );
      storeOutcomes(tx, outcomes);
      isAboutToCommit = true;
      return outputs;
    });
  } catch (error) {
    const isDatabaseError = databaseErrorOf(error) !== undefined;
    if (isAboutToCommit && (!isDatabaseError || isUnavailable(error))) throw error;
    // The requests succeed in single commits, so nothing else would show an error of ours.
    if (!isDatabaseError && !isUnavailable(error))
      logOf(requests)?.error({ event: 'command.group_failed', err: error }, 'a group commit failed');
    return requests.map(() => undefined);
  }
}

/** The requests as members; undefined for a request whose key is known, or is the key of an earlier request. */
function membersOf<Input>(
  tx: Tx,
  requests: readonly CommandRequest<Input>[],
  now: Instant,
  isKnown: (claim: Claim) => boolean,
): readonly (GroupMember<Input> | undefined)[] {
  const isNew = (claim: Claim, index: number): boolean =>
    !isKnown(claim) && requests.findIndex((other) => isSameKey(other.claim, claim)) === index;
  const withActor = actingTransactions(tx);
  return requests.map(({ input, context, actor, claim }, index) => {
    if (claim !== undefined && !isNew(claim, index)) return undefined;
    return {
      env: {
        tx: withActor(actor),
        now,
        context,
        viewer: present(context.viewer, 'The viewer of a command that is not public'),
      },
      input,
      actor,
    };
  });
}

/**
 * The transaction for one of several actors: before its first use, and after each use for another actor, the actor is
 * set in the database.
 */
function actingTransactions(tx: Tx): (actor: Actor) => Tx {
  let current: Actor | undefined;
  return (actor) =>
    new Proxy(tx, {
      get(statements, key) {
        if (current !== actor) statements.send(sql`SELECT ${actorSetting(actor)}`);
        current = actor;
        return Reflect.get(statements, key);
      },
    });
}

function logOf(requests: readonly CommandRequest<unknown>[]): Log | undefined {
  return requests[0]?.context.services.log;
}

function isSameKey(one: Claim | undefined, other: Claim): boolean {
  return one?.caller === other.caller && one.key === other.key;
}
