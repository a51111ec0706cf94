import { AppError } from '../values/assert.ts';
import { rejection, type Answer } from './rejection.ts';

/** The roles of users. */
export const ROLES = ['ADMIN', 'MANAGER', 'ENGINEER', 'INSPECTOR', 'OPERATOR', 'AUDITOR', 'VIEWER'] as const;
/** One of ROLES. */
export type Role = (typeof ROLES)[number];

/** The station that a request acts for. */
export interface ActingStation {
  readonly id: string;
  readonly code: string;
}

/**
 * The principal of a request: a user who signed in, or a station with its API key. When both credentials were sent, the
 * user acts and `station` is where they work (AUT-5). A user without a session is one for whom the command line acts.
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

/** A viewer that is a user. */
export type UserViewer = Extract<Viewer, { readonly kind: 'USER' }>;

/**
 * The viewer as a user, for operations that stations may not call. Throws an AppError for a station, which the access
 * check must have rejected before.
 */
export function userViewerOf(viewer: Viewer): UserViewer {
  if (viewer.kind === 'USER') return viewer;
  throw new AppError('A station asked for what only persons may do.');
}

/**
 * The station whose API key was sent, with or without the access token of a user; undefined when there was no such key.
 */
export function actingStation(viewer: Viewer): ActingStation | undefined {
  return viewer.kind === 'STATION' ? viewer : viewer.station;
}

/**
 * Who may call an operation: users by role, and all stations or none. `name` is the name of the group in documentation.
 */
export interface Access {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly hasStations: boolean;
  readonly isPublic: boolean;
}

/** Every user; no stations. */
export const USERS = group('USERS', ROLES);
/** Every user and every station. */
export const ANY = group('ANY', ROLES, { hasStations: true });
/** Everybody, also without credentials. */
export const PUBLIC: Access = { ...ANY, name: 'PUBLIC', isPublic: true };
/** Users who work in the factory; no auditors and viewers. */
export const CREW = group('CREW', ['ADMIN', 'MANAGER', 'ENGINEER', 'INSPECTOR', 'OPERATOR']);
/** Users who work in the factory, and stations. */
export const FLOOR = group('FLOOR', CREW.roles, { hasStations: true });
/** Users who decide about quality: inspectors, engineers, managers and administrators. */
export const QUALITY = group('QUALITY', ['ADMIN', 'MANAGER', 'ENGINEER', 'INSPECTOR']);
/** Engineers, managers and administrators. */
export const ENG = group('ENG', ['ADMIN', 'MANAGER', 'ENGINEER']);
/**
 * The group ENG, and stations with their own API key; the command checks that the key belongs to the station concerned.
 */
export const ENG_AND_STATION = group('ENG_AND_STATION', ENG.roles, { hasStations: true });
/** Managers and administrators. */
export const LEADS = group('LEADS', ['ADMIN', 'MANAGER']);
/** Users who may read the audit trail. */
export const AUDIT = group('AUDIT', ['ADMIN', 'MANAGER', 'AUDITOR']);
/** Users who inspect the operation of the server, such as its migrations. */
export const ADMINS_AND_AUDITORS = group('ADMINS_AND_AUDITORS', ['ADMIN', 'AUDITOR']);
/** Administrators only. */
export const ADMINS = group('ADMINS', ['ADMIN']);

/** True when the access includes the viewer; null is a request without credentials. */
export function allows(access: Access, viewer: Viewer | null): boolean {
  if (access.isPublic) return true;
  if (viewer === null) return false;
  return viewer.kind === 'STATION' ? access.hasStations : access.roles.includes(viewer.role);
}

/**
 * AUT-1: every operation needs a principal, except the few that are public. Returns undefined when the viewer has
 * access, and otherwise UNAUTHENTICATED or FORBIDDEN.
 */
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
