/** SEA-1: a text to look for has 2..200 characters. */
export const SEARCH_LENGTH = { min: 2, max: 200 } as const;
