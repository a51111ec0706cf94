/** The extension of a field that says which columns it reads; selected-columns.ts reads it. */

/** A type alias and not an interface: GraphQL's extensions are an index type, which interfaces do not fit. */
export type ColumnNeeds = {
  /** The fields of the parent's row that the field is computed from. */
  readonly lotgraphNeeds: readonly string[];
};

/** Declares the columns that a field reads, for a field with a resolver of its own. */
export function needs(...fields: readonly string[]): ColumnNeeds {
  return { lotgraphNeeds: fields };
}
