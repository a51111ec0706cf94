/** Sends one request over HTTP and classifies how it ended, as a client may conclude it. */

export interface Endpoint {
  readonly url: string;
  readonly token: string;
  /** A client that does not wait as long as others hangs up. */
  readonly maximumWaitSeconds?: number;
}

/** A station sends the key that it has instead of a token; somebody who signs in sends neither. */
export interface OtherEndpoint {
  readonly url: string;
  readonly apiKey?: string;
  readonly maximumWaitSeconds?: number;
}

export type Payload = Readonly<Record<string, unknown>>;

export type Ending =
  /** The answer confirms the change. */
  | { readonly kind: 'DONE'; readonly payload: Payload }
  /**
   * The change may have been made; a retry with the same key finds out. `said` is what the client got instead of an
   * answer.
   */
  | { readonly kind: 'UNKNOWN'; readonly said: string }
  /**
   * A refusal that the injected fault does not explain. `payload` has its errors; undefined when the whole request was
   * refused.
   */
  | { readonly kind: 'REFUSED'; readonly said: string; readonly code?: string; readonly payload?: Payload };

/** The codes that a server in trouble may answer with. */
const TROUBLE = new Set(['INTERNAL', 'LIMIT_EXCEEDED', 'UNAVAILABLE', 'CONFLICT']);

/** No client waits longer. The server's own deadline is much shorter. */
const MAXIMUM_WAIT_SECONDS = 30;

interface Body {
  readonly data?: { readonly payload?: (Payload & { readonly errors: readonly ErrorOfPayload[] }) | null } | null;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

interface ErrorOfPayload {
  readonly code: string;
  readonly message: string;
  readonly path: readonly string[];
  readonly rule: string | null;
}

/** Sends a mutation of which an answer without its record is wrong: the key was claimed without its effect. */
export async function mutate(endpoint: Endpoint, mutation: string, input: object, selection: string): Promise<Ending> {
  const ending = await send(endpoint, mutation, input, selection);
  return ending.kind === 'DONE' && Object.values(ending.payload).includes(null)
    ? { kind: 'REFUSED', said: `${mutation} was answered with nothing` }
    : ending;
}

/** Sends a mutation whose payload may have empty fields. */
export async function send(
  endpoint: Endpoint | OtherEndpoint,
  mutation: string,
  input: object,
  selection: string,
): Promise<Ending> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation($input: ${type}!) { payload: ${mutation}(input: $input) { ${selection} errors { code message path rule } } }`;
  const answer = await post(endpoint, query, { input }).catch((error: unknown) => String(error));
  if (typeof answer === 'string') return { kind: 'UNKNOWN', said: 'no answer' };
  const whole = answer.errors?.[0];
  const trouble =
    whole === undefined ? answer.data?.payload?.errors[0] : { code: whole.extensions.code, message: whole.message };
  if (trouble !== undefined) {
    const { code, message } = trouble;
    if (TROUBLE.has(code)) return { kind: 'UNKNOWN', said: code };
    const payload = answer.data?.payload;
    return { kind: 'REFUSED', said: `${mutation}: ${code} ${message}`, code, ...(payload ? { payload } : {}) };
  }
  const { errors: _none, ...payload } = answer.data?.payload ?? { errors: [] };
  return { kind: 'DONE', payload };
}

export async function ask(
  endpoint: Endpoint | OtherEndpoint,
  query: string,
  maximumWaitSeconds?: number,
): Promise<{ readonly data: unknown; readonly codes: readonly string[] }> {
  const body = await post(endpoint, query, {}, maximumWaitSeconds);
  return { data: body.data, codes: (body.errors ?? []).map((error) => error.extensions.code) };
}

/** Sends `count` queries at once and returns the error codes of those that failed or were not answered in time. */
export async function failuresAmong(
  endpoint: Endpoint,
  count: number,
  maximumWaitSeconds = MAXIMUM_WAIT_SECONDS,
): Promise<readonly string[]> {
  const question = (): Promise<{ readonly codes: readonly string[] }> =>
    ask(endpoint, '{ lots { totalCount } }', maximumWaitSeconds).catch((error: unknown) => ({
      codes: [String(error)],
    }));
  const answers = await Promise.all(Array.from({ length: count }, question));
  return answers.flatMap(({ codes }) => codes);
}

async function post(
  endpoint: Endpoint | OtherEndpoint,
  query: string,
  variables: object,
  maximumWaitSeconds = endpoint.maximumWaitSeconds ?? MAXIMUM_WAIT_SECONDS,
): Promise<Body> {
  const headers = {
    'content-type': 'application/json',
    ...('token' in endpoint ? { authorization: `Bearer ${endpoint.token}` } : {}),
    ...('apiKey' in endpoint ? { 'x-api-key': endpoint.apiKey } : {}),
  };
  const response = await fetch(endpoint.url, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(Math.ceil(maximumWaitSeconds * 1_000)),
  });
  return (await response.json()) as Body;
}
