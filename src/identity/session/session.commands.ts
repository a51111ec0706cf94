import { PUBLIC } from '../../platform/access.ts';
import { command, stop } from '../../platform/command.ts';
import { isPassword } from '../../platform/password.ts';
import { refusal } from '../../platform/refusal.ts';
import { rowOf } from '../../platform/row.ts';
import { ACCESS_TOKEN_SECONDS, signAccessToken } from '../../platform/token.ts';
import { noteLogin } from '../user/user.commands.ts';
import { users } from '../user/user.loaders.ts';
import { Login } from './session.shapes.ts';

export const login = command({
  name: 'login',
  action: 'session.opened',
  description: 'Signs a user in. Unknown user, wrong password and inactive user are answered alike (AUT-2).',
  access: PUBLIC,
  input: Login,
  async run({ tx, now, context }, { username, password }) {
    const user = await rowOf(tx, users, { key: 'username', value: username });
    const isRight = await isPassword(password, user?.passwordHash);
    if (user === undefined || !isRight || !user.isActive) {
      return stop(refusal('AUT-2', '', 'Username or password is wrong, or the user may not sign in.', 'UNAUTHENTICATED'));
    }
    await noteLogin(tx, user, password, now);
    const accessToken = await signAccessToken(user.id, context.services.config.tokenSecret);
    return { user: user.id, accessToken, expiresInSeconds: ACCESS_TOKEN_SECONDS };
  },
});
