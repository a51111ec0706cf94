import { startOfLoginWindow, type RejectedAttempt, tooManyAttempts } from './session.rules.ts';
import { Login, Logout, RefreshSession } from './session.shapes.ts';
import {
  endFamily,
  endSession,
  endSessionsOf,
  openSession,
  rotateSession,
  sessionOfToken,
} from '../user/login-session.commands.ts';
import { isLocked, isRefreshable, isReuse, REFRESH_REJECTED, LOGIN_REJECTED } from '../user/login-session.rules.ts';
import { recordFailedLogin } from '../user/login-lock.commands.ts';
import { lockUser, recordLogin } from '../user/user.commands.ts';
import { users } from '../user/user.loaders.ts';
import { normalizedLoginName } from '../user/user.rules.ts';
import { command, type Command, type Env, type Outcome } from '../../platform/command/declaration.ts';
import { reject } from '../../platform/command/rejection.ts';
import { rowByReference } from '../../platform/command/row-lock.ts';
import { run } from '../../platform/command/run.ts';
import { attemptsOf } from '../../platform/request/attempts.ts';
import type { Context } from '../../platform/request/context.ts';
import { userViewerOf, PERSONS, PUBLIC } from '../../platform/rules/access.ts';
import type { Rejection } from '../../platform/rules/rejection.ts';
import { ACCESS_TOKEN_SECONDS, signAccessToken } from '../../platform/security/access-token.ts';
import { hashPassword, isOutdatedHash, isPassword } from '../../platform/security/password.ts';
import { networkOf } from '../../platform/values/ip-address.ts';

/** The result of a login or refresh: the user and the two tokens. */
export interface IssuedSession {
  readonly user: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInSeconds: number;
}

/** A rejection is returned as a value when something must stay written: an exception would roll it back. */
type SessionResult = { readonly session: IssuedSession } | { readonly rejection: Rejection };

/**
 * AUT-2, AUT-3: Signs a user in. An unknown user, a wrong password, an inactive and a locked user get the same answer.
 */
export const login = command({
  name: 'login',
  action: 'session.opened',
  description:
    'Signs a user in. Unknown user, wrong password, inactive and locked user are answered alike (AUT-2); 5 failures in a row lock for 15 minutes. At most 10 attempts a minute per address and username, 100 per address (AUT-3).',
  access: PUBLIC,
  input: Login,
  async prepare({ db }, { username, password }) {
    const known = await rowByReference(db, users, { key: 'username', value: username });
    // Verify exactly one hash on every path, and before the row is locked: neither the response time nor waiting for the
    // lock reveals which users exist.
    const isRight = await isPassword(password, known?.passwordHash);
    const isOutdated = isRight && known !== undefined && isOutdatedHash(known.passwordHash);
    return { known, isRight, renewedHash: isOutdated ? await hashPassword(password) : undefined };
  },
  async run(env, _input, { known, isRight, renewedHash }): Promise<SessionResult> {
    const { tx, now } = env;
    const user = known === undefined ? undefined : await lockUser(tx, known.id);
    if (known === undefined || user === undefined || !user.isActive || isLocked(user, now))
      return reject(LOGIN_REJECTED);
    if (!isRight || user.passwordHash !== known.passwordHash) {
      await recordFailedLogin(env, user);
      return { rejection: LOGIN_REJECTED };
    }
    await recordLogin(tx, user.id, renewedHash, now);
    return { session: await issueSession(env, { userId: user.id }) };
  },
});

/** AUT-4: Exchanges a refresh token for new tokens. A token that is used a second time ends its whole family. */
export const refreshSession = command({
  name: 'refreshSession',
  action: 'session.refreshed',
  description:
    'Gives new tokens for a refresh token, which is used up by it (AUT-4). A refresh token that comes a second time was copied: all sessions that descend from the same sign-in end, so never send one twice, not even at once.',
  access: PUBLIC,
  input: RefreshSession,
  async run(env, { refreshToken }): Promise<SessionResult> {
    const { tx, now } = env;
    const first = await sessionOfToken(tx, refreshToken);
    const user = first === undefined ? undefined : await lockUser(tx, first.userId);
    // Read again under the user's lock: another refresh or a logout may have come first.
    const session = user === undefined ? undefined : await sessionOfToken(tx, refreshToken);
    if (user === undefined || session === undefined) return reject(REFRESH_REJECTED);
    if (isReuse(session)) {
      await endFamily(tx, session.familyId, now);
      return { rejection: REFRESH_REJECTED };
    }
    if (!user.isActive || !isRefreshable(session, now)) return reject(REFRESH_REJECTED);
    await rotateSession(tx, session.id, now);
    return { session: await issueSession(env, { userId: user.id, familyId: session.familyId }) };
  },
});

/** AUT-4: Ends the current session, or all sessions of the user. */
export const logout = command({
  name: 'logout',
  action: 'session.closed',
  description:
    'Ends the session, or all sessions of the user. Their tokens are refused from the next request on (AUT-4).',
  access: PERSONS,
  input: Logout,
  async run({ tx, now, viewer }, { everywhere }) {
    const { id, sessionId } = userViewerOf(viewer);
    await lockUser(tx, id);
    if (everywhere) await endSessionsOf(tx, id, now);
    else if (sessionId !== undefined) await endSession(tx, sessionId, now);
    return { isLoggedOut: true };
  },
});

/** Runs a login or refresh, and returns a rejection that the command committed like any other rejection. */
export async function runSessionCommand<Input>(
  declared: Command<Input, SessionResult>,
  input: unknown,
  context: Context,
): Promise<Outcome<{ readonly session: IssuedSession }>> {
  const outcome = await run(declared, input, context);
  if (outcome.output === null) return outcome;
  return 'rejection' in outcome.output
    ? { output: null, errors: [outcome.output.rejection] }
    : { output: outcome.output, errors: [] };
}

/**
 * AUT-3: Counts an attempt to prove a password, whether or not it succeeds. Returns a rejection when there were too
 * many; a rejected attempt is not counted. Attempts of a signed-in user also count for that user from any address,
 * because the thief of a session may have many addresses.
 */
export function countAttempt(
  username: unknown,
  { services, origin, now }: Context,
  userId?: string,
): RejectedAttempt | undefined {
  const attempts = attemptsOf(services);
  const since = startOfLoginWindow(now);
  const address = `address ${networkOf(origin.ip ?? '')}`;
  const keys = [
    `${address} username ${typeof username === 'string' ? normalizedLoginName(username).slice(0, 200) : ''}`,
    ...(userId === undefined ? [] : [`user ${userId}`]),
  ];
  const rejectedAttempt = keys
    .map((key) => tooManyAttempts(attempts.after(address, since), attempts.after(key, since), now))
    .find((each) => each !== undefined);
  if (rejectedAttempt === undefined) for (const key of [address, ...keys]) attempts.note(key, now, since);
  return rejectedAttempt;
}

/** Opens a session and signs its access token. */
async function issueSession(
  { tx, now, context: { origin, services } }: Env,
  owner: { readonly userId: string; readonly familyId?: string },
): Promise<IssuedSession> {
  const { sessionId, refreshToken } = await openSession(tx, { ...owner, origin, now });
  const accessToken = await signAccessToken({ userId: owner.userId, sessionId }, services.config.tokenSecret);
  return { user: owner.userId, accessToken, refreshToken, expiresInSeconds: ACCESS_TOKEN_SECONDS };
}

/**
 * Notes an attempt to sign in, as a system event and as a line of the access log. A refused one has the kind of refusal, and nothing that
 * the answer does not say: neither the username, in whose field people type passwords, nor which part was wrong.
 */
export function logSignIn(
  { services: { config, log, events }, requestId, origin: { ip } }: Context,
  mutation: 'login' | 'refreshSession',
  { session, errors }: { readonly session?: IssuedSession; readonly errors: readonly Rejection[] },
): void {
  const [refusal] = errors;
  events.note({
    level: session === undefined ? 'WARNING' : 'INFO',
    event: 'session.sign_in',
    message: session === undefined ? 'A sign-in was refused.' : 'Somebody signed in.',
    requestId,
    ...(session === undefined ? {} : { actorId: session.user }),
    details: { mutation, ...(ip === null ? {} : { ip }), ...(refusal === undefined ? {} : { code: refusal.code }) },
  });
  if (!config.accessLog) return;
  const base = { event: 'session.sign_in', requestId, mutation, ip };
  if (session !== undefined)
    log.info({ ...base, outcome: 'SUCCEEDED', principalKind: 'USER', principalId: session.user }, 'signed in');
  else log.info({ ...base, outcome: 'REFUSED', code: refusal?.code, rule: refusal?.rule }, 'sign-in refused');
}
