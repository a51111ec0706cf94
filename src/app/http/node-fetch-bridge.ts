/**
 * Between node's HTTP and Yoga, whose own way through web streams costs more than the graph: a request with its whole
 * body as text in, an answer out in one piece. Only the events of a subscription remain a stream.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FetchAPI } from 'graphql-yoga';

/**
 * The body as text; `TOO_LARGE` as soon as it has more bytes than allowed, `GONE` when its sender leaves before its
 * end.
 */
export function readBody(request: IncomingMessage, mostBytes: number): Promise<string | 'TOO_LARGE' | 'GONE'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > mostBytes) resolve('TOO_LARGE');
      else chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks).toString()));
    request.once('error', () => resolve('GONE'));
    request.once('close', () => resolve('GONE'));
  });
}

/** The request in the words of `fetch`. */
export function fetchRequestOf(
  { Request }: FetchAPI,
  { method = 'GET', url = '/', headers }: IncomingMessage,
  body: string | null,
): Request {
  return new Request(`http://${headers.host ?? 'localhost'}${url}`, {
    method,
    headers: headers as Record<string, string>,
    body,
  });
}

export async function sendResponse(answer: Response, response: ServerResponse): Promise<void> {
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (!isStream || answer.body === null)
    return sendText(response, answer.status, Object.fromEntries(answer.headers), await answer.text());
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  await pipeline(Readable.from(answer.body), response).catch(unlessGone);
}

/** In one piece. */
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

/** A stream ends when its client leaves. */
function unlessGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
}
