/** The Pothos schema builder, and declarations that every schema module uses. */
import SchemaBuilder, { brandWithType, type EnumRef, type InputObjectRef, type ObjectRef } from '@pothos/core';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import { GraphQLError, Kind, type GraphQLResolveInfo } from 'graphql';
import { declaredAccess } from './declared-access.ts';
import type PrismaTypes from '../../generated/pothos.ts';
import { getDatamodel } from '../../generated/pothos.ts';
import { ANY, allows, mayAccess, type Access } from '../rules/access.ts';
import { AppError, assert } from '../values/assert.ts';
import type { Context } from '../request/context.ts';
import { decimalOfNumber, withoutExponent } from '../values/decimal.ts';
import { decodeGlobalId, encodeGlobalId } from '../values/global-id.ts';
import type { Loader } from '../read/loader.ts';
import { rejectQuery } from '../read/query-error.ts';
import { rejection } from '../rules/rejection.ts';
import type { JsonValue } from '../input/json-schemas.ts';
import type { Stored } from '../postgres/table.ts';

/** The Prisma models, with rows as this program reads them (postgres/table.ts). */
type StoredTypes = {
  [Model in keyof PrismaTypes]: Omit<PrismaTypes[Model], 'Shape'> & { Shape: Stored<PrismaTypes[Model]['Shape']> };
};

interface OwnTypes {
  PrismaTypes: StoredTypes;
  Context: Context;
  AuthScopes: { may: Access };
  DefaultFieldNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: string; Output: string };
    Date: { Input: string; Output: string };
    Decimal: { Input: string; Output: string };
    JSONObject: { Input: unknown; Output: unknown };
    JSON: { Input: unknown; Output: unknown };
    BigInt: { Input: string; Output: string };
    Upload: { Input: unknown; Output: never };
  };
}

/** The largest number of ids that `nodes` accepts. */
export const NODES_LIMIT = 100;

/** The Pothos types of this schema, for declarations that build fields. */
export type SchemaTypes = PothosSchemaTypes.ExtendDefaultTypes<OwnTypes>;

/** The builder of the whole schema. Schema modules add their types to it when they are imported. */
export const builder = new SchemaBuilder<OwnTypes>({
  plugins: [ScopeAuthPlugin, RelayPlugin, PrismaPlugin],
  defaultFieldNullability: false,
  scopeAuth: {
    authScopes: (context) => ({ may: (access) => mayAccess(access, context.viewer) === undefined }),
    // Otherwise a subscription would start for anybody, and reject each event.
    authorizeOnSubscribe: true,
    unauthorizedError: (_parent, context, _info, result) => rejectAccess(context, result),
  },
  relay: {
    nodeTypeOptions: { description: 'A record with an id.' },
    idFieldOptions: { description: 'Opaque id of the record, for `node` and for references.' },
    pageInfoTypeOptions: { description: 'Where a page begins and ends, and whether there is more.' },
    hasNextPageFieldOptions: { description: 'Whether records follow behind the page.' },
    hasPreviousPageFieldOptions: { description: 'Whether records stand before the page.' },
    startCursorFieldOptions: { description: 'The place of the first record, for `before`; null on an empty page.' },
    endCursorFieldOptions: { description: 'The place of the last record, for `after`; null on an empty page.' },
    nodeQueryOptions: {
      args: { id: { description: 'The id.' } },
      description: 'The record of an id, of whatever type; null when there is none, or when it is not for you.',
      authScopes: { may: ANY },
      resolve: (_root, { id }, context, info) => nodeOf(id, context, info),
    },
    nodesQueryOptions: {
      nullable: { list: true, items: true },
      args: { ids: { description: `Up to ${NODES_LIMIT} ids.` } },
      description: `The records of up to ${NODES_LIMIT} ids, in their order; null where there is none.`,
      authScopes: { may: ANY },
      resolve: (_root, { ids }, context, info) => {
        if (ids.length === 0)
          return rejectQuery([rejection('INVALID_INPUT', 'ids', `No id was given; 1 to ${NODES_LIMIT} are answered.`)]);
        if (ids.length > NODES_LIMIT)
          return rejectQuery([
            rejection('LIMIT_EXCEEDED', 'ids', `${ids.length} ids were given; at most ${NODES_LIMIT} are allowed.`),
          ]);
        return Promise.all(ids.map((id) => nodeOf(id, context, info)));
      },
    },
    encodeGlobalID: (typename, id) => encodeGlobalId(typename, String(id)),
    decodeGlobalID: (globalId) => {
      const found = decodeGlobalId(globalId);
      return { typename: found?.type ?? '', id: found?.id ?? '' };
    },
  },
  prisma: {
    client: () => {
      throw new AppError('Relations are read by loaders, never by the plugin.');
    },
    dmmf: getDatamodel(),
    exposeDescriptions: true,
  },
});

builder.queryType({
  description:
    'Questions to the factory. None changes anything. Every root field may be null: when it fails, the error names it, and the other root fields are answered.',
});
builder.mutationType({
  description: 'Acts of the factory. Each is one transaction; several in one request run one after the other.',
});
builder.subscriptionType({
  description: 'What happens in the factory, as it happens: Server-Sent Events, which go on behind a cursor.',
});

builder.scalarType('DateTime', {
  description:
    'An instant in ISO 8601 with milliseconds and `Z` (UTC), e.g. `2026-11-20T08:00:00.000Z`. Input may have another offset; it means the same instant. Years 1900 to 2200.',
  parseValue: textOnly('DateTime'),
  serialize: String,
});
builder.scalarType('Date', {
  description: 'A day of the calendar, e.g. `2026-11-20`.',
  parseValue: textOnly('Date'),
  serialize: String,
});
builder.scalarType('Decimal', {
  description:
    'A decimal number as text, so that no digit is lost: at most 15 digits before and 10 after the point, no exponent, e.g. `"12.50"`. Input may be a number, too: a literal counts as it is written, a JSON number as its shortest decimal text.',
  parseValue: (value) => (typeof value === 'number' ? decimalOfNumber(value) : textOnly('Decimal')(value)),
  parseLiteral: (node) => {
    if (node.kind === Kind.INT || node.kind === Kind.FLOAT) return withoutExponent(node.value);
    return textOnly('Decimal')(node.kind === Kind.STRING ? node.value : undefined);
  },
  serialize: String,
});
builder.scalarType('JSONObject', {
  description: 'A JSON object of at most 65,536 bytes and 8 levels.',
  serialize: (value): JsonValue => value as JsonValue,
});
builder.scalarType('JSON', { description: 'Any JSON value.', serialize: (value): JsonValue => value as JsonValue });
builder.scalarType('Upload', {
  description:
    'A file, sent with the request as `multipart/form-data` (GraphQL multipart request specification) and the header `x-lotgraph-upload: 1`.',
  // The input of the command says what a file looks like.
  parseValue: (value) => value,
});
builder.scalarType('BigInt', {
  description: 'A whole number of up to 19 digits as text.',
  parseValue: textOnly('BigInt'),
  serialize: String,
});

/** The loaders of the node types, by type name. */
const nodeLoaders = new Map<string, Loader<string, object | null>>();

/** Who may look a record up by its id, where that is fewer than may see it in a relation, by type name. */
const nodeAccesses = new Map<string, Access>();

/**
 * Makes an entity a Relay node: the type gets the field `id`, and `node(id)` finds the record with the loader. With an
 * access, only for those who have it.
 */
export function asNode<Item extends { readonly id: string }>(
  ref: ObjectRef<SchemaTypes, Item>,
  loader: Loader<string, Item | null>,
  access?: Access,
): void {
  nodeLoaders.set(ref.name, loader);
  if (access !== undefined) nodeAccesses.set(ref.name, access);
  builder.nodeRef(ref, {
    id: { resolve: (row: Item) => row.id, description: 'Opaque id of the record, for `node` and for references.' },
  } as never);
}

/**
 * The record of a global id, branded with its type for the interface Node. Null when there is none, when the type is
 * not a node, and when the viewer may not see the type; in that case it is not loaded, so neither the answer nor its
 * time reveals whether it exists.
 */
export async function nodeOf(
  { typename, id }: { readonly typename: string; readonly id: string },
  context: Context,
  { schema }: Pick<GraphQLResolveInfo, 'schema'>,
): Promise<never> {
  const loader = nodeLoaders.get(typename);
  const access = nodeAccesses.get(typename) ?? declaredAccess(schema.getType(typename)?.extensions ?? {}) ?? ANY;
  const mayLoad = access === 'BY_RECORD' || allows(access, context.viewer);
  const node = mayLoad ? await loader?.load(context, id) : null;
  if (node !== null && node !== undefined) brandWithType(node, typename as never);
  return (node ?? null) as never;
}

/** The enumerations and their filter inputs, by the list of values that declares the enumeration. */
const enumerations = new Map<readonly string[], EnumRef<SchemaTypes, string, string>>();
const filtersOfEnums = new Map<readonly string[], InputObjectRef<SchemaTypes, object>>();

/** Declares an enumeration from the list of values that the rules use, each with its description. */
export function enumeration<const Value extends string>(
  name: string,
  values: readonly Value[],
  description: string,
  meanings: Readonly<Record<Value, string>>,
): EnumRef<SchemaTypes, Value, Value> {
  const ref = builder.enumType(name, {
    description,
    values: Object.fromEntries(values.map((value) => [value, { value, description: meanings[value] }])) as Record<
      Value,
      { value: Value; description: string }
    >,
  }) as unknown as EnumRef<SchemaTypes, Value, Value>;
  enumerations.set(values, ref as unknown as EnumRef<SchemaTypes, string, string>);
  return ref;
}

/**
 * The filter input of a declared enumeration, which the first filter that uses it declares. Throws an AppError for a
 * list of values that no enumeration was declared with.
 */
export function filterOfEnum(values: readonly string[]): InputObjectRef<SchemaTypes, object> {
  const ref = enumerations.get(values);
  assert(ref !== undefined, `The enumeration of ${values.join(', ')} is not declared.`);
  const filter = filtersOfEnums.get(values) ?? enumFilterType(ref);
  filtersOfEnums.set(values, filter);
  return filter;
}

function enumFilterType(ref: EnumRef<SchemaTypes, string, string>): InputObjectRef<SchemaTypes, object> {
  return builder.inputType(`${ref.name}Filter`, {
    description: `A condition on ${ref.name}. What is given must all hold.`,
    fields: (t) => ({
      eq: t.field({ type: ref, description: 'Equal to this value.' }),
      in: t.field({ type: [ref], description: 'One of these values; the empty list matches nothing.' }),
      notIn: t.field({ type: [ref], description: 'None of these values.' }),
      isNull: t.boolean({ description: 'True: without a value. False: with one.' }),
    }),
  }) as unknown as InputObjectRef<SchemaTypes, object>;
}

function textOnly(scalar: string): (value: unknown) => string {
  return (value) => {
    if (typeof value === 'string') return value;
    throw new GraphQLError(`${scalar} is given as text, but this is another kind of value.`);
  };
}

/**
 * Rejects a field with the reason. The plugin reports only that a scope failed; the failed access determines the
 * reason.
 */
function rejectAccess(context: Context, result: { failure: unknown }): never {
  const access = accessIn(result.failure);
  const rejection = access === undefined ? undefined : mayAccess(access, context.viewer);
  return rejectQuery([
    rejection ?? {
      code: context.viewer === null ? 'UNAUTHENTICATED' : 'FORBIDDEN',
      message: 'This is not for you.',
      path: [],
      rule: 'AUT-1',
    },
  ]);
}

function accessIn(failure: unknown): Access | undefined {
  if (typeof failure !== 'object' || failure === null) return undefined;
  if ('parameter' in failure) return failure.parameter as Access;
  if ('failures' in failure && Array.isArray(failure.failures))
    return failure.failures.map(accessIn).find((each) => each !== undefined);
  return undefined;
}
