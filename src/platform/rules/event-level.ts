/** How much a system event matters, in ascending order. */
export const EVENT_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;
/** How much a system event matters. */
export type EventLevel = (typeof EVENT_LEVELS)[number];
