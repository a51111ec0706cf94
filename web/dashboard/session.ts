/**
 * Who looks at the dashboard. The tokens stay in this tab: a closed tab is signed out. In development the page may carry a
 * ready token.
 */
import { LoginDocument, RefreshSessionDocument } from '../generated/graphql.ts';
import { type Answer, ask, type Credentials, type GraphDocument } from '../server.ts';

/** The tokens of a session. */
interface Tokens {
  readonly accessToken: string;
  /** Undefined for the ready token, which lives for a day. */
  readonly refreshToken?: string | undefined;
}

const KEPT = 'lotgraph-session';

let tokens: Tokens | undefined = kept() ?? ready();

/** Whether somebody is signed in, as far as this tab knows. */
export function isSignedIn(): boolean {
  return tokens !== undefined;
}

/** Signs in. Resolves to the reasons of a refusal, or to undefined. */
export async function signIn(username: string, password: string): Promise<string | undefined> {
  const answer = await ask(
    {},
    LoginDocument,
    { input: { username, password } },
    ({ login }) => {
      keep(login.session ?? undefined);
      return login.errors.map(({ message }) => message).join(' ');
    },
    (messages) => messages.join(' '),
  );
  if (answer.kind !== 'ANSWERED') return answer.kind;
  return answer.value === '' ? undefined : answer.value;
}

/** Forgets the session of this tab. */
export function signOut(): void {
  keep(undefined);
}

/** The header that says who asks. */
export function authorization(): Credentials {
  return tokens === undefined ? {} : { authorization: `Bearer ${tokens.accessToken}` };
}

/** What the graph says: data, or the messages of its errors. */
type Outcome<Data> = { readonly data: Data } | { readonly messages: readonly string[] };

/** Asks the graph as the user who is signed in. A token that has expired is renewed once. */
export async function askGraph<Data, Variables>(
  document: GraphDocument<Data, Variables>,
  variables: Variables,
): Promise<Answer<Outcome<Data>>> {
  const send = () =>
    ask(
      authorization(),
      document,
      variables,
      (data): Outcome<Data> => ({ data }),
      (messages) => ({ messages }),
    );
  const answer = await send();
  if (answer.kind !== 'KEY_REFUSED' || !(await renew())) return answer;
  return send();
}

let renewing: Promise<boolean> | undefined;

/** Renews the tokens, once for all that ask at the same time: a refresh token works once. */
function renew(): Promise<boolean> {
  renewing ??= refresh().finally(() => (renewing = undefined));
  return renewing;
}

async function refresh(): Promise<boolean> {
  const refreshToken = tokens?.refreshToken;
  if (refreshToken === undefined) return false;
  const answer = await ask(
    {},
    RefreshSessionDocument,
    { input: { refreshToken } },
    ({ refreshSession }) => {
      keep(refreshSession.session ?? undefined);
      return refreshSession.session !== null;
    },
    () => false,
  );
  return answer.kind === 'ANSWERED' && answer.value;
}

function keep(next: Tokens | undefined): void {
  tokens = next;
  if (next === undefined) sessionStorage.removeItem(KEPT);
  else sessionStorage.setItem(KEPT, JSON.stringify(next));
}

function kept(): Tokens | undefined {
  const text = sessionStorage.getItem(KEPT);
  return text === null ? undefined : JSON.parse(text);
}

function ready(): Tokens | undefined {
  const token = document.querySelector('meta[name=ready-token]')?.getAttribute('content');
  return token === null || token === undefined ? undefined : { accessToken: token };
}
