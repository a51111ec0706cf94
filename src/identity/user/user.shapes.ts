import { z } from 'zod';
import {
  absent,
  clearable,
  expectedVersion,
  flag,
  globalId,
  kept,
  line,
  matching,
  oneOf,
  otherwise,
  reference,
} from '../../platform/input/schemas.ts';
import { EMAIL, ROLES, USERNAME, USER_LENGTHS as LENGTHS, loginNameOf } from './user.rules.ts';

const username = matching(USERNAME.pattern, USERNAME.form, loginNameOf, { rule: USERNAME.rule });
const email = matching(EMAIL.pattern, EMAIL.form, loginNameOf, { rule: EMAIL.rule });
export const password = matching(/^[^\p{Cc}\p{Cs}]*$/u, 'well-formed text without control characters', (text) => text, {
  rule: 'USR-2',
});
const role = oneOf(ROLES);

export const userRef = reference({ id: globalId('User'), username });

export const CreateUser = z.strictObject({
  username,
  fullName: line(LENGTHS.fullName),
  password,
  email: absent(email),
  role: otherwise(role, 'OPERATOR'),
  department: absent(line(LENGTHS.department)),
  isActive: otherwise(flag, true),
});

export const UpdateUser = z.strictObject({
  user: userRef,
  fullName: kept(line(LENGTHS.fullName)),
  email: clearable(email),
  role: kept(role),
  department: clearable(line(LENGTHS.department)),
  isActive: kept(flag),
  expectedVersion,
});

export const DeleteUser = z.strictObject({ user: userRef, expectedVersion });
