/** SEA-1: a search text has 2..200 characters. */
export const SEARCH_LENGTH = { min: 2, max: 200 } as const;
