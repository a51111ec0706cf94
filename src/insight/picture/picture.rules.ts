/** How large a picture may be, in CSS pixels. */
export const PICTURE_SIZE = {
  width: { min: 200, max: 2_000, usual: 720 },
  height: { min: 150, max: 1_500, usual: 360 },
} as const;

/** What a picture counts in the cost of an operation, in nodes. */
export const PICTURE_COST = 20;
