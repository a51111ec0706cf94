/**
 * Who may use a type or a field, read from its extensions: by Pothos (through the scope-auth plugin), by the query plan,
 * by the look-up of nodes and by `viewer.permissions`.
 *
 * 1. A type or a field declares it as `authScopes: { may: access }`; Pothos keeps the options in the extensions.
 * 2. A mutation declares it in its command, because the command pipeline answers a refusal in the payload.
 */
import type { Access } from '../rules/access.ts';

/** The extension of a mutation. */
export type MutationAccess = { readonly lotgraphAccess: Access };

/** The access; `BY_RECORD` where it depends on the record; undefined where nothing is declared. */
export function declaredAccess(extensions: object): Access | 'BY_RECORD' | undefined {
  const { lotgraphAccess, pothosOptions } = extensions as Partial<MutationAccess> & {
    readonly pothosOptions?: { readonly authScopes?: { readonly may?: Access } };
  };
  const scopes = pothosOptions?.authScopes;
  return lotgraphAccess ?? (scopes === undefined ? undefined : (scopes.may ?? 'BY_RECORD'));
}
