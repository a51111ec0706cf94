import { z } from 'zod';
import {
  optional,
  nullableUpdate,
  expectedVersion,
  flag,
  globalId,
  optionalUpdate,
  line,
  matching,
  oneOf,
  withDefault,
  recordReference,
} from '../../platform/input/schemas.ts';
import { EMAIL, ROLES, USERNAME, USER_LENGTHS as LENGTHS, loginNameOf } from './user.rules.ts';

const username = matching(USERNAME.pattern, USERNAME.form, loginNameOf, { rule: USERNAME.rule });
const email = matching(EMAIL.pattern, EMAIL.form, loginNameOf, { rule: EMAIL.rule });
export const password = matching(/^[^\p{Cc}\p{Cs}]*$/u, 'well-formed text without control characters', (text) => text, {
  rule: 'USR-2',
});
const role = oneOf(ROLES);

export const userRef = recordReference({ id: globalId('User'), username });

export const CreateUser = z.strictObject({
  username,
  fullName: line(LENGTHS.fullName),
  password,
  email: optional(email),
  role: withDefault(role, 'OPERATOR'),
  department: optional(line(LENGTHS.department)),
  isActive: withDefault(flag, true),
});

export const UpdateUser = z.strictObject({
  user: userRef,
  fullName: optionalUpdate(line(LENGTHS.fullName)),
  email: nullableUpdate(email),
  role: optionalUpdate(role),
  department: nullableUpdate(line(LENGTHS.department)),
  isActive: optionalUpdate(flag),
  expectedVersion,
});

export const DeleteUser = z.strictObject({ user: userRef, expectedVersion });
