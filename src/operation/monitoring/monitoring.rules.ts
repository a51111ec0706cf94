/** MON-1: By what statements can be ordered. */
export const STATEMENT_ORDERS = ['TOTAL', 'MEAN', 'COUNT'] as const;

/** MON-1: How many statements are shown, unless asked otherwise, and at most. */
export const STATEMENTS_ASKED = { default: 20, most: 100 } as const;
