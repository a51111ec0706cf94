/**
 * The access of types and fields, read from their GraphQL extensions by Pothos (through the scope-auth plugin), the
 * query plan, the look-up of nodes and `viewer.permissions`.
 *
 * 1. A type or a field declares it as `authScopes: { may: access }`; Pothos stores these options in the extensions.
 * 2. A mutation declares it in its command, because the command pipeline returns its rejection in the payload.
 */
import type { Access } from '../rules/access.ts';

/** The GraphQL extension of a mutation. */
export type MutationAccess = { readonly lotgraphAccess: Access };

/** The declared access; `BY_RECORD` when it depends on the record; undefined when nothing is declared. */
export function declaredAccess(extensions: object): Access | 'BY_RECORD' | undefined {
  const { lotgraphAccess, pothosOptions } = extensions as Partial<MutationAccess> & {
    readonly pothosOptions?: { readonly authScopes?: { readonly may?: Access } };
  };
  const scopes = pothosOptions?.authScopes;
  return lotgraphAccess ?? (scopes === undefined ? undefined : (scopes.may ?? 'BY_RECORD'));
}
