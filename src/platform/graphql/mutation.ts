/**
 * Mutations: GraphQL fields that run commands. Each has one argument `input`, and a payload with the entities and
 * `errors`.
 *
 * 1. The input type gets `idempotencyKey`, and `expectedVersion` where the command updates a versioned record.
 * 2. The payload's backing value is the output of the command (ids) or, for a rejection, the ids of the current
 *    records, if any.
 * 3. The entities of the payload are loaded by id after the commit, with the selected fields, as in any query.
 */
import type {
  FieldMap,
  InputFieldBuilder,
  InputFieldMap,
  InputObjectRef,
  ObjectFieldBuilder,
  ObjectRef,
} from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import type { Command } from '../command/declaration.ts';
import { run } from '../command/run.ts';
import type { MutationAccess } from './declared-access.ts';
import { builder, enumeration, type SchemaTypes } from './builder.ts';
import { REASON_LENGTH } from '../input/schemas.ts';
import { clearLoaders, type RowLoader } from '../read/loader.ts';
import type { Context } from '../request/context.ts';
import { noteRefusals } from '../request/notes.ts';
import { type Access, mayChange } from '../rules/access.ts';
import { ERROR_CODES, type Rejection } from '../rules/rejection.ts';
import { assert } from '../values/assert.ts';
import { encodeGlobalId } from '../values/global-id.ts';
import { capitalized } from '../values/characters.ts';

const ErrorCode = enumeration(
  'ErrorCode',
  ERROR_CODES,
  'What kind of refusal this is. Codes are stable; texts are not.',
  {
    UNAUTHENTICATED: 'No credentials, or invalid ones.',
    FORBIDDEN: 'The principal may not do this. The same answer whether or not the record exists.',
    INVALID_INPUT: 'One value is wrong by itself: format, range, missing, of the wrong kind.',
    NOT_FOUND: 'A referenced record does not exist.',
    RULE_VIOLATED:
      'Well formed, but other values, the clock or the state of the factory forbid it; `rule` names the rule.',
    CONFLICT: 'A unique natural key is taken, or others are changing the same records.',
    LIMIT_EXCEEDED: 'A number range, batch size, list size, rate or query limit is used up.',
    STALE_VERSION: '`expectedVersion` differs from the current version; the payload carries the current record.',
    IDEMPOTENCY_MISMATCH: 'The idempotency key was used with other input.',
  },
);

/** The GraphQL type of a rejection. */
export const UserError = builder.objectRef<Rejection>('UserError').implement({
  description: 'Why a mutation was refused. Nothing has changed.',
  fields: (t) => ({
    code: t.expose('code', { type: ErrorCode, description: 'The kind of refusal, for programs.' }),
    message: t.exposeString('message', {
      description: 'What is wrong, with which thing, and what would be right. English, for people; may change.',
    }),
    path: t.stringList({
      description:
        'The input field, outermost first, list positions as numbers: `["defects","0","code"]`. Empty: the whole input.',
      resolve: ({ path }) => [...path],
    }),
    rule: t.string({
      nullable: true,
      description:
        'The rule of the ledger behind the refusal, such as `PD-2`, which `docs/ledger.md#pd-2` explains; null when none stands behind it.',
      resolve: ({ rule }) => rule ?? null,
    }),
  }),
});

/**
 * The backing value of a payload: the output of the command when it succeeded, otherwise at most the ids of the current
 * records.
 */
export type Payload<Output extends object> = Partial<Output> & { readonly errors: readonly Rejection[] };

/**
 * Adds a field to the payload of a mutation from a younger folder. `Output` is the part of the command's output that the
 * field reads.
 */
export function payloadField<Output extends object>(
  mutationName: string,
  field: string,
  declare: (t: ObjectFieldBuilder<SchemaTypes, Payload<Output>>) => FieldMap[string],
): void {
  const payload = payloads.get(mutationName);
  assert(payload !== undefined, `There is no mutation ${mutationName}.`);
  builder.objectField(payload as ObjectRef<SchemaTypes, Payload<Output>>, field, declare);
}

/** The payload types by the names of their mutations. */
const payloads = new Map<string, unknown>();

interface MutationOptions<Output extends object> {
  readonly input: (t: InputFieldBuilder<SchemaTypes, 'InputObject'>) => InputFieldMap;
  readonly payload: (t: ObjectFieldBuilder<SchemaTypes, Payload<Output>>) => FieldMap;
  /** True when the command updates an existing versioned record: the input takes `expectedVersion`. */
  readonly isVersioned?: boolean;
  /** False when the output is a secret, which must not be stored. */
  readonly isIdempotent?: boolean;
  /** True when the command needs a reason: the input takes `reason`. */
  readonly hasReason?: boolean;
}

/** Declares the mutation of a command. Returns its input type, for inputs that contain it. */
export function mutation<Input, Output extends object>(
  command: Command<Input, Output>,
  options: MutationOptions<Output>,
): InputObjectRef<SchemaTypes, object> {
  return mutationWith(command, options, (input, context) =>
    run(command, input, context).then((outcome) => payloadOf(outcome.output, outcome.errors)),
  );
}

/** Declares a mutation that `execute` carries out in another way than by one transaction. Returns its input type. */
export function mutationWith<Output extends object>(
  command: { readonly name: string; readonly description: string; readonly access: Access },
  options: MutationOptions<Output>,
  execute: (input: unknown, context: Context) => Promise<Payload<Output>>,
): InputObjectRef<SchemaTypes, object> {
  const typeName = capitalized(command.name);
  const input = builder.inputType(`${typeName}Input`, {
    description: `Input of ${command.name}.`,
    fields: (t) => ({
      ...options.input(t),
      ...(options.hasReason === true
        ? {
            reason: t.string({
              required: true,
              description: `Why, for the record: 1 to ${REASON_LENGTH} characters (GEN-4).`,
            }),
          }
        : {}),
      ...(options.isVersioned === true
        ? {
            expectedVersion: t.int({
              description:
                'The version you have seen; refused with STALE_VERSION when the record has moved on. Absent: the last writer wins (GEN-2).',
            }),
          }
        : {}),
      ...(options.isIdempotent === false
        ? {}
        : {
            idempotencyKey: t.string({
              description:
                'A key of your own for this request, 1 to 100 printable characters. The same request with the same key has one effect, for 30 days (IDK-1).',
            }),
          }),
    }),
  });
  const payload = builder.objectRef<Payload<Output>>(`${typeName}Payload`).implement({
    description: `Answer of ${command.name}.`,
    fields: (t) => ({
      ...options.payload(t),
      errors: t.field({
        type: [UserError],
        description: 'Why it was refused; empty when it succeeded.',
        resolve: (parent) => [...parent.errors],
      }),
    }),
  });
  payloads.set(command.name, payload);
  builder.mutationField(command.name, (t) =>
    t.field({
      type: payload,
      description: command.description,
      args: { input: t.arg({ type: input, required: true, description: 'What to do.' }) },
      extensions: { lotgraphAccess: command.access } satisfies MutationAccess,
      resolve: (async (_root: unknown, args: { readonly input: unknown }, context: Context) => {
        assert(context.isGivenUp?.() !== true, 'The request was given up before this mutation began.');
        const forbidden = mayChange(context.viewer);
        if (forbidden !== undefined) return payloadOf<Output>(null, [forbidden]);
        const answer = await execute(args.input, context);
        clearLoaders(context);
        noteRefusals(context.notes, answer.errors);
        return answer;
      }) as never,
    }),
  );
  return input;
}

/**
 * The payload of an outcome: the command's output, or the rejections and, for an outdated view, the ids of the current
 * records.
 */
export function payloadOf<Output extends object>(output: Output | null, errors: readonly Rejection[]): Payload<Output> {
  const known: object = output ?? errors.find((error) => error.current !== undefined)?.current ?? {};
  return { ...known, errors } as Payload<Output>;
}

/** The payload field with the id of a deleted record, which `node` does not find any more. */
export function deletedIdField<Output extends { readonly deletedId: string }>(
  t: ObjectFieldBuilder<SchemaTypes, Payload<Output>>,
  type: string,
): FieldMap[string] {
  return t.id({
    nullable: true,
    description: 'The id of the deleted record; null when it was refused.',
    resolve: (({ deletedId }: Partial<Output>) =>
      deletedId === undefined ? null : encodeGlobalId(type, deletedId)) as never,
  });
}

/** Loads an entity of a payload by the id that the command returned; null when the command was rejected. */
export function loadById<Item>(
  loader: RowLoader<Item | null>,
  id: string | null | undefined,
  context: Context,
  info?: GraphQLResolveInfo,
): Promise<Item | null> | null {
  return id === null || id === undefined ? null : loader.load(context, id, info);
}
