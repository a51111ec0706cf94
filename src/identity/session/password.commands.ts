import { ChangePassword, ResetPassword } from './session.shapes.ts';
import { endSessionsOf } from '../user/login-session.commands.ts';
import { lockUser, setPasswordHash } from '../user/user.commands.ts';
import { users } from '../user/user.loaders.ts';
import { passwordFits } from '../user/user.rules.ts';
import { command } from '../../platform/command/declaration.ts';
import { enforce, found, isCurrent, reject } from '../../platform/command/rejection.ts';
import { lockRow, rowByReference } from '../../platform/command/row-lock.ts';
import { ADMINS, PERSONS, userViewerOf } from '../../platform/rules/access.ts';
import { rejection } from '../../platform/rules/rejection.ts';
import { hashPassword, isPassword } from '../../platform/security/password.ts';

/** Changes the viewer's own password after checking the old one. All sessions of the user end (USR-2). */
export const changePassword = command({
  name: 'changePassword',
  action: 'user.passwordChanged',
  description: 'Gives oneself another password, for the old one. All sessions of the user end, this one too (USR-2).',
  access: PERSONS,
  input: ChangePassword,
  async prepare({ db, viewer }, { oldPassword, newPassword }) {
    const user = viewer === null ? undefined : await rowByReference(db, users, { key: 'id', value: viewer.id });
    const isRight = await isPassword(oldPassword, user?.passwordHash);
    return {
      oldHash: isRight ? user?.passwordHash : undefined,
      newHash: isRight ? await hashPassword(newPassword) : '',
    };
  },
  async run({ tx, now, viewer }, { newPassword, expectedVersion }, { oldHash, newHash }) {
    const user = found(await lockUser(tx, userViewerOf(viewer).id), '', 'The user');
    enforce(isCurrent(user, expectedVersion, { user: user.id }));
    if (user.passwordHash !== oldHash)
      return reject(rejection('USR-2', 'oldPassword', 'The old password is wrong.', 'UNAUTHENTICATED'));
    enforce(passwordFits(newPassword, user.username, 'newPassword'));
    await setPasswordHash(tx, user.id, newHash);
    await endSessionsOf(tx, user.id, now);
    return { user: user.id };
  },
});

/** Sets a new password for a user without the old one, unlocks the user and ends all their sessions (USR-2). */
export const resetPassword = command({
  name: 'resetPassword',
  action: 'user.passwordReset',
  description: 'Gives a user another password without the old one, and unlocks them. All their sessions end (USR-2).',
  access: ADMINS,
  input: ResetPassword,
  prepare: (_context, { newPassword }) => hashPassword(newPassword),
  async run({ tx, now }, { user: reference, newPassword, expectedVersion }, newHash) {
    const user = await lockRow(tx, users, { reference, lock: 'NO KEY UPDATE', path: 'user', what: 'User' });
    enforce(
      isCurrent(user, expectedVersion, { user: user.id }),
      passwordFits(newPassword, user.username, 'newPassword'),
    );
    await setPasswordHash(tx, user.id, newHash);
    await endSessionsOf(tx, user.id, now);
    return { user: user.id };
  },
});
