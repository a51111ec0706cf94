import { startOfLoginWindow, type TooMany, tooManyAttempts } from './session.rules.ts';
import { Login, Logout, RefreshSession } from './session.shapes.ts';
import {
  endFamily,
  endSession,
  endSessionsOf,
  openSession,
  rotateSession,
  sessionOfToken,
} from '../user/login-session.commands.ts';
import { isLocked, isRefreshable, isReuse, NOT_REFRESHED, NOT_SIGNED_IN } from '../user/login-session.rules.ts';
import { lockUser, noteFailedLogin, noteLogin } from '../user/user.commands.ts';
import { users } from '../user/user.loaders.ts';
import { loginNameOf } from '../user/user.rules.ts';
import { command, type Command, type Env, type Outcome } from '../../platform/command/declaration.ts';
import { reject } from '../../platform/command/rejection.ts';
import { rowByReference } from '../../platform/command/row-lock.ts';
import { run } from '../../platform/command/run.ts';
import { attemptsOf } from '../../platform/request/attempts.ts';
import type { Context } from '../../platform/request/context.ts';
import { userViewerOf, PUBLIC, USERS } from '../../platform/rules/access.ts';
import type { Rejection } from '../../platform/rules/rejection.ts';
import { ACCESS_TOKEN_SECONDS, signAccessToken } from '../../platform/security/access-token.ts';
import { isPassword } from '../../platform/security/password.ts';
import { networkOf } from '../../platform/values/ip-address.ts';

/** What a sign-in gives: who, and the two tokens. */
export interface Granted {
  readonly user: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInSeconds: number;
}

/** A refusal of which something must stay written: it is told after the commit, not by a rollback. */
type Judged = { readonly session: Granted } | { readonly refused: Rejection };

export const login = command({
  name: 'login',
  action: 'session.opened',
  description:
    'Signs a user in. Unknown user, wrong password, inactive and locked user are answered alike (AUT-2); 5 failures in a row lock for 15 minutes. At most 10 attempts a minute per address and username, 100 per address (AUT-3).',
  access: PUBLIC,
  input: Login,
  async run(env, { username, password }): Promise<Judged> {
    const { tx, now } = env;
    const known = await rowByReference(tx, users, { key: 'username', value: username });
    // One hash is verified on every way from here, and before the row is locked: neither time nor a queue tells who
    // exists.
    const isRight = await isPassword(password, known?.passwordHash);
    const user = known === undefined ? undefined : await lockUser(tx, known.id);
    if (known === undefined || user === undefined || !user.isActive || isLocked(user, now))
      return reject(NOT_SIGNED_IN);
    if (!isRight || user.passwordHash !== known.passwordHash) {
      await noteFailedLogin(tx, user, now);
      return { refused: NOT_SIGNED_IN };
    }
    await noteLogin(tx, user, password, now);
    return { session: await granted(env, { userId: user.id }) };
  },
});

export const refreshSession = command({
  name: 'refreshSession',
  action: 'session.refreshed',
  description:
    'Gives new tokens for a refresh token, which is used up by it (AUT-4). A refresh token that comes a second time was copied: all sessions that descend from the same sign-in end, so never send one twice, not even at once.',
  access: PUBLIC,
  input: RefreshSession,
  async run(env, { refreshToken }): Promise<Judged> {
    const { tx, now } = env;
    const first = await sessionOfToken(tx, refreshToken);
    const user = first === undefined ? undefined : await lockUser(tx, first.userId);
    // Read anew under the lock of its user: another refresh or a logout may have come first.
    const session = user === undefined ? undefined : await sessionOfToken(tx, refreshToken);
    if (user === undefined || session === undefined) return reject(NOT_REFRESHED);
    if (isReuse(session)) {
      await endFamily(tx, session.familyId, now);
      return { refused: NOT_REFRESHED };
    }
    if (!user.isActive || !isRefreshable(session, now)) return reject(NOT_REFRESHED);
    await rotateSession(tx, session.id, now);
    return { session: await granted(env, { userId: user.id, familyId: session.familyId }) };
  },
});

export const logout = command({
  name: 'logout',
  action: 'session.closed',
  description:
    'Ends the session, or all sessions of the user. Their tokens are refused from the next request on (AUT-4).',
  access: USERS,
  input: Logout,
  async run({ tx, now, viewer }, { everywhere }) {
    const { id, sessionId } = userViewerOf(viewer);
    await lockUser(tx, id);
    if (everywhere) await endSessionsOf(tx, id, now);
    else if (sessionId !== undefined) await endSession(tx, sessionId, now);
    return { isLoggedOut: true };
  },
});

/** Carries out a command whose refusal leaves something written. */
export async function runJudged<Input>(
  declared: Command<Input, Judged>,
  input: unknown,
  context: Context,
): Promise<Outcome<{ readonly session: Granted }>> {
  const outcome = await run(declared, input, context);
  if (outcome.output === null) return outcome;
  return 'refused' in outcome.output
    ? { output: null, errors: [outcome.output.refused] }
    : { output: outcome.output, errors: [] };
}

/**
 * AUT-3: Counts an attempt to prove a password, whatever comes of it; answers why it may not be made. A refused one is
 * not counted. Who is signed in already is counted by who he is, too, wherever he asks from: a thief of his session may
 * have many addresses.
 */
export function noteAttempt(
  username: unknown,
  { services, origin, now }: Context,
  signedIn?: string,
): TooMany | undefined {
  const attempts = attemptsOf(services);
  const since = startOfLoginWindow(now);
  const address = `address ${networkOf(origin.ip ?? '')}`;
  const names = [
    `${address} username ${typeof username === 'string' ? loginNameOf(username.slice(0, 200)) : ''}`,
    ...(signedIn === undefined ? [] : [`user ${signedIn}`]),
  ];
  const tooMany = names
    .map((name) => tooManyAttempts(attempts.after(address, since), attempts.after(name, since), now))
    .find((each) => each !== undefined);
  if (tooMany === undefined) for (const key of [address, ...names]) attempts.note(key, now, since);
  return tooMany;
}

async function granted(
  { tx, now, context: { origin, services } }: Env,
  of: { readonly userId: string; readonly familyId?: string },
): Promise<Granted> {
  const { sessionId, refreshToken } = await openSession(tx, { ...of, origin, now });
  const accessToken = await signAccessToken({ userId: of.userId, sessionId }, services.config.tokenSecret);
  return { user: of.userId, accessToken, refreshToken, expiresInSeconds: ACCESS_TOKEN_SECONDS };
}
