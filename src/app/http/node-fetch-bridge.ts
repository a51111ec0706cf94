/**
 * Converts between the HTTP messages of Node.js and the fetch objects of Yoga. The whole body is read as text, and the
 * answer is sent in one piece: Yoga's own adapter uses web streams, which cost more than the execution of a small
 * query. Only the events of a subscription are streamed.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FetchAPI } from 'graphql-yoga';
import type { WholeAnswer } from './compression.ts';

/**
 * Reads the body as text. Returns `TOO_LARGE` as soon as it exceeds the limit, `TOO_SLOW` if it has not arrived after
 * the time, and `GONE` if the client disconnects before its end.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  maxSeconds: number,
): Promise<string | 'TOO_LARGE' | 'TOO_SLOW' | 'GONE'> {
  return new Promise((settle) => {
    const timer = setTimeout(() => resolve('TOO_SLOW'), maxSeconds * 1_000);
    const resolve = (result: string): void => {
      clearTimeout(timer);
      settle(result);
    };
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) resolve('TOO_LARGE');
      else chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks).toString()));
    request.once('error', () => resolve('GONE'));
    request.once('close', () => resolve('GONE'));
  });
}

/**
 * Converts a request and its body to a fetch `Request`. The URL is made without the `Host` header, which a client can
 * set to anything.
 */
export function fetchRequestOf(
  { Request }: FetchAPI,
  { method = 'GET', url = '/', headers }: IncomingMessage,
  body: string | null,
): Request {
  return new Request(`http://localhost${url}`, {
    method,
    // The body of a request with files was made into JSON.
    headers: (body === null ? headers : { ...headers, 'content-type': 'application/json' }) as Record<string, string>,
    body,
  });
}

/** True for a fetch `Response` that streams events. */
export function isEventStream(answer: Response): boolean {
  return answer.body !== null && answer.headers.get('content-type')?.startsWith('text/event-stream') === true;
}

/** Reads a fetch `Response` as an answer in one piece. */
export async function wholeAnswerOf(answer: Response): Promise<WholeAnswer> {
  // Yoga announces an answer in several parts as chunked, on a connection that stays open.
  const headers = [...answer.headers].filter(([name]) => !CONNECTION_HEADERS.has(name.toLowerCase()));
  return { status: answer.status, headers: Object.fromEntries(headers), text: await answer.text() };
}

/** Sends a fetch `Response` that streams events. */
export async function sendStream(answer: Response, response: ServerResponse): Promise<void> {
  if (answer.body === null) return;
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  await pipeline(Readable.from(answer.body), response).catch(ignoreDisconnect);
}

/** Ignores the error of a stream whose client has disconnected. */
function ignoreDisconnect(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
}

const CONNECTION_HEADERS = new Set(['connection', 'transfer-encoding']);
