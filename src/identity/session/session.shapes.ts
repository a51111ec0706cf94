import { z } from 'zod';
import { judged } from '../../platform/shapes.ts';
import { PASSWORD_LENGTH, loginNameOf } from '../user/user.rules.ts';

/** A login is not judged by the form of a username or password: what cannot be right is simply wrong (AUT-2). */
export const Login = z.strictObject({
  username: z.string().transform(loginNameOf),
  password: judged(z.string(), (password) =>
    password.length <= PASSWORD_LENGTH.max * 4 ? { value: password } : { message: `may have at most ${PASSWORD_LENGTH.max} characters.` },
  ),
});
