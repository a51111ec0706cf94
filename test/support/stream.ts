/**
 * A client of Server-Sent Events that shows what it received: events with their ids, comments, and whether the stream
 * was completed.
 */
import { request, type IncomingMessage } from 'node:http';
import { expect } from 'vitest';
import type { Api, Credentials } from './api.ts';

export interface StreamEvent {
  readonly id: string | undefined;
  // oxlint-disable-next-line typescript/no-explicit-any -- the tests state what they expect of an event
  readonly data: any;
  readonly errors: readonly { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }[];
}

export interface Listening extends Disposable {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly events: readonly StreamEvent[];
  readonly comments: number;
  readonly isComplete: boolean;
  /** Whether the connection has ended, with or without a completion. */
  readonly isClosed: boolean;
  /** Resolves with the events as soon as there are this many. */
  until(count: number): Promise<readonly StreamEvent[]>;
  /** Stops reading; the connection stays open. */
  pause(): void;
  resume(): void;
  close(): void;
}

export interface ListenOptions {
  readonly variables?: object;
  readonly lastEventId?: string;
  readonly method?: 'GET' | 'POST';
  readonly url?: string;
}

/** Opens a subscription; resolves when the server has begun to answer, so that the stream reports all later changes. */
export async function listen(
  api: Api,
  credentials: Credentials,
  query: string,
  { variables = {}, lastEventId, method = 'POST', url = api.url }: ListenOptions = {},
): Promise<Listening> {
  const headers = {
    accept: 'text/event-stream',
    ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
    ...(credentials.token === undefined ? {} : { authorization: `Bearer ${credentials.token}` }),
    ...(credentials.apiKey === undefined ? {} : { 'x-api-key': credentials.apiKey }),
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  };
  const address =
    method === 'POST'
      ? url
      : `${url}?${new URLSearchParams({ query, variables: JSON.stringify(variables) }).toString()}`;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request(address, { method, headers, agent: false }, resolve);
    asked.on('error', reject);
    asked.end(method === 'POST' ? JSON.stringify({ query, variables }) : undefined);
  });
  const heard: { events: StreamEvent[]; comments: number; isComplete: boolean; isClosed: boolean; rest: string } = {
    events: [],
    comments: 0,
    isComplete: false,
    isClosed: false,
    rest: '',
  };
  response.setEncoding('utf8');
  response.on('data', (text: string) => {
    const blocks = `${heard.rest}${text}`.split('\n\n');
    heard.rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
      );
      if (block === ':') heard.comments += 1;
      else if (fields.get('event') === 'complete') heard.isComplete = true;
      else {
        const { data = null, errors = [] } = JSON.parse(fields.get('data') ?? '{}');
        heard.events.push({ id: fields.get('id'), data, errors });
      }
    }
  });
  const close = (): void => void response.destroy();
  response.on('error', () => undefined);
  response.on('close', () => (heard.isClosed = true));
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    get events() {
      return heard.events;
    },
    get comments() {
      return heard.comments;
    },
    get isComplete() {
      return heard.isComplete;
    },
    get isClosed() {
      return heard.isClosed;
    },
    async until(count) {
      await expect.poll(() => heard.events.length, { interval: 10 }).toBeGreaterThanOrEqual(count);
      return heard.events;
    },
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    close,
    [Symbol.dispose]: close,
  };
}
