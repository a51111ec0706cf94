import { GraphQLError } from 'graphql';
import type { Rejection } from '../rules/rejection.ts';

/**
 * Refuses a query: a top-level error, the field is null. The first refusal speaks; the request id is added at the door.
 * A mutation answers its refusals in its payload instead and never comes here.
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
