import { z } from 'zod';
import { expectedVersion, flag, refineTo, withDefault } from '../../platform/input/schemas.ts';
import { PASSWORD_LENGTH, normalizedLoginName } from '../user/user.rules.ts';
import { password, userRef } from '../user/user.shapes.ts';

/**
 * A password that is only compared may have any form: a text that cannot be right is simply wrong. Its length is
 * limited, because every character is hashed.
 */
const comparedPassword = refineTo(z.string(), (text) =>
  text.length <= PASSWORD_LENGTH.max * 4
    ? { value: text }
    : { message: `may have at most ${PASSWORD_LENGTH.max} characters.` },
);

/** AUT-2: The input of `login`. The form of username and password is not checked. */
export const Login = z.strictObject({
  username: z.string().transform(normalizedLoginName),
  password: comparedPassword,
});

/** AUT-4: The input of `refreshSession`. A text that is not a token of this server is simply unknown. */
export const RefreshSession = z.strictObject({ refreshToken: z.string() });

/** The input of `logout`. */
export const Logout = z.strictObject({ everywhere: withDefault(flag, false) });

/** The input of `changePassword`. */
export const ChangePassword = z.strictObject({ oldPassword: comparedPassword, newPassword: password, expectedVersion });

/** The input of `resetPassword`. */
export const ResetPassword = z.strictObject({ user: userRef, newPassword: password, expectedVersion });
