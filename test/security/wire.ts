/** Requests as an attacker writes them: raw bytes, without a well-behaved client. */
import { connect } from 'node:net';

/** The server closes every connection of these tests. If it does not, the bytes received until then are returned. */
const LONGEST_MILLISECONDS = 60_000;

/** Sends the text and returns all bytes received until the server closed the connection. */
export function wire(url: string, text: string | readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(Number(port), hostname, () => {
      for (const part of [text].flat()) socket.write(part);
    });
    const done = (): void => {
      socket.destroy();
      resolve(said);
    };
    const timer = setTimeout(done, LONGEST_MILLISECONDS);
    socket.on('data', (chunk) => (said += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      done();
    });
  });
}

export interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- the tests state what they expect of an answer
  readonly body: any;
}

/** A request with the given headers and only the required ones besides. */
export async function sent(url: string, init: RequestInit = {}): Promise<Sent> {
  const response = await fetch(url, init);
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text.startsWith('{') ? JSON.parse(text) : undefined,
  };
}

/** A POST of JSON. */
export function posted(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Sent> {
  return sent(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...headers },
    body: JSON.stringify(body),
  });
}
