/**
 * The command pipeline, which every write passes through.
 *
 * 1. Access: the viewer must have the access that the command declares.
 * 2. Input: it is parsed with the command's schema; all problems are answered at once.
 * 3. Slow work that needs no transaction is prepared.
 * 4. BEGIN; the actor (who, what, why, in which request) is set for the audit triggers; the idempotency key is claimed.
 *    A request that was processed before gets the same answer again.
 * 5. The command locks, evaluates its rules, and writes. Then younger areas react to what it has done (reaction.ts).
 * 6. COMMIT, or, on the first rejection, ROLLBACK: no row, no number and no event remains.
 * 7. Simultaneous requests for a command with a group commit share one transaction (group-commit.ts); a request that
 *    the group does not process goes through steps 4 to 6 in a single commit.
 * 8. A transaction that lost a race against another one (serialization failure, deadlock, a key that was taken, a row
 *    that was deleted or what it had read without a lock meanwhile) is repeated, at most three times in all. So the rules describe in their own words what
 *    others did meanwhile, and a database constraint answers only what no rule checks.
 *
 * A command returns ids; the fields of its payload load the rest. Rejections are data; every other exception is an
 * internal error.
 */
import { z } from 'zod';
import { type Command, type Env, type Outcome, type CommandRequest } from './declaration.ts';
import { claim, claimFor, storeOutcome } from './idempotency.ts';
import { react } from './reaction.ts';
import { Outdated, Rejected } from './rejection.ts';
import { optional, IDEMPOTENCY_KEY_LENGTH, matching } from '../input/schemas.ts';
import { parseInput } from '../input/parse.ts';
import type { Tx } from '../postgres/client.ts';
import { isRetryable, rejectionOfViolation } from '../postgres/errors.ts';
import { sql } from '../postgres/sql.ts';
import { type Actor, actorOf, actorSetting } from '../request/actor.ts';
import { statementSource } from '../request/notes.ts';
import type { Context } from '../request/context.ts';
import { mayAccess, type Viewer } from '../rules/access.ts';
import { rejection, type Rejection } from '../rules/rejection.ts';
import { runBulk, yieldToEventLoop } from '../scheduling/fair-scheduler.ts';
import { present } from '../values/assert.ts';
import type { Instant } from '../values/time.ts';

/**
 * Runs a command for a request: the command pipeline. `input` is the input as the caller sent it. Exceptions other than
 * rejections are thrown.
 */
export async function run<Input, Output extends object>(
  command: Command<Input, Output>,
  input: unknown,
  context: Context,
): Promise<Outcome<Output>> {
  const forbidden = mayAccess(command.access, context.viewer);
  if (forbidden !== undefined) return rejected([forbidden]);

  const { idempotencyKey, ...fields } =
    typeof input === 'object' && input !== null
      ? { ...input, idempotencyKey: Reflect.get(input, 'idempotencyKey') }
      : {};
  const key = parseInput(KEYED, { idempotencyKey });
  // The input of bulk work is large: others are answered before and after it is checked.
  const between = command.bulkSize === undefined ? undefined : yieldToEventLoop;
  await between?.();
  const parsed = parseInput(command.input, fields);
  await between?.();
  if ('rejections' in parsed) return rejected([...parsed.rejections, ...('rejections' in key ? key.rejections : [])]);
  if ('rejections' in key) return rejected(key.rejections);

  const request = requestFor(command, parsed.value, key.value.idempotencyKey, context);
  const work = (): Promise<Outcome<Output>> => processRequest(command, request);
  return command.bulkSize === undefined
    ? work()
    : runBulk(context.services.database, work, command.bulkSize(parsed.value));
}

/** Processes a valid request: by the group commit, or by single commits until one succeeds (7 and 8 above). */
async function processRequest<Input, Output extends object>(
  command: Command<Input, Output>,
  request: CommandRequest<Input>,
): Promise<Outcome<Output>> {
  const { context } = request;
  const groupOutput = await command.group?.(request);
  if (groupOutput !== undefined) return { output: groupOutput, errors: [] };
  const prepared = await command.prepare?.(context, request.input);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const output = await commitOnce(command, request, prepared);
      await command.afterCommit?.(context);
      return { output, errors: [] };
    } catch (error) {
      if (error instanceof Rejected) return rejected(error.rejections);
      if (attempt < MAX_ATTEMPTS && (error instanceof Outdated || isRetryable(error))) continue;
      if (error instanceof Outdated) return rejected([CONFLICT]);
      const violation = rejectionOfViolation(error);
      if (violation === undefined) throw error;
      context.services.log.warn(
        { event: 'database.rejected_write', requestId: context.requestId, command: command.name, err: error },
        'the database refused what the rules let pass',
      );
      return rejected([violation]);
    }
  }
}

const MAX_ATTEMPTS = 3;

const CONFLICT = rejection('CONFLICT', '', 'Others are changing the same records; try again.');

/** Printable text: no control, format, or unassigned characters, no line separators, and not only spaces. */
const IDEMPOTENCY_KEY = matching(
  new RegExp(String.raw`^(?=.*\P{Z})[^\p{C}\p{Zl}\p{Zp}]{1,${IDEMPOTENCY_KEY_LENGTH}}$`, 'u'),
  `1 to ${IDEMPOTENCY_KEY_LENGTH} printable characters, not only spaces`,
  (text) => text,
  { rule: 'IDK-1' },
);

const KEYED = z.object({ idempotencyKey: optional(IDEMPOTENCY_KEY) });

function rejected(errors: readonly Rejection[]): { readonly output: null; readonly errors: readonly Rejection[] } {
  return { output: null, errors };
}

/** GEN-4: the reason in the input; null when the input has none. */
function reasonIn(input: unknown): string | null {
  const reason: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, 'reason') : undefined;
  return typeof reason === 'string' ? reason : null;
}

function requestFor<Input, Output extends object>(
  command: Command<Input, Output>,
  input: Input,
  key: string | undefined,
  context: Context,
): CommandRequest<Input> {
  const secrets = context.services.config;
  const claim =
    key === undefined
      ? undefined
      : claimFor({ viewer: viewerOf(context), operation: command.name, key, input, secrets });
  return { input, context, actor: actorOf(context, command.action, reasonIn(input)), claim };
}

async function commitOnce<Input, Output extends object>(
  command: Command<Input, Output>,
  { input, context, actor, claim: keyClaim }: CommandRequest<Input>,
  prepared: unknown,
): Promise<Output> {
  return context.services.database.transaction(
    async (tx) => {
      const [now, claimed] = await Promise.all([setActor(tx, actor), keyClaim && claim(tx, keyClaim)]);
      const env: Env = {
        tx,
        now,
        context,
        get viewer() {
          return viewerOf(context);
        },
      };
      if (claimed?.kind === 'MISMATCH') throw new Rejected([claimed.rejection]);
      if (claimed?.kind === 'DONE') return claimed.outcome as Output;
      const output = await command.run(env, input, prepared);
      if (context.isHistory !== true) await react(tx);
      if (claimed !== undefined) storeOutcome(tx, claimed.id, output);
      return output;
    },
    statementSource(context.requestId, context.notes),
  );
}

/** Sets the actor of the transaction; returns the transaction's time. */
async function setActor(tx: Tx, actor: Actor): Promise<Instant> {
  const [clock] = await tx.prepared<{ now: Instant }>(sql`SELECT now()::timestamptz(3) AS now, ${actorSetting(actor)}`);
  return present(clock, 'The time of the transaction').now;
}

function viewerOf({ viewer }: Context): Viewer {
  return present(viewer, 'The viewer of a command that is not public');
}
