/**
 * The road that every write takes.
 *
 * 1. access: the viewer's role is among the command's.
 * 2. shape: the input is well formed, or every fault of it is answered at once.
 * 3. BEGIN; who acts, what, why and in which request is told to the transaction, for the audit triggers; the
 *    idempotency key is claimed, and a request that was answered before is answered again.
 * 4. the command locks, lets the rules judge, and writes.
 * 5. COMMIT; or, on the first refusal, ROLLBACK: no row, no number, no event.
 * 6. Requests for a command that says how are carried out together, when they come together (together.ts); only where
 *    that is not to be does one take steps 3 to 5 alone.
 * 7. A transaction that lost a race against another (serialization, deadlock, a key taken or a record gone meanwhile)
 *    is judged anew, at most three times in all; so the rules answer in their words what others did meanwhile, and the
 *    wall only what no rule sees.
 *
 * A command answers ids; the fields of its payload load the rest. Refusals are data; everything else that is thrown is
 * a fault.
 */
import { z } from 'zod';
import { type Command, type Env, type Outcome, type CommandRequest } from './declaration.ts';
import { claim, claimFor, storeOutcome } from './idempotency.ts';
import { Rejected } from './rejection.ts';
import { optional, IDEMPOTENCY_KEY_LENGTH, matching, parseInput } from '../input/schemas.ts';
import type { Tx } from '../postgres/client.ts';
import { isRetryable, rejectionOfViolation } from '../postgres/errors.ts';
import { sql } from '../postgres/sql.ts';
import { type Actor, actorOf, actorSetting } from '../request/actor.ts';
import type { Context } from '../request/context.ts';
import { mayAccess, type Viewer } from '../rules/access.ts';
import type { Rejection } from '../rules/rejection.ts';
import { runBulk } from '../scheduling/fair-scheduler.ts';
import { present } from '../values/assert.ts';
import type { Instant } from '../values/time.ts';

export async function run<Input, Output extends object>(
  declared: Command<Input, Output>,
  input: unknown,
  context: Context,
): Promise<Outcome<Output>> {
  const forbidden = mayAccess(declared.access, context.viewer);
  if (forbidden !== undefined) return refused([forbidden]);

  const { idempotencyKey, ...fields } =
    typeof input === 'object' && input !== null
      ? { ...input, idempotencyKey: Reflect.get(input, 'idempotencyKey') }
      : {};
  const key = parseInput(KEYED, { idempotencyKey });
  const shape = parseInput(declared.input, fields);
  if ('rejections' in shape) return refused([...shape.rejections, ...('rejections' in key ? key.rejections : [])]);
  if ('rejections' in key) return refused(key.rejections);

  const request = requestFor(declared, shape.value, key.value.idempotencyKey, context);
  const carryOut = () => carryOutRequest(declared, request);
  return declared.isBulk === true ? runBulk(context.services.database, carryOut) : carryOut();
}

async function carryOutRequest<Input, Output extends object>(
  declared: Command<Input, Output>,
  request: CommandRequest<Input>,
): Promise<Outcome<Output>> {
  const { context } = request;
  const joint = await declared.group?.(request);
  if (joint !== undefined) return { output: joint, errors: [] };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const output = await attemptOnce(declared, request);
      return { output, errors: [] };
    } catch (error) {
      if (error instanceof Rejected) return refused(error.rejections);
      if (attempt < ATTEMPTS && isRetryable(error)) continue;
      const violation = rejectionOfViolation(error);
      if (violation === undefined) throw error;
      context.services.log.warn(
        { requestId: context.requestId, command: declared.name, err: error },
        'the database refused what the rules let pass',
      );
      return refused([violation]);
    }
  }
}

const ATTEMPTS = 3;

/** Printable: no control, format, or unassigned characters and no line separators; and not only spaces. */
const IDEMPOTENCY_KEY = matching(
  new RegExp(String.raw`^(?=.*\P{Z})[^\p{C}\p{Zl}\p{Zp}]{1,${IDEMPOTENCY_KEY_LENGTH}}$`, 'u'),
  `1 to ${IDEMPOTENCY_KEY_LENGTH} printable characters, not only spaces`,
  (text) => text,
  { rule: 'IDK-1' },
);

const KEYED = z.object({ idempotencyKey: optional(IDEMPOTENCY_KEY) });

function refused(errors: readonly Rejection[]): { readonly output: null; readonly errors: readonly Rejection[] } {
  return { output: null, errors };
}

/** GEN-4: why, where the input says it. */
function reasonIn(input: unknown): string | null {
  const reason: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, 'reason') : undefined;
  return typeof reason === 'string' ? reason : null;
}

function requestFor<Input, Output extends object>(
  declared: Command<Input, Output>,
  input: Input,
  key: string | undefined,
  context: Context,
): CommandRequest<Input> {
  const claim =
    key === undefined
      ? undefined
      : claimFor(viewerOf(context), declared.name, key, input, context.services.config.tokenSecret);
  return { input, context, actor: actorOf(context, declared.action, reasonIn(input)), claim };
}

async function attemptOnce<Input, Output extends object>(
  declared: Command<Input, Output>,
  { input, context, actor, claim: wanted }: CommandRequest<Input>,
): Promise<Output> {
  return context.services.database.transaction(async (tx) => {
    const [now, claimed] = await Promise.all([begunBy(tx, actor), wanted && claim(tx, wanted)]);
    const env: Env = {
      tx,
      now,
      context,
      get viewer() {
        return viewerOf(context);
      },
    };
    if (claimed === undefined) return declared.run(env, input);
    if (claimed.kind === 'MISMATCH') throw new Rejected([claimed.rejection]);
    if (claimed.kind === 'DONE') return claimed.outcome as Output;
    const output = await declared.run(env, input);
    storeOutcome(tx, claimed.id, output);
    return output;
  });
}

/** Tells the transaction who acts; answers its time. */
async function begunBy(tx: Tx, actor: Actor): Promise<Instant> {
  const [clock] = await tx.prepared<{ now: Instant }>(sql`SELECT now()::timestamptz(3) AS now, ${actorSetting(actor)}`);
  return present(clock, 'The time of the transaction').now;
}

function viewerOf({ viewer }: Context): Viewer {
  return present(viewer, 'The viewer of a command that is not public');
}
