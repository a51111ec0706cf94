import { present } from '../../platform/values/assert.ts';
import { builder } from '../../platform/graphql/builder.ts';
import { mutation, mutationWith, payloadOf } from '../../platform/graphql/mutation.ts';
import { User } from '../user/user.graphql.ts';
import { userById } from '../user/user.loaders.ts';
import {
  login,
  logout,
  countAttempt,
  logSignIn,
  refreshSession,
  runSessionCommand,
  type IssuedSession,
} from './session.commands.ts';
import { issuedSecret } from '../../platform/request/notes.ts';
import { TOO_MANY_AT_ONCE, type RejectedAttempt } from './session.rules.ts';
import { runPasswordAttempt } from '../../platform/security/password.ts';

const Session = builder.objectRef<IssuedSession>('Session').implement({
  description: 'A signed-in user.',
  fields: (t) => ({
    accessToken: t.string({
      description: 'Send it as `Authorization: Bearer …`. A secret.',
      resolve: ({ accessToken }, _args, { notes }) => issuedSecret(notes, accessToken),
    }),
    refreshToken: t.string({
      description: 'Good for one `refreshSession` within 7 days (AUT-4). A secret.',
      resolve: ({ refreshToken }, _args, { notes }) => issuedSecret(notes, refreshToken),
    }),
    expiresInSeconds: t.exposeInt('expiresInSeconds', {
      description: 'How long the access token is good for, in seconds.',
    }),
    user: t.field({
      type: User,
      description: 'Who signed in.',
      resolve: async ({ user }, _args, context) => present(await userById.load(context, user), 'The user'),
    }),
  }),
});

/** The payload of a login: the session, or when the next attempt may be made. */
interface SessionOutput {
  readonly session: IssuedSession;
  readonly retryAfterSeconds: number;
}

mutationWith<SessionOutput>(
  login,
  {
    isIdempotent: false,
    input: (t) => ({
      username: t.string({ required: true, description: 'The username, in any case.' }),
      password: t.string({ required: true, description: 'The password.' }),
    }),
    payload: (t) => ({
      session: t.field({
        type: Session,
        nullable: true,
        description: 'The session; null when it was refused.',
        resolve: ({ session }) => session ?? null,
      }),
      retryAfterSeconds: t.int({
        nullable: true,
        description: 'When the next attempt may be made, in seconds; null unless there were too many (AUT-3).',
        resolve: ({ retryAfterSeconds }) => retryAfterSeconds ?? null,
      }),
    }),
  },
  async (input, context) => {
    const rejected = ({ retryAfterSeconds, rejection }: RejectedAttempt) => ({
      retryAfterSeconds,
      errors: [rejection],
    });
    const payload = await runPasswordAttempt(async () => {
      const rejectedAttempt = countAttempt(usernameIn(input), context);
      if (rejectedAttempt !== undefined) return rejected(rejectedAttempt);
      const { output, errors } = await runSessionCommand(login, input, context);
      return output === null ? { errors } : { session: output.session, errors };
    });
    const answer = payload ?? rejected(TOO_MANY_AT_ONCE);
    logSignIn(context, 'login', answer);
    return answer;
  },
);

mutationWith<Pick<SessionOutput, 'session'>>(
  refreshSession,
  {
    isIdempotent: false,
    input: (t) => ({
      refreshToken: t.string({
        required: true,
        description: 'The refresh token of the last login or refresh; it is used up by this.',
      }),
    }),
    payload: (t) => ({
      session: t.field({
        type: Session,
        nullable: true,
        description: 'The session with its new tokens; null when it was refused.',
        resolve: ({ session }) => session ?? null,
      }),
    }),
  },
  async (input, context) => {
    const { output, errors } = await runSessionCommand(refreshSession, input, context);
    const answer = payloadOf(output, errors);
    logSignIn(context, 'refreshSession', answer);
    return answer;
  },
);

mutation(logout, {
  input: (t) => ({
    everywhere: t.boolean({
      defaultValue: false,
      description: 'Whether all sessions of the user end, not only this one.',
    }),
  }),
  payload: (t) => ({
    isLoggedOut: t.boolean({
      nullable: true,
      description: 'True when the session has ended; null when it was refused.',
      resolve: ({ isLoggedOut }) => isLoggedOut ?? null,
    }),
  }),
});

function usernameIn(input: unknown): unknown {
  return typeof input === 'object' && input !== null && 'username' in input ? input.username : undefined;
}
