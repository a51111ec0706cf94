/**
 * Errors about the values of variables. graphql-js quotes the value that does not fit, which may be a password: it
 * would stand in the answer, and in the log of a client. These errors name the place and what is wrong, but no value.
 */
import { GraphQLError, type ExecutionResult } from 'graphql';
import { locationOf } from './errors.ts';
import { NOT_EXECUTED } from './document-limits.ts';

/** Returns a result whose errors quote no value of a variable. */
export function withoutValues(result: ExecutionResult): ExecutionResult {
  if (result.data !== undefined || result.errors === undefined) return result;
  return { ...result, errors: result.errors.map(describedWithoutValue) };
}

function describedWithoutValue(error: GraphQLError): GraphQLError {
  if (!error.message.startsWith('Variable "$')) return error;
  return new GraphQLError(messageWithoutValue(error), {
    ...locationOf(error),
    extensions: { code: 'INVALID_INPUT', path: pathOf(error), ...NOT_EXECUTED },
  });
}

function messageWithoutValue(error: GraphQLError): string {
  const [, variable] = /^Variable "\$(\w+)" got invalid value /.exec(error.message) ?? [];
  if (variable === undefined) return error.message;
  const place = placeOf(error);
  return `Variable "$${variable}" got an invalid value${place === '' ? '' : ` at "${place}"`}; ${reasonOf(error)}`;
}

/** The place inside of the variable, such as `input.defects[0].code`; empty for the whole value. */
function placeOf({ message, originalError }: GraphQLError): string {
  const reason = `; ${originalError?.message ?? ''}`;
  const start = message.endsWith(reason) ? message.slice(0, -reason.length) : '';
  return / at "([^"]*)"$/.exec(start)?.[1] ?? '';
}

/** The path of an error as in the errors of mutations: the fields below the variable, list positions as numbers. */
function pathOf(error: GraphQLError): readonly string[] {
  return placeOf(error)
    .split(/[.[\]]+/)
    .filter((part) => part !== '')
    .slice(1);
}

/** Why the value does not fit. graphql-js appends the value to some reasons, and begins others with it. */
function reasonOf({ originalError }: GraphQLError): string {
  const reason = originalError?.message ?? '';
  const [, cannot] = /^([^:]* cannot represent [^:]*): /.exec(reason) ?? [];
  if (cannot !== undefined) return `${cannot}.`;
  const [, notInEnum] = /^Value "[^]*" (does not exist in "\w+" enum\.[^]*)$/.exec(reason) ?? [];
  if (notInEnum !== undefined) return `The value ${notInEnum}`;
  return KNOWN_WITHOUT_VALUE.test(reason) ? reason : 'The value does not fit the type.';
}

const KNOWN_WITHOUT_VALUE = /^(Field "\w+" |Expected (non-nullable )?type "|Exactly one key must|\w+ is given as text)/;
