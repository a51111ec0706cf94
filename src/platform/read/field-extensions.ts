/** The GraphQL extension that names the columns that a field reads; selected-columns.ts evaluates it. */

/**
 * The extension. It is a type alias and not an interface because GraphQL's extensions have an index signature, which
 * interfaces do not satisfy.
 */
export type ColumnNeeds = {
  /** The fields of the parent's row that the field is computed from. */
  readonly lotgraphNeeds: readonly string[];
};

/** Declares the columns that a field reads, for a field with a resolver of its own. */
export function needs(...fields: readonly string[]): ColumnNeeds {
  return { lotgraphNeeds: fields };
}
