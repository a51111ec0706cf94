import { GraphQLError } from 'graphql';
import { rejection, type Rejection } from '../rules/rejection.ts';

/**
 * Rejects a query: throws a GraphQLError, so that the field becomes null and the error appears in `errors`. Its code,
 * path and rule are those of the first rejection; its message contains all of them. The HTTP entry adds the request id.
 * Mutations return their rejections in the payload instead.
 */
export function rejectQuery(rejections: readonly Rejection[]): never {
  const [first] = rejections;
  throw new GraphQLError(rejections.map((each) => each.message).join(' '), {
    extensions: {
      code: first?.code ?? 'INVALID_INPUT',
      path: first?.path ?? [],
      ...(first?.rule === undefined ? {} : { rule: first.rule }),
    },
  });
}

/** Rejects a query whose argument `name` is a longer text than anything that could be found. */
export function rejectLongText(name: string, value: unknown, most: number): void {
  if (typeof value === 'string' && value.length > most)
    rejectQuery([
      rejection('INVALID_INPUT', name, `${name} may have at most ${most} characters, but has ${value.length}.`),
    ]);
}
