/**
 * Converts between the HTTP messages of Node.js and the fetch objects of Yoga. The whole body is read as text, and the
 * answer is sent in one piece: Yoga's own adapter uses web streams, which cost more than the execution of a small
 * query. Only the events of a subscription are streamed.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FetchAPI } from 'graphql-yoga';

/**
 * Reads the body as text. Returns `TOO_LARGE` as soon as it exceeds the limit, and `GONE` if the client disconnects
 * before its end.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<string | 'TOO_LARGE' | 'GONE'> {
  return new Promise((resolve) => {
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
    headers: headers as Record<string, string>,
    body,
  });
}

/** Sends a fetch `Response`: as a stream if it is one of events, else in one piece. */
export async function sendResponse(answer: Response, response: ServerResponse): Promise<void> {
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (!isStream || answer.body === null) {
    // Yoga announces an answer in several parts as chunked, on a connection that stays open.
    const headers = [...answer.headers].filter(([name]) => !CONNECTION_HEADERS.has(name.toLowerCase()));
    return sendText(response, answer.status, Object.fromEntries(headers), await answer.text());
  }
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  await pipeline(Readable.from(answer.body), response).catch(ignoreDisconnect);
}

const CONNECTION_HEADERS = new Set(['connection', 'transfer-encoding']);

/** Sends an answer in one piece, whose length is therefore known. */
export function sendText(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  text: string,
): void {
  const body = Buffer.from(text);
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.end(body);
}

/** Ignores the error of a stream whose client has disconnected. */
function ignoreDisconnect(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
}
