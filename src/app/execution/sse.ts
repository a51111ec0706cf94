/**
 * Subscriptions as Server-Sent Events.
 *
 * 1. An event is `next` with one result, its `id` the cursor to go on behind; the last one is `complete`. A comment now
 *    and then keeps the connection, and tells either side when the other has gone.
 * 2. The next event is made when the client has taken the one before: nothing piles up here (feed.ts).
 * 3. A principal has only some streams at a time.
 * 4. Whether he may still listen is looked at now and then, by the very look that lets in a request. Whose credentials
 *    are no longer good ends with UNAUTHENTICATED; so does one whose role or station has changed, for the stream began
 *    with the rights of another.
 * 5. A stop completes all streams; the client goes on at another server, or at this one later, from its last cursor.
 */
import { isDeepStrictEqual } from 'node:util';
import { GraphQLError, type ExecutionResult } from 'graphql';
import { isAsyncIterable, type FetchAPI, type Plugin } from 'graphql-yoga';
import type { Context, Services } from '../../platform/request/context.ts';
import type { LIMITS } from '../../platform/process/limits.ts';
import type { FormatResult } from './response.ts';
import type { RequestState, YogaServerContext } from '../request/request-state.ts';
import { limitExceeded } from './document-limits.ts';
import type { Authenticate } from '../auth/authenticate.ts';

export type StreamLimits = { readonly [Limit in keyof typeof LIMITS.streams]: number };

export interface Streams {
  readonly plugin: Plugin<Context & YogaServerContext, YogaServerContext>;
  /** Ends every stream like one that has told all. */
  complete(): void;
}

export function openStreams(
  services: Services,
  viewerOf: Authenticate,
  tell: FormatResult,
  limits: StreamLimits,
): Streams {
  /** How each is ended, and whose it is. */
  const open = new Map<Ending, string>();
  const responseTo = (
    asked: RequestState,
    results: AsyncIterable<ExecutionResult>,
    { Response, ReadableStream }: FetchAPI,
  ): Response => {
    const principal = `${asked.viewer?.kind}:${asked.viewer?.id}`;
    const isOneTooMany = [...open.values()].filter((each) => each === principal).length >= limits.perPrincipal;
    const start = (controller: Controller): Underlying => {
      const stream = startStream({
        asked,
        results,
        controller,
        tell,
        limits,
        look: () => objectionTo(services, viewerOf, asked),
        whenEnded: (end) => open.delete(end),
      });
      open.set(stream.end, principal);
      if (isOneTooMany) stream.end(tooMany(limits.perPrincipal));
      return stream;
    };
    let stream: Underlying | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void (stream = start(controller)),
      pull: () => stream?.pull(),
    });
    return new Response(body, { headers: HEADERS });
  };
  return {
    plugin: {
      onSubscribe({ args: { contextValue } }) {
        const { state: asked } = contextValue;
        asked.stream = { lastEventId: asked.lastEventId, closed: new AbortController() };
        contextValue.stream = asked.stream;
      },
      onResultProcess({ result, resultProcessor, setResultProcessor, serverContext: { state: asked } }) {
        // Without a processor the client accepts no events: Yoga answers 406.
        if (!isAsyncIterable(result) || resultProcessor === undefined) return;
        setResultProcessor((_, fetchAPI) => responseTo(asked, result, fetchAPI), 'text/event-stream');
      },
    },
    complete() {
      for (const end of open.keys()) end();
    },
  };
}

const HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' };

type Controller = Pick<ReadableStreamDefaultController<Uint8Array>, 'enqueue' | 'close' | 'desiredSize'>;

/** Completes the stream, after a last word if there is one. */
type Ending = (because?: GraphQLError) => void;

interface Underlying {
  readonly end: Ending;
  pull(): Promise<void>;
}

interface StreamOptions {
  readonly asked: RequestState;
  readonly results: AsyncIterable<ExecutionResult>;
  readonly controller: Controller;
  readonly tell: FormatResult;
  readonly limits: StreamLimits;
  /** Why the client may no longer listen, if so. */
  look(): Promise<GraphQLError | undefined>;
  whenEnded(end: Ending): void;
}

function startStream({ asked, results, controller, tell, limits, look, whenEnded }: StreamOptions): Underlying {
  const iterator = results[Symbol.asyncIterator]();
  const write = (text: string): void => controller.enqueue(Buffer.from(text));
  let isEnded = false;
  const leave = (): void => {
    if (isEnded) return;
    isEnded = true;
    clearInterval(comments);
    clearInterval(looks);
    whenEnded(end);
    asked.stream?.closed.abort();
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  };
  const end: Ending = (because) => {
    if (isEnded) return;
    leave();
    if (because !== undefined) write(eventOf(tell({ data: null, errors: [because] }, asked)));
    write('event: complete\ndata:\n\n');
    controller.close();
  };
  const comments = setInterval(() => {
    if ((controller.desiredSize ?? 0) > 0) write(':\n\n');
  }, limits.commentSeconds * 1_000);
  const looks = setInterval(() => {
    void look().then((because) => because !== undefined && end(because));
  }, limits.accessSeconds * 1_000);
  asked.whenClosed(leave);
  // Some clients wait for the first byte before they believe in the stream.
  write(':\n\n');
  return {
    end,
    async pull() {
      const { done, value } = await iterator.next();
      if (isEnded) return;
      if (done === true) return end();
      write(eventOf(tell(value, asked), asked.stream?.eventId));
      delete asked.stream?.eventId;
    },
  };
}

function eventOf(result: ExecutionResult, id?: string): string {
  return `event: next\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(result)}\n\n`;
}

async function objectionTo(
  { log }: Services,
  viewerOf: Authenticate,
  { credentials, viewer, requestId }: RequestState,
): Promise<GraphQLError | undefined> {
  try {
    const now = await viewerOf(credentials);
    if (now !== null && 'invalid' in now) return unauthenticated(`The ${now.invalid} is no longer good`);
    return isDeepStrictEqual(now, viewer) ? undefined : unauthenticated('Your rights have changed');
  } catch (error) {
    log.warn({ err: error, requestId }, 'the rights of a stream could not be looked at; it is done again');
    return undefined;
  }
}

function unauthenticated(why: string): GraphQLError {
  return new GraphQLError(`${why}; sign in again where you must, and go on from the last cursor.`, {
    extensions: { code: 'UNAUTHENTICATED', path: [], rule: 'AUT-1' },
  });
}

function tooMany(most: number): GraphQLError {
  return limitExceeded(
    'streams',
    `You have ${most} streams open already; at most ${most} are allowed. Close one first.`,
  );
}
