import type DataLoader from 'dataloader';
import type { FileStore } from '../file-store/file-store.ts';
import type { Monitor } from '../process/monitoring/monitor.ts';
import type { Database, Reader } from '../postgres/client.ts';
import type { Config } from '../process/config.ts';
import type { Log } from '../process/log.ts';
import type { Viewer } from '../rules/access.ts';
import type { Instant } from '../values/time.ts';
import type { RequestNotes } from './notes.ts';
import type { StoredEntries } from './plant-settings.ts';
import type { SystemEvents } from './system-events.ts';
import type { UploadedFile } from './uploads.ts';

/** The services that live as long as the process. */
export interface Services {
  readonly config: Config;
  readonly database: Database;
  /** The settings of the plant that are kept in the database. */
  readonly entries: StoredEntries;
  /** Where the contents of artifacts and reports are kept. */
  readonly files: FileStore;
  readonly log: Log;
  /** The statistics of the process. */
  readonly monitor: Monitor;
  /** Keeps what happens in the running of the service. */
  readonly events: SystemEvents;
  /** The version of the product. */
  readonly version: string;
}

/** The origin of a request, for the audit trail; null when it is unknown. */
export interface Origin {
  readonly ip: string | null;
  readonly userAgent: string | null;
}

/** The state that the HTTP entry and the source of a subscription share. */
export interface Stream {
  /**
   * The cursor of the last event that the client has received, as it states in `Last-Event-ID`; undefined when it
   * states none.
   */
  readonly lastEventId: string | undefined;
  /** Aborted when the client has disconnected. */
  readonly closed: AbortController;
  /** The cursor of the event that is being sent. */
  eventId?: string;
}

/** The state of one request. Loaders are created on first use and discarded with the request. */
export interface Context {
  readonly services: Services;
  readonly viewer: Viewer | null;
  readonly requestId: string;
  readonly origin: Origin;
  /** When the request arrived, by the clock of this server. Commands use the clock of the database instead. */
  readonly now: Instant;
  readonly db: Reader;
  readonly loaders: Map<unknown, DataLoader<unknown, unknown, unknown>>;
  /** What is noted of the request for the access log. */
  readonly notes: RequestNotes;
  /** True when the request was answered at its deadline. No further mutation of it begins. Only requests have it. */
  readonly isGivenUp?: () => boolean;
  /** True for what happened earlier and is loaded now, by an import: nothing reacts to it, so it raises no alerts. */
  readonly isHistory?: boolean;
  /** The files that came with the request; undefined for a request that brings none. */
  readonly uploads?: readonly UploadedFile[];
  /** Set for subscriptions only. */
  stream?: Stream;
}
