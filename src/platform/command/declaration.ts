import type { z } from 'zod';
import type { Claim } from './idempotency.ts';
import type { Tx } from '../postgres/client.ts';
import type { Actor } from '../request/actor.ts';
import type { Context } from '../request/context.ts';
import type { Access, Viewer } from '../rules/access.ts';
import type { Rejection } from '../rules/rejection.ts';
import type { Instant } from '../values/time.ts';

/** What a command works with. */
export interface Env {
  readonly tx: Tx;
  /** The database's time of the transaction: the clock of all rules. */
  readonly now: Instant;
  readonly viewer: Viewer;
  readonly context: Context;
}

export interface Command<Input, Output extends object> {
  /** The name of the mutation: verb and noun. */
  readonly name: string;
  /** What happened, in domain words: `lot.closed`. */
  readonly action: string;
  readonly description: string;
  readonly access: Access;
  readonly input: z.ZodType<Input>;
  /** True for bulk work, which the command pipeline throttles while other requests are active (fair-scheduler.ts). */
  readonly isBulk?: boolean;
  run(env: Env, input: Input): Promise<Output>;
  /** The same for requests that come at the same time (together.ts). Undefined: the request is one for `run`. */
  group?(request: CommandRequest<Input>): Promise<Output | undefined>;
}

export type Outcome<Output> =
  | { readonly output: Output; readonly errors: readonly [] }
  | { readonly output: null; readonly errors: readonly Rejection[] };

export function command<Input, Output extends object>(declaration: Command<Input, Output>): Command<Input, Output> {
  return declaration;
}

/** What is asked for, by whom, and under which key. */
export interface CommandRequest<Input> {
  readonly input: Input;
  readonly context: Context;
  readonly actor: Actor;
  readonly claim: Claim | undefined;
}
