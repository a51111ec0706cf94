import { z } from 'zod';
import {
  anyLine,
  code,
  optional,
  nullableUpdate,
  expectedVersion,
  flag,
  globalId,
  optionalUpdate,
  line,
  matching,
  oneOf,
  refineTo,
  withDefault,
  recordReference,
} from '../../platform/input/schemas.ts';
import { problemInIdentifier } from '../../platform/values/characters.ts';
import {
  BADGE_CODE,
  EMAIL,
  OPERATOR_SEARCH_LENGTH,
  ROLES,
  USERNAME,
  USER_LENGTHS as LENGTHS,
  normalizedLoginName,
} from './user.rules.ts';

const username = matching(USERNAME.pattern, USERNAME.form, normalizedLoginName, { rule: USERNAME.rule });
const email = refineTo(
  matching(EMAIL.pattern, EMAIL.form, (text) => normalizedLoginName(text).normalize('NFC'), { rule: EMAIL.rule }),
  (text) => {
    const problem = problemInIdentifier(text);
    return problem === undefined ? { value: text } : { message: problem, rule: EMAIL.rule };
  },
);
/** USR-2: The characters that a new password may have; the rule `passwordFits` checks the rest. */
export const password = matching(/^[^\p{Cc}\p{Cs}]*$/u, 'well-formed text without control characters', (text) => text, {
  rule: 'USR-2',
});
const role = oneOf(ROLES);

const badgeCode = code(BADGE_CODE);

/** A reference to a user, by id, username or badge code. */
export const userRef = recordReference({ id: globalId('User'), username, badgeCode });

/** The input of `createUser`. */
export const CreateUser = z.strictObject({
  username,
  fullName: line(LENGTHS.fullName),
  password,
  email: optional(email),
  role: withDefault(role, 'OPERATOR'),
  department: optional(line(LENGTHS.department)),
  badgeCode: optional(badgeCode),
  isActive: withDefault(flag, true),
});

/** The input of `updateUser`. */
export const UpdateUser = z.strictObject({
  user: userRef,
  fullName: optionalUpdate(line(LENGTHS.fullName)),
  email: nullableUpdate(email),
  role: optionalUpdate(role),
  department: nullableUpdate(line(LENGTHS.department)),
  badgeCode: nullableUpdate(badgeCode),
  isActive: optionalUpdate(flag),
  expectedVersion,
});

/** The argument of `operators`. */
export const OperatorsArguments = z.object({ search: optional(anyLine(OPERATOR_SEARCH_LENGTH)) });

/** The input of `unlockUser`. */
export const UnlockUser = z.strictObject({ user: userRef });

/** The input of `deleteUser`. */
export const DeleteUser = z.strictObject({ user: userRef, expectedVersion });
