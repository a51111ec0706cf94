/** Sends one request over HTTP and classifies how it ended, as a client may conclude it. */

export interface Endpoint {
  readonly url: string;
  readonly token: string;
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
  /** A refusal that the injected fault does not explain. */
  | { readonly kind: 'REFUSED'; readonly said: string };

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
}

export async function mutate(endpoint: Endpoint, mutation: string, input: object, selection: string): Promise<Ending> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation($input: ${type}!) { payload: ${mutation}(input: $input) { ${selection} errors { code message } } }`;
  const answer = await post(endpoint, query, { input }).catch((error: unknown) => String(error));
  if (typeof answer === 'string') return { kind: 'UNKNOWN', said: 'no answer' };
  const trouble =
    answer.errors?.[0] === undefined
      ? answer.data?.payload?.errors[0]
      : { code: answer.errors[0].extensions.code, message: answer.errors[0].message };
  if (trouble !== undefined)
    return {
      kind: TROUBLE.has(trouble.code) ? 'UNKNOWN' : 'REFUSED',
      said: TROUBLE.has(trouble.code) ? trouble.code : `${mutation}: ${trouble.code} ${trouble.message}`,
    };
  const { errors: _none, ...payload } = answer.data?.payload ?? { errors: [] };
  // Success without the record means that the key was claimed without its effect.
  return Object.values(payload).includes(null)
    ? { kind: 'REFUSED', said: `${mutation} was answered with nothing` }
    : { kind: 'DONE', payload };
}

export async function ask(
  endpoint: Endpoint,
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
  { url, token }: Endpoint,
  query: string,
  variables: object,
  maximumWaitSeconds = MAXIMUM_WAIT_SECONDS,
): Promise<Body> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(maximumWaitSeconds * 1_000),
  });
  return (await response.json()) as Body;
}
