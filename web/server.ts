/** The graph, asked over HTTP. */

/** What became of a request. Without an answer nobody knows whether the server did it. */
export type Answer<Value> =
  | { readonly kind: 'ANSWERED'; readonly value: Value }
  | { readonly kind: 'UNREACHABLE'; readonly retryAfter?: number }
  | { readonly kind: 'KEY_REFUSED'; readonly retryAfter?: number };

/** A document with the types of its answer and its variables, and the hash under which a server may trust it. */
export interface GraphDocument<Data, Variables> {
  toString(): string;
  readonly __meta__?: Record<string, unknown> | undefined;
  readonly __apiType?: (variables: Variables) => Data;
}

/** How a page says who asks: the key of a station, or the token of a user. */
export type Credentials = { readonly 'x-api-key': string } | { readonly authorization: string } | Record<string, never>;

/** Asks the server. `errors` turns an error of the whole request, such as a wrong input, into a value. */
export async function ask<Data, Variables, Value>(
  credentials: Credentials,
  document: GraphDocument<Data, Variables>,
  variables: Variables,
  read: (data: Data) => Value,
  errors: (messages: readonly string[]) => Value,
): Promise<Answer<Value>> {
  let response: Response;
  let body: Body<Data>;
  try {
    response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...credentials },
      body: JSON.stringify({ ...bodyOf(document), variables }),
      signal: AbortSignal.timeout(LONGEST_ANSWER),
    });
    body = await response.json();
  } catch {
    return { kind: 'UNREACHABLE' };
  }
  const code = body.errors?.[0]?.extensions?.code;
  if (response.status === 401 || code === 'UNAUTHENTICATED') return { kind: 'KEY_REFUSED' };
  if (response.status === 429 || response.status >= 500 || PASSING.has(code ?? '')) {
    const seconds = Number(response.headers.get('retry-after'));
    return seconds > 0 ? { kind: 'UNREACHABLE', retryAfter: seconds } : { kind: 'UNREACHABLE' };
  }
  if (body.data !== undefined && body.data !== null && body.errors === undefined)
    return { kind: 'ANSWERED', value: read(body.data) };
  return { kind: 'ANSWERED', value: errors((body.errors ?? []).map(({ message }) => message)) };
}

/** The text of a document, and its hash, by which a server with trusted documents finds its own text. */
export function bodyOf(document: Pick<GraphDocument<never, never>, 'toString' | '__meta__'>): object {
  const hash = document.__meta__?.['hash'];
  return {
    query: document.toString(),
    ...(typeof hash === 'string' ? { documentId: hash.replace(/^sha256:/, '') } : {}),
  };
}

interface Body<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

/** Milliseconds. The server gives up earlier by itself. */
const LONGEST_ANSWER = 20_000;

/** Errors of a server that cannot do it now. */
const PASSING: ReadonlySet<string> = new Set(['UNAVAILABLE', 'LIMIT_EXCEEDED']);
