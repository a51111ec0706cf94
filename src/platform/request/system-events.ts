/** What happens in the running of the service, and who keeps it. */
import type { EventLevel } from '../rules/event-level.ts';

/** Something that happened in the running of the service. It holds no secret. */
export interface NotedEvent {
  readonly level: EventLevel;
  /** What happened, as in the log: `<area>.<what>`. */
  readonly event: string;
  /** What happened, in words. */
  readonly message: string;
  readonly requestId?: string;
  /** The user, station or service whose doing it was. */
  readonly actorId?: string;
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/** Keeps events of the service. */
export interface SystemEvents {
  /** Never fails and never waits. */
  note(event: NotedEvent): void;
  /** Resolves when every event that was noted is stored, or was given up. */
  settled(): Promise<void>;
}
