import { z } from 'zod';
import { expectedVersion, flag, refineTo, withDefault } from '../../platform/input/schemas.ts';
import { PASSWORD_LENGTH, loginNameOf } from '../user/user.rules.ts';
import { password, userRef } from '../user/user.shapes.ts';

/**
 * A password that is only compared is not judged by its form: what cannot be right is simply wrong. One without end is
 * not hashed.
 */
const given = refineTo(z.string(), (text) =>
  text.length <= PASSWORD_LENGTH.max * 4
    ? { value: text }
    : { message: `may have at most ${PASSWORD_LENGTH.max} characters.` },
);

/** A login is not judged by the form of a username or password (AUT-2). */
export const Login = z.strictObject({
  username: z.string().transform(loginNameOf),
  password: given,
});

/** What is no token of ours is simply unknown (AUT-4). */
export const RefreshSession = z.strictObject({ refreshToken: z.string() });

export const Logout = z.strictObject({ everywhere: withDefault(flag, false) });

export const ChangePassword = z.strictObject({ oldPassword: given, newPassword: password, expectedVersion });

export const ResetPassword = z.strictObject({ user: userRef, newPassword: password, expectedVersion });
