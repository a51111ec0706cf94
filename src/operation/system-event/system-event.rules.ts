/** The most events that wait to be stored. When the database is away, more are left out; the log has them. */
export const EVENTS_WAITING = 1_000;

/** The most characters of an event's name, and of its words. */
export const EVENT_LENGTHS = { event: 60, message: 500 } as const;
