import type { ExecutionResult } from 'graphql';
import { stoppable } from '../../platform/postgres/reader.ts';
import type { Context, Origin, Services } from '../../platform/request/context.ts';
import type { UploadedFile } from '../../platform/request/uploads.ts';
import type { Viewer } from '../../platform/rules/access.ts';
import { contextFor } from './context.ts';

/**
 * An admitted request, from its headers to its answer. It is created complete, by `requestStateOf`, and never changes,
 * except for the notes of its context, which the access log writes.
 * Facts that arise later belong to the component that finds them: the operation's name to the response plugin, the
 * stream of a subscription to the SSE plugin, the outcome of the fast path to the server context of that one call.
 */
export interface RequestState {
  /** The context that resolvers, loaders and commands receive; it also holds the request's id, viewer and origin. */
  readonly context: Context;
  /** Makes every further read of the context fail, and lets no further mutation of the request begin. */
  readonly giveUp: () => void;
  readonly credentials: Credentials;
  /** The `Accept` header as the client sent it. */
  readonly accept: string;
  /** The `Last-Event-ID` header: the last event that the client of a broken stream has received. */
  readonly lastEventId: string | undefined;
  /** Whether the body is larger than that of any request but a batch. */
  readonly isLarge: boolean;
  /** The rest of the deadline, counted from the moment when the viewer was known. */
  readonly secondsLeft: number;
  /** Calls back when the client has disconnected or has received the whole answer. */
  readonly whenClosed: (done: () => void) => void;
}

/** The facts from which the state of an admitted request is created. */
export interface AdmittedRequest extends Omit<RequestState, 'context' | 'giveUp'> {
  /** The files that came with it. */
  readonly uploads: readonly UploadedFile[];
  readonly requestId: string;
  readonly viewer: Viewer | null;
  readonly origin: Origin;
}

/** The server context that Yoga hands to its hooks. */
export interface YogaServerContext {
  readonly state: RequestState;
  /** The outcome of the operation, if the fast path has executed it already. */
  readonly outcome?: Promise<ExecutionResult>;
}

/** The credentials that a request carries. */
export interface Credentials {
  readonly authorization: string | null;
  readonly apiKey: string | null;
}

/** Creates the state of an admitted request, together with its context and the switch that stops its reads. */
export function requestStateOf(
  services: Services,
  { requestId, viewer, origin, uploads, ...request }: AdmittedRequest,
): RequestState {
  const context = contextFor(services, viewer, requestId, origin);
  const db = stoppable(context.db);
  return {
    ...request,
    context: { ...context, db, uploads, isGivenUp: () => db.isStopped },
    giveUp: () => db.stop(),
  };
}
