/**
 * Requests for the same command that come at the same time, carried out together: one transaction, one reading of what
 * they are judged by, one COMMIT. Each is still judged for itself, acts in its own name in the record, and keeps the
 * answer to its own key.
 *
 * 1. Together goes only what nobody needs to wait for and nothing speaks against. Every other request is answered
 *    undefined, and then takes the road alone (command.ts): a refusal, a retry, a record that others hold.
 * 2. A transaction that fails has done nothing, and all its requests take the road alone. Where nobody knows whether it
 *    failed, because the connection was lost at COMMIT, all of them are told so, as the one of a transaction of its own
 *    is.
 */
import type { Env, CommandRequest } from './declaration.ts';
import { type Claim, storeOutcomes, timeAndKnownKeys } from './idempotency.ts';
import type { Database, Tx } from '../postgres/client.ts';
import { databaseErrorOf, isUnavailable } from '../postgres/errors.ts';
import { sql, type Sql } from '../postgres/sql.ts';
import { type Actor, actorSetting } from '../request/actor.ts';
import { microBatcher } from '../scheduling/micro-batcher.ts';
import { present } from '../values/assert.ts';

/** One of the requests that are carried out together. */
export interface GroupMember<Input> {
  /** Its `tx` acts in the name of this request, and only it does: what is asked there is its deed. */
  readonly env: Env;
  readonly input: Input;
  readonly actor: Actor;
}

/**
 * Carries out what it can. What all are judged by is read while the members are not known yet: a request with a known
 * key is none. Answers the output of each, in their order; undefined for those that were left alone, for which nothing
 * was written.
 */
export type GroupWork<Input, Output> = (
  tx: Tx,
  inputs: readonly Input[],
  members: Promise<readonly (GroupMember<Input> | undefined)[]>,
) => Promise<readonly (Output | undefined)[]>;

/** `lock` is the select item of a lock that comes before everything else. */
export function groupCommit<Input, Output extends object>(
  carryOut: GroupWork<Input, Output>,
  lock: Sql,
): (request: CommandRequest<Input>) => Promise<Output | undefined> {
  const roads = new WeakMap<Database, (request: CommandRequest<Input>) => Promise<Output | undefined>>();
  return (request) => {
    const { database } = request.context.services;
    const road =
      roads.get(database) ??
      microBatcher(
        (requests: readonly CommandRequest<Input>[]) => attempt(database, carryOut, lock, requests),
        PATIENCE,
      );
    roads.set(database, road);
    return road(request);
  };
}

/** Longer than a transaction takes on a busy server; it may have to wait for a lock. */
const PATIENCE = 2_000;

async function attempt<Input, Output extends object>(
  database: Database,
  carryOut: GroupWork<Input, Output>,
  lock: Sql,
  requests: readonly CommandRequest<Input>[],
): Promise<readonly (Output | undefined)[]> {
  let isAboutToCommit = false;
  try {
    return await database.transaction(async (tx) => {
      const members = membersOf(tx, lock, requests);
      members.catch(() => undefined);
      const outputs = await carryOut(
        tx,
        requests.map(({ input }) => input),
        members,
      );
      storeOutcomes(
        tx,
        requests.flatMap(({ claim }, index) =>
          claim === undefined || outputs[index] === undefined ? [] : [{ claim, outcome: outputs[index] }],
        ),
      );
      isAboutToCommit = true;
      return outputs;
    });
  } catch (error) {
    if (isAboutToCommit && (databaseErrorOf(error) === undefined || isUnavailable(error))) throw error;
    return requests.map(() => undefined);
  }
}

/** All but those whose key is known, or is that of one before. */
async function membersOf<Input>(
  tx: Tx,
  lock: Sql,
  requests: readonly CommandRequest<Input>[],
): Promise<readonly (GroupMember<Input> | undefined)[]> {
  const [now, isKnown] = await timeAndKnownKeys(
    tx,
    requests.flatMap(({ claim }) => claim ?? []),
    lock,
  );
  const isNew = (claim: Claim, index: number): boolean =>
    !isKnown(claim) && requests.findIndex((other) => isOfOneKey(other.claim, claim)) === index;
  const actingFor = actors(tx);
  return requests.map(({ input, context, actor, claim }, index) => {
    if (claim !== undefined && !isNew(claim, index)) return undefined;
    return {
      env: {
        tx: actingFor(actor),
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
 * The transaction as each of its actors has it: whoever asks for anything is told to the database first, unless he acts
 * already.
 */
function actors(tx: Tx): (actor: Actor) => Tx {
  let acting: Actor | undefined;
  return (actor) =>
    new Proxy(tx, {
      get(statements, key) {
        if (acting !== actor) statements.send(sql`SELECT ${actorSetting(actor)}`);
        acting = actor;
        return Reflect.get(statements, key);
      },
    });
}

function isOfOneKey(one: Claim | undefined, other: Claim): boolean {
  return one?.caller === other.caller && one.key === other.key;
}
