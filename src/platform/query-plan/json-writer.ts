/** Writes values as JSON text according to their GraphQL types. No result object is built just to be serialised. */
import {
  GraphQLBoolean,
  GraphQLID,
  GraphQLInt,
  GraphQLString,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  type GraphQLLeafType,
  type GraphQLNamedOutputType,
  type GraphQLOutputType,
} from 'graphql';
import type { Context } from '../request/context.ts';

/** Writes a value as JSON text. Throws NeedsExecutor for a value that the type does not allow. */
export type Writer = (value: unknown, context: Context) => string;

/**
 * Thrown for a value that the schema does not allow: the answer is an error, which the graphql-js executor reports with
 * the right message and path.
 */
export class NeedsExecutor extends Error {
  override readonly name = 'NeedsExecutor';
}

/** Throws NeedsExecutor. */
export function needsExecutor(): never {
  throw new NeedsExecutor('The answer is not a regular one.');
}

/** The writer of a type (with its lists and non-null wrappers), given the writer of its named type. */
export function writerOf(type: GraphQLOutputType, named: Writer): Writer {
  if (isNonNullType(type)) {
    const write = writerOfPresent(type.ofType, named);
    return (value, context) => (value === null || value === undefined ? needsExecutor() : write(value, context));
  }
  const write = writerOfPresent(type, named);
  return (value, context) => (value === null || value === undefined ? 'null' : write(value, context));
}

function writerOfPresent(type: Exclude<GraphQLOutputType, { readonly kind: 'non-null' }>, named: Writer): Writer {
  if (!isListType(type)) return named;
  const write = writerOf(type.ofType, named);
  return (value, context) =>
    Array.isArray(value) ? `[${value.map((each) => write(each, context)).join(',')}]` : needsExecutor();
}

/** The writer of a scalar or enumeration; undefined for types with fields. */
export function leafWriter(type: GraphQLNamedOutputType): Writer | undefined {
  if (!isLeafType(type)) return undefined;
  const serialized: Writer = (value) => JSON.stringify(type.serialize(value)) ?? needsExecutor();
  if (isEnumType(type)) {
    const texts = new Map<unknown, string>(type.getValues().map(({ name, value }) => [value, jsonString(name)]));
    return (value) => texts.get(value) ?? needsExecutor();
  }
  if (type === GraphQLInt)
    return (value, context) =>
      typeof value === 'number' && (value | 0) === value ? String(value) : serialized(value, context);
  if (type === GraphQLBoolean)
    return (value, context) => (typeof value === 'boolean' ? String(value) : serialized(value, context));
  if (type === GraphQLString || type === GraphQLID || isTextScalar(type))
    return (value, context) => (typeof value === 'string' ? jsonString(value) : serialized(value, context));
  return serialized;
}

/** True for the custom scalars whose values are text already, such as DateTime and Decimal. */
function isTextScalar(type: GraphQLLeafType): boolean {
  return type.serialize === String;
}

/** A text as JSON. */
export function jsonString(text: string): string {
  return UNESCAPED.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Printable ASCII without `"` and `\`, which JSON contains unescaped. */
const UNESCAPED = /^[ !#-[\]-~]*$/;
