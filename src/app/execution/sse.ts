/**
 * Subscriptions as Server-Sent Events.
 *
 * 1. Each `next` event carries one result; its `id` is the cursor after which a client resumes. The last event is
 *    `complete`. Comments are sent at intervals: they keep the connection open, and each side notices when the other
 *    has gone.
 * 2. The next event is produced when the client has taken the one before, so nothing accumulates here
 *    (platform/graphql/subscription-feed.ts).
 * 3. The number of open streams of a principal is limited, and of the process, too.
 * 4. The credentials of each stream are checked again at intervals, in the same way as those of a request. A stream
 *    ends with UNAUTHENTICATED if its credentials are no longer valid, or if the role or the station of its viewer has
 *    changed: the stream was opened with other rights.
 * 5. A subscription of a client that does not name `text/event-stream` is refused with 406: such a client waits for the
 *    end of the answer, which never comes.
 * 6. A stop of the server completes all streams. Clients resume from their last cursor, on another server or later on
 *    this one.
 */
import { isDeepStrictEqual } from 'node:util';
import { GraphQLError, type ExecutionResult } from 'graphql';
import { isAsyncIterable, type FetchAPI, type Plugin } from 'graphql-yoga';
import type { Context, Services, Stream } from '../../platform/request/context.ts';
import type { LIMITS } from '../../platform/process/limits.ts';
import type { FormatResult } from './response.ts';
import type { RequestState, YogaServerContext } from '../request/request-state.ts';
import { limitExceeded } from './document-limits.ts';
import type { Authenticate } from '../auth/authenticate.ts';

/** The limits of the streams of a server process. */
export type StreamLimits = { readonly [Limit in keyof typeof LIMITS.streams]: number };

/** The streams of a server process. */
export interface Streams {
  readonly plugin: Plugin<Context & YogaServerContext, YogaServerContext>;
  /** Completes every open stream. */
  complete(): void;
}

/** The parts of the server that streams use. */
export interface StreamsOptions {
  readonly services: Services;
  readonly authenticate: Authenticate;
  readonly format: FormatResult;
  readonly limits: StreamLimits;
}

/** Creates the streams of a server process. */
export function openStreams({ services, authenticate, format, limits }: StreamsOptions): Streams {
  /** The principal of each open stream, by the function that ends it. */
  const open = new Map<EndStream, string>();
  /** The stream of a subscription. Written once, when the subscription begins. */
  const streams = new WeakMap<RequestState, Stream>();
  /** The subscriptions of clients that accept no events. */
  const refused = new WeakSet<RequestState>();
  const responseTo = (
    state: RequestState,
    results: AsyncIterable<ExecutionResult>,
    { Response, ReadableStream }: FetchAPI,
  ): Response => {
    const { viewer } = state.context;
    const principal = `${viewer?.kind}:${viewer?.id}`;
    const own = [...open.values()].filter((each) => each === principal).length;
    const rejection =
      own >= limits.perPrincipal
        ? tooManyStreams('You have', limits.perPrincipal)
        : open.size >= limits.perProcess
          ? tooManyStreams('This server has', limits.perProcess)
          : undefined;
    const start = (controller: Controller): EventSource => {
      const source = startEvents({
        state,
        stream: streams.get(state),
        results,
        controller,
        format,
        limits,
        checkAccess: () => accessRejection(services, authenticate, state),
        onEnd: (end) => open.delete(end),
      });
      open.set(source.end, principal);
      if (rejection !== undefined) source.end(rejection);
      return source;
    };
    let source: EventSource | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void (source = start(controller)),
      pull: () => source?.pull(),
    });
    return new Response(body, { headers: HEADERS });
  };
  return {
    plugin: {
      onSubscribe({ args, extendContext, setSubscribeFn }) {
        const { state } = args.contextValue;
        if (!EVENT_STREAM.test(state.accept)) {
          refused.add(state);
          return setSubscribeFn(() => ({ errors: [notAcceptable()] }));
        }
        const stream: Stream = { lastEventId: state.lastEventId, closed: new AbortController() };
        streams.set(state, stream);
        extendContext({ stream });
      },
      onResultProcess({ result, setResultProcessor, serverContext: { state } }) {
        if (refused.has(state)) setResultProcessor(refusal, 'application/json');
        if (isAsyncIterable(result))
          setResultProcessor((_, fetchAPI) => responseTo(state, result, fetchAPI), 'text/event-stream');
      },
    },
    complete() {
      for (const end of open.keys()) end();
    },
  };
}

const HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' };

type Controller = Pick<ReadableStreamDefaultController<Uint8Array>, 'enqueue' | 'close' | 'desiredSize'>;

/** Completes the stream, after one last error if there is one. */
type EndStream = (error?: GraphQLError) => void;

interface EventSource {
  readonly end: EndStream;
  pull(): Promise<void>;
}

interface EventSourceOptions {
  readonly state: RequestState;
  readonly stream: Stream | undefined;
  readonly results: AsyncIterable<ExecutionResult>;
  readonly controller: Controller;
  readonly format: FormatResult;
  readonly limits: StreamLimits;
  /** Returns the error that ends the stream if the client may no longer listen. */
  checkAccess(): Promise<GraphQLError | undefined>;
  onEnd(end: EndStream): void;
}

function startEvents(options: EventSourceOptions): EventSource {
  const { state, stream, results, controller, format, limits, checkAccess, onEnd } = options;
  const iterator = results[Symbol.asyncIterator]();
  const write = (text: string): void => controller.enqueue(Buffer.from(text));
  let isEnded = false;
  let lastSentId: string | undefined;
  const close = (): void => {
    if (isEnded) return;
    isEnded = true;
    clearInterval(comments);
    clearInterval(accessChecks);
    onEnd(end);
    stream?.closed.abort();
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  };
  const end: EndStream = (error) => {
    if (isEnded) return;
    close();
    if (error !== undefined) write(eventOf(format({ data: null, errors: [error] }, state)));
    write('event: complete\ndata:\n\n');
    controller.close();
  };
  const comments = setInterval(() => {
    if ((controller.desiredSize ?? 0) > 0) write(':\n\n');
  }, limits.commentSeconds * 1_000);
  const accessChecks = setInterval(() => {
    void checkAccess().then((error) => error !== undefined && end(error));
  }, limits.accessSeconds * 1_000);
  state.whenClosed(close);
  // Some clients treat the stream as open only when they have received a first byte.
  write(':\n\n');
  return {
    end,
    async pull() {
      const { done, value } = await iterator.next();
      if (isEnded) return;
      if (done === true) return end();
      // A result that is not an event of the feed, such as the error that ends it, has no cursor of its own.
      const id = stream?.eventId === lastSentId ? undefined : stream?.eventId;
      lastSentId = stream?.eventId;
      write(eventOf(format(value, state), id));
    },
  };
}

function eventOf(result: ExecutionResult, id?: string): string {
  return `event: next\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(result)}\n\n`;
}

/** Returns why the client of a stream may no longer listen, if so. */
async function accessRejection(
  { log }: Services,
  authenticate: Authenticate,
  { credentials, context: { viewer, requestId } }: RequestState,
): Promise<GraphQLError | undefined> {
  try {
    const current = await authenticate(credentials);
    if (current !== null && 'invalid' in current) return unauthenticated(`The ${current.invalid} is no longer good`);
    return isDeepStrictEqual(current, viewer) ? undefined : unauthenticated('Your rights have changed');
  } catch (error) {
    log.warn(
      { event: 'stream.access_check_failed', err: error, requestId },
      'the access of a stream could not be checked; it is checked again later',
    );
    return undefined;
  }
}

function unauthenticated(reason: string): GraphQLError {
  return new GraphQLError(`${reason}; sign in again where you must, and go on from the last cursor.`, {
    extensions: { code: 'UNAUTHENTICATED', path: [], rule: 'AUT-1' },
  });
}

/** A media range that names the type of streams. A client that takes any type did not ask for a stream. */
const EVENT_STREAM = /(?:^|,)\s*text\/event-stream\s*(?:;|,|$)/i;

function notAcceptable(): GraphQLError {
  return new GraphQLError(
    'A subscription is answered as a stream of events only; send it with the header Accept: text/event-stream.',
    { extensions: { code: 'INVALID_INPUT', path: [] } },
  );
}

/**
 * The answer to a client that accepts no events, as JSON, whatever else it accepts. Without `extensions.http`, which is
 * meant for Yoga: it removes that itself from the answers that it writes.
 */
function refusal(result: unknown, { Response }: FetchAPI): Response {
  return new Response(
    JSON.stringify(result, (key, value: unknown) => (key === 'http' ? undefined : value)),
    {
      status: 406,
      headers: { 'content-type': 'application/json; charset=utf-8' },
    },
  );
}

function tooManyStreams(who: string, limit: number): GraphQLError {
  return limitExceeded(
    'streams',
    `${who} ${limit} streams open already; at most ${limit} are allowed. Close one first.`,
  );
}
