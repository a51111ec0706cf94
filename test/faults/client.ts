/** One request at the public door, and what a client may conclude from how it ended. */

export interface Door {
  readonly url: string;
  readonly token: string;
}

export type Payload = Readonly<Record<string, unknown>>;

export type Ending =
  /** The answer says that it was done. */
  | { readonly kind: 'DONE'; readonly payload: Payload }
  /** Done or not: only the same key tells. `said` is what the client saw instead of an answer. */
  | { readonly kind: 'UNKNOWN'; readonly said: string }
  /** A refusal that no fault explains. */
  | { readonly kind: 'REFUSED'; readonly said: string };

/** What api.md, section 3, lets a server in trouble answer. */
const TROUBLE = new Set(['INTERNAL', 'LIMIT_EXCEEDED', 'UNAVAILABLE', 'CONFLICT']);

/** No client of ours waits longer: the server's own deadline is far before. */
const PATIENCE_SECONDS = 30;

interface Body {
  readonly data?: { readonly payload?: (Payload & { readonly errors: readonly Told[] }) | null } | null;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

interface Told {
  readonly code: string;
  readonly message: string;
}

export async function mutate(door: Door, mutation: string, input: object, selection: string): Promise<Ending> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation($input: ${type}!) { payload: ${mutation}(input: $input) { ${selection} errors { code message } } }`;
  const answer = await post(door, query, { input }).catch((error: unknown) => String(error));
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
  // Success without the record would be a key that was claimed without its effect.
  return Object.values(payload).includes(null)
    ? { kind: 'REFUSED', said: `${mutation} was answered with nothing` }
    : { kind: 'DONE', payload };
}

export async function ask(
  door: Door,
  query: string,
  patienceSeconds?: number,
): Promise<{ readonly data: unknown; readonly codes: readonly string[] }> {
  const body = await post(door, query, {}, patienceSeconds);
  return { data: body.data, codes: (body.errors ?? []).map((error) => error.extensions.code) };
}

/** As many questions at once as `count`: the codes of those that were not answered well, or not in time. */
export async function failuresAmong(
  door: Door,
  count: number,
  patienceSeconds = PATIENCE_SECONDS,
): Promise<readonly string[]> {
  const question = (): Promise<{ readonly codes: readonly string[] }> =>
    ask(door, '{ lots { totalCount } }', patienceSeconds).catch((error: unknown) => ({ codes: [String(error)] }));
  const answers = await Promise.all(Array.from({ length: count }, question));
  return answers.flatMap(({ codes }) => codes);
}

async function post(
  { url, token }: Door,
  query: string,
  variables: object,
  patienceSeconds = PATIENCE_SECONDS,
): Promise<Body> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(patienceSeconds * 1_000),
  });
  return (await response.json()) as Body;
}
