/** JSON text of values, by what the schema says of their types: no object is built that would only be written. */
import {
  GraphQLBoolean,
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

export type Writer = (value: unknown, context: Context) => string;

/**
 * A value that the schema does not let pass: an error, which the ordinary executor tells in the right words at the
 * right place.
 */
export class NeedsExecutor extends Error {
  override readonly name = 'Irregular';
}

export function needsExecutor(): never {
  throw new NeedsExecutor('The answer is not a regular one.');
}

/** Writes values of a type whose named type has a writer of its own. */
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

/** The writer of a scalar or enumeration; undefined for what has fields. */
export function leafWriter(type: GraphQLNamedOutputType): Writer | undefined {
  if (!isLeafType(type)) return undefined;
  const whatever: Writer = (value) => JSON.stringify(type.serialize(value)) ?? needsExecutor();
  if (isEnumType(type)) {
    const texts = new Map<unknown, string>(type.getValues().map(({ name, value }) => [value, jsonString(name)]));
    return (value) => texts.get(value) ?? needsExecutor();
  }
  if (type === GraphQLInt)
    return (value, context) =>
      typeof value === 'number' && (value | 0) === value ? String(value) : whatever(value, context);
  if (type === GraphQLBoolean)
    return (value, context) => (typeof value === 'boolean' ? String(value) : whatever(value, context));
  if (type === GraphQLString || isWrittenAsItIs(type))
    return (value, context) => (typeof value === 'string' ? jsonString(value) : whatever(value, context));
  return whatever;
}

/** Scalars of ours that are text already, such as DateTime and Decimal. */
function isWrittenAsItIs(type: GraphQLLeafType): boolean {
  return type.serialize === String;
}

export function jsonString(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Printable ASCII but for `"` and `\`: JSON has it as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;
