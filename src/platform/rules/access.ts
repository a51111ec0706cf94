import { AppError } from '../values/assert.ts';
import { rejection, type Answer } from './rejection.ts';

/** What a person is trusted with. */
export const ROLES = ['ADMIN', 'MANAGER', 'ENGINEER', 'INSPECTOR', 'OPERATOR', 'AUDITOR', 'VIEWER'] as const;
export type Role = (typeof ROLES)[number];

/** A station as it stands in a request. */
export interface ActingStation {
  readonly id: string;
  readonly code: string;
}

/**
 * Who is asking: a person who signed in, or a station with its key. When both credentials were sent, the person acts,
 * and the station is where he stands (AUT-5). A person without a session is one whom the command line speaks for.
 */
export type Viewer =
  | {
      readonly kind: 'USER';
      readonly id: string;
      readonly username: string;
      readonly role: Role;
      readonly sessionId?: string;
      readonly station?: ActingStation;
    }
  | ({ readonly kind: 'STATION' } & ActingStation);

export type UserViewer = Extract<Viewer, { readonly kind: 'USER' }>;

/** The person who asks, of an operation that lets no station in. */
export function userViewerOf(viewer: Viewer): UserViewer {
  if (viewer.kind === 'USER') return viewer;
  throw new AppError('A station asked for what only persons may do.');
}

/** The station whose key was sent, alone or beside the token of a person. */
export function actingStation(viewer: Viewer): ActingStation | undefined {
  return viewer.kind === 'STATION' ? viewer : viewer.station;
}

/** Who may call an operation: persons by role, stations as a whole. */
export interface Access {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly hasStations: boolean;
  readonly isPublic: boolean;
}

export const USERS = group('USERS', ROLES);
export const ANY = group('ANY', ROLES, { hasStations: true });
export const PUBLIC: Access = { ...ANY, name: 'PUBLIC', isPublic: true };
export const CREW = group('CREW', ['ADMIN', 'MANAGER', 'ENGINEER', 'INSPECTOR', 'OPERATOR']);
export const FLOOR = group('FLOOR', CREW.roles, { hasStations: true });
export const QUALITY = group('QUALITY', ['ADMIN', 'MANAGER', 'ENGINEER', 'INSPECTOR']);
export const ENG = group('ENG', ['ADMIN', 'MANAGER', 'ENGINEER']);
/** Engineers, and a station's own key; the command checks that it is the key of that station. */
export const ENG_AND_STATION = group('ENG_AND_STATION', ENG.roles, { hasStations: true });
export const LEADS = group('LEADS', ['ADMIN', 'MANAGER']);
export const AUDIT = group('AUDIT', ['ADMIN', 'MANAGER', 'AUDITOR']);
/** Who looks at how the server is kept. */
export const ADMINS_AND_AUDITORS = group('KEEPERS', ['ADMIN', 'AUDITOR']);
export const ADMINS = group('ADMINS', ['ADMIN']);

export function allows(access: Access, viewer: Viewer | null): boolean {
  if (access.isPublic) return true;
  if (viewer === null) return false;
  return viewer.kind === 'STATION' ? access.hasStations : access.roles.includes(viewer.role);
}

/** AUT-1: every operation needs a principal, except the few that are public. */
export function mayAccess(access: Access, viewer: Viewer | null): Answer {
  if (allows(access, viewer)) return undefined;
  if (viewer === null) {
    return {
      code: 'UNAUTHENTICATED',
      message: 'Sign in first: send an access token as "Authorization: Bearer …".',
      path: [],
      rule: 'AUT-1',
    };
  }
  const who = viewer.kind === 'STATION' ? 'A station' : `The role ${viewer.role}`;
  return rejection('FORBIDDEN', '', `${who} may not do this; it is for ${nameMembers(access)}.`);
}

function nameMembers(access: Access): string {
  return [...access.roles, ...(access.hasStations ? ['stations'] : [])].join(', ');
}

function group(name: string, roles: readonly Role[], options: { hasStations?: boolean } = {}): Access {
  return { name, roles, hasStations: options.hasStations ?? false, isPublic: false };
}
