/**
 * The people of the plant. Each line has a crew for each of the three shifts; inspectors, engineers and managers serve
 * all lines.
 */
import type { Role } from '../../../identity/user/user.rules.ts';
import { present } from '../../../platform/values/assert.ts';
import type { Random } from '../random.ts';
import { DAY, HOUR, instantAt, madeAt, type UserRow } from '../rows.ts';

/** The people of the plant by their tasks. */
export interface People {
  readonly users: readonly UserRow[];
  /** By line, shift and position in the crew. */
  readonly crews: readonly (readonly (readonly UserRow[])[])[];
  /** One for each shift. */
  readonly inspectors: readonly UserRow[];
  readonly engineers: readonly UserRow[];
  readonly managers: readonly UserRow[];
}

/** The shifts of a day. */
export const SHIFTS = ['early', 'late', 'night'] as const;
const FIRST_SHIFT_HOUR = 6;
const SHIFT_HOURS = 24 / SHIFTS.length;
const CREW_SIZE = 3;
const FIRST_BADGE = 1001;

/** Returns the index of the shift at a time: early from 6, late from 14, night from 22 o'clock. */
export function shiftAt(at: number): number {
  const hour = Math.floor((at % DAY) / HOUR);
  return Math.floor(((hour + 24 - FIRST_SHIFT_HOUR) % 24) / SHIFT_HOURS);
}

interface Staffing {
  readonly lines: number;
  /** The time at which the people were hired. */
  readonly at: number;
  readonly until: number;
  readonly passwordHash: string;
  readonly random: Random;
}

/** Creates the people of the plant. */
export function peopleOf({ lines, at, until, passwordHash, random }: Staffing): People {
  const users: UserRow[] = [];
  const hire = (role: Role, department: string): UserRow => {
    const { username, fullName } = nameOf(users.length);
    const user: UserRow = {
      id: random.id(at),
      username,
      fullName,
      email: `${username}@plant.example`,
      role,
      department,
      badgeCode: `B-${FIRST_BADGE + users.length}`,
      isActive: true,
      passwordHash,
      lastLoginAt: instantAt(until - random.whole(0, 20 * HOUR)),
      failedLogins: 0,
      lockedUntil: null,
      ...madeAt(instantAt(at)),
    };
    users.push(user);
    return user;
  };
  const hireAll = (count: number, role: Role, department: string): readonly UserRow[] =>
    Array.from({ length: count }, () => hire(role, department));

  const managers = hireAll(2, 'MANAGER', 'Production');
  const engineers = hireAll(3, 'ENGINEER', 'Engineering');
  const inspectors = SHIFTS.map((shift) => hire('INSPECTOR', `Quality, ${shift} shift`));
  hire('AUDITOR', 'Quality');
  hire('VIEWER', 'Planning');
  const former = hire('OPERATOR', 'Line 1');
  Object.assign(former, { isActive: false, lastLoginAt: null });
  const crews = Array.from({ length: lines }, (_, line) =>
    SHIFTS.map((shift) => hireAll(CREW_SIZE, 'OPERATOR', `Line ${line + 1}, ${shift} shift`)),
  );
  return { users, crews, inspectors, engineers, managers };
}

const GIVEN = [
  'Minji',
  'Anna',
  'Jisoo',
  'Lukas',
  'Hana',
  'Mateo',
  'Yuna',
  'Emil',
  'Sora',
  'Clara',
  'Joon',
  'Ines',
  'Daniel',
] as const;
const FAMILY = ['Kim', 'Weber', 'Lee', 'Novak', 'Park', 'Silva', 'Choi', 'Berg', 'Jung', 'Rossi', 'Kang'] as const;

/** The two lists have no common divisor, so the first 143 names are all different. */
function nameOf(index: number): { readonly username: string; readonly fullName: string } {
  const given = present(GIVEN[index % GIVEN.length], 'A given name');
  const family = present(FAMILY[index % FAMILY.length], 'A family name');
  return { username: `${given}_${family}`.toLowerCase(), fullName: `${given} ${family}` };
}
