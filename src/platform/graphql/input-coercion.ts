/**
 * Judges stored JSON by the input types of the schema, with the function by which graphql-js judges the variables of a
 * request: what a list takes as an argument and what may be stored for it cannot differ.
 */
import {
  coerceInputValue,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputType,
  parseType,
  typeFromAST,
} from 'graphql';
import { rejection, type Rejection } from '../rules/rejection.ts';
import { assert } from '../values/assert.ts';

const built: { schema?: GraphQLSchema } = {};

/** Notes the schema of the server, once it is built. Returns it. */
export function withInputCoercion(schema: GraphQLSchema): GraphQLSchema {
  built.schema = schema;
  return schema;
}

/** A value in the form in which resolvers get it, or its rejections. */
export type Coerced<Value> = { readonly value: Value } | { readonly rejections: readonly Rejection[] };

/**
 * The value as an argument of this type, such as `LotFilter` or `[LotOrder!]`. The paths of rejections begin with
 * `argument`, and end with the field that is wrong.
 */
export function coerceInput<Value = unknown>(type: string, value: unknown, argument: string): Coerced<Value> {
  const rejections: Rejection[] = [];
  const coerced: unknown = coerceInputValue(value, inputTypeOf(type), (path, _value, { message }) => {
    const [, field] = /^Field "(\w+)" /.exec(message) ?? [];
    const place = [argument, ...path, ...(field === undefined ? [] : [field])].join('.');
    rejections.push(rejection('INVALID_INPUT', place, `${place}: ${message}`));
  });
  return rejections.length > 0 ? { rejections } : { value: coerced as Value };
}

function inputTypeOf(name: string): GraphQLInputType {
  assert(built.schema !== undefined, 'Input is coerced before the schema is built.');
  const type = typeFromAST(built.schema, parseType(name) as never) as unknown;
  assert(isInputType(type), `${name} is not an input type of the schema.`);
  return type;
}
