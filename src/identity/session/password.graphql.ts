import { mutation, mutationWith, loadById, payloadOf } from '../../platform/graphql/mutation.ts';
import { run } from '../../platform/command/run.ts';
import { User, UserRef } from '../user/user.graphql.ts';
import { userById } from '../user/user.loaders.ts';
import { changePassword, resetPassword } from './password.commands.ts';
import { countAttempt } from './session.commands.ts';
import { TOO_MANY_AT_ONCE } from './session.rules.ts';
import { runPasswordAttempt } from '../../platform/security/password.ts';

const NEW_PASSWORD = '8 to 128 characters of at least three kinds: lower case, upper case, digits, others (USR-2).';

mutationWith<{ readonly user: string }>(
  changePassword,
  {
    isIdempotent: false,
    isVersioned: true,
    input: (t) => ({
      oldPassword: t.string({ required: true, description: 'The present password.' }),
      newPassword: t.string({ required: true, description: NEW_PASSWORD }),
    }),
    payload: (t) => ({
      user: t.field({
        type: User,
        nullable: true,
        description: 'The user; null when it was refused.',
        resolve: (p, _args, context, info) => loadById(userById, p.user, context, info),
      }),
    }),
  },
  async (input, context) => {
    // Attempts are limited as for a login: the thief of a session could try out passwords here, too.
    const { viewer } = context;
    const payload = await runPasswordAttempt(async () => {
      const rejectedAttempt = viewer?.kind === 'USER' ? countAttempt(viewer.username, context, viewer.id) : undefined;
      if (rejectedAttempt !== undefined) return { errors: [rejectedAttempt.rejection] };
      const { output, errors } = await run(changePassword, input, context);
      return payloadOf(output, errors);
    });
    return payload ?? { errors: [TOO_MANY_AT_ONCE.rejection] };
  },
);

mutation(resetPassword, {
  isIdempotent: false,
  isVersioned: true,
  input: (t) => ({
    user: t.field({ type: UserRef, required: true, description: 'The user.' }),
    newPassword: t.string({ required: true, description: NEW_PASSWORD }),
  }),
  payload: (t) => ({
    user: t.field({
      type: User,
      nullable: true,
      description: 'The user; null when it was refused.',
      resolve: (p, _args, context, info) => loadById(userById, p.user, context, info),
    }),
  }),
});
