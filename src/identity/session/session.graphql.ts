import { present } from '../../platform/assert.ts';
import { builder } from '../../platform/builder.ts';
import { mutation } from '../../platform/outcome.ts';
import { User } from '../user/user.graphql.ts';
import { userById } from '../user/user.loaders.ts';
import { login } from './session.commands.ts';

interface SessionValue {
  readonly user: string;
  readonly accessToken: string;
  readonly expiresInSeconds: number;
}

const Session = builder.objectRef<SessionValue>('Session').implement({
  description: 'A signed-in user.',
  fields: (t) => ({
    accessToken: t.exposeString('accessToken', { description: 'Send it as `Authorization: Bearer …`. A secret.' }),
    expiresInSeconds: t.exposeInt('expiresInSeconds', { description: 'How long the access token is good for, in seconds.' }),
    user: t.field({ type: User, description: 'Who signed in.', resolve: async ({ user }, _args, context) => present(await userById.load(context, user), 'The user') }),
  }),
});

mutation(login, {
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
      resolve: ({ user, accessToken, expiresInSeconds }) =>
        user === undefined || accessToken === undefined || expiresInSeconds === undefined ? null : { user, accessToken, expiresInSeconds },
    }),
  }),
});
