import type { ExecutionResult } from 'graphql';
import type { Context, Origin, Stream } from '../../platform/request/context.ts';
import type { Viewer } from '../../platform/rules/access.ts';

/** What the door knows of a request, from its headers to its answer. */
export interface RequestState {
  readonly requestId: string;
  readonly viewer: Viewer | null;
  readonly origin: Origin;
  readonly credentials: Credentials;
  /** The media types that the client takes, as it says. */
  readonly accept: string;
  /** The last event that the client of a broken stream has seen. */
  readonly lastEventId: string | undefined;
  /** Calls when the client has gone, or has its whole answer. */
  whenClosed(done: () => void): void;
  /** What is left of the deadline, once it is known who is asking. */
  readonly secondsLeft: number;
  context?: Context;
  operationName?: string | undefined;
  /** Lets the request read nothing more. */
  stop?: () => void;
  /** What came of the operation, where it was carried out before Yoga had it. */
  outcome?: Promise<ExecutionResult>;
  /** Of a subscription only. */
  stream?: Stream;
}

/** What Yoga hands on from the door to its hooks. */
export interface YogaServerContext {
  readonly state: RequestState;
}

/** What a request sent to say who is asking. */
export interface Credentials {
  readonly authorization: string | null;
  readonly apiKey: string | null;
}
