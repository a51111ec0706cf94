/**
 * The GraphQL extensions of fields: the columns that a field reads (selected-columns.ts evaluates them), and the cost of a
 * field that is more expensive than its nodes (document-cost.ts).
 */

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

/** The extension of a field that costs as much as a list of so many nodes. */
export type FieldCost = { readonly lotgraphCost: number };

/** Declares the cost of a field, in nodes. */
export function costs(nodes: number): FieldCost {
  return { lotgraphCost: nodes };
}
