import type DataLoader from 'dataloader';
import type { Database, Reader } from '../postgres/client.ts';
import type { Config } from '../process/config.ts';
import type { Log } from '../process/log.ts';
import type { Viewer } from '../rules/access.ts';
import type { Instant } from '../values/time.ts';

/** What lives as long as the process. */
export interface Services {
  readonly config: Config;
  readonly database: Database;
  readonly log: Log;
  /** The version of the product. */
  readonly version: string;
}

/** Where a request came from, for the record. */
export interface Origin {
  readonly ip: string | null;
  readonly userAgent: string | null;
}

/** What the door and the source of a subscription tell each other. */
export interface Stream {
  /** The cursor of the last event that the client has seen, as it says (`Last-Event-ID`). */
  readonly lastEventId: string | undefined;
  /** Aborted when nobody listens any more. */
  readonly closed: AbortController;
  /** The cursor of the event that is on its way. */
  eventId?: string;
}

/** What one request knows. Loaders are made on first use and forgotten with the request. */
export interface Context {
  readonly services: Services;
  readonly viewer: Viewer | null;
  readonly requestId: string;
  readonly origin: Origin;
  /** When the request arrived, by the server's clock. Commands judge by the database's clock instead. */
  readonly now: Instant;
  readonly db: Reader;
  readonly loaders: Map<unknown, DataLoader<unknown, unknown, unknown>>;
  /** Of a subscription only. */
  stream?: Stream;
}
