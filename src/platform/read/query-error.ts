import { GraphQLError } from 'graphql';
import type { Refusal } from '../rules/refusal.ts';

/**
 * Refuses a query: a top-level error, the field is null. The first refusal speaks; the request id is added at the door.
 * A mutation answers its refusals in its payload instead and never comes here.
 */
export function refuse(refusals: readonly Refusal[]): never {
  const [first] = refusals;
  throw new GraphQLError(refusals.map((each) => each.message).join(' '), {
    extensions: {
      code: first?.code ?? 'INVALID_INPUT',
      path: first?.path ?? [],
      ...(first?.rule === undefined ? {} : { rule: first.rule }),
    },
  });
}
