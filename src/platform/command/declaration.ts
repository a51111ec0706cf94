import type { z } from 'zod';
import type { Claim } from './idempotency.ts';
import type { Tx } from '../postgres/client.ts';
import type { Actor } from '../request/actor.ts';
import type { Context } from '../request/context.ts';
import type { Access, Viewer } from '../rules/access.ts';
import type { Rejection } from '../rules/rejection.ts';
import type { Instant } from '../values/time.ts';

/** What a running command works with. */
export interface Env {
  readonly tx: Tx;
  /** The database's time of the transaction: the clock of all rules. */
  readonly now: Instant;
  /** The principal that acts. */
  readonly viewer: Viewer;
  readonly context: Context;
}

/** A write operation of the factory: its access, its input schema, and the work in a transaction. */
export interface Command<Input, Output extends object, Prepared = unknown> {
  /** The name of the mutation: verb and noun. */
  readonly name: string;
  /** The audit action, in domain words: `lot.closed`. */
  readonly action: string;
  readonly description: string;
  readonly access: Access;
  readonly input: z.ZodType<Input>;
  /**
   * The number of records of bulk work, which the command pipeline throttles while other requests are active
   * (fair-scheduler.ts); absent for other work.
   */
  readonly bulkSize?: ((input: Input) => number) | undefined;
  /**
   * Slow work that needs no transaction, such as hashing a password. It runs once, before the transaction begins, so that
   * it holds no connection and no lock meanwhile.
   */
  prepare?(context: Context, input: Input): Promise<Prepared>;
  /** Locks, evaluates the rules, and writes. Returns ids; the fields of the payload load the rest. */
  run(env: Env, input: Input, prepared: Prepared): Promise<Output>;
  /**
   * The group commit of simultaneous requests (group-commit.ts). It resolves with undefined when the request has to be
   * processed by `run`.
   */
  group?(request: CommandRequest<Input>): Promise<Output | undefined>;
  /** What this process does once the change is committed, before it answers. */
  afterCommit?(context: Context): Promise<void>;
}

/** The outcome of a command: its output, or the rejections. */
export type Outcome<Output> =
  | { readonly output: Output; readonly errors: readonly [] }
  | { readonly output: null; readonly errors: readonly Rejection[] };

const actions = new Set<string>();

/** The audit actions of all commands that are declared so far: a command is declared when its file is imported. */
export const declaredActions: ReadonlySet<string> = actions;

/** Declares a command: infers its types, and notes its action. */
export function command<Input, Output extends object, Prepared>(
  declaration: Command<Input, Output, Prepared>,
): Command<Input, Output> {
  actions.add(declaration.action);
  return declaration as Command<Input, Output>;
}

/** A valid request for a command: the input, who sent it, and its idempotency key, if any. */
export interface CommandRequest<Input> {
  readonly input: Input;
  readonly context: Context;
  readonly actor: Actor;
  readonly claim: Claim | undefined;
}
